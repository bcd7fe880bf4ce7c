"""The chat page's messages in the database: kept once, seen by whom they are for, thread by thread."""

from typing import Any

from storage.database import Database
from storage.web_messages import WebMessages


def row(name: str, thread: str = "", **more: Any) -> dict[str, Any]:
    plain = {"kind": "said", "author": "anna", "only_for": "", "job_id": "", "text": "", "pictures": "[]", "card": ""}
    return {**plain, "name": name, "thread": thread or name, "at": 1.0, **more}


async def test_a_name_is_kept_once(database: Database) -> None:
    messages = WebMessages(database)
    assert await messages.add(row("a", text="first"))
    assert not await messages.add(row("a", text="second"))
    found = await messages.named("a")
    assert found is not None
    assert found["text"] == "first"
    assert await messages.named("b") is None


async def test_the_newest_threads_come_in_the_order_they_began_with_all_their_messages(
    database: Database,
) -> None:
    messages = WebMessages(database)
    for name, thread in (("a", ""), ("b", ""), ("a1", "a"), ("c", ""), ("b1", "b"), ("a2", "a")):
        await messages.add(row(name, thread))
    assert [each["name"] for each in await messages.latest("anna", threads=2)] == ["b", "b1", "c"]
    first = await messages.named("b")
    assert first is not None
    earlier = await messages.latest("anna", threads=2, before=first["id"])
    assert [each["name"] for each in earlier] == ["a", "a1", "a2"]


async def test_what_is_for_one_person_is_seen_by_nobody_else(database: Database) -> None:
    messages = WebMessages(database)
    await messages.add(row("a"))
    await messages.add(row("note-1", "a", kind="note", only_for="anna"))
    await messages.add(row("note-2", kind="note", only_for="anna"))
    assert [each["name"] for each in await messages.latest("anna", threads=9)] == ["a", "note-1", "note-2"]
    assert [each["name"] for each in await messages.latest("ben", threads=9)] == ["a"]
    assert [each["name"] for each in await messages.notes("anna")] == ["note-1", "note-2"]
    await messages.remove(["note-1", "never-there"])
    assert [each["name"] for each in await messages.notes("anna")] == ["note-2"]
