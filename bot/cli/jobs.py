"""`videobot jobs`: list, show, cancel, resume, resolve."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.groups import group
from bot.cli.root import Root, root_of

_Id = Annotated[str, typer.Argument(metavar="ID", help="The job's id, or the first few characters of it.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def build() -> typer.Typer:
    """The group `jobs`."""
    app = group("See jobs, cancel them, go on with them, decide about uncertain ones.")
    app.command("list")(list_)
    app.command("show")(show)
    app.command("cancel")(cancel)
    app.command("resume")(resume)
    app.command("resolve")(resolve)
    return app


def list_(
    ctx: typer.Context,
    user: Annotated[str | None, typer.Option(metavar="USER", help="Only this user's, such as shell:anna.")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Only this state, as the list or a document says it; may be given again."),
    ] = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Only what has not ended yet.")] = False,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Only what waits for an admin's decision: uncertain, or lost.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    as_json: _Json = False,
) -> None:
    """List jobs, the newest first."""
    from bot.cli.listing import list_jobs

    root = _root(ctx, as_json=as_json)
    root.run(
        lambda settings: list_jobs(
            root, settings, user=user, states=state or [], unfinished=unfinished, undecided=undecided, limit=limit
        )
    )


def show(ctx: typer.Context, job: _Id, as_json: _Json = False) -> None:
    """Show everything that is known about a job, and what can be done."""
    from bot.cli.showing import show_job

    root = _root(ctx, as_json=as_json)
    root.run(lambda settings: show_job(root, settings, job))


def cancel(
    ctx: typer.Context,
    job: _Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, even if it is billed all the same.")] = False,
    as_json: _Json = False,
) -> None:
    """Cancel a job: free before it is sent; later it is billed all the same, and not delivered."""
    from bot.cli.cancelling import cancel_job

    root = _root(ctx, as_json=as_json)
    root.run(lambda settings: cancel_job(root, settings, job, yes=yes))


def resume(
    ctx: typer.Context,
    job: _Id,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Put the video here, not where it was asked for."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Go on with a job, with a progress bar, until its video is saved."""
    from bot.cli.resuming import resume_job

    root = _root(ctx, as_json=as_json)
    root.run(lambda settings: resume_job(root, settings, job, output, Path.cwd()), log_level=logging.ERROR)


def resolve(
    ctx: typer.Context,
    job: _Id,
    task: Annotated[
        str | None, typer.Option(metavar="TASK_ID", help="The gateway does make it; this is its id there.")
    ] = None,
    billed: Annotated[bool, typer.Option("--billed", help="It was billed, but cannot be found.")] = False,
    not_created: Annotated[bool, typer.Option("--not-created", help="It never started and was not billed.")] = False,
    again: Annotated[bool, typer.Option("--again", help="It never started; ask the gateway once more.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --task: store the id without asking the gateway for it first.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Decide about an uncertain or lost job. Choose exactly one of the four."""
    from bot.cli.resolving import resolve_job

    root = _root(ctx, as_json=as_json)
    root.run(
        lambda settings: resolve_job(
            root, settings, job, task=task, billed=billed, not_created=not_created, again=again, force=force
        )
    )


def _root(ctx: typer.Context, *, as_json: bool) -> Root:
    root = root_of(ctx)
    root.as_json = as_json
    return root
