"""A video that waits for an approval, as the operator at the shell is told of it, who can give it."""

from typing import TYPE_CHECKING

from adapters.cards.made import price_words
from adapters.cards.words import moment
from bot.cli.documents import Document, job_document, when
from bot.cli.errors import FAILURE, CommandError
from bot.cli.root import Root
from bot.generation.job import Job

if TYPE_CHECKING:
    from bot.app import App


async def waiting_words(app: "App", job: Job) -> str:
    """What it waits for and why (the rule about prompts by its id, the price where there is one), and until when."""
    rule = await app.service.rule_behind(job)
    price = f"It costs {price_words(job)}." if job.quote_micros else ""
    why = "" if rule is None else f", because of rule {rule.id} about prompts"
    until = "" if job.due_at is None else f"Undecided, it expires {moment(job.due_at, app.clock.now())}."
    return " ".join(part for part in (f"Waiting for an admin to approve it{why}.", price, until) if part)


def ways_to_decide(root: Root, job: Job) -> list[tuple[str, str]]:
    """The commands that decide, each with what it does."""
    return [
        (root.command("approve", job.id), "let it start"),
        (root.command("decline", job.id), "do not make it; nothing is taken from any limit"),
    ]


async def waits_error(app: "App", root: Root, job: Job) -> CommandError:
    """How a command ends that waited for the video: it was not made, and what can be done about it."""
    approve, decline = (f"  {command}" for command, _ in ways_to_decide(root, job))
    resume = f"  {root.command('jobs', 'resume', job.id)}"
    details = ("Let it start, and go on with it:", approve, resume, "Or do not make it:", decline)
    data: Document = {"job": job_document(job), "code": "awaiting_approval", "until": when(job.due_at)}
    return CommandError(await waiting_words(app, job), code=FAILURE, details=details, data=data)
