"""`videobot jobs list`."""

from adapters.cards.status import state_word
from adapters.cards.words import clipped, model_title, moment
from bot.cli.documents import job_document
from bot.cli.errors import bad_input
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.job import UNFINISHED, Job, JobState
from bot.generation.prices import dollars
from bot.settings import Settings


async def list_jobs(
    root: Root, settings: Settings, *, user: str | None, states: list[str], unfinished: bool, limit: int
) -> int:
    """Print the newest jobs."""
    wanted = {_state(name) for name in states} or None
    if unfinished:
        wanted = (wanted or set(JobState)) & UNFINISHED
    async with root.open(settings, run_jobs=False) as app:
        jobs = await app.service.jobs(states=wanted, user=user, limit=limit)
        now = app.clock.now()
    if root.as_json:
        root.screen.document({"ok": True, "jobs": [job_document(job) for job in jobs]})
        return 0
    if not jobs:
        root.screen.say("No jobs." if wanted or user else "No jobs yet. The first one: videobot make PROMPT")
        return 0
    shown = table("Job", "State", "Asked", "By", "What", "Price", "Prompt", right=("Price",), whole=("Job", "State"))
    root.screen.show(add_rows(shown, [_cells(job, now) for job in jobs]))
    return 0


def _state(name: str) -> JobState:
    try:
        return JobState(name.strip().lower().replace("-", "_"))
    except ValueError:
        raise bad_input(f'There is no state "{name}"; the states are {", ".join(JobState)}.') from None


def _cells(job: Job, now: float) -> list[str]:
    state = state_word(job.state)
    if job.state is JobState.RUNNING and job.progress is not None:
        state = f"{state} {job.progress} %"
    price = dollars(job.quote_micros if job.bill_micros is None else job.bill_micros)
    what = f"{model_title(job.model)} {job.mode} {job.duration} s{' with sound' if job.audio else ''}"
    asked = moment(job.accepted_at, now).rpartition(" ")[0].replace(" at ", " ").removeprefix("on ")
    return [job.id, state, asked, job.requester.key, what, price, clipped(job.request.prompt, 60)]
