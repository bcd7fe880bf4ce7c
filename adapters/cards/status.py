"""What the status message of a job says, for every state. Platform-free; escaping is the platform's business."""

from adapters.cards.made import price_words
from adapters.cards.price import dollars_beside
from adapters.cards.words import gateway_title, happened, sentence, span_range
from bot.generation.job import ChargeState, Job, JobState
from bot.generation.ports import JobView
from bot.generation.prices import dollars
from bot.generation.undecided import DECIDED

#: A state as one word or two, for lists.
STATE_WORDS = {
    JobState.AWAITING_APPROVAL: "waits for approval",
    JobState.QUEUED: "waiting",
    JobState.UPLOADING: "uploading",
    JobState.CREATING: "starting",
    JobState.RUNNING: "being made",
    JobState.UNCERTAIN: "uncertain",
    JobState.SAVING: "being saved",
    JobState.DELIVERING: "on its way",
    JobState.DELIVERED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
    JobState.DECLINED: "declined",
    JobState.EXPIRED: "expired",
    JobState.LOST: "lost",
    JobState.UNDELIVERABLE: "not delivered",
}


def state_word(state: JobState) -> str:
    """A state in one word or two: "being made"."""
    return STATE_WORDS[state]


def usual_words(view: JobView) -> str:
    """How long it takes, honestly: "usually 2-4 min" only when this bot learned it, else "the vendor says 1-5 min"."""
    if view.usual_seconds is None:
        return ""
    words = span_range(*view.usual_seconds)
    return f"usually {words}" if view.usual_is_learned else f"the vendor says {words}"


def status_line(view: JobView) -> str:
    """One or two sentences about where the job is and, when it ended badly, why and what to do."""
    job = view.job
    if job.cancel_wanted_at is not None and not job.state.is_final:
        return _cancelling(job)
    match job.state:
        case JobState.QUEUED:
            return _waiting(view)
        case JobState.RUNNING:
            return _running(view)
        case JobState.DELIVERED:
            return _delivered(job)
        case JobState.FAILED:
            return _failed(job)
        case JobState.CANCELLED:
            return _cancelled(job)
        case JobState.LOST:
            return _lost(job)
        case JobState.UNDELIVERABLE:
            return _undeliverable(job)
        case _:
            return _simple(job)


def step_words(view: JobView) -> str:
    """The same in a few words, for the line beside a progress bar."""
    job = view.job
    match job.state:
        case JobState.QUEUED if view.position is not None and view.position > 1:
            return _before_yours(view.position)
        case JobState.QUEUED:
            return "Waiting to start"
        case JobState.UPLOADING:
            return "Sending the images"
        case JobState.CREATING:
            return f"Asking {gateway_title(job.gateway)}"
        case JobState.RUNNING:
            return "Making the video"
        case JobState.SAVING:
            return "Fetching the video again" if _is_tried_again(job) else "Fetching the video"
        case JobState.DELIVERING:
            return "Handing it over"
        case JobState.DELIVERED:
            return "Done"
        case _:
            word = state_word(job.state)
            return word[0].upper() + word[1:]


def bill_line(job: Job) -> str:
    """What the job cost in the end, and how we know."""
    gateway = gateway_title(job.gateway)
    if job.bill_micros is not None:
        quoted = dollars_beside(job.quote_micros, job.bill_micros)
        apart = "" if job.bill_micros == job.quote_micros else f" (quoted at {quoted})"
        return f"{dollars(job.bill_micros)}, billed by {gateway}{apart}"
    if not job.quote_micros:
        return "free"
    about = "about " if job.quote_is_estimate else ""
    return f"{about}{dollars(job.quote_micros)} by the price list; {gateway} sends no bill"


def _before_yours(position: int) -> str:
    before = position - 1
    return f"Waiting: {before} start{'' if before == 1 else 's'} before yours"


def _waiting(view: JobView) -> str:
    if view.job.failure is not None:
        return f"Waiting to try again. {happened(view.job.failure.message)}"
    if view.position is None:
        return "Waiting to start."
    return "Waiting: yours starts next." if view.position == 1 else f"{_before_yours(view.position)}."


def _running(view: JobView) -> str:
    job = view.job
    percent = "" if job.progress is None else f": {job.progress} %"
    if view.taking_longer:
        return (
            f"Making the video{percent}, and taking longer than usual. {gateway_title(job.gateway)} still works on it; "
            "it will be here as soon as it is done."
        )
    usual = usual_words(view)
    return f"Making the video{percent}{f' ({usual})' if usual else ''}."


