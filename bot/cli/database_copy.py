"""`videobot db copy`: move a grown bot from SQLite to PostgreSQL."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.errors import bad_input
from bot.cli.root import Root, root_of


def copy(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The SQLite file, or its sqlite:/// URL.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="postgresql://user:password@host:5432/database, empty.")],
) -> None:
    """Copy a bot's SQLite database into an empty PostgreSQL one and compare every row. Stop the bot before; the media
    folder stays where it is."""
    root = root_of(ctx)
    root.hidden.add([target])
    if source.startswith("postgres") or not target.startswith(("postgresql://", "postgres://")):
        raise bad_input("Copying goes from a SQLite file to postgresql://user:password@host:5432/database.")
    path = Path(source.removeprefix("sqlite:///")).absolute()
    if not path.is_file():
        raise bad_input(f"There is no database {path}.")
    root.run_without_settings(lambda: _copy(root, path, target))


async def _copy(root: Root, path: Path, target: str) -> int:
    from storage.copying import copy_database
    from storage.lock import EngineLock
    from storage.opening import open_database
    from storage.postgres import PostgresDatabase
    from storage.sqlite import SqliteDatabase

    old = SqliteDatabase(path)
    await old.open()
    try:
        with EngineLock(old):
            new = await open_database(target)
            try:
                assert isinstance(new, PostgresDatabase)  # noqa: S101 - for the type checker
                copied = await copy_database(old, new)
            finally:
                await new.close()
    finally:
        await old.close()
    rows = sum(table.rows for table in copied)
    if root.as_json:
        root.screen.document({"ok": True, "rows": {table.table: table.rows for table in copied}})
    else:
        root.screen.say(f"Copied {rows} rows of {len(copied)} tables; each was compared and is the same.")
        root.screen.say("Now set VIDEOBOT_DATABASE_URL to the new database and start the bot.")
    return 0
