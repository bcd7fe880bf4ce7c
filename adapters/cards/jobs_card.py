"""A person's own videos: what is being made, what waits for an admin, what could not be posted, what is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from adapters.cards.card import Card, Line, Link, Look, Piece, Said, Table, Words, line, point, small
from adapters.cards.link import link_line
from adapters.cards.reasons import with_reason
from adapters.cards.status import state_word, status_line
from adapters.cards.words import clipped, moment
from bot.generation.job import JobState
from bot.generation.ports import JobView

_PROMPT_CHARS = 48


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One of a person's videos, and the web address of its message where there is one."""

    view: JobView
    url: str | None = None


def jobs_card(
    unfinished: Sequence[ListedJob],
    undeliverable: Sequence[ListedJob],
    recent: Sequence[ListedJob],
    now: float,
    zone: tzinfo | None = None,
    *,
    more: int = 0,
) -> Card:
    """All three lists, the newest first; `more` unfinished ones are not listed."""
    body: list[Line | Table] = []
    if unfinished:
        body.append(line(Words("Being made", Look.STRONG)))
        body += [_moving(one) for one in unfinished]
        if more:
            body.append(point(f"and {more} more."))
    if undeliverable:
        body.append(line(Words("Made, but not posted", Look.STRONG)))
        for one in undeliverable:
            body += _kept(one, now, zone)
    if recent:
        body.append(line(Words("Recent", Look.STRONG)))
        body += [_ended(one, now, zone) for one in recent]
    if not body:
        body.append(line("You have not asked for a video yet. Start with /video."))
    return Card(tuple(body))


def _moving(one: ListedJob) -> Line:
    job = one.view.job
    if job.state is JobState.UNCERTAIN:
        return point(*_name(one), ". The gateway's answer got lost; an admin has to look there and decide.", *_id(one))
    return point(*_name(one), ". ", *with_reason(status_line(one.view), job.failure), *_id(one))


def _kept(one: ListedJob, now: float, zone: tzinfo | None) -> list[Line]:
    job = one.view.job
    lines = [point(*_name(one), ". ", *with_reason(status_line(one.view), job.failure), *_id(one))]
    link = link_line(job, "Download", now, zone)
    return lines if link is None else [*lines, small(*link.pieces)]


def _ended(one: ListedJob, now: float, zone: tzinfo | None) -> Line:
    job = one.view.job
    at = job.finished_at if job.finished_at is not None else job.accepted_at
    gone = ", deleted since" if job.deleted_at is not None else ""
    return point(*_name(one), f": {state_word(job.state)} {moment(at, now, zone)}{gone}.")


def _name(one: ListedJob) -> tuple[Piece, ...]:
    prompt = Said(clipped(one.view.job.request.prompt, _PROMPT_CHARS))
    return (prompt,) if one.url is None else (prompt, Words(" ("), Link("show it", one.url), Words(")"))


def _id(one: ListedJob) -> tuple[Piece, ...]:
    """An admin who is asked for help needs the id."""
    job = one.view.job
    waits = job.state in (JobState.UNCERTAIN, JobState.UNDELIVERABLE)
    return (Words(f" Job {job.id}."),) if waits else ()
