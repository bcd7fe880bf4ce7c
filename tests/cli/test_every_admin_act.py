"""Every act at the shell leaves one row in the audit trail; a new command has to be named here.

Nobody is refused there: whoever may run commands on the bot's machine is an operator.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import typer
from typer.main import get_command

from bot.app import open_app
from bot.cli.commands import build
from bot.generation.job import Job
from bot.generation.ports import AuditRow
from bot.settings import load_settings
from tests.cli.person import Sandbox, Videobot
from tests.storage.steps import Steps

#: What is typed, in an order in which each can be done, and what the trail calls it. JOB waits for an approval, QUEUED
#: for its turn, UNSURE for a decision; RULE is the rule added before.
ACTS = [
    ("limits set --user discord:42 --videos 5 --per day", "set limit"),
    ("limits grant --user discord:42 --videos 1 --per day", "grant"),
    ("limits clear --user discord:42 --videos --per day", "clear limit"),
    ("reset discord:42", "reset"),
    ("pause --reason lunch", "pause"),
    ("drain", "drain"),
    ("resume", "end pause"),
    ("ban discord:42", "ban"),
    ("unban discord:42", "unban"),
    ("close --mode pro", "close"),
    ("open --mode pro", "open"),
    ("rules add dragons", "add prompt rule"),
    ("rules remove RULE", "remove prompt rule"),
    ("zone discord:1 Europe/Berlin", "set time zone"),
    ("approve JOB", "approve"),
    ("decline JOB", "decline"),
    ("jobs resolve UNSURE --billed", "resolve"),
    ("jobs resume QUEUED", "resume"),
    ("jobs cancel QUEUED", "cancel"),
    ("gateways prefer apimart", "prefer gateway"),
    ("gateways off toapis", "gateway off"),
    ("gateways on toapis", "gateway on"),
    ("forget discord:42 --yes", "forget"),
]
#: What only shows something, asks for a video as anybody may, or is about the machine and not about people.
OTHERS = frozenset(
    [
        *("make", "models", "usage", "report", "approvals", "bans", "audit", "check", "run", "backup", "restore"),
        *("health", "sandbox", "demo"),
        *("jobs list", "jobs show", "limits show", "ledger check", "rules show", "db upgrade", "db copy"),
        *("discord sync", "discord invite", "slack manifest", "slack key"),
    ]
)


@pytest.mark.slow
def test_every_act_leaves_one_row(
    videobot: Videobot, submit: Callable[..., Job], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APIMART_API_KEY", "sandbox-key")
    monkeypatch.setenv("APIMART_BASE_URL", sandbox.gateway.apimart_url)
    submit()  # the database is there
    for typed, act in ACTS:
        words = [submit().id if word == "QUEUED" else asyncio.run(meant(word)) for word in typed.split()]
        before = len(asyncio.run(audited()))
        done = videobot(*words)
        assert done.code == 0, (typed, done.err)
        rows = asyncio.run(audited())
        assert len(rows) == before + 1, typed
        assert (rows[0].act, rows[0].who) == (act, "shell:anna"), typed


def test_every_command_is_named_here() -> None:
    named = OTHERS | {name for name in every(get_command(build())) if any(act.startswith(name) for act, _ in ACTS)}
    assert set(every(get_command(build()))) - named == set()


async def audited() -> list[AuditRow]:
    async with open_app(load_settings(), run_jobs=False) as app:
        return list(await app.service.audit_rows(limit=500))


async def meant(word: str) -> str:
    """What a word of the table stands for at this moment."""
    if word not in ("RULE", "JOB", "UNSURE"):
        return word
    async with open_app(load_settings(), run_jobs=False) as app:
        if word == "RULE":
            (rule,) = await app.service.prompt_rules()
            return rule.id
        do = Steps(app.database, now=app.clock.now())
        more: dict[str, Any] = {"id": app.service.ids.job_id()}
        if word == "JOB":
            return (await do.accepted("cleo", needs_approval=True, approve_by=app.clock.now() + 600, **more)).id
        return (await do.unsure("ben", **more)).id


def every(command: typer.core.TyperCommand | Any, above: tuple[str, ...] = ()) -> list[str]:
    """The names of all commands below this one."""
    if not hasattr(command, "commands"):
        return [" ".join(above)]
    return [name for word, below in command.commands.items() for name in every(below, (*above, word))]
