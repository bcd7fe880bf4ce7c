"""`videobot jobs show`: everything that is known about a job, and what can be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.cards.status import bill_line, state_word, status_line
from adapters.cards.words import account_title, clipped, counted, model_title, moment, size, span
from bot.cli.awaiting import waiting_words, ways_to_decide
from bot.cli.documents import attempt_document, delivery_document, job_document, ledger_document
from bot.cli.finding import job_called
from bot.cli.finishing import file_of, link_words
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.job import Attempt, Delivery, Job, JobState
from bot.generation.ports import LedgerRow, Resolution
from bot.generation.prices import dollars
from bot.generation.undecided import open_decisions
from bot.generation.worker import DECIDE_WITHIN
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import App


async def show_job(root: Root, settings: Settings, typed: str) -> int:
    """Print one job."""
    async with root.open(settings, run_jobs=False) as app:
        job = await job_called(app, typed)
        attempts = await app.store.attempts(job.id)
        ledger = await app.store.ledger(job.id)
        deliveries = await app.store.deliveries(job.id)
        file = await file_of(app, job)
        if root.as_json:
            root.screen.document(
                {
                    "ok": True,
                    "job": job_document(job, file=file),
                    "attempts": [attempt_document(a) for a in attempts],
                    "ledger": [ledger_document(row) for row in ledger],
                    "deliveries": [delivery_document(row) for row in deliveries],
                }
            )
            return 0
        is_waiting = job.state is JobState.AWAITING_APPROVAL
        status = await waiting_words(app, job) if is_waiting else status_line(app.look_at(job))
        _head(app, root, job, file, attempts, status)
        _attempts(root, attempts)
        _ledger(root, ledger)
        _deliveries(root, deliveries)
        _what_to_do(root, app, job, attempts)
    return 0


def _head(app: "App", root: Root, job: Job, file: str | None, attempts: Sequence[Attempt], status: str) -> None:
    now = app.clock.now()
    say = root.screen.say
    say(f"Job {job.id}: {state_word(job.state)}", style="bold")
    say(status)
    say()
    asked = job.request
    sound = ", with sound" if job.audio else ""
    rows = [
        ("Prompt", clipped(asked.prompt, 300)),
        (
            "Video",
            (
                f"{model_title(job.model)} on {account_title(job.gateway)}, {job.mode}, "
                f"{counted(job.duration, 'second')}{', ' + asked.aspect_ratio if asked.aspect_ratio else ''}{sound}"
            ),
        ),
        ("Spelled as", f"dialect {job.dialect}"),
        ("Asked by", f"{job.requester.key}, {moment(job.accepted_at, now)}"),
        ("Goes to", _goes_to(job)),
        (
            "Price",
            (
                f"{'about ' if job.quote_is_estimate else ''}{dollars(job.quote_micros)}; charge {job.charge} "
                f"({dollars(job.held_micros)} held at first)"
            ),
        ),
        ("Cost", _cost(job, attempts)),
        ("Task", f"{job.task_id} at {account_title(job.gateway)}" if job.task_id else "none known"),
    ]
    if asked.frames:
        rows.insert(2, ("Pictures", ", ".join(frame.role.value.replace("_", " ") for frame in asked.frames)))
    if job.due_at is not None and not job.state.is_final:
        name = "Expires" if job.state is JobState.AWAITING_APPROVAL else "Next step"
        rows.append((name, "now" if job.due_at <= now else f"in {span(job.due_at - now)}"))
    if job.failure is not None:
        rows.append(("Reason", f"{job.failure.message} ({job.failure.code})"))
    if job.video is not None:
        v = job.video
        rows.append(
            ("Kept video", f"{app.media.video_path(v)} ({v.width}x{v.height}, {v.seconds:.1f} s, {size(v.size)})")
        )
    if file is not None:
        rows.append(("File", file))
    good, url = link_words(job, now)
    if url:
        rows.append(("Link", f"{url}{f' ({good})' if good else ''}"))
    for name, value in rows:
        say(f"  {name:<11}{value}", hang=13)


def _cost(job: Job, attempts: Sequence[Attempt]) -> str:
    if job.output is not None or job.bill_micros is not None:
        return bill_line(job)
    if any(attempt.possibly_billed for attempt in attempts):
        return f"perhaps {dollars(job.quote_micros)}; {account_title(job.gateway)} knows"
    return "nothing" if job.state.is_final else "nothing booked yet"


def _goes_to(job: Job) -> str:
    where = job.address
    if where.platform == "shell":
        return where.extra.get("output") or "the media folder"
    return " ".join(part for part in (where.platform, where.workspace, where.channel, where.thread) if part)


def _attempts(root: Root, attempts: Sequence[Attempt]) -> None:
    if not attempts:
        return
    root.screen.say()
    root.screen.say("Sent to the gateway", style="bold")
    for a in attempts:
        took = "" if a.ended_at is None else f" after {span(a.ended_at - a.started_at)}"
        bill = "" if a.bill_micros is None else f", billed {dollars(a.bill_micros)}"
        maybe = ", possibly billed" if a.possibly_billed else ""
        task = f", task {a.task_id}" if a.task_id else ", no task id"
        root.screen.say(
            f"  {a.number}. {_clock(a.started_at)}  {a.outcome.replace('_', ' ')}{took}{task}{bill}{maybe}", hang=5
        )
        root.screen.say(f"     attempt {a.id}")
        if a.error:
            root.screen.say(f"     {clipped(a.error, 300)}")


def _ledger(root: Root, rows: Sequence[LedgerRow]) -> None:
    if not rows:
        return
    root.screen.say()
    root.screen.say("Ledger", style="bold")
    shown = table(
        "  When",
        "Event",
        "Account",
        "Videos",
        "Seconds",
        "USD",
        "Note",
        right=("Videos", "Seconds", "USD"),
        whole=("  When",),
    )
    root.screen.show(
        add_rows(
            shown,
            [
                [
                    f"  {_clock(row.at)}",
                    row.event.replace("_", " "),
                    row.account,
                    f"{row.videos:+d}",
                    f"{row.seconds:+d}",
                    f"{row.usd / 1_000_000:+.4f}",
                    row.note,
                ]
                for row in rows
            ],
        )
    )


def _deliveries(root: Root, rows: Sequence[Delivery]) -> None:
    if not rows:
        return
    root.screen.say()
    root.screen.say("Messages", style="bold")
    for row in rows:
        root.screen.say(f"  {_clock(row.updated_at)}  {row.purpose} {row.state}  {row.reference or ''}".rstrip())


def _what_to_do(root: Root, app: "App", job: Job, attempts: Sequence[Attempt]) -> None:
    command = root.command
    lines: list[tuple[str, str]] = []
    if job.state in (JobState.UNCERTAIN, JobState.LOST):
        lines = _decisions(root, app, job, attempts)
    elif job.state is JobState.UNDELIVERABLE:
        lines = [
            (command("jobs", "resume", job.id), "try the same place again"),
            (f"{command('jobs', 'resume', job.id)} -o FILE", "put the video elsewhere"),
        ]
    elif job.state is JobState.AWAITING_APPROVAL:
        lines = [*ways_to_decide(root, job), (command("jobs", "cancel", job.id), "cancel it")]
    elif not job.state.is_final:
        lines = [
            (command("jobs", "resume", job.id), "go on with it here, or watch it"),
            (command("jobs", "cancel", job.id), "cancel it"),
        ]
    if not lines:
        return
    root.screen.say()
    root.screen.say("What can be done", style="bold")
    for line, words in lines:
        root.screen.say(f"  # {words}")
        root.screen.say(f"  {line}", whole=True)


def _decisions(root: Root, app: "App", job: Job, attempts: Sequence[Attempt]) -> list[tuple[str, str]]:
    gateway, now = account_title(job.gateway), app.clock.now()
    say = root.screen.say
    say()
    say("What is known", style="bold")
    last = attempts[-1] if attempts else None
    if last is not None:
        say(f"  One create was sent to {gateway} at {_clock(last.started_at)}. It is never sent again by itself.")
        say(f"  Look at {gateway} for a video that was started then, with this job's prompt.")
    if job.state is JobState.UNCERTAIN:
        by = (last.started_at if last is not None else job.accepted_at) + DECIDE_WITHIN
        say(
            f"  {dollars(job.held_micros)} stay held. Undecided {moment(by, now)} (in {span(by - now)}), they are "
            "given back and the cost is booked as possibly billed."
        )
    resolve = root.command("jobs", "resolve", job.id)
    words = {
        Resolution.TASK: ("--task TASK_ID", "it is there: watch it under its id, deliver it, book its cost"),
        Resolution.BILLED: ("--billed", "it was billed but cannot be found: free the limits, book the cost"),
        Resolution.NOT_CREATED: ("--not-created", "it never started: free the limits, book nothing"),
        Resolution.AGAIN: ("--again", "it never started: ask the gateway once more, under the same charge"),
    }
    lines = [(f"{resolve} {words[how][0]}", words[how][1]) for how in open_decisions(job)]
    if job.task_id is not None:  # no other task than its own would be taken
        lines[0] = (root.command("jobs", "resume", job.id), "look for its task once more")
    return lines


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S}"
