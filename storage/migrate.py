"""Bring a database to this version of the tables, inside one transaction."""

import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.generation.ports import StoreError

#: The newest migration. A test holds it equal to the files in `storage/migrations/versions`.
HEAD = "0008"

_FOLDER = Path(__file__).parent / "migrations"
_one_at_a_time = threading.Lock()  # alembic keeps the running migration in a module of its own


def revision(conn: Connection) -> str | None:
    """The migration the database is at; None when it has no tables yet."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def migrate(conn: Connection, name: str) -> None:
    """Apply what is missing. `name` is what messages call the database.

    Raises StoreError when the database was written by a newer version.
    """
    at = revision(conn)
    if at == HEAD:
        return
    # Imported here: it takes longer than everything else at start, and is needed only once per version.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise StoreError(
            f"The database {name} was written by a newer videobot (its tables are at {at}, this version knows {HEAD}): "
            "install the newer version, or put a backup from before the upgrade in its place."
        )
    config.attributes["connection"] = conn
    with _one_at_a_time:
        command.upgrade(config, "head")