def _simple(job: Job) -> str:
    gateway = gateway_title(job.gateway)
    again = f" Trying again. {happened(job.failure.message)}" if _is_tried_again(job) and job.failure else ""
    match job.state:
        case JobState.AWAITING_APPROVAL:
            return f"Waiting for an admin to approve {price_words(job) if job.quote_micros else 'it'}."
        case JobState.UPLOADING:
            return f"Sending the images to {gateway}.{again}"
        case JobState.CREATING:
            return f"Asking {gateway} for the video."
        case JobState.UNCERTAIN:
            return (
                f"The answer of {gateway} got lost, so nobody knows whether it makes this video. It is not asked "
                "again, so that nothing is paid twice. Tell an admin, who can look there and decide."
            )
        case JobState.SAVING:
            return f"The video is made; fetching it from {gateway}.{again}"
        case JobState.DELIVERING:
            return f"The video is made; handing it over.{again}"
        case JobState.DECLINED:
            why = f" Reason: {sentence(job.failure.message)}" if job.failure and job.failure.message else ""
            return f"An admin declined this video.{why} Nothing was taken from your limits."
        case _:
            return "Nobody approved this video in time, so it was not made. Nothing was taken from your limits."


def _is_tried_again(job: Job) -> bool:
    """The failure it carries is one of this step, not of an earlier one."""
    of_step = {JobState.SAVING: "not_saved", JobState.DELIVERING: "undeliverable"}.get(job.state)
    return job.failure is not None and of_step in (None, job.failure.code)


def link_is_dead(job: Job, now: float | None = None) -> bool:
    """True when the gateway's link is known to lead to nothing any more."""
    if job.failure is not None and "expired" in job.failure.message:
        return True
    until = job.output.expires_at if job.output is not None else None
    return until is not None and now is not None and until <= now


def _cancelling(job: Job) -> str:
    if job.state in (JobState.QUEUED, JobState.UPLOADING, JobState.AWAITING_APPROVAL):
        return "Being cancelled; it costs nothing."
    return (
        f"Cancelled after it was sent to {gateway_title(job.gateway)}, which cannot take it back: it will be billed "
        "and not posted."
    )


def _delivered(job: Job) -> str:
    if job.deleted_at is not None:
        return "Done. The video was deleted later, on request; its price stays counted."
    if job.video is None and link_is_dead(job):
        return "Done, but the video could not be saved here before the gateway's link expired."
    if job.video is None:
        return "Done, but only the gateway's own link can be shown: the video could not be saved here."
    return "Done."


def _charge_words(job: Job, reason: str = "") -> str:
    if job.charge is not ChargeState.RELEASED or "your limits" in reason:
        return ""
    return " Nothing was taken from your limits."


def _failed(job: Job) -> str:
    reason = sentence(job.failure.message) if job.failure is not None else "Nobody knows why."
    is_whole = job.failure is not None and (job.failure.code in DECIDED or job.failure.code == "generation_failed")
    if is_whole:  # an admin's word is the whole story, and that it could not be made need not be said twice
        return f"{reason}{_charge_words(job, reason)}"
    return f"This video could not be made. {reason}{_charge_words(job, reason)}"


def _cancelled(job: Job) -> str:
    if job.charge is ChargeState.SETTLED:
        return (
            f"Cancelled. It was made already and cost {dollars(job.bill_micros or job.quote_micros)}; it is not posted."
        )
    return "Cancelled. It cost nothing."


def _lost(job: Job) -> str:
    reason = sentence(job.failure.message) if job.failure is not None else ""
    if job.failure is not None and job.failure.code in DECIDED:  # an admin's word is the whole story
        return f"{reason}{_charge_words(job, reason)}"
    known = f"Nobody knows what became of this video at {gateway_title(job.gateway)}."
    if job.failure is not None and job.failure.code == "undecided":
        known = ""  # the reason says it
    elif job.failure is not None:
        reason = happened(job.failure.message)  # what to do comes at the end
    parts = (
        known,
        f"{reason}{_charge_words(job, reason)}".strip(),
        "It may have been billed; ask an admin to look there.",
    )
    return " ".join(part for part in parts if part)


def _undeliverable(job: Job) -> str:
    if job.deleted_at is not None:
        return "The video could not be handed over, and was deleted later, on request; its price stays counted."
    reason = f" {sentence(job.failure.message)}" if job.failure is not None else ""
    kept = ""
    if job.video is not None:
        kept = "" if "is kept at" in reason else " It is kept here."
    elif not link_is_dead(job):
        kept = " The gateway's link still works for a while."
    return f"The video is made and paid, but could not be handed over.{reason}{kept}"
