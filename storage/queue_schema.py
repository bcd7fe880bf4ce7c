"""What the distributed engine keeps in PostgreSQL beside the tables of the bot, in a schema of its own: pgqueuer's
tables, whose turn it was, the shared rate budgets, who has which duty, and triggers that tell every process which job
changed.

Nothing in it has to be copied or backed up: all of it can be made anew from the jobs.
"""

from importlib.metadata import version
from typing import TypeVar

import asyncpg
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.queries import Queries
from sqlalchemy import Column, Double, LargeBinary, MetaData, Table, Text

Q = TypeVar("Q", bound=Queries)

SCHEMA = "videobot_queue"
#: Made without the environment, which may hold names such as CHANNEL of other programs.
SETTINGS = DBSettings.model_validate({"db_schema": SCHEMA})
QUEUE_TABLE = SETTINGS.qualified.queue_table
LOG_TABLE = SETTINGS.qualified.queue_table_log
#: Told "<job id> <state> <version>" by each transaction that changed a job, and "<job id> shown 0" by one that wrote
#: down which message shows it, and "<job id> look 0" when there is a reason to look at it now (`storage.hinting`).
JOBS_CHANNEL = "videobot_jobs"
SHOWN, LOOK = "shown", "look"
_VERSION = f"pgqueuer {version('pgqueuer')}, videobot 2"
_INSTALLING = 7_166_320_118

_metadata = MetaData(schema=SCHEMA)
entries = Table(
    SETTINGS.queue_table,
    _metadata,
    Column("dedupe_key", Text),  # the job's id
    Column("status", Text),
    Column("payload", LargeBinary),
)
turns = Table(
    "turns",
    _metadata,
    Column("gateway", Text, primary_key=True),
    Column("user_key", Text, primary_key=True),
    Column("at", Double, nullable=False),
)
budgets = Table(
    "budgets",
    _metadata,
    Column("gateway", Text, primary_key=True),
    Column("call", Text, primary_key=True),  # create, look
    Column("tokens", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("closed_until", Double, nullable=False),
)
processes = Table(
    "processes",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("seen_at", Double, nullable=False),
)

_OURS = f"""
CREATE TABLE IF NOT EXISTS {SCHEMA}.turns (
    gateway text NOT NULL, user_key text NOT NULL, at double precision NOT NULL, PRIMARY KEY (gateway, user_key)
);
CREATE TABLE IF NOT EXISTS {SCHEMA}.budgets (
    gateway text NOT NULL, call text NOT NULL, tokens double precision NOT NULL, at double precision NOT NULL,
    closed_until double precision NOT NULL, PRIMARY KEY (gateway, call)
);
CREATE TABLE IF NOT EXISTS {SCHEMA}.processes (name text PRIMARY KEY, seen_at double precision NOT NULL);
CREATE TABLE IF NOT EXISTS {SCHEMA}.duties (
    name text PRIMARY KEY, holder text NOT NULL, until timestamptz NOT NULL
);
CREATE OR REPLACE FUNCTION {SCHEMA}.job_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{JOBS_CHANNEL}', NEW.id || ' ' || NEW.state || ' ' || NEW.version);
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS job_changed ON jobs;
CREATE TRIGGER job_changed AFTER INSERT OR UPDATE OF version, cancel_wanted_at, progress ON jobs
    FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.job_changed();
CREATE OR REPLACE FUNCTION {SCHEMA}.job_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{JOBS_CHANNEL}', NEW.job_id || ' {SHOWN} 0');
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS job_shown ON deliveries;
CREATE TRIGGER job_shown AFTER INSERT OR UPDATE OF reference ON deliveries
    FOR EACH ROW WHEN (NEW.reference IS NOT NULL) EXECUTE FUNCTION {SCHEMA}.job_shown();
COMMENT ON SCHEMA {SCHEMA} IS '{_VERSION}';
"""


async def install(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Make what is missing, or bring it to this version; of several processes one does it."""
    await connection.execute("SELECT pg_advisory_lock($1)", _INSTALLING)
    try:
        found = await connection.fetchval(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1", SCHEMA
        )
        if found == _VERSION:
            return
        queries = queries_of(Queries, connection)
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            await queries.install()
        async with connection.transaction():
            await connection.execute(_OURS)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _INSTALLING)


def queries_of(kind: type[Q], connection: "asyncpg.Connection[asyncpg.Record]") -> Q:
    """pgqueuer's queries, or a kind of our own, in our schema."""
    return kind(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(SETTINGS),
        qbq=QueryQueueBuilder(SETTINGS),
        qbs=QuerySchedulerBuilder(SETTINGS),
    )
