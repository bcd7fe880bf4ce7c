"""From an accepted job to its end: progress, Ctrl-C, and what became of it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cards.status import bill_line, link_is_dead, status_line
from adapters.cards.words import gateway_title, moment, size
from adapters.shell.chat import LINK, ShellChat
from bot.cli.awaiting import waits_error
from bot.cli.diagnosis import key_setting
from bot.cli.documents import Document, job_document
from bot.cli.errors import FAILURE, INTERRUPTED, CommandError
from bot.cli.progress import show_for
from bot.cli.root import Root
from bot.cli.watching import watch
from bot.generation.job import AT_GATEWAY, Job, JobState, Purpose
from bot.generation.ports import JobView
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import App


async def see_through(root: Root, settings: Settings, job_id: str, stop: asyncio.Event) -> int:
    """Run (or watch) a job until it ends; the exit code. Raises CommandError when it does not end well."""
    async with root.open(settings, run_jobs=True) as app:
        return await see_job(app, root, job_id, stop)


async def see_job(app: "App", root: Root, job_id: str, stop: asyncio.Event) -> int:
    """The same in an application that is open already."""
    if app.engine is None and not root.as_json:
        root.screen.tell("Another videobot runs the jobs here; watching it.")
    if app.engine is not None:
        await _require_key(app, root, job_id)
    last = await watch(app, job_id, show_for(root.screen, quiet=root.as_json), stop)
    if last is None:
        raise await _stopped(app, root, job_id)
    return await _report(app, root, last)


async def _require_key(app: "App", root: Root, job_id: str) -> None:
    """A job whose gateway has no key any more would wait without a word."""
    job = await app.store.job(job_id)
    if job is None or job.state not in {*AT_GATEWAY, JobState.QUEUED} or job.gateway in app.gateways:
        return
    setting = key_setting(job.gateway)
    raise CommandError(
        f"This job is made by {gateway_title(job.gateway)}, which is not set up any more: set {setting}, then go on.",
        details=(f"  {root.command('jobs', 'resume', job_id)}",),
    )


async def file_of(app: "App", job: Job) -> str | None:
    """Where the job's video was put; None when it was not."""
    if job.state is not JobState.DELIVERED:
        return None
    rows = await app.store.deliveries(job.id)
    reference = next((row.reference for row in rows if row.purpose is Purpose.RESULT), None)
    return None if reference == LINK or job.address.platform != "shell" else reference


async def _stopped(app: "App", root: Root, job_id: str) -> CommandError:
    """Let what is in the air come down first, so that the words are true."""
    if app.engine is not None:
        if not root.as_json:
            root.screen.tell("Stopping. (Ctrl-C again quits at once.)")
        await app.engine.stop()
    job = await app.store.job(job_id)
    resume = root.command("jobs", "resume", job_id)
    where = "Stopped." if job is None else _where(job, other=app.engine is None)
    data: Document = {"resume": resume, "job": job_document(job) if job else None}
    if (
        app.sandbox is not None
        and job is not None
        and job.state in {JobState.CREATING, JobState.RUNNING, JobState.SAVING}
    ):
        return CommandError(
            "Stopped. The built-in sandbox ends with this command, and with it what it was making.",
            code=INTERRUPTED,
            details=("To go on with a job later, run `videobot sandbox` in another terminal.",),
            data=data,
        )
    return CommandError(where, code=INTERRUPTED, details=("Go on with it:", f"  {resume}"), data=data)


def _where(job: Job, *, other: bool) -> str:
    if job.state.is_final:
        return "The job has ended."
    if other:
        return "The other videobot goes on with this job."
    if job.state in (JobState.QUEUED, JobState.UPLOADING):
        return "The job waits: nothing was sent and nothing is paid yet."
    if job.state is JobState.RUNNING:
        return f"The job is left where it is; {gateway_title(job.gateway)} goes on making the video."
    return "The job is left where it is."


async def _report(app: "App", root: Root, view: JobView) -> int:
    job = view.job
    if job.state is JobState.DELIVERING:
        raise CommandError(
            f"The video is made. It goes to {job.address.platform} as soon as that is served; see `videobot run`.",
            data={"job": job_document(job)},
        )
    if job.state is JobState.AWAITING_APPROVAL:
        raise await waits_error(app, root, job)
    if job.state is not JobState.DELIVERED:
        raise _ended_badly(root, view)
    file = await file_of(app, job)
    if job.video is None:
        raise _link_only(app, job)
    chat = app.worker.chats.get("shell")
    if isinstance(chat, ShellChat):
        tell_of_other_name(root, chat.target(job), file)
    if root.as_json:
        root.screen.document({"ok": True, "job": job_document(job, file=file), "file": file})
        return 0
    video = job.video
    root.screen.say(f"Saved {file}", style="bold green", whole=True)
    sound = "with sound" if video.has_audio else "silent"
    root.screen.say(f"{video.width}x{video.height}, {video.seconds:.1f} s, {sound}, {size(video.size)}")
    root.screen.say(f"Cost: {bill_line(job)}")
    return 0


def tell_of_other_name(root: Root, asked: Path | None, file: str | None) -> None:
    """Say so when the name that was asked for was taken and a numbered one was used."""
    if asked is None or file is None or Path(file) == asked:
        return
    root.screen.tell(f"{asked.name} was there already and is left as it is; the video is {Path(file).name}.")


def link_words(job: Job, now: float) -> tuple[str, str]:
    """How good the gateway's link is, for after the word "Link", and the link; both empty when there is none."""
    if job.output is None:
        return "", ""
    until = job.output.expires_at
    if link_is_dead(job, now):
        return "as the gateway gave it; it leads nowhere any more", job.output.url
    return "" if until is None else f"good until {moment(until, now)}", job.output.url


def _ended_badly(root: Root, view: JobView) -> CommandError:
    job = view.job
    details: tuple[str, ...] = ()
    if job.state is JobState.UNCERTAIN or job.state is JobState.LOST:
        details = ("What can be done:", f"  {root.command('jobs', 'show', job.id)}")
    elif job.state is JobState.UNDELIVERABLE:
        details = ("Put it somewhere else:", f"  {root.command('jobs', 'resume', job.id)} -o FILE")
    return CommandError(status_line(view), code=FAILURE, details=details, data={"job": job_document(job)})


def _link_only(app: "App", job: Job) -> CommandError:
    """Paid for, so it is shown; but the file that was asked for is not there, and the exit code says so."""
    why = job.failure.message if job.failure is not None else ""
    details = [f"Cost: {bill_line(job)}"]
    good, url = link_words(job, app.clock.now())
    if url:
        details.insert(0, f"Link{f' ({good})' if good else ''}: {url}")
    text = f"The video is made, but could not be saved here. {why}".strip()
    return CommandError(text, code=FAILURE, details=tuple(details), data={"job": job_document(job)})
