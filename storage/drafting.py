"""Drafts: requests that nobody has started yet, kept for some days."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, delete, select

from bot.generation.job import Address, Requester
from bot.generation.ports import DRAFT_DAYS, Draft
from bot.generation.request import VideoRequest
from storage.rows import to_json
from storage.statements import PerDialect, fetch_one
from storage.tables import drafts

_KEPT = DRAFT_DAYS * 86_400.0  # seconds
_PUT = PerDialect(
    lambda insert_: (made := insert_(drafts)).on_conflict_do_update(
        index_elements=[drafts.c.id],
        set_={name: made.excluded[name] for name in ("request", "requester", "address", "saved_at")},
    )
)
_OLD = delete(drafts).where(drafts.c.saved_at < bindparam("oldest"))
_DRAFT = select(drafts).where(drafts.c.id == bindparam("draft_id"))
_REQUESTS = select(drafts.c.request)


def save_draft(conn: Connection, draft: Draft) -> None:
    """Keep a draft, in place of an older one of this id; those that are kept long enough are removed."""
    conn.execute(_OLD, {"oldest": draft.saved_at - _KEPT})
    row = {
        "id": draft.id,
        "request": draft.request.model_dump_json(),
        "requester": to_json(asdict(draft.requester)),
        "address": to_json(asdict(draft.address)),
        "saved_at": draft.saved_at,
    }
    conn.execute(_PUT.on(conn), row)


def draft(conn: Connection, draft_id: str) -> Draft | None:
    """A draft; None when it is not kept any more."""
    row = fetch_one(conn, _DRAFT, {"draft_id": draft_id})
    if row is None:
        return None
    who = json.loads(row["requester"])
    return Draft(
        id=row["id"],
        request=VideoRequest.model_validate_json(row["request"]),
        requester=Requester(**{**who, "roles": tuple(who["roles"])}),
        address=Address(**json.loads(row["address"])),
        saved_at=row["saved_at"],
    )


def sources(conn: Connection) -> Iterator[str]:
    """The stored inputs (not links) that drafts would need if they were started."""
    for text in conn.execute(_REQUESTS).scalars():
        request = VideoRequest.model_validate_json(text)
        found = [frame.source for frame in request.frames]
        if request.reference_video is not None:
            found.append(request.reference_video.source)
        yield from (source for source in found if not source.startswith(("http://", "https://")))
