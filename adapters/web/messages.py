"""What stands in the channel, and the port it is kept behind."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

#: Rows by column name.
Row = Mapping[str, Any]


class Kind(StrEnum):
    """What a message is. Status and result are drawn from their job's row each time, so they are never out of date."""

    SAID = "said"  # by a person; with a job id: what the job was asked for with
    STATUS = "status"
    RESULT = "result"
    NOTE = "note"  # the bot's answer to one person


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a message: its media key, its name, its sides in pixels."""

    key: str
    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `name` is unique, made of letters, digits and hyphens, and the element's id in the page; `thread` is
    the name of the message its thread begins with, which may be its own. `author` is a person's id, empty for the bot;
    `only_for` who alone sees it, empty for everybody. `card` is JSON. `id` gives the order; 0 before it is kept."""

    name: str
    thread: str
    kind: Kind
    at: float
    author: str = ""
    only_for: str = ""
    job_id: str = ""
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    card: str = ""
    id: int = 0

    @property
    def is_root(self) -> bool:
        """Whether a thread begins with it."""
        return self.name == self.thread


class Rows(Protocol):
    """Where messages are kept. Every method raises StoreError when the database cannot be used."""

    async def add(self, row: Row) -> bool:
        """Keep a message; False when there is one of that name already."""
        ...

    async def named(self, name: str) -> Row | None:
        """One message."""
        ...

    async def latest(self, viewer: str, *, threads: int, before: int | None = None) -> Sequence[Row]:
        """The messages of the newest `threads` threads (that began before the message `before`) that `viewer` may see,
        thread by thread in the order they began."""
        ...

    async def remove(self, names: Collection[str]) -> None:
        """Forget messages; unknown names are no error."""
        ...

    async def notes(self, person: str) -> Sequence[Row]:
        """The notes of one person, in order."""
        ...


def row_of(message: Message) -> dict[str, Any]:
    """The row of a message that is not kept yet."""
    row = asdict(message)
    del row["id"]
    return {**row, "kind": str(message.kind), "pictures": json.dumps(row["pictures"], ensure_ascii=False)}


def message_of(row: Row) -> Message:
    """The message of a row."""
    pictures = tuple(Picture(**picture) for picture in json.loads(row["pictures"]))
    return Message(**{**row, "kind": Kind(row["kind"]), "pictures": pictures})
