"""What `--json` prints of bans, closures, rules, approvals and the audit trail: rows with ids, ISO times and money as
elsewhere (`bot.cli.documents`). Nothing is left out that the screen has no room for."""

from typing import TYPE_CHECKING

from bot.cli.documents import Document, job_document, when

if TYPE_CHECKING:
    from bot.app import App


async def audit_documents(app: "App", subject: str | None, limit: int, *, refusals: bool = False) -> list[Document]:
    """What was done, newest first, as it is stored."""
    return [
        {"id": row.id, "at": when(row.at), "who": row.who, "act": row.act, "subject": row.subject, "detail": row.detail}
        for row in await app.service.audit_rows(subject=subject, limit=limit, refusals=refusals)
    ]


async def ban_documents(app: "App") -> list[Document]:
    """Every ban in force; `place` is "*" for everywhere, `until` None for ever."""
    return [
        {
            "user": ban.user,
            "place": ban.place,
            "by": ban.by,
            "at": when(ban.at),
            "until": when(ban.until),
            "reason": ban.reason,
        }
        for ban in await app.service.bans()
    ]


async def closure_documents(app: "App") -> list[Document]:
    """What is closed (`rule` "closed"), or one of the only open ones ("only")."""
    return [
        {"place": one.place, "kind": str(one.kind), "name": one.name, "rule": str(one.rule)}
        for one in await app.service.closures()
    ]


async def prompt_rule_documents(app: "App") -> list[Document]:
    """Every rule about prompts."""
    return [
        {
            "id": rule.id,
            "place": rule.place,
            "kind": str(rule.kind),
            "pattern": rule.pattern,
            "action": str(rule.action),
            "by": rule.by,
            "at": when(rule.at),
        }
        for rule in await app.service.prompt_rules()
    ]


async def approval_documents(app: "App") -> list[Document]:
    """The jobs that wait for an approval, and when each expires."""
    return [{**job_document(job), "expires_at": when(job.due_at)} for job in await app.service.approvals()]
