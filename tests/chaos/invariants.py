"""What must hold at the end, whatever happened: checked against the gateway's and the platforms' own records."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.generation.job import Job, JobState
from storage import SqlStore
from tests.chaos.city import City

MOST_JOBS = 10_000
REFUSED = "Nothing was "  # ... accepted, or made: the person knows, and asks again
ENDED = frozenset({JobState.DELIVERED, JobState.FAILED, JobState.UNCERTAIN})


async def broken(city: City) -> list[str]:
    """Each broken promise as one sentence; none when all hold."""
    store = SqlStore(city.database)
    jobs = await store.jobs(limit=MOST_JOBS)
    return [
        *_enough_happened(city, jobs),
        *_nothing_lost(city, jobs),
        *await _one_create_an_attempt(city, store, jobs),
        *_one_result_each(city, jobs),
        *_doubted(city, jobs),
        *(f"ledger check: {wrong}" for wrong in await store.check_ledger()),
    ]


def states(jobs: Sequence[Job]) -> str:
    """How the jobs ended, in words."""
    return ", ".join(f"{number} {state}" for state, number in sorted(Counter(job.state for job in jobs).items()))


def _enough_happened(city: City, jobs: Sequence[Job]) -> list[str]:
    """A run in which everything was refused, or nobody was killed, proves nothing."""
    delivered = sum(job.state is JobState.DELIVERED for job in jobs)
    heard = sum(ask is not None for ask in city.asked.values())  # the rest was said while nobody listened
    return [
        *([f"only {len(jobs)} of {heard} requests became jobs"] if 2 * len(jobs) < heard else []),
        *([f"only {delivered} of {len(jobs)} jobs were delivered"] if 2 * delivered < len(jobs) else []),
        *(["no process was killed"] if not city.kills else []),
    ]


def _nothing_lost(city: City, jobs: Sequence[Job]) -> list[str]:
    asked = Counter(job.request.prompt for job in jobs)
    return [
        *(f"job {job.id} ended as {job.state}: {job.failure}" for job in jobs if job.state not in ENDED),
        *(f"{prompt!r} was asked for once and has {number} jobs" for prompt, number in asked.items() if number > 1),
        *(f"{prompt!r} was never asked for" for prompt in asked if prompt not in city.asked),
        *_nobody_left_without_a_word(city, asked),
    ]


def _nobody_left_without_a_word(city: City, asked: Mapping[str, int]) -> list[str]:
    """Who was acknowledged and has no job has read that nothing was made."""
    wrong = []
    without = [(prompt, ask) for prompt, ask in city.asked.items() if ask is not None and not asked[prompt]]
    for platform, user in sorted({(ask.platform, ask.user) for _, ask in without}):
        prompts = [prompt for prompt, ask in without if (ask.platform, ask.user) == (platform, user)]
        told = sum(REFUSED in text for text in city.reads(platform, user))
        if told < len(prompts):
            wrong.append(f"{user} of {platform} has no job for {prompts} and was told so {told} times")
    return wrong


async def _one_create_an_attempt(city: City, store: SqlStore, jobs: Sequence[Job]) -> list[str]:
    sent = Counter(str(request.body.get("client_business_id")) for request in city.sandbox.requests(route="create"))
    wrong = [f"attempt {attempt} was sent {number} times" for attempt, number in sent.items() if number > 1]
    tasks = Counter(task["body"]["client_business_id"] for task in city.sandbox.tasks())
    for job in jobs:
        attempts = [attempt.id for attempt in await store.attempts(job.id)]
        made = [attempt for attempt in attempts if tasks[attempt]]
        if len(made) > 1:
            wrong.append(f"job {job.id} made {len(made)} tasks")
        if job.state is JobState.DELIVERED and not made:
            wrong.append(f"job {job.id} was delivered without a task")
        for attempt in attempts:
            sent.pop(attempt, None)
    return wrong + [f"attempt {attempt} was sent and is not written down" for attempt in sent]


def _one_result_each(city: City, jobs: Sequence[Job]) -> list[str]:
    results = Counter(_discord_results(city) + _slack_results(city))
    wanted = {job.id for job in jobs if job.state is JobState.DELIVERED}
    return [
        *(f"job {job} was delivered, and has {results[job]} results" for job in wanted if results[job] != 1),
        *(f"job {job} has a result and was not delivered" for job in results if job not in wanted),
    ]


def _discord_results(city: City) -> list[str]:
    """The job of each message with a video."""
    return [
        next((button.custom_id or "").rpartition(":")[2] for button in message.buttons)
        for channel in city.discord_channels
        for message in channel.messages
        if message.by_bot and any(file.filename.endswith(".mp4") for file in message.attachments)
    ]


def _slack_results(city: City) -> list[str]:
    about = [message.metadata for channel in city.slack_channels for message in channel.from_bot if message.metadata]
    told = [metadata["event_payload"] for metadata in about]
    return [payload["job_id"] for payload in told if payload.get("purpose") == "result"]


def _doubted(city: City, jobs: Sequence[Job]) -> list[str]:
    """A create is in doubt only where its process went, or where the gateway's answer was spoilt."""
    doubted = {job.id for job in jobs if job.state is JobState.UNCERTAIN} - city.in_the_air
    if len(doubted) <= city.doubts:
        return []
    return [f"{len(doubted)} creates are in doubt whose process lived, and {city.doubts} answers were spoilt"]


def refused(city: City, jobs: Sequence[Job]) -> int:
    """Requests that were acknowledged, and then not accepted."""
    made = {job.request.prompt for job in jobs}
    return sum(ask is not None and prompt not in made for prompt, ask in city.asked.items())
