"""Forgetting a person: what they said goes, their money stays without a name, and nobody escapes a limit by it."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.generation.barring import EVERYWHERE, MODERATED, Ban, NotAllowedError
from bot.generation.job import Address, Failure, Job, JobState, Purpose, Requester
from bot.generation.limits import Limit, Policy, Refusal, Scope, ScopeKind, Unit, Window
from bot.generation.ports import Draft, ErasureKind, Forgotten, Grant, NotDecidableError
from bot.generation.request import Frame, FrameRole
from storage.fingerprints import KEPT
from storage.tables import metadata
from storage.web_messages import WebMessages
from tests.storage.steps import DAY, Steps, request_of

ANNA = Requester("discord", "4711", "1", "2", roles=("77",))
BEN = Requester("discord", "815", "1", "2")
WHERE = Address("discord", "1", "2", thread="333", message="444", extra={"spoiler": "yes"})
MINE, SHARED = "a" * 64 + ".jpg", "b" * 64 + ".png"
CANARY = "the canary in the prompt"
SECRETS = ("4711", "canary", "blurry", MINE, "333", "444", "spoiler", "m-1")


async def forget(do: Steps, user: str = ANNA.key, by: str = ANNA.key, stranger: str = "x7") -> Forgotten:
    return await do.store.forget_user(user, stranger, "salt", by, do.tick())


async def everything(do: Steps) -> str:
    """Every row of every table, as one text."""

    def read(conn: Connection) -> str:
        rows: list[Any] = []
        for table in metadata.sorted_tables:
            rows += [[table.name, *map(str, row)] for row in conn.execute(table.select())]
        return json.dumps(rows)

    return await do.database.read(read)


def wish(*keys: str) -> dict[str, Any]:
    frames = tuple(Frame(role=FrameRole.FIRST_FRAME, source=key) for key in keys)
    request = request_of(prompt=CANARY, negative_prompt="blurry", frames=frames)
    return {"requester": ANNA, "address": WHERE, "request": request}


async def with_a_past(do: Steps) -> Job:
    """Anna has a video, a wish that waits, a draft, a default, a grant and an act in the trail; Ben has one video."""
    job = await do.delivered(**wish(MINE, SHARED), intake_key="again:K3X9:discord:4711:1")
    await do.store.sent(job.id, Purpose.STATUS, "m-1", do.tick())
    await do.accepted(**wish())
    await do.delivered(requester=BEN, request=request_of(frames=(Frame(role=FrameRole.REFERENCE, source=SHARED),)))
    await do.store.save_draft(Draft("d1", request_of(prompt=CANARY), ANNA, WHERE, do.now))
    await do.store.remember("discord.defaults.4711", "{}")
    await do.store.grant(
        Grant(Scope(ScopeKind.USER, ANNA.key), Unit.VIDEOS, Window.DAY, 3), "UTC", "", "discord:1", do.now
    )
    await do.store.audit(ANNA.key, "refused: pause", "", "not an admin", do.now)
    return job


async def test_nothing_of_the_person_is_left_and_the_books_still_agree(do: Steps) -> None:
    job = await with_a_past(do)
    sums = await do.store.usage(since=0, until=do.now + 1, by="day")
    done = await forget(do)
    assert (done.key, done.videos, len(done.cancelled)) == ("discord:forgotten-x7", 2, 1)
    left = await everything(do)
    files = await do.store.to_erase(0, 100)
    await do.store.erased([file.id for file in files])
    left = await everything(do)
    assert [secret for secret in SECRETS if secret in left] == []
    assert await do.books_agree()
    after = {row.group: row for row in await do.store.usage(since=0, until=do.now + 1, by="user")}
    assert set(after) == {"discord:forgotten-x7", BEN.key}
    now = await do.store.usage(since=0, until=do.now + 1, by="day")
    assert [row.charged_micros for row in now] == [row.charged_micros for row in sums]
    erased = await do.job(job.id)
    assert (erased.request.prompt, erased.request.frames, erased.video, erased.output) == ("", (), None, None)
    assert None not in (erased.erased_at, erased.deleted_at)
    assert (await do.audited())[-1] == ("discord:forgotten-x7", "forget", "user:discord:forgotten-x7")


async def test_its_files_are_named_until_they_are_gone_but_for_what_somebody_else_has(do: Steps) -> None:
    job = await with_a_past(do)
    await forget(do)
    files = await do.store.to_erase(0, 100)
    assert {(file.kind, file.name, file.kept) for file in files} >= {
        (ErasureKind.VIDEO, job.id, False),
        (ErasureKind.INPUT, MINE, False),
        (ErasureKind.INPUT, SHARED, True),
    }
    assert [file.id for file in await do.store.to_erase(files[0].id, 1)] == [files[1].id]
    await do.store.erased([file.id for file in files])
    assert await do.store.to_erase(0, 100) == []


@pytest.mark.parametrize("step", ["creating", "running", "unsure", "delivering"])
async def test_while_a_video_is_being_made_nothing_is_forgotten_and_nothing_is_cancelled(do: Steps, step: str) -> None:
    busy = await getattr(do, step)(**wish())
    waits = await do.accepted(**wish())
    before = await everything(do)
    told = f"resolve {busy.id}" if step == "unsure" else "ask again when it is done"
    with pytest.raises(NotDecidableError, match=told):
        await forget(do)
    assert await everything(do) == before
    assert (await do.job(busy.id)).request.prompt == (await do.job(waits.id)).request.prompt == CANARY


async def test_what_was_used_still_counts_until_the_longest_window_has_ended(do: Steps) -> None:
    policy = Policy()
    for number in range(5):
        await do.delivered(**wish())
        if number == 2:
            await forget(do)
    await forget(do, stranger="x8")
    refused = await do.ask(requester=ANNA)
    assert isinstance(refused, Refusal)
    used = {use.limit.unit: use.used for use in await do.store.limit_uses(ANNA, policy, do.now)}
    assert used[Unit.VIDEOS] == 5
    assert isinstance(await do.ask(requester=BEN), Job)
    do.tick(DAY)
    assert isinstance(await do.ask(requester=ANNA), Job)
    assert await do.books_agree()
    do.tick(KEPT)
    assert {use.used for use in await do.store.limit_uses(ANNA, policy, do.now)} == {0}


async def test_a_rolling_window_says_when_it_frees_for_who_was_forgotten(do: Steps) -> None:
    await do.store.set_limit(Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window("24h"), 1), "root", do.now)
    await do.delivered(**wish())
    use = next(u for u in await do.store.limit_uses(ANNA, Policy(), do.now) if u.limit.window == Window("24h"))
    await forget(do)
    after = next(u for u in await do.store.limit_uses(ANNA, Policy(), do.now) if u.limit.window == Window("24h"))
    assert (after.used, after.frees_at) == (use.used, use.frees_at)


async def test_a_ban_stays_and_so_does_a_limit_below_the_usual_one(do: Steps) -> None:
    mine = Scope(ScopeKind.USER, ANNA.key)
    await do.accepted(requester=ANNA)
    await do.store.ban(Ban(ANNA.key, EVERYWHERE, "spam", "root", do.now))
    await do.store.set_limit(Limit(mine, Unit.VIDEOS, Window.DAY, 1), "root", do.now)
    await do.store.set_limit(Limit(mine, Unit.USD, Window.DAY, 9_000_000), "root", do.now)
    await forget(do)
    with pytest.raises(NotAllowedError):
        await do.ask(requester=ANNA)
    assert [limit.unit for limit in await do.store.limits() if limit.scope == mine] == [Unit.VIDEOS]
    assert await do.store.unban(ANNA.key, EVERYWHERE, "root", do.tick())


async def test_who_is_slowed_by_moderation_does_not_escape_it(do: Steps) -> None:
    policy = Policy(strikes=2, strike_pause=1800.0)
    for _ in range(2):
        job = await do.running(requester=ANNA)
        await do.store.fail(job, Failure(MODERATED, "The gateway refused it."), do.tick())
    await forget(do)
    assert await do.store.barred(ANNA, "", "", policy, do.now) is not None


async def test_a_task_that_turns_up_late_is_booked_and_not_kept(do: Steps) -> None:
    job = await do.given_up(**wish())
    await forget(do)
    late = await do.attach(job.attempt_id, "task-late")
    assert late.state is JobState.RUNNING
    after = await do.complete(late, bill=300_000)
    assert after.output is None
    assert (await do.saved(after)).state is JobState.CANCELLED
    assert await do.books_agree()


async def test_an_admin_who_was_asked_is_named_and_the_person_is_not(do: Steps) -> None:
    await do.delivered(**wish())
    await do.store.audit("root", "reset", f"user:{ANNA.key}", "was 1 videos", do.now)
    await forget(do, by="shell:root")
    assert await do.audited() == [
        ("root", "reset", "user:discord:forgotten-x7"),
        ("shell:root", "forget", "user:discord:forgotten-x7"),
    ]


async def test_the_chat_page_loses_the_person_and_keeps_what_others_said(do: Steps) -> None:
    page = WebMessages(do.database)

    async def say(name: str, thread: str, author: str, **more: str) -> None:
        row = {"kind": "said", "only_for": "", "job_id": "", "text": f"by {author}", "card": "", "at": do.tick()}
        row |= {"pictures": json.dumps([{"key": MINE, "name": "a", "width": 1, "height": 1}]) if author else "[]"}
        await page.add({"name": name, "thread": thread, "author": author, **row, **more})

    job = await do.delivered(requester=Requester("web", "anna", channel="videos"), address=Address("web"))
    await say("r1", "r1", "anna")
    await say("m1", "r1", "ben")
    await say("r2", "r2", "anna", job_id=job.id)
    await say("m2", "r2", "", kind="result", job_id=job.id)
    await say("r3", "r3", "", kind="note", only_for="anna")
    await forget(do, "web:anna", "web:anna")
    left = [(row["name"], row["author"], row["text"]) for row in await page.latest("ben", threads=10)]
    assert left == [("r1", "forgotten", ""), ("m1", "ben", "by ben")]
    assert {file.name: file.kept for file in await do.store.to_erase(0, 10)} == {job.id: False, MINE: True}


async def test_somebody_of_whom_nothing_is_known_can_be_forgotten(do: Steps) -> None:
    assert (await forget(do, "slack:T1:U9", "slack:T1:U9")).videos == 0
    assert await do.books_agree()
    assert "U9" not in await everything(do)


async def test_a_name_that_begins_like_another_is_left_alone(do: Steps) -> None:
    other = Requester("discord", "471", "1", "2")
    await do.store.save_draft(Draft("d2", request_of(), ANNA, WHERE, do.now))
    await do.delivered(requester=ANNA)
    await forget(do, other.key, other.key)
    assert await do.store.draft("d2") is not None
    assert len(await do.store.jobs(user=ANNA.key)) == 1
