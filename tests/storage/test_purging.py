"""Retention: rows older than they are kept go, batch by batch; money stays."""

import pytest
from sqlalchemy import Connection, text

from bot.generation.job import Purpose
from bot.generation.ports import Draft, Retention
from bot.generation.request import Frame, FrameRole
from storage.purging import _OLD_WORDS
from storage.web_messages import WebMessages
from tests.storage.steps import DAY, Steps, request_of

KEPT = Retention(prompts_days=90, audit_days=365, intake_days=7)
INPUT = "a" * 64 + ".jpg"


async def purge(do: Steps, kept: Retention = KEPT, most: int = 500) -> int:
    return await do.store.purge(kept, do.now, most)


async def count(do: Steps, table: str) -> int:
    def read(conn: Connection) -> int:
        return int(conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    return await do.database.look(read)


async def test_words_of_old_videos_go_and_their_money_and_messages_stay(do: Steps) -> None:
    request = request_of(prompt="a canary", frames=(Frame(role=FrameRole.FIRST_FRAME, source=INPUT),))
    old = await do.delivered(request=request)
    waits = await do.accepted("ben", request=request, needs_approval=True, approve_by=do.now + 1000 * DAY)
    do.tick(80 * DAY)
    young = await do.delivered("cleo", request=request)
    assert await purge(do) == 0
    do.tick(20 * DAY)
    assert await purge(do) == 1
    assert await purge(do) == 0
    erased = await do.job(old.id)
    assert (erased.request.prompt, erased.request.frames, erased.erased_at) == ("", (), do.now)
    assert (await do.store.attempts(old.id))[0].body == {}
    assert erased.requester.user == "anna"
    assert [row.purpose for row in await do.store.deliveries(old.id)] == [Purpose.RESULT]
    for job in (waits, young):
        assert (await do.job(job.id)).request == request
    assert await count(do, "frames") == 2
    assert [row.videos for row in await do.store.usage(since=0, until=do.now, by="model")] == [3]
    assert await do.books_agree()


async def test_it_goes_in_bounded_batches(do: Steps) -> None:
    for _ in range(5):
        await do.delivered("anna" if _ < 3 else "ben")
    do.tick(91 * DAY)
    assert [await purge(do, most=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_answered_and_unanswered_events_are_removed_after_their_days(do: Steps) -> None:
    await do.store.add_intake("discord:1", "discord", {"token": "t"}, do.tick())
    await do.store.close_intake("discord:1")
    await do.store.add_intake("discord:2", "discord", {"token": "t"}, do.tick())
    do.tick(6 * DAY)
    await do.store.add_intake("discord:3", "discord", {"token": "t"}, do.tick())
    do.tick(2 * DAY)
    assert await purge(do) == 2
    assert [event.key for event in await do.store.open_intakes("discord")] == ["discord:3"]


async def test_the_trail_the_drafts_and_the_chat_page_have_their_days(do: Steps) -> None:
    await do.store.audit("shell:root", "check", "", "", do.tick())
    await do.store.save_draft(Draft("d1", request_of(), do.new().requester, do.new().address, do.now))
    row = {"name": "m1", "thread": "m1", "kind": "said", "author": "anna", "only_for": "", "job_id": ""}
    await WebMessages(do.database).add({**row, "text": "hello", "pictures": "[]", "card": "", "at": do.now})
    do.tick(50 * DAY)
    assert await purge(do) == 1
    assert await count(do, "drafts") == 0
    do.tick(50 * DAY)
    assert await purge(do) == 1
    assert await count(do, "web_messages") == 0
    do.tick(300 * DAY)
    assert await purge(do) == 1
    assert await count(do, "audit") == 0


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_the_old_ones_are_found_without_reading_all(do: Steps) -> None:
    plan = await do.plan(_OLD_WORDS, {"before": 1.0, "most": 10})
    assert plan == ["SEARCH jobs USING INDEX ix_jobs_words (finished_at<?)"]
