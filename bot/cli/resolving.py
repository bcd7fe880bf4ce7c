"""`videobot jobs resolve`."""

from adapters.cards.status import status_line
from bot.cli.errors import bad_input
from bot.cli.finding import job_called
from bot.cli.root import Root
from bot.generation.job import JobState
from bot.generation.ports import Resolution
from bot.settings import Settings


async def resolve_job(
    root: Root, settings: Settings, typed: str, *, task: str | None, billed: bool, not_created: bool, again: bool
) -> int:
    """Write the decision down and say what follows."""
    how = _choice(task=task, billed=billed, not_created=not_created, again=again)
    async with root.open(settings, run_jobs=False) as app:
        job = await job_called(app, typed)
        after = await app.service.resolve(job.id, how, root.requester.key, task_id=task)
        root.screen.say(f"Decided. {status_line(app.look_at(after))}")
        if after.state in (JobState.RUNNING, JobState.QUEUED):
            root.screen.say("Go on with it here, unless another videobot runs:")
            root.screen.say(f"  {root.command('jobs', 'resume', job.id)}")
    return 0


def _choice(*, task: str | None, billed: bool, not_created: bool, again: bool) -> Resolution:
    chosen = [
        how
        for how, is_set in (
            (Resolution.TASK, task is not None),
            (Resolution.BILLED, billed),
            (Resolution.NOT_CREATED, not_created),
            (Resolution.AGAIN, again),
        )
        if is_set
    ]
    if len(chosen) != 1:
        raise bad_input("Choose exactly one of --task TASK_ID, --billed, --not-created and --again.")
    if task is not None and (not task.strip() or len(task) > 200 or not task.isprintable()):
        raise bad_input("--task needs the id the gateway shows for it, such as video_abc123.")
    return chosen[0]
