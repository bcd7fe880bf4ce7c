"""`videobot db upgrade`: bring the tables to this version."""

from typing import TYPE_CHECKING

import typer

from bot.cli.database_copy import copy
from bot.cli.groups import group
from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.settings import Settings


def build() -> typer.Typer:
    """The group `db`."""
    app = group("The database.")
    app.command("upgrade")(upgrade)
    app.command("copy")(copy)
    return app


def upgrade(ctx: typer.Context) -> None:
    """Bring the database's tables to this version; every other command does so, too, when it starts."""
    root = root_of(ctx)
    root.run(lambda settings: _upgrade(root, settings))


async def _upgrade(root: Root, settings: "Settings") -> int:
    async with root.open(settings, run_jobs=False):
        root.screen.say("The database is up to date.")
    return 0
