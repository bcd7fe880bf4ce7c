"""The gateway's own link to a finished video, and how long it is good."""

from datetime import UTC, tzinfo

from adapters.cards.card import Line, Link, line
from adapters.cards.moments import at_moment
from adapters.cards.status import link_is_dead
from bot.generation.job import Job

#: Before any video was made: a moment beside it is told with its full date.
_LONG_AGO = 0.0


def link_of(job: Job, now: float | None = None) -> str | None:
    """The link while it leads somewhere, as far as is known; `now` in epoch seconds."""
    if job.output is None or job.deleted_at is not None or link_is_dead(job, now):
        return None
    return job.output.url if job.output.url.startswith(("https://", "http://")) else None


def link_line(job: Job, label: str, now: float | None = None, zone: tzinfo | None = UTC) -> Line | None:
    """The link with its expiry, or with the word that none is known; None when there is no link."""
    url = link_of(job, now)
    if url is None or job.output is None:
        return None
    until = job.output.expires_at
    if until is None:
        return line(Link(label, url), ". It is the gateway's own link, which does not say how long it works.")
    when = at_moment(until, _LONG_AGO if now is None else now, zone)
    return line(Link(label, url), ". It is the gateway's own link and works until ", when, ".")
