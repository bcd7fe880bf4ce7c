"""Admins at the desk, and members who try to be one."""

from pathlib import Path

import pytest

from adapters.cards.card import Verb
from adapters.desk import Actor
from adapters.desk.amount import amount_of
from bot.generation.job import Job, JobState
from bot.generation.limits import Scope, ScopeKind, Unit, Window
from bot.generation.ports import Resolution
from tests.desk.conftest import ANNA, MOD, ROOT, Front, open_front, verbs, words

EVERYONE, EACH = Scope(ScopeKind.EVERYONE, "*"), Scope(ScopeKind.USER, "*")
HERS = Scope(ScopeKind.USER, ANNA.key)


@pytest.mark.parametrize("member", [ANNA, MOD])
async def test_a_member_trying_an_admin_command_is_refused_and_audited(front: Front, member: Actor) -> None:
    desk, job = front.desk, await uncertain(front)
    tried = [
        await desk.limits(member),
        await desk.set_limit(member, HERS, Unit.VIDEOS, Window.DAY, 1000),
        await desk.clear_limit(member, EVERYONE, Unit.USD, Window.DAY),
        await desk.grant(member, HERS, Unit.USD, Window.DAY, 100, "please"),
        await desk.usage(member),
        await desk.pause(member, "revenge"),
        await desk.resume_all(member),
        await desk.uncertain(member),
        await desk.resolve(member, job.id, Resolution.BILLED),
    ]
    for reply in tried:
        assert (words(reply), reply.private, reply.job) == ("Only admins of this bot can do that.", True, None)
    acts = [act for by, act, _ in await front.audit() if by == member.key]
    assert acts == [
        "refused: show limits",
        "refused: set limit",
        "refused: clear limit",
        "refused: grant",
        "refused: usage",
        "refused: pause",
        "refused: resume",
        "refused: uncertain",
        "refused: resolve",
    ]
    assert (await front.house.job(job.id)).state is JobState.UNCERTAIN
    assert await front.house.app.store.paused() is None


async def test_limits_are_set_shown_and_cleared(front: Front) -> None:
    desk = front.desk
    assert words(await desk.limits(ROOT)) == "There are no limits: everybody may spend without end."
    assert words(await desk.set_limit(ROOT, HERS, Unit.USD, Window.DAY, "$2.50")) == (
        "chat:anna may now take $2.50 a day."
    )
    assert words(await desk.set_limit(ROOT, EACH, Unit.JOBS, Window.DAY, 2)) == (
        "Each user may now take 2 videos at once."
    )
    await front.job("waves")
    assert words(await desk.limits(ROOT)).split("\n")[2:] == [
        "chat:anna | $2.50 a day",
        "each user | 2 videos at once",
    ] or words(await desk.limits(ROOT)).split("\n")[2:] == [
        "each user | 2 videos at once",
        "chat:anna | $2.50 a day",
    ]
    hers = words(await desk.limits(ROOT, ANNA.key))
    assert "$2.50 a day | $0.00 | $0.18 | $2.32 | tomorrow at 00:00 UTC" in hers
    assert words(await desk.clear_limit(ROOT, HERS, Unit.USD, Window.DAY)) == (
        "The limit on dollars a day for chat:anna is gone."
    )
    assert words(await desk.clear_limit(ROOT, HERS, Unit.USD, Window.DAY)) == (
        "There was no limit on dollars a day for chat:anna."
    )


async def test_an_amount_that_makes_no_sense_is_told_and_changes_nothing(front: Front) -> None:
    desk = front.desk
    for unit, amount, said in (
        (Unit.VIDEOS, 2.5, "The amount is a whole number from 0 to 1,000,000."),
        (Unit.VIDEOS, -1, "The amount is a whole number from 0 to 1,000,000."),
        (Unit.USD, "a lot", "The amount is a number of dollars from 0 to 1,000,000, such as 20 or 2.50."),
        (Unit.USD, float("nan"), "The amount is a number of dollars from 0 to 1,000,000, such as 20 or 2.50."),
    ):
        assert words(await desk.set_limit(ROOT, EACH, unit, Window.DAY, amount)) == said
    odd = await desk.set_limit(ROOT, EACH, Unit.USD, Window.NOW, 5)
    assert words(odd).startswith("Videos, seconds and dollars are counted by the day or the month, by the hour")
    assert "by the day or the month" in words(await desk.clear_limit(ROOT, EACH, Unit.USD, Window.NOW))
    assert await front.house.app.store.limits() == []


def test_an_amount_is_read_as_people_say_it() -> None:
    assert amount_of(Unit.USD, 2.5) == amount_of(Unit.USD, "$2.50") == 2_500_000
    assert amount_of(Unit.USD, "1,000") == 1_000_000_000
    assert amount_of(Unit.VIDEOS, 5.0) == amount_of(Unit.VIDEOS, "5") == 5


