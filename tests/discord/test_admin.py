"""/video-admin: what admins set, what members are refused, and who is an admin."""

import pytest

from adapters.cards.card import Verb
from bot.generation.limits import Unit
from tests.discord.conftest import Opener
from tests.discord.driver import ADMIN, ADMIN_ROLE, ANNA, BEN, SERVER, OpenBot


async def test_an_admin_sets_shows_and_clears_a_limit(bot: OpenBot) -> None:
    answer = await bot.slash("video-admin quota set", user=ADMIN, amount=2.5, unit="usd")
    assert answer.private
    limits = await bot.app.store.limits()
    assert [(x.unit, x.amount, x.scope.id) for x in limits] == [(Unit.USD, 2_500_000, "*")]
    shown = await bot.slash("video-admin quota show", user=ADMIN)
    assert "$2.50" in shown.text
    await bot.slash("video-admin quota clear", user=ADMIN, unit="usd")
    assert not await bot.app.store.limits()


async def test_a_limit_for_one_person_holds_for_that_person(bot: OpenBot) -> None:
    await bot.slash("video-admin quota set", user=ADMIN, amount=0, unit="videos", to_user=BEN)
    assert (await bot.slash("video", prompt="waves", user=BEN)).private
    assert not (await bot.slash("video", prompt="waves", user=ANNA)).private
    await bot.slash("video-admin quota grant", user=ADMIN, amount=1, unit="videos", to_user=BEN, reason="birthday")
    assert not (await bot.slash("video", prompt="waves", user=BEN)).private


async def test_usage(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    await bot.ended(await bot.only_job())
    answer = await bot.slash("video-admin usage", user=ADMIN, by="model", days=1)
    assert "2.6" in answer.text


async def test_pause_and_resume(bot: OpenBot) -> None:
    await bot.slash("video-admin pause", user=ADMIN, reason="maintenance")
    refused = await bot.slash("video", prompt="waves")
    assert "Maintenance" in refused.text
    await bot.slash("video-admin resume", user=ADMIN)
    assert not (await bot.slash("video", prompt="waves")).private


async def test_resolve_lists_what_is_uncertain_and_decides(bot: OpenBot) -> None:
    job = await bot.uncertain_job()
    listed = await bot.slash("video-admin resolve", user=ADMIN)
    assert job.id in listed.text
    assert await bot.complete("video-admin resolve", "job", user=ADMIN) == [job.id]
    answer = await bot.press(listed, Verb.RESOLVE_NOT_CREATED, user=ADMIN)
    assert "Decided" in answer.text
    assert (await bot.job(job.id)).state.is_final


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("video-admin quota show", {}),
        ("video-admin quota set", {"amount": 100, "unit": "usd"}),
        ("video-admin quota clear", {"unit": "usd"}),
        ("video-admin quota grant", {"amount": 100, "unit": "usd"}),
        ("video-admin usage", {}),
        ("video-admin pause", {"reason": "fun"}),
        ("video-admin resume", {}),
        ("video-admin resolve", {}),
    ],
)
async def test_a_member_is_refused_even_when_the_server_shows_the_command(
    bot: OpenBot, command: str, options: dict[str, object]
) -> None:
    answer = await bot.slash(command, user=ANNA, **options)
    assert answer.private
    assert "Only admins" in answer.text
    assert not await bot.app.store.limits()
    assert await bot.app.store.paused() is None


async def test_a_member_cannot_press_an_admins_button(bot: OpenBot) -> None:
    job = await bot.uncertain_job()
    answer = await bot.press_raw(f"v1:resolve-again:{job.id}", user=ANNA)
    assert "Only admins" in answer.text
    assert not (await bot.job(job.id)).state.is_final


async def test_with_admin_roles_only_they_count(open_bot: Opener) -> None:
    async with open_bot(admin_roles=frozenset({ADMIN_ROLE})) as bot:
        assert "Only admins" in (await bot.slash("video-admin usage", user=ADMIN)).text
        answer = await bot.slash("video-admin usage", user=BEN, roles=[ADMIN_ROLE])
        assert "Only admins" not in answer.text


async def test_named_admins_count_everywhere(open_bot: Opener) -> None:
    async with open_bot(admins=frozenset({ANNA})) as bot:
        assert "Only admins" not in (await bot.slash("video-admin usage", user=ANNA)).text


async def test_who_manages_another_server_is_no_admin_of_this_bot(open_bot: Opener) -> None:
    async with open_bot(servers=frozenset({SERVER}), more_servers=True) as bot:
        assert "Only admins" not in (await bot.slash("video-admin usage", user=ADMIN)).text
    async with open_bot(more_servers=True) as bot:
        assert "Only admins" in (await bot.slash("video-admin usage", user=ADMIN)).text
