"""The front desk as the command line uses it: whoever may run commands here is an operator."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.cards.card import Card, Line, Table, Tone, plain
from adapters.desk import Actor, Desk, Reply
from bot.cli.root import Root
from bot.cli.tables import add_rows, table

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings

Act = Callable[[Desk, Actor], Awaitable[Reply]]


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


async def act(root: Root, settings: "Settings", what: Act, *, is_list: bool = False) -> int:
    """Do one thing at the desk and print its card; 1 when it says that nothing was done. A list is always done."""
    async with root.open(settings, run_jobs=False) as app:
        reply = await what(desk_of(app), operator(root))
    is_done = reply.card.tone not in (Tone.WARNING, Tone.BAD) or reply.job is not None or is_list
    show(root, reply.card, is_done=is_done)
    return 0 if is_done else 1


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
