"""The front desk as the command line uses it: whoever may run commands here is an operator."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.cards.card import Card, Line, Table, Tone, plain
from adapters.desk import Actor, Desk, Outcome, Reply
from bot.cli.documents import Document
from bot.cli.errors import BAD_INPUT, FAILURE, CommandError
from bot.cli.root import Root
from bot.cli.tables import add_rows, table

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings

Act = Callable[[Desk, Actor], Awaitable[Reply]]
#: So many rows of a list are shown: a terminal has no end, as a message has.
EVERY = 1_000_000
#: What a list is for a program.
Rows = Callable[["App"], Awaitable[Sequence[Document]]]


def desk_of(app: "App") -> Desk:
    """The desk of an application."""
    return Desk(
        app.service,
        app.store,
        app.media,
        app.clock,
        app.service.ids,
        zone=ZoneInfo(app.settings.time_zone),
        private_refusals=True,
        gateways=app.gateways,
        panel=app.operations.panel(app.store),
    )


def operator(root: Root) -> Actor:
    """Who sits at this terminal."""
    return Actor(root.requester, root.requester.user, is_admin=True, is_operator=True)


async def act(root: Root, settings: "Settings", what: Act, *, rows: Rows | None = None) -> int:
    """Do one thing at the desk and print its card, or with --json the `rows` of a list; see `act_in`."""
    async with root.open(settings, run_jobs=False) as app:
        return await act_in(root, app, what, rows=rows)


async def act_in(root: Root, app: "App", what: Act, *, rows: Rows | None = None) -> int:
    """The same in an application that is open. The exit code: 1 when nothing was done, be it that there was nothing to
    take away; a list is always done. Raises CommandError for what cannot be meant."""
    if rows is not None and root.as_json:
        root.screen.document({"ok": True, "rows": list(await rows(app))})
        return 0
    reply = await what(desk_of(app), operator(root))
    if reply.outcome is Outcome.NOT_MEANT:
        raise CommandError(plain(reply.card), code=BAD_INPUT)
    is_done = reply.card.tone not in (Tone.WARNING, Tone.BAD) or reply.job is not None or rows is not None
    is_done = is_done and reply.outcome is Outcome.DONE
    show(root, reply.card, is_done=is_done)
    return 0 if is_done else FAILURE


def show(root: Root, card: Card, *, is_done: bool) -> None:
    """Print a card: its lines and tables."""
    if root.as_json:
        tables = [
            [dict(zip(part.header, row, strict=True)) for row in part.rows]
            for part in card.body
            if isinstance(part, Table)
        ]
        lines = [plain(Card((part,))) for part in card.body if isinstance(part, Line)]
        root.screen.document({"ok": is_done, "lines": lines, "rows": [row for rows in tables for row in rows]})
        return
    for part in card.body:
        if isinstance(part, Table):
            root.screen.show(add_rows(table(*part.header), part.rows))
        else:
            root.screen.say(plain(Card((part,))))
