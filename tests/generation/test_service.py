"""The one door: quote, submit, refuse, again."""

import asyncio
from pathlib import Path

import pytest

from bot.generation.cheaper import charge_of
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window, fits
from bot.generation.ports import Grant
from bot.generation.request import VideoRequest
from bot.generation.service import InvalidRequestError, OverLimitError
from tests.fakes.house import ANNA, House, open_house


async def test_fifty_at_once_against_a_limit_of_ten_are_ten(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_videos_per_day=10) as house:
        answers = await asyncio.gather(*(house.submit() for _ in range(50)), return_exceptions=True)
        accepted = [a for a in answers if isinstance(a, Job)]
        refused = [a for a in answers if isinstance(a, OverLimitError)]
        assert (len(accepted), len(refused)) == (10, 40)
        assert await house.books_agree()


async def test_a_fresh_install_allows_five_videos_and_two_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_videos_per_day=5, user_jobs_at_once=2) as house:
        first, _ = await house.submit(), await house.submit()
        with pytest.raises(OverLimitError) as refused:
            await house.submit()
        (over,) = refused.value.refusal.over
        assert (over.limit.unit, over.used + over.held) == (Unit.JOBS, 2)
        await house.run(first.id)
        await house.submit()


async def test_a_refusal_proposes_the_cheapest_change_that_fits_and_passes(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_usd_per_day="0.50") as house:
        wish = VideoRequest(prompt="waves", mode="pro", duration=10, audio=True)
        with pytest.raises(OverLimitError) as refused:
            await house.app.service.submit(wish, ANNA, Address("chat"))
        cheaper = refused.value.cheaper
        assert cheaper is not None
        assert cheaper.ok
        uses = await house.app.service.limit_uses(ANNA)
        assert not fits(uses, charge_of(cheaper))
        await house.app.service.submit(cheaper.request, ANNA, Address("chat"))


async def test_nothing_is_proposed_when_only_waiting_helps(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_videos_per_day=1) as house:
        await house.submit()
        with pytest.raises(OverLimitError) as refused:
            await house.submit()
        assert refused.value.cheaper is None
        assert refused.value.refusal.over[0].frees_at is not None


async def test_the_next_day_counts_anew(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_videos_per_day=1) as house:
        await house.submit()
        house.clock.move(86_400)
        await house.submit()
        assert await house.books_agree()


async def test_a_price_above_the_setting_asks_first(house: House) -> None:
    dear = await house.app.service.quote(VideoRequest(prompt="waves", mode="pro", duration=10), ANNA)
    cheap = await house.app.service.quote(VideoRequest(prompt="waves"), ANNA)
    assert dear.checked.quote is not None
    assert (dear.checked.quote.micros, dear.ask_first, cheap.ask_first) == (625_000, True, False)


async def test_every_problem_is_told_at_once(house: House) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await house.submit("", mode="ultra", duration=7)
    assert {p.option for p in refused.value.checked.problems} == {"prompt", "mode", "duration"}
    assert await house.app.service.jobs() == []


async def test_the_same_click_delivered_twice_is_one_job(house: House) -> None:
    request = VideoRequest(prompt="waves")
    first = await house.app.service.submit(request, ANNA, Address("chat"), intake_key="event-1")
    second = await house.app.service.submit(request, ANNA, Address("chat"), intake_key="event-1")
    assert first.id == second.id
    assert len(await house.app.service.jobs()) == 1


async def test_again_is_a_new_job_of_whoever_asks(house: House) -> None:
    job = await house.submit("waves", mode="pro")
    ben = Requester("chat", "ben")
    other = await house.app.service.again(job.id, ben, Address("chat"))
    assert other.id != job.id
    assert (other.request, other.requester) == (job.request, ben)
    assert await house.app.service.jobs(user="chat:ben") == [other]


async def test_again_pressed_twice_is_one_job_and_one_payment(house: House) -> None:
    job = await house.submit()
    house.clock.time = 1_795_000_018.0  # two seconds before the next ten
    presses = await asyncio.gather(*(house.app.service.again(job.id, ANNA, Address("chat")) for _ in range(5)))
    house.clock.move(4)
    presses.append(await house.app.service.again(job.id, ANNA, Address("chat")))
    house.clock.move(5.5)
    presses.append(await house.app.service.again(job.id, ANNA, Address("chat")))
    assert len({press.id for press in presses}) == 1
    assert len(await house.app.service.jobs()) == 2
    house.clock.move(0.5)  # ten seconds after the first press
    later = await house.app.service.again(job.id, ANNA, Address("chat"))
    assert later.id not in {job.id, presses[0].id}
    assert await house.books_agree()


async def test_again_by_two_people_or_on_two_jobs_or_under_two_keys_are_different_presses(house: House) -> None:
    first, second = await house.submit(), await house.submit()
    ben = Requester("chat", "ben")
    service, place = house.app.service, Address("chat")
    made = [
        await service.again(first.id, ANNA, place),
        await service.again(first.id, ben, place),
        await service.again(second.id, ANNA, place),
        await service.again(first.id, ANNA, place, intake_key="one"),
        await service.again(first.id, ANNA, place, intake_key="two"),
    ]
    assert len({job.id for job in made}) == 5
    with pytest.raises(LookupError):
        await service.again("nothing", ANNA, place)


async def test_a_grant_lets_the_next_one_in_today(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_videos_per_day=1) as house:
        await house.submit()
        with pytest.raises(OverLimitError):
            await house.submit()
        grant = Grant(Scope(ScopeKind.USER, ANNA.key), Unit.VIDEOS, Window.DAY, 1)
        await house.app.service.grant(grant, "a birthday", "shell:root")
        assert not (await house.app.service.quote(VideoRequest(prompt="waves"), ANNA)).over
        await house.submit()
        with pytest.raises(OverLimitError) as refused:
            await house.submit()
        assert [over.amount for over in refused.value.refusal.over] == [2]
        assert await house.books_agree()


async def test_a_cheaper_change_is_measured_with_what_was_granted(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_usd_per_day="0.10") as house:
        wish = VideoRequest(prompt="waves", mode="pro", duration=10, audio=True)
        assert (await house.app.service.quote(wish, ANNA)).cheaper is None
        grant = Grant(Scope(ScopeKind.USER, "*"), Unit.USD, Window.DAY, 400_000)
        await house.app.service.grant(grant, "", "shell:root")
        cheaper = (await house.app.service.quote(wish, ANNA)).cheaper
        assert cheaper is not None
        await house.app.service.submit(cheaper.request, ANNA, Address("chat"))


async def test_one_users_own_limit_does_not_touch_the_others(house: House) -> None:
    limit = Limit(Scope(ScopeKind.USER, ANNA.key), Unit.VIDEOS, Window.DAY, 0)
    await house.app.store.set_limit(limit, "shell:root", house.clock.now())
    with pytest.raises(OverLimitError):
        await house.submit()
    assert (await house.submit(requester=Requester("chat", "ben"))).state is JobState.QUEUED