async def test_a_grant_makes_room_and_ends_with_its_window(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=1) as front:
        await front.job("waves")
        assert (await front.ask("waves")).job is None
        granted = await front.desk.grant(ROOT, HERS, Unit.VIDEOS, Window.DAY, 2, "a birthday")
        assert words(granted) == "chat:anna may take 2 videos more today."
        await front.job("waves")
        await front.job("waves")
        assert (await front.ask("waves")).job is None
        front.house.clock.move(86_400)
        await front.job("waves")
        assert (await front.ask("waves")).job is None
        nothing = await front.desk.grant(ROOT, HERS, Unit.SECONDS, Window.DAY, 60, "")
        assert words(nothing).endswith("There is no limit on that, so it changes nothing for now.")
        assert "cannot be granted" in words(await front.desk.grant(ROOT, HERS, Unit.JOBS, Window.NOW, 2, ""))
        assert words(await front.desk.grant(ROOT, EACH, Unit.VIDEOS, Window.DAY, 2, "")) == (
            "A grant is for one person, or for everyone together."
        )


async def test_usage_counts_days_by_the_calendar(front: Front) -> None:
    assert words(await front.desk.usage(ROOT, days=1)).endswith("Nothing was asked for in this time.")
    await front.done("waves")
    front.house.clock.move(86_400)
    await front.done("waves", mode="pro")
    two = words(await front.desk.usage(ROOT, by="user", days=2)).split("\n")
    assert two[0] == "Use in the last 2 days, by user"
    assert two[2].startswith("chat:anna | 2 | 10 | $0.50")
    one = words(await front.desk.usage(ROOT, by="model", days=1)).split("\n")
    assert one[2].startswith("Kling 2.6 | 1 | 5 | $0.31")


async def test_a_pause_stops_new_videos_until_it_is_ended(front: Front) -> None:
    paused = await front.desk.pause(ROOT, "the key is empty")
    assert words(paused).startswith(
        "Paused.\nNew videos have been paused by an admin since today at 11:06 UTC. Reason: the key is empty."
    )
    assert words(await front.desk.pause(ROOT, "again")).startswith("Paused already.")
    assert "Reason: the key is empty." in words(await front.ask("waves"))
    assert words(await front.desk.resume_all(ROOT)) == "The pause is over: videos are taken and started again."
    assert words(await front.desk.resume_all(ROOT)) == "There is no pause."
    await front.job("waves")


async def test_uncertain_videos_are_listed_with_what_to_do(front: Front) -> None:
    assert words(await front.desk.uncertain(ROOT)) == "Nothing waits for a decision."
    job = await uncertain(front)
    reply = await front.desk.uncertain(ROOT)
    assert f"Job {job.id} of @anna, waves" in words(reply)
    assert "Its charge is held until tomorrow at" in words(reply)
    assert verbs(reply.card) == [Verb.RESOLVE_BILLED, Verb.RESOLVE_NOT_CREATED, Verb.RESOLVE_AGAIN]
    decided = await front.desk.resolve(ROOT, job.id, Resolution.NOT_CREATED)
    assert decided.job is not None
    assert words(decided) == (
        "Decided. Whoever asked for it is told: The gateway never made this video. It takes nothing from your limits; "
        "ask for it again."
    )
    assert words(await front.desk.uncertain(ROOT)) == "Nothing waits for a decision."
    twice = await front.desk.resolve(ROOT, job.id, Resolution.BILLED)
    assert "needs a decision" in words(twice)
    assert twice.job is None


async def test_a_lost_video_can_still_be_decided_about(front: Front) -> None:
    job = await uncertain(front)
    front.house.clock.move(25 * 3600)
    assert (await front.house.step(job.id)).state is JobState.LOST
    reply = await front.desk.uncertain(ROOT)
    assert verbs(reply.card) == [Verb.RESOLVE_BILLED, Verb.RESOLVE_NOT_CREATED]
    await front.desk.resolve(ROOT, job.id, Resolution.BILLED)
    assert words(await front.desk.uncertain(ROOT)) == "Nothing waits for a decision."


async def test_a_task_id_is_looked_up_before_it_is_believed(front: Front) -> None:
    job = await uncertain(front)
    wrong = await front.desk.resolve(ROOT, job.id, Resolution.TASK, "task_nothing")
    assert words(wrong) == "ToAPIs knows no such task: copy its id once more."
    assert words(await front.desk.resolve(ROOT, job.id, Resolution.TASK)) == (
        "Give the id that the gateway shows for the task."
    )
    (task,) = front.house.sandbox.tasks()
    right = await front.desk.resolve(ROOT, job.id[:6], Resolution.TASK, f" {task['id']} ")
    assert right.job is not None
    assert right.job.state is JobState.RUNNING
    assert (await front.house.run(job.id)).state is JobState.DELIVERED
    assert front.house.creates() == 1


async def test_a_job_that_is_not_there_or_not_the_only_one(front: Front) -> None:
    await front.job("waves")
    await front.job("waves")
    assert words(await front.desk.resolve(ROOT, "zzzz", Resolution.BILLED)) == "There is no such job."
    assert words(await front.desk.resolve(ROOT, "", Resolution.BILLED)).startswith("Several jobs begin like this")


async def uncertain(front: Front) -> Job:
    """A job whose create's answer got lost."""
    job = await front.job("waves [[sandbox:lost_answer]]")
    return await front.house.run(job.id)
