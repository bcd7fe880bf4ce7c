"""`videobot limits`: who may take how much."""

from typing import Annotated

import typer

from bot.cli.groups import group
from bot.cli.root import root_of

_User = Annotated[
    str | None, typer.Option("--user", metavar="USER", help="One user, such as shell:anna or discord:42.")
]
_Everyone = Annotated[bool, typer.Option("--everyone", help="All users together.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
_Default = Annotated[bool, typer.Option("--default-user", help="Each user without a limit of their own.")]
_Workspace = Annotated[
    str | None, typer.Option("--workspace", metavar="ID", help="One server or workspace, such as discord:1.")
]
_Channel = Annotated[str | None, typer.Option("--channel", metavar="ID", help="One channel, such as discord:1:2.")]
_Role = Annotated[
    str | None, typer.Option("--role", metavar="ID", help="Each member of a role or user group, such as discord:1:3.")
]
_Model = Annotated[str | None, typer.Option("--model", metavar="MODEL", help="All videos of one model.")]
_Each = Annotated[
    str | None,
    typer.Option("--each", metavar="user|workspace|channel|model", help="Each one without a limit of its own."),
]
_PER = "hour|day|week|month|24h"
_Per = Annotated[str | None, typer.Option("--per", metavar=_PER, help="In which time; 24h: in the last 24 hours.")]


def build() -> typer.Typer:
    """The group `limits`."""
    app = group("See and set who may take how much.")
    app.command("show")(show)
    app.command("set")(set_)
    app.command("clear")(clear)
    app.command("grant")(grant)
    return app


def show(
    ctx: typer.Context,
    user: _User = None,
    as_json: _Json = False,
) -> None:
    """Show all limits, and what is used of those that apply to you (or to --user)."""
    from bot.cli.limiting import show_limits

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: show_limits(root, settings, user))


def set_(
    ctx: typer.Context,
    user: _User = None,
    everyone: _Everyone = False,
    default_user: _Default = False,
    workspace: _Workspace = None,
    channel: _Channel = None,
    role: _Role = None,
    model: _Model = None,
    each: _Each = None,
    videos: Annotated[int | None, typer.Option(min=0, help="So many videos.")] = None,
    seconds: Annotated[int | None, typer.Option(min=0, help="So many seconds of video.")] = None,
    usd: Annotated[str | None, typer.Option(metavar="DOLLARS", help="So many US dollars, such as 20 or 2.50.")] = None,
    jobs: Annotated[int | None, typer.Option(min=0, help="So many videos at once (needs no --per).")] = None,
    cooldown: Annotated[
        str | None, typer.Option(metavar="TIME", help="So long from one video to the next, such as 10min (no --per).")
    ] = None,
    per: _Per = None,
    as_json: _Json = False,
) -> None:
    """Set limits: videobot limits set --user shell:anna --videos 10 --usd 5 --per day"""
    from bot.cli.limiting import Amounts, Whose, set_limits
    from bot.cli.people import person_key

    root = root_of(ctx)
    root.as_json = as_json
    amounts = Amounts(videos=videos, seconds=seconds, usd=usd, jobs=jobs, per=per, cooldown=cooldown)
    if user is not None:
        person_key(user)
    scope = Whose(user, everyone, default_user, workspace, channel, role, model, each).scope()
    root.run(lambda settings: set_limits(root, settings, scope, amounts))


def grant(
    ctx: typer.Context,
    user: _User = None,
    everyone: _Everyone = False,
    default_user: _Default = False,
    workspace: _Workspace = None,
    channel: _Channel = None,
    role: _Role = None,
    model: _Model = None,
    each: _Each = None,
    videos: Annotated[int | None, typer.Option(min=1, help="So many videos more.")] = None,
    seconds: Annotated[int | None, typer.Option(min=1, help="So many seconds of video more.")] = None,
    usd: Annotated[str | None, typer.Option(metavar="DOLLARS", help="So many US dollars more.")] = None,
    per: Annotated[
        str | None, typer.Option(metavar=_PER, help="On top of which limit, until its day, month ... ends.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the audit trail.")] = "",
    as_json: _Json = False,
) -> None:
    """Give more for today or this month: videobot limits grant --user shell:anna --videos 2 --per day"""
    from bot.cli.granting import grant_more
    from bot.cli.limiting import Amounts, Whose
    from bot.cli.people import person_key

    root = root_of(ctx)
    root.as_json = as_json
    amounts = Amounts(videos=videos, seconds=seconds, usd=usd, jobs=None, per=per)
    if user is not None:
        person_key(user)
    scope = Whose(user, everyone, default_user, workspace, channel, role, model, each).scope()
    root.run(lambda settings: grant_more(root, settings, scope, amounts, reason))


def clear(
    ctx: typer.Context,
    user: _User = None,
    everyone: _Everyone = False,
    default_user: _Default = False,
    workspace: _Workspace = None,
    channel: _Channel = None,
    role: _Role = None,
    model: _Model = None,
    each: _Each = None,
    videos: Annotated[bool, typer.Option("--videos", help="The limit on videos.")] = False,
    seconds: Annotated[bool, typer.Option("--seconds", help="The limit on seconds.")] = False,
    usd: Annotated[bool, typer.Option("--usd", help="The limit on dollars.")] = False,
    jobs: Annotated[bool, typer.Option("--jobs", help="The limit on videos at once (needs no --per).")] = False,
    cooldown: Annotated[bool, typer.Option("--cooldown", help="The time between two videos (no --per).")] = False,
    per: _Per = None,
    as_json: _Json = False,
) -> None:
    """Take limits away: videobot limits clear --user shell:anna --videos --per day"""
    from bot.cli.limiting import Amounts, Whose, clear_limits

    root = root_of(ctx)
    root.as_json = as_json
    amounts = Amounts(
        videos=0 if videos else None,
        seconds=0 if seconds else None,
        usd="0" if usd else None,
        jobs=0 if jobs else None,
        per=per,
        cooldown="1s" if cooldown else None,
    )
    scope = Whose(user, everyone, default_user, workspace, channel, role, model, each).scope()
    root.run(lambda settings: clear_limits(root, settings, scope, amounts))
