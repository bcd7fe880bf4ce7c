"""What PostgreSQL's errors mean for the person who runs the bot: one sentence each, with what to do."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.generation.ports import StoreError

#: Beginnings of SQLSTATEs (Appendix A of PostgreSQL's manual), and the sentence about a database called {name}.
_SENTENCES = (
    ("28", "The database {name} refuses the user or password: check VIDEOBOT_DATABASE_URL."),
    ("3D000", "The database {name} does not exist: create it (createdb) or correct VIDEOBOT_DATABASE_URL."),
    ("42501", "The user of VIDEOBOT_DATABASE_URL lacks rights in {name}: make it the owner of the database."),
    ("42P01", "The database {name} has no videobot tables yet: run `videobot db upgrade`."),
    ("25006", "The database {name} is read-only (a standby?): name the primary in VIDEOBOT_DATABASE_URL."),
    ("53100", "The disk of the database {name} is full: free some space there."),
    ("53300", "The database {name} has no connection left: raise its max_connections or run fewer processes."),
    ("53", "The database {name} is out of memory or disk: give it more, then try again."),
    ("57P", "The database {name} is stopping or starting: try again in a moment."),
    ("58", "The database {name} has trouble with its disk: look at its log."),
    ("XX", "The database {name} reports damage: look at its log, and put a backup in its place."),
)
_MEETING = "The database {name} is too busy: the same rows were changed again and again; try again in a moment."
_UNREACHABLE = (
    "The database {name} cannot be reached: check that PostgreSQL runs there and that VIDEOBOT_DATABASE_URL names its "
    "host and port."
)
#: Connection exceptions and shut-downs: the connection is gone, and with it whatever was not committed.
_LOST_STATES = ("08", "57P")


def as_store_error(error: BaseException, name: str) -> StoreError | None:
    """The sentence for a fault of the database itself; None for anything else (a defect, a broken constraint)."""
    if isinstance(error, StoreError):
        return error
    state = sqlstate(error)
    if state is not None:
        for prefix, sentence in _SENTENCES:
            if state.startswith(prefix):
                return StoreError(sentence.format(name=name))
        if state.startswith("40"):
            return StoreError(_MEETING.format(name=name))
    if is_lost(error) or isinstance(error, NoConnectionError):
        return StoreError(_UNREACHABLE.format(name=name))
    return None


def is_lost(error: BaseException) -> bool:
    """True when the connection died or could not be made."""
    if any((sqlstate(one) or "").startswith(_LOST_STATES) for one in _chain(error)):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return any(
        isinstance(one, (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError))
        for one in _chain(error)
    )


def sqlstate(error: BaseException) -> str | None:
    """The five characters PostgreSQL says what went wrong with; None when it was not PostgreSQL that spoke."""
    for one in _chain(error):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = getattr(one, "orig", None) or one.__cause__
    return found
