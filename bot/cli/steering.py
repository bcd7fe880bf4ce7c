"""What `videobot gateways` does."""

import asyncio
from typing import Literal

from adapters.cards.words import account_title
from bot.cli.errors import CommandError, bad_input
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.catalog import listed
from bot.generation.prices import dollars
from bot.generation.table import MODELS
from bot.operations.probing import ask
from bot.operations.sharing import shared
from bot.operations.steering import LastGatewayError, Row, UnknownAccountError
from bot.settings import Settings


async def show_all(root: Root, settings: Settings) -> int:
    """List the gateways as they stand now; the errors are those the running bot has seen."""
    async with root.open(settings, run_jobs=False) as app:
        await asyncio.gather(*(ask(gateway) for gateway in app.gateways.values()))
        rows = app.operations.steering.rows()
        seen = {row.name: await shared(app.store, row.name) for row in rows}
    if root.as_json:
        root.screen.document(
            {
                "ok": True,
                "gateways": [
                    {
                        "name": row.name,
                        "place": row.place,
                        "off": row.place is None,
                        "trouble": row.standing.trouble,
                        "balance_micros": row.standing.balance_micros,
                        "running_bot": found.document() if (found := seen[row.name]) is not None else None,
                    }
                    for row in rows
                ],
            }
        )
        return 0
    made = table("Gateway", "New jobs", "Now", "Balance", "Seen by the running bot", whole=("Gateway", "New jobs"))
    lines = []
    for row in rows:
        found = seen[row.name]
        now = app.clock.now()
        lines.append(
            (account_title(row.name), _place(row), _state(row), _balance(row), found.words(now) if found else "nothing")
        )
    root.screen.show(add_rows(made, lines))
    return 0


async def change(root: Root, settings: Settings, name: str, what: Literal["prefer", "on", "off"]) -> int:
    """Switch, and say what is in force now."""
    async with root.open(settings, run_jobs=False) as app:
        steering, by = app.operations.steering, root.requester.key
        try:
            gateway = steering.named(name)
            match what:
                case "prefer":
                    await steering.prefer(gateway, by)
                case "on":
                    await steering.turn_on(gateway, by)
                case "off":
                    await steering.turn_off(gateway, by)
        except UnknownAccountError as error:
            raise bad_input(str(error)) from None
        except LastGatewayError as error:
            raise CommandError(str(error)) from None
        order, off = steering.order, [row.name for row in steering.rows() if row.place is None]
        gone = list(app.service.catalog.off())
    if root.as_json:
        root.screen.document({"ok": True, "order": list(order), "off": off, "models_off": gone})
        return 0
    root.screen.say(f"New jobs go to {', then '.join(account_title(one) for one in order)}.")
    if off:
        root.screen.say(f"Off: {listed([account_title(one) for one in off], 'and')}; what runs there is finished.")
    if gone:
        titles = listed([MODELS[model] for model in gone])
        root.screen.say(
            f"Nobody can ask for {titles} now: no gateway that is on makes {'it' if len(gone) == 1 else 'them'}."
        )
    return 0


def _place(row: Row) -> str:
    if row.place is None:
        return "off"
    return "first" if row.place == 1 else f"number {row.place}"


def _state(row: Row) -> str:
    if row.name == "sandbox":
        return "it works"
    return row.standing.words()


def _balance(row: Row) -> str:
    if row.standing.balance_at is None:
        return ""
    left = row.standing.balance_micros
    return "no limit" if left is None else dollars(left)
