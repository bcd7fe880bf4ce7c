"""The status message of a job: one card for every state."""

from adapters.cards.card import Button, Card, Line, LinkButton, Person, Tone, Verb, Weight, line, quote, small
from adapters.cards.link import link_of
from adapters.cards.made import made_words, price_words
from adapters.cards.reasons import with_reason
from adapters.cards.status import bill_line, status_line
from adapters.cards.words import sentence
from bot.generation.job import ChargeState, Job, JobState
from bot.generation.ports import JobView

#: A wish to cancel makes a difference here: later the video is made and paid.
_CAN_CANCEL = frozenset(
    {JobState.AWAITING_APPROVAL, JobState.QUEUED, JobState.UPLOADING, JobState.CREATING, JobState.RUNNING}
)
_CAN_GO_AGAIN = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.DECLINED, JobState.EXPIRED, JobState.LOST})
_TONES = {
    JobState.UNCERTAIN: Tone.WARNING,
    JobState.DELIVERED: Tone.GOOD,
    JobState.FAILED: Tone.BAD,
    JobState.LOST: Tone.BAD,
    JobState.UNDELIVERABLE: Tone.BAD,
    JobState.CANCELLED: Tone.NEUTRAL,
    JobState.DECLINED: Tone.NEUTRAL,
    JobState.EXPIRED: Tone.NEUTRAL,
}


def status_card(view: JobView, *, result: str | None = None) -> Card:
    """Where the job is, what it makes and for whom; `result` is the web address of the result message, where the
    platform has one. It changes only when something worth an edit changed, and notifies nobody."""
    job = view.job
    return Card(
        (line(*with_reason(status_line(view), job.failure)), quote(job.request.prompt), _small_print(job)),
        _buttons(job, result),
        _TONES.get(job.state, Tone.WORKING),
    )


def _small_print(job: Job) -> Line:
    price = {
        ChargeState.HELD: f" {sentence(price_words(job))}",
        ChargeState.SETTLED: f" {sentence(bill_line(job))}",
        ChargeState.RELEASED: "",  # the line above says that it costs nothing
    }[job.charge]
    return small("For ", Person(job.requester.user), f": {made_words(job)}.{price} Job {job.id}.")


def _buttons(job: Job, result: str | None) -> tuple[Button | LinkButton, ...]:
    if job.state is JobState.DELIVERED:
        return (LinkButton("See the video", result),) if result and job.deleted_at is None else ()
    if job.state is JobState.UNDELIVERABLE:
        link = link_of(job)
        return (LinkButton("Open the video", link),) if link else ()
    if job.state in _CAN_CANCEL and job.cancel_wanted_at is None:
        return (Button("Cancel", Verb.CANCEL, job.id),)
    if job.state in _CAN_GO_AGAIN:
        return (Button("Again", Verb.AGAIN, job.id, Weight.MAIN), Button("Edit", Verb.EDIT, job.id))
    return ()
