"""The tables. Times are epoch seconds (Double), money is integer micro-dollars, structured values are JSON text.

Only types and features that SQLite and PostgreSQL share. Every change here needs a migration in `storage/migrations`;
a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Numbers a database gives out itself. SQLite only does so for a column of exactly the type INTEGER.
_Serial = BigInteger().with_variant(Integer, "sqlite")

intake = Table(
    "intake",
    metadata,
    Column("key", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("state", Text, nullable=False),  # received, accepted, closed; the payload is empty after the first
)
Index(
    "ix_intake_open",
    intake.c.platform,
    intake.c.received_at,
    sqlite_where=text("state = 'received'"),
    postgresql_where=text("state = 'received'"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("saved_at", Double, nullable=False),
)
Index("ix_drafts_saved_at", drafts.c.saved_at)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("user_key", Text, nullable=False),  # Requester.key: the user as limits and usage know them
    Column("address", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("duration", BigInteger, nullable=False),
    Column("audio", Boolean, nullable=False),
    Column("quote_micros", BigInteger, nullable=False),
    Column("held_micros", BigInteger, nullable=False),
    Column("quote_is_estimate", Boolean, nullable=False),
    Column("charge", Text, nullable=False),
    Column("charged_micros", BigInteger),  # what the charge came to; NULL until it is settled
    Column("accepted_at", Double, nullable=False),
    Column("accepted_day", Text, nullable=False),  # UTC, for usage by day
    # The quarter hour of acceptance, in which limits count the charge. (The default is for rows of older versions.)
    Column("slot", BigInteger, nullable=False, server_default=text("0")),
    Column("intake_key", Text),
    Column("due_at", Double),
    Column("lease_owner", Text),
    Column("lease_until", Double),
    Column("cancel_wanted_at", Double),  # changes without a new version, as does progress
    Column("attempt_id", Text),
    Column("attempts", BigInteger, nullable=False),
    Column("task_id", Text),
    Column("task_created_at", Double),
    Column("progress", BigInteger),
    Column("retries", BigInteger, nullable=False),
    Column("bill_micros", BigInteger),
    Column("output", Text),
    Column("video", Text),
    Column("failure_code", Text),
    Column("failure_message", Text),
    Column("finished_at", Double),  # NULL exactly while the state is not final
    Column("deleted_at", Double),  # when its video was deleted on a person's wish
    Column("erased_at", Double),  # when its words and inputs were erased
    UniqueConstraint("intake_key"),
)
Index(
    "ix_jobs_unfinished",
    jobs.c.due_at,
    sqlite_where=jobs.c.finished_at.is_(None),
    postgresql_where=jobs.c.finished_at.is_(None),
)
Index(
    "ix_jobs_words",
    jobs.c.finished_at,
    sqlite_where=jobs.c.erased_at.is_(None),
    postgresql_where=jobs.c.erased_at.is_(None),
)
Index("ix_jobs_accepted_at", jobs.c.accepted_at)
Index("ix_jobs_user_key_accepted_at", jobs.c.user_key, jobs.c.accepted_at)

frames = Table(
    "frames",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("role", Text, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("job_id", "number"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("gateway", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("expires_at", Double),
    Column("uploaded_at", Double, nullable=False),
    PrimaryKeyConstraint("job_id", "gateway", "source"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("task_id", Text),
    Column("ended_at", Double),
    Column("error", Text),
    Column("bill_micros", BigInteger),
    Column("cost_micros", BigInteger),  # what the ledger's cost rows of this attempt sum up to; NULL = none yet
    Column("possibly_billed", Boolean, nullable=False),  # True: cost_micros is what it may have cost
    UniqueConstraint("job_id", "number"),
)
Index("ix_attempts_task_id", attempts.c.task_id)

ledger = Table(
    "ledger",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("attempt_id", Text),  # on rows of the cost account
    Column("account", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("videos", BigInteger, nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Column("usd", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("accepted_at", Double, nullable=False),
    Column("note", Text, nullable=False),
    Column("user_key", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("model", Text, nullable=False),
)
Index("ix_ledger_job_id", ledger.c.job_id)
Index(
    "uq_ledger_charge_event",  # a charge is held, settled or released once
    ledger.c.job_id,
    ledger.c.event,
    unique=True,
    sqlite_where=text("account = 'charge'"),
    postgresql_where=text("account = 'charge'"),
)

Index(
    "ix_ledger_cost_at",  # what was booked in a time, to compare with the gateways' balances
    ledger.c.at,
    sqlite_where=text("account = 'cost'"),
    postgresql_where=text("account = 'cost'"),
)

counters = Table(
    "counters",
    metadata,
    Column("scope_kind", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    # Quarter hours in one row: 1, 96 (a day of UTC, so that a month is summed up quickly), or 0: what is counted now.
    Column("span", BigInteger, nullable=False),
    Column("slot", BigInteger, nullable=False),  # epoch seconds / 900 / span; 0 in the row of now
    Column("videos_used", BigInteger, nullable=False),
    Column("videos_held", BigInteger, nullable=False),
    Column("seconds_used", BigInteger, nullable=False),
    Column("seconds_held", BigInteger, nullable=False),
    Column("usd_used", BigInteger, nullable=False),
    Column("usd_held", BigInteger, nullable=False),
    Column("jobs_held", BigInteger, nullable=False),  # jobs at once; in the row of now only
    Column("last_at", Double, nullable=False),  # the newest acceptance; in the row of now only, else 0
    PrimaryKeyConstraint("scope_kind", "scope_id", "span", "slot"),
    sqlite_with_rowid=False,
)

usage_sums = Table(
    "usage_sums",  # what `storage.usage_sums` adds up over jobs, so that a report need not read them
    metadata,
    # 1: quarter hours, whole workspaces only (the other columns of the key are ""); 96: days of UTC; 0: months of UTC.
    Column("span", BigInteger, nullable=False),
    Column("slot", BigInteger, nullable=False),  # epoch seconds / 900 / span; of a month: year * 12 + month - 1
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("user_key", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("jobs", BigInteger, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),  # failed, lost or undeliverable
    Column("withdrawn", BigInteger, nullable=False),  # cancelled, declined or expired
    Column("videos", BigInteger, nullable=False),  # whose charge is held or settled
    Column("seconds", BigInteger, nullable=False),  # of these
    Column("expected_micros", BigInteger, nullable=False),  # of these
    Column("charged_micros", BigInteger, nullable=False),
    Column("held_micros", BigInteger, nullable=False),
    Column("billed_micros", BigInteger, nullable=False),
    Column("quoted_micros", BigInteger, nullable=False),  # what was quoted where there is a bill
    Column("misquoted", BigInteger, nullable=False),  # jobs whose bill is not their quote
    Column("cost_micros", BigInteger, nullable=False),
    Column("possibly_billed_micros", BigInteger, nullable=False),
    PrimaryKeyConstraint("span", "slot", "platform", "workspace", "channel", "user_key", "model", "mode", "gateway"),
    sqlite_with_rowid=False,
)

limits = Table(
    "limits",
    metadata,
    Column("scope_kind", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("time_window", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope_kind", "scope_id", "unit", "time_window"),
    sqlite_with_rowid=False,
)

grants = Table(
    "grants",  # what was given on top of a limit, until its window ends
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("scope_kind", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("time_window", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("given_at", Double, nullable=False),
    Column("until", Double, nullable=False),
)
Index("ix_grants_scope_kind_scope_id_until", grants.c.scope_kind, grants.c.scope_id, grants.c.until)

warnings = Table(
    "warnings",  # limits that were filled up to the share that is warned of; one row a limit and counter
    metadata,
    Column("scope_kind", Text, nullable=False),  # of the counter
    Column("scope_id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("time_window", Text, nullable=False),
    Column("limit_kind", Text, nullable=False),
    Column("limit_id", Text, nullable=False),
    Column("limit_amount", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("at", Double, nullable=False),
    Column("until", Double, nullable=False),  # not told again before
    PrimaryKeyConstraint("scope_kind", "scope_id", "unit", "time_window"),
    sqlite_with_rowid=False,
)
Index("ix_warnings_job_id", warnings.c.job_id)

bans = Table(
    "bans",
    metadata,
    Column("user_key", Text, nullable=False),
    Column("place", Text, nullable=False),  # a workspace, or "*"
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("until", Double),  # NULL: until an admin ends it
    PrimaryKeyConstraint("user_key", "place"),
    sqlite_with_rowid=False,
)

closures = Table(
    "closures",  # channels, models and modes that are closed, or are the only open ones
    metadata,
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("rule", Text, nullable=False),
    PrimaryKeyConstraint("place", "kind", "name"),
    sqlite_with_rowid=False,
)

prompt_rules = Table(
    "prompt_rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Double, nullable=False),
)

zones = Table(
    "zones",  # time zones of workspaces
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("zone", Text, nullable=False),
)

bills = Table(
    "bills",  # the latest bills of each kind of video, to learn prices from
    metadata,
    Column("price_key", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("bill_micros", BigInteger, nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("price_key", "number"),
    sqlite_with_rowid=False,
)

balances = Table(
    "balances",  # what each gateway's account held when it was asked
    metadata,
    Column("gateway", Text, nullable=False),
    Column("label", Text, nullable=False),  # of the key; empty: the single one
    Column("at", Double, nullable=False),
    Column("amount", Double),  # NULL: without a limit
    Column("unit", Text, nullable=False),
    Column("usd", BigInteger),  # micro-dollars; NULL: without a limit, or not known
    PrimaryKeyConstraint("gateway", "label", "at"),
    sqlite_with_rowid=False,
)

render_times = Table(
    "render_times",
    metadata,
    Column("timing_key", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("timing_key", "number"),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reference", Text),
    Column("updated_at", Double, nullable=False),
    Column("closed_at", Double),  # when it showed a final state; NULL while there may be something to edit
    PrimaryKeyConstraint("job_id", "purpose"),
    sqlite_with_rowid=False,
)
Index(
    "ix_deliveries_open_status",
    deliveries.c.job_id,
    sqlite_where=text("purpose = 'status' AND closed_at IS NULL"),
    postgresql_where=text("purpose = 'status' AND closed_at IS NULL"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
Index("ix_audit_subject", audit.c.subject)

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

fingerprints = Table(
    "fingerprints",  # people who were forgotten, while what they used still counts in a window
    metadata,
    Column("mark", Text, nullable=False),
    Column("user_key", Text, nullable=False),  # of their nameless rows
    Column("until", Double, nullable=False),
    PrimaryKeyConstraint("mark", "user_key"),
    sqlite_with_rowid=False,
)

erasures = Table(
    "erasures",  # files of people who were forgotten, until they are removed
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("kind", Text, nullable=False),  # video, input
    Column("name", Text, nullable=False),  # a job's id, or an input's key
    Column("at", Double, nullable=False),
)

slack_installs = Table(
    "slack_installs",  # workspaces (or, without a team, organisations) the bot was installed in by OAuth
    metadata,
    Column("id", Text, primary_key=True),  # the team's id, else the organisation's
    Column("team_id", Text, nullable=False),
    Column("enterprise_id", Text, nullable=False),
    Column("team_name", Text, nullable=False),
    Column("bot_id", Text, nullable=False),
    Column("bot_user_id", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("token", Text, nullable=False),  # encrypted
    Column("installed_at", Double, nullable=False),
)

slack_org_teams = Table(
    "slack_org_teams",  # workspaces that are served by their organisation's installation
    metadata,
    Column("team_id", Text, primary_key=True),
    Column("enterprise_id", Text, nullable=False),
)

slack_states = Table(
    "slack_states",  # installations under way
    metadata,
    Column("state", Text, primary_key=True),
    Column("expires_at", Double, nullable=False),
)

web_messages = Table(
    "web_messages",  # what stands in the channel of the chat page; what shows a job is drawn from its row
    metadata,
    Column("id", _Serial, primary_key=True),  # the order
    Column("name", Text, nullable=False),
    Column("thread", Text, nullable=False),  # the name of the message the thread begins with, which may be its own
    Column("kind", Text, nullable=False),  # said, status, result, note
    Column("author", Text, nullable=False),  # a person, or empty: the bot
    Column("only_for", Text, nullable=False),  # who alone sees it; empty: everybody
    Column("job_id", Text, nullable=False),  # empty: about no job
    Column("text", Text, nullable=False),
    Column("pictures", Text, nullable=False),
    Column("card", Text, nullable=False),  # of a note, else empty
    Column("at", Double, nullable=False),
    UniqueConstraint("name"),
)
Index("ix_web_messages_thread_id", web_messages.c.thread, web_messages.c.id)
Index(
    "ix_web_messages_roots",
    web_messages.c.id,
    sqlite_where=text("thread = name"),
    postgresql_where=text("thread = name"),
)
