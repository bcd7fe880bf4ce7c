"""`videobot jobs resume`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.shell.chat import ShellChat
from adapters.shell.place import place
from bot.cli.documents import job_document
from bot.cli.errors import CommandError, bad_input
from bot.cli.finding import job_called
from bot.cli.finishing import file_of, see_job, tell_of_other_name
from bot.cli.output import TargetError, name_note, target_for
from bot.cli.pausing import pause_sentence
from bot.cli.root import Root
from bot.cli.watching import interruptible
from bot.generation.job import Job, JobState
from bot.generation.ports import NotDecidableError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import App


async def resume_job(root: Root, settings: Settings, typed: str, output: str | None, here: Path) -> int:
    """Go on with a job in this process, or watch it where it runs."""
    target = _target(root, output, here)
    async with root.open(settings, run_jobs=False) as app:
        job = await job_called(app, typed)
        if job.state is JobState.DELIVERED:
            return await _again(app, root, job, target)
    with interruptible() as stop:
        async with root.open(settings, run_jobs=True) as app:
            if target is not None and app.engine is None:
                return await _again(app, root, job, target)
            if target is not None:
                _send_to(app, job, target)
            await _resume(app, root, job)
            await _tell_of_pause(app, root, job)
            return await see_job(app, root, job.id, stop)


async def _resume(app: "App", root: Root, job: Job) -> None:
    try:
        await app.service.resume(job.id, root.requester.key)
    except NotDecidableError:
        if job.state is not JobState.CREATING or app.engine is None:
            raise
        # A create that a dead process left in the air: the engine takes it up by itself when it starts.


async def _tell_of_pause(app: "App", root: Root, job: Job) -> None:
    pause = await app.service.paused()
    if pause is not None and job.state is JobState.QUEUED:
        told = f"{pause_sentence(pause, app.clock.now())} This job waits until then: {root.command('resume')}"
        root.screen.tell(f"Note: {told}", style="yellow")


def _target(root: Root, output: str | None, here: Path) -> Path | None:
    if output is None:
        return None
    try:
        target = target_for(output, here)
    except TargetError as error:
        raise bad_input(str(error)) from error
    if target.path.endswith("/"):
        raise bad_input(f"{output} is a folder; give the name of a file.")
    if note := name_note(target):
        root.screen.tell(f"Note: {note}", style="yellow")
    return Path(target.path)


def _send_to(app: "App", job: Job, target: Path) -> None:
    chat = app.worker.chats.get("shell")
    if not isinstance(chat, ShellChat) or job.address.platform != "shell":
        raise CommandError(f"This job was asked for on {job.address.platform}, so its video goes there; leave -o out.")
    chat.send_to(job.id, target)


async def _again(app: "App", root: Root, job: Job, target: Path | None) -> int:
    """A video that is kept here is put at `target` once more, or its place is told."""
    if target is None:
        file = await file_of(app, job)
        text = f"Job {job.id} is done already.{f' Its video: {file}' if file else ''}"
    elif job.video is None:
        more = root.command("jobs", "show", job.id)
        raise CommandError(f"No video of job {job.id} is kept here, so nothing can be put at {target}. See: {more}")
    else:
        file = str(await asyncio.to_thread(place, await app.media.video_file(job.video), target, replace=False))
        text = f"Saved {file}"
        tell_of_other_name(root, target, file)
    if root.as_json:
        root.screen.document({"ok": True, "job": job_document(job, file=file), "file": file})
    else:
        root.screen.say(text)
    return 0
