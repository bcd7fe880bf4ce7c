"""`videobot jobs resolve`."""

from typing import TYPE_CHECKING

from adapters.cards.status import status_line
from adapters.cards.words import account_title, sentence
from bot.cli.documents import job_document
from bot.cli.errors import CommandError, bad_input
from bot.cli.finding import job_called
from bot.cli.root import Root
from bot.generation.job import Job, JobState
from bot.generation.ports import GatewayError, Resolution, TaskNotFoundError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import App


async def resolve_job(
    root: Root,
    settings: Settings,
    typed: str,
    *,
    task: str | None,
    billed: bool,
    not_created: bool,
    again: bool,
    force: bool = False,
) -> int:
    """Write the decision down and say what follows."""
    how = _choice(task=task, billed=billed, not_created=not_created, again=again)
    async with root.open(settings, run_jobs=False) as app:
        job = await job_called(app, typed)
        note = ""
        if task is not None and not force and job.state in (JobState.UNCERTAIN, JobState.LOST):
            task = task.strip()
            note = await _look_for(app, job, task)
        after = await app.service.resolve(job.id, how, root.requester.key, task_id=task)
        if root.as_json:
            root.screen.document({"ok": True, "job": job_document(after), "note": note or None})
            return 0
        if note:
            root.screen.tell(f"Note: {note}", style="yellow")
        root.screen.say(f"Decided. {status_line(app.look_at(after))}")
        if after.state in (JobState.RUNNING, JobState.QUEUED):
            root.screen.say("Go on with it here, unless another videobot runs:")
            root.screen.say(f"  {root.command('jobs', 'resume', job.id)}", whole=True)
    return 0


async def _look_for(app: "App", job: Job, task: str) -> str:
    """Ask the gateway for the task; what is worth knowing where it does not answer. Raises CommandError when the
    gateway has no such task: a mistyped id would be watched in vain, and the job lost."""
    gateway, title = app.gateways.get(job.gateway), account_title(job.gateway)
    unchecked = f"Whether {title} has the task {task} could not be checked"
    if gateway is None:
        return f"{unchecked}, because {title} is not set up here."
    try:
        await gateway.look(task)
    except TaskNotFoundError:
        raise CommandError(
            f"{title} knows no task {task}; copy the id from there once more, or add --force to store it all the same."
        ) from None
    except GatewayError as error:
        return f"{unchecked}. {sentence(error.message)}"
    return ""


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
