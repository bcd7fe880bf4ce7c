"""Forgetting a person: what they said and made goes, the money rows stay under a key that nobody has.

One transaction; files are named in `erasures` by it and removed after it, so that a process that dies in between leaves
nothing behind for good. Bans stay by the person's own key, and so do limits that give them less than others get: else
forgetting would end both. What was used in windows that have not ended yet is still counted, by `fingerprints`.
"""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, func, insert, literal, or_, select, update

from bot.generation.job import Address, JobState
from bot.generation.limits import Scope, ScopeKind, Unit
from bot.generation.ports import REFUSED_VIDEO, Erasure, ErasureKind, Forgotten, NotDecidableError
from storage import counting, fingerprints
from storage.creating import cancel_free
from storage.moves import lock, note
from storage.rows import to_json
from storage.statements import fetch_all
from storage.tables import (
    attempts,
    audit,
    deliveries,
    drafts,
    erasures,
    frames,
    grants,
    jobs,
    ledger,
    limits,
    settings,
    uploads,
    usage_sums,
    warnings,
    web_messages,
)

#: The stored text of a request without its words and inputs.
NO_REQUEST = '{"prompt":""}'
#: In place of why a job failed: a gateway's words about it may quote the prompt.
NO_REASON: Any = case((jobs.c.failure_message.is_not(None), ""), else_=None)
#: Nothing was sent to the gateway yet, so that cancelling loses nothing.
FREE = frozenset({JobState.AWAITING_APPROVAL, JobState.QUEUED})
SOMEBODY = "forgotten"  # beginning of the key that takes the place of a person's own
_LINKS = ("http://", "https://")
_OF_JOBS = (frames, uploads, deliveries)


def forget_user(conn: Connection, user: str, stranger: str, salt: str, by: str, now: float) -> Forgotten:
    """Erase what is known of `user` (`Requester.key`); their money rows go on under a key made of `stranger`, which
    must be random and new, as `salt` is. `by` is who wished so.

    Raises NotDecidableError while a video of theirs is being made.
    """
    platform, _, own_id = user.partition(":")
    other_id = f"{SOMEBODY}-{stranger}"
    other = f"{platform}:{other_id}"
    counting.lock(conn, (Scope(ScopeKind.USER, user),))
    cancelled = _cancel(conn, user, now)
    theirs = select(jobs.c.id).where(jobs.c.user_key == user)
    found = list(conn.execute(theirs).scalars())
    _note_files(conn, theirs, user, now)
    for table in _OF_JOBS:
        conn.execute(delete(table).where(table.c.job_id.in_(theirs)))
    conn.execute(update(attempts).where(attempts.c.job_id.in_(theirs)).values(body="{}", error=None))
    conn.execute(delete(drafts).where(_of_drafts(user)))
    if platform == "web":
        _leave_the_page(conn, theirs, own_id)
    _forget_settings(conn, platform, own_id, found)
    _forget_limits(conn, user)
    _rename_audit(conn, theirs, user, other)
    conn.execute(update(ledger).where(ledger.c.job_id.in_(theirs)).values(user_key=other, roles="[]"))
    conn.execute(update(usage_sums).where(usage_sums.c.user_key == user).values(user_key=other))
    counting.rename_user(conn, user, other)
    fingerprints.add(conn, user, other, salt, now)
    address = to_json(asdict(Address(platform)))
    conn.execute(
        update(jobs)
        .where(jobs.c.user_key == user)
        .values(
            version=jobs.c.version + 1,
            request=NO_REQUEST,
            user_id=other_id,
            user_key=other,
            roles="[]",
            address=address,
            intake_key=None,
            output=None,
            video=None,
            failure_message=NO_REASON,
            # A task that turns up late is billed and not posted.
            cancel_wanted_at=func.coalesce(jobs.c.cancel_wanted_at, now),
            deleted_at=func.coalesce(jobs.c.deleted_at, now),
            erased_at=now,
        )
    )
    note(conn, other if by == user else by, "forget", f"user:{other}", f"{len(found)} videos", now)
    return Forgotten(other, len(found), tuple(cancelled))


def _cancel(conn: Connection, user: str, now: float) -> list[str]:
    """Cancel what was not sent yet. Raises NotDecidableError for what was."""
    unfinished = select(jobs.c.id).where(jobs.c.user_key == user, jobs.c.finished_at.is_(None)).order_by(jobs.c.id)
    rows = [row for job_id in conn.execute(unfinished).scalars().all() if (row := lock(conn, job_id)) is not None]
    rows = [row for row in rows if row["finished_at"] is None]
    busy = [row for row in rows if row["state"] not in FREE]
    if busy:
        raise NotDecidableError(being_made(busy[0]["id"], JobState(busy[0]["state"])))
    for row in rows:
        cancel_free(conn, row, now)
    return [row["id"] for row in rows]


def being_made(job_id: str, state: JobState) -> str:
    """Why nothing can be forgotten now."""
    if state is JobState.UNCERTAIN:
        return (
            f"Nobody knows whether video {job_id} was made, so nothing was erased: an admin decides that first "
            f"(videobot jobs resolve {job_id})."
        )
    return f"Video {job_id} is not finished yet, so nothing was erased: ask again when it is done."


