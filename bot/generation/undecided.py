"""Which jobs wait for an admin's decision, and which decisions would still be taken. Pure."""

from bot.generation.job import Job, JobState
from bot.generation.ports import Resolution

#: Why a job ended that an admin decided about: the code of its failure, and the decision behind it.
DECIDED = {"billed_not_found": Resolution.BILLED, "never_ran": Resolution.NOT_CREATED}


def open_decisions(job: Job) -> tuple[Resolution, ...]:
    """What an admin can decide about this job and has not decided yet, in the order it is offered; nothing where no
    decision is needed. A job with a task id is looked at again under that id only; a lost one cannot be asked for again
    under its charge, which was released."""
    if job.state not in (JobState.UNCERTAIN, JobState.LOST):
        return ()
    made = None if job.failure is None else DECIDED.get(job.failure.code)
    offered = [Resolution.TASK, Resolution.BILLED, Resolution.NOT_CREATED]
    if job.state is JobState.UNCERTAIN:
        offered.append(Resolution.AGAIN)
    return tuple(how for how in offered if how is not made)
