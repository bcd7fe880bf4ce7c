"""`videobot jobs cancel`."""

from adapters.cards.status import status_line
from adapters.cards.words import gateway_title
from bot.cli.asking import agrees
from bot.cli.documents import job_document
from bot.cli.errors import CommandError, bad_input
from bot.cli.finding import job_called
from bot.cli.root import Root
from bot.generation.job import Job, JobState
from bot.generation.prices import dollars
from bot.settings import Settings

_FREE = (JobState.AWAITING_APPROVAL, JobState.QUEUED, JobState.UPLOADING)


async def cancel_job(root: Root, settings: Settings, typed: str, *, yes: bool) -> int:
    """Store the wish, and say first what it will cost."""
    async with root.open(settings, run_jobs=False) as app:
        job = await job_called(app, typed)
        if not job.state.is_final and job.state not in _FREE and not yes:
            await _agree(root, job)
        after = await app.service.cancel(job.id, root.requester.key)
        if root.as_json:
            root.screen.document({"ok": True, "job": job_document(after)})
        else:
            root.screen.say(status_line(app.look_at(after)))
    return 0


async def _agree(root: Root, job: Job) -> None:
    price = dollars(job.quote_micros)
    warning = f"It was sent to {gateway_title(job.gateway)} already: it will be billed ({price}) and not delivered."
    if root.as_json or not root.screen.can_ask:
        raise bad_input(f"{warning} Add --yes to cancel it all the same.")
    root.screen.tell(warning)
    if not await agrees(root.screen, "Cancel it all the same?"):
        raise CommandError("Not cancelled.")
