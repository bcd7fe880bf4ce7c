"""What became of a video that waited for an approval: the admins' card once nobody has to press anything any more."""

from adapters.cards.card import Card, Line, Look, Person, Piece, Said, Tone, Words, line, quote, small
from adapters.cards.made import for_price, made_words
from adapters.cards.words import sentence
from bot.generation.job import Job, JobState


def decided_card(job: Job, by: str | None, *, platform: str = "") -> Card:
    """The card of an approval without its buttons. `by` (`Requester.key`) decided, if anybody did; `platform` is where
    the card is read."""
    asked = line(_named(job.requester.key, platform), f" asked for {made_words(job)}, {for_price(job)}.")
    said = [quote(job.request.prompt)] if job.request.prompt else []
    return Card((_what(job, by, platform), asked, *said, small(f"Job {job.id}.")), tone=_tone(job))


def _what(job: Job, by: str | None, platform: str) -> Line:
    whom: tuple[Piece | str, ...] = (" by ", _named(by, platform)) if by else ()
    match job.state:
        case JobState.DECLINED:
            why = (" Reason: ", Said(sentence(job.failure.message))) if job.failure and job.failure.message else ()
            return line(Words("Declined", Look.STRONG), *whom, ".", *why)
        case JobState.EXPIRED:
            return line(Words("Expired", Look.STRONG), ": nobody decided in time, so it was not made.")
        case JobState.CANCELLED:
            return line(Words("Cancelled", Look.STRONG), *whom, ".")
        case _:
            return line(Words("Approved", Look.STRONG), *whom, ".")


def _tone(job: Job) -> Tone:
    if job.state in (JobState.DECLINED, JobState.EXPIRED, JobState.CANCELLED):
        return Tone.NEUTRAL
    return Tone.GOOD


def _named(key: str, platform: str) -> Piece:
    there, _, user = key.partition(":")
    return Person(user) if there == platform else Words(key)
