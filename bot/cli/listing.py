"""`videobot jobs list`."""

from collections.abc import Sequence
from datetime import datetime

from adapters.cards.status import STATE_WORDS, state_word
from adapters.cards.words import clipped
from bot.cli.documents import job_document, pause_document
from bot.cli.errors import bad_input
from bot.cli.finishing import file_of
from bot.cli.limiting import user_key
from bot.cli.pausing import pause_sentence
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.job import UNFINISHED, Job, JobState
from bot.generation.prices import dollars
from bot.settings import Settings


async def list_jobs(
    root: Root,
    settings: Settings,
    *,
    user: str | None,
    states: list[str],
    unfinished: bool,
    undecided: bool,
    limit: int,
) -> int:
    """Print the newest jobs. Raises CommandError."""
    if undecided and (user or states or unfinished):
        raise bad_input("--undecided shows all that waits for a decision: leave --user, --state and --unfinished out.")
    wanted = {_state(name) for name in states} or None
    user = None if user is None else user_key(user)
    if unfinished:
        wanted = (wanted or set(JobState)) & UNFINISHED
    async with root.open(settings, run_jobs=False) as app:
        if undecided:
            jobs = await app.service.undecided(limit=limit)
        else:
            jobs = await app.service.jobs(states=wanted, user=user, limit=limit)
        pause = await app.service.paused()
        now = app.clock.now()
        if root.as_json:
            documents = [job_document(job, file=await file_of(app, job)) for job in jobs]
            root.screen.document({"ok": True, "paused": pause_document(pause), "jobs": documents})
            return 0
    if pause is not None:
        root.screen.say(pause_sentence(pause, now), style="yellow")
    if not jobs:
        root.screen.say(_none(undecided=undecided, chosen=bool(wanted or user)))
        return 0
    headings = ("Job", "State", "Asked", "By", "What", "Price")
    cells = [_cells(job, now) for job in jobs]
    room = _room_for_prompt(root.screen.out.width, [headings, *cells])
    shown = table(*headings, "Prompt", right=("Price",))
    rows = [[*row, clipped(job.request.prompt, room)] for row, job in zip(cells, jobs, strict=True)]
    root.screen.show(add_rows(shown, rows))
    return 0


def _none(*, undecided: bool, chosen: bool) -> str:
    if undecided:
        return "Nothing waits for a decision."
    return "No jobs." if chosen else "No jobs yet. The first one: videobot make PROMPT"


def _room_for_prompt(width: int, rows: Sequence[Sequence[str]]) -> int:
    """How many characters are left beside the other columns and the gaps of two."""
    return max(12, width - sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True)))


def _state(typed: str) -> JobState:
    """A state by its name, or by the words of the list. Raises CommandError."""
    name = " ".join(typed.lower().replace("-", " ").replace("_", " ").split())
    for state, word in STATE_WORDS.items():
        if name in (state.replace("_", " "), word):
            return state
    allowed = ", ".join(word if word == state else f"{word} ({state})" for state, word in STATE_WORDS.items())
    raise bad_input(f'There is no state "{typed[:40]}"; the states are: {allowed}.')


def _cells(job: Job, now: float) -> list[str]:
    state = state_word(job.state)
    if job.state is JobState.RUNNING and job.progress is not None:
        state = f"{state} {job.progress} %"
    price = dollars(job.quote_micros if job.bill_micros is None else job.bill_micros)
    what = f"{job.model} {job.mode} {job.duration} s{' sound' if job.audio else ''}"
    return [job.id, state, _asked(job.accepted_at, now), job.requester.key, what, price]


def _asked(at: float, now: float) -> str:
    then, today = datetime.fromtimestamp(at).astimezone(), datetime.fromtimestamp(now).astimezone()
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then.day} {then:%b %H:%M}"
