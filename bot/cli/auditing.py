"""What `videobot audit` does."""

from typing import TYPE_CHECKING

from bot.cli.desk import act_in
from bot.cli.people import PLATFORMS
from bot.cli.records import audit_documents
from bot.cli.root import Root
from bot.generation.barring import ClosureKind
from bot.generation.catalog import model_key
from bot.generation.limits import ScopeKind

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings

#: What stands before the colon of a subject in the trail.
_KINDS = (*ScopeKind, ClosureKind.MODE, "rule")


async def show_audit(root: Root, settings: "Settings", about: str | None, limit: int, *, refusals: bool) -> int:
    """Print the last acts, newest first; with `refusals` the requests that were not taken."""
    async with root.open(settings, run_jobs=False) as app:
        subject = None if about is None else await _subject(app, about)
        return await act_in(
            root,
            app,
            lambda desk, me: desk.audit(me, subject, limit, refusals=refusals),
            rows=lambda app: audit_documents(app, subject, limit, refusals=refusals),
        )


async def _subject(app: "App", typed: str) -> str:
    """What is meant, as the trail names it: the beginning of a job's id is enough."""
    prefix = typed.strip().lower()
    if prefix.isalnum():
        found = await app.store.find_jobs(prefix)
        if len(found) == 1:
            return found[0].id
    return subject_called(typed)


def subject_called(typed: str) -> str:
    """The subject as the trail names it already ("user:discord:42", "mode:pro"), a bare user ("discord:42",
    "slack:T1:U2"), channel ("discord:1:2", "slack:T1:C2") or workspace ("slack:T1"), or else what was typed: a job's
    id, a gateway, "everything"."""
    text = typed.strip()
    kind, _, name = text.partition(":")
    if kind == ScopeKind.MODEL:
        return f"model:{model_key(name) or name}"
    if kind in _KINDS or kind not in PLATFORMS:
        return text
    first, _, second = name.partition(":")
    if kind == "slack" and not second:
        return f"workspace:slack:{first}"
    is_channel = bool(second) and (kind == "discord" or (kind == "slack" and second.startswith(("C", "D", "G"))))
    return f"{'channel' if is_channel else 'user'}:{text}"