def _note_files(conn: Connection, theirs: Any, user: str, now: float) -> None:
    """Name the files that are to be removed: every video of theirs, and what they put in."""
    kind, at = literal(ErasureKind.VIDEO.value), literal(now)
    conn.execute(insert(erasures).from_select(["kind", "name", "at"], theirs.with_only_columns(kind, jobs.c.id, at)))
    keys = set(conn.execute(select(frames.c.source).where(frames.c.job_id.in_(theirs))).scalars())
    for text in conn.execute(select(drafts.c.request).where(_of_drafts(user))).scalars():
        keys |= _sources(json.loads(text))
    platform, _, own_id = user.partition(":")
    if platform == "web":
        for text in conn.execute(select(web_messages.c.pictures).where(web_messages.c.author == own_id)).scalars():
            keys |= {picture["key"] for picture in json.loads(text)}
    rows = [
        {"kind": ErasureKind.INPUT.value, "name": key, "at": now} for key in sorted(keys) if not key.startswith(_LINKS)
    ]
    if rows:
        conn.execute(insert(erasures), rows)


def _sources(request: dict[str, Any]) -> set[str]:
    found = {frame["source"] for frame in request.get("frames") or ()}
    video = request.get("reference_video")
    return found | ({video["source"]} if video else set())


def _of_drafts(user: str) -> Any:
    """The drafts of a person: their requester's text begins with who it is."""
    platform, _, own_id = user.partition(":")
    whole = to_json({"platform": platform, "user": own_id})
    begins = f"{whole[:-1]},"
    return func.substr(drafts.c.requester, 1, len(begins)) == begins


def _leave_the_page(conn: Connection, theirs: Any, own_id: str) -> None:
    """Take their messages off the chat page; a thread that others wrote in keeps an empty first message."""
    mine = or_(web_messages.c.author == own_id, web_messages.c.only_for == own_id, web_messages.c.job_id.in_(theirs))
    others = web_messages.alias("others")
    has_others = exists().where(
        others.c.thread == web_messages.c.name,
        others.c.name != web_messages.c.name,
        others.c.author.not_in(["", own_id]),
    )
    is_root = web_messages.c.thread == web_messages.c.name
    conn.execute(
        update(web_messages)
        .where(mine, is_root, has_others)
        .values(kind="said", author=SOMEBODY, text="", pictures="[]", job_id="", card="")
    )
    conn.execute(delete(web_messages).where(mine))


def _forget_settings(conn: Connection, platform: str, own_id: str, job_ids: list[str]) -> None:
    """What platforms remember: a person's defaults are `<platform>.defaults.<user>`, a video's upload that broke off
    `<platform>.file.<job>`."""
    names = [f"remembered:{platform}.defaults.{own_id}", *(f"remembered:{platform}.file.{each}" for each in job_ids)]
    gone = delete(settings).where(settings.c.name == bindparam("b_name"))
    conn.execute(gone, [{"b_name": name} for name in names])


def _forget_limits(conn: Connection, user: str) -> None:
    """Grants and warnings go, and limits that give no less than everybody gets."""
    for table in (grants, warnings):
        conn.execute(delete(table).where(table.c.scope_kind == ScopeKind.USER.value, table.c.scope_id == user))
    usual = limits.alias("usual")
    is_stricter = or_(
        and_(limits.c.unit != Unit.COOLDOWN.value, limits.c.amount < usual.c.amount),
        and_(limits.c.unit == Unit.COOLDOWN.value, limits.c.amount > usual.c.amount),
    )
    is_same = and_(
        usual.c.scope_kind == limits.c.scope_kind,
        usual.c.scope_id == "*",
        usual.c.unit == limits.c.unit,
        usual.c.time_window == limits.c.time_window,
    )
    conn.execute(
        delete(limits).where(
            limits.c.scope_kind == ScopeKind.USER.value,
            limits.c.scope_id == user,
            exists().where(is_same, ~is_stricter),
        )
    )


def _rename_audit(conn: Connection, theirs: Any, user: str, other: str) -> None:
    """What was noted about them, and of what they did with their own videos or were refused. What somebody did as an
    admin stays theirs until the trail is old enough. Requests that were not taken go: they say where somebody asked,
    and nobody is left to ask why."""
    conn.execute(delete(audit).where(audit.c.subject == f"user:{user}", audit.c.act == REFUSED_VIDEO))
    is_own = or_(audit.c.subject.in_(theirs), audit.c.act.like("refused: %"))
    conn.execute(update(audit).where(audit.c.who == user, is_own).values(who=other))
    for subject in (user, f"user:{user}"):
        conn.execute(update(audit).where(audit.c.subject == subject).values(subject=subject.replace(user, other)))


# ---------------------------------------------------------------------------------------------------- files, after it

_TO_ERASE = select(erasures).where(erasures.c.id > bindparam("after")).order_by(erasures.c.id).limit(bindparam("most"))
_ERASED = delete(erasures).where(erasures.c.id == bindparam("b_id"))


def to_erase(conn: Connection, after: int, most: int) -> list[Erasure]:
    """Files that are to be removed, in order; an input that somebody else still has is `kept`."""
    rows = fetch_all(conn, _TO_ERASE, {"after": after, "most": most})
    return [
        Erasure(
            row["id"],
            ErasureKind(row["kind"]),
            row["name"],
            row["at"],
            kept=row["kind"] == ErasureKind.INPUT and _is_used(conn, row["name"]),
        )
        for row in rows
    ]


def _is_used(conn: Connection, key: str) -> bool:
    wanted = f"%{key}%"
    return any(
        conn.execute(select(column).where(condition).limit(1)).first() is not None
        for column, condition in (
            (frames.c.job_id, frames.c.source == key),
            (drafts.c.id, drafts.c.request.like(wanted)),
            (web_messages.c.id, web_messages.c.pictures.like(wanted)),
        )
    )


def erased(conn: Connection, ids: list[int]) -> None:
    """These files are gone."""
    if ids:
        conn.execute(_ERASED, [{"b_id": each} for each in ids])
