"""What an operator decides: bans, closures, rules about prompts, approvals, resets, time zones, the audit trail."""

from typing import Annotated

import typer

from bot.cli.groups import group
from bot.cli.root import root_of

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
_Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; shown to the person, and kept.")]
_Place = Annotated[
    str, typer.Option("--in", metavar="WORKSPACE", help="Only in this server or workspace, such as discord:1.")
]
_Channel = Annotated[str | None, typer.Option("--channel", metavar="ID", help="A channel, such as discord:1:2.")]
_Model = Annotated[str | None, typer.Option("--model", metavar="MODEL", help="A model.")]
_Mode = Annotated[str | None, typer.Option("--mode", metavar="MODE", help="A mode, such as pro.")]
_User = Annotated[str, typer.Argument(metavar="USER", help="Such as discord:42 or shell:anna.")]


def ban(
    ctx: typer.Context,
    user: _User,
    reason: _Reason = "",
    time: Annotated[str, typer.Option("--for", metavar="TIME", help="Such as 2h or 3days; without: for ever.")] = "",
    place: _Place = "*",
    as_json: _Json = False,
) -> None:
    """Take no requests from a user: videobot ban discord:42 --for 3days --reason spam"""
    from bot.cli.desk import act
    from bot.cli.people import person_key
    from bot.cli.places import place_key

    root, key, where = root_of(ctx), person_key(user), place_key(place)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.ban(me, key, reason, time, where)))


def unban(ctx: typer.Context, user: _User, place: _Place = "*", as_json: _Json = False) -> None:
    """End a ban."""
    from bot.cli.desk import act
    from bot.cli.limiting import user_key

    root, key = root_of(ctx), user_key(user)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.unban(me, key, place)))


def bans(ctx: typer.Context, as_json: _Json = False) -> None:
    """Show who is banned, where, until when and why."""
    from bot.cli.desk import EVERY, act
    from bot.cli.records import ban_documents

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.bans(me, EVERY), rows=ban_documents))


def close(
    ctx: typer.Context,
    channel: _Channel = None,
    model: _Model = None,
    mode: _Mode = None,
    only: Annotated[
        bool, typer.Option("--only", help="Close all others instead: this is one of the only open.")
    ] = False,
    place: _Place = "*",
    as_json: _Json = False,
) -> None:
    """Close a channel, a model or a mode: videobot close --mode pro. Without any of these: show what is closed."""
    from bot.cli.closing import closure_of
    from bot.cli.desk import EVERY, act
    from bot.cli.places import place_key
    from bot.cli.records import closure_documents

    root = root_of(ctx)
    root.as_json = as_json
    if channel is model is mode is None:
        root.run(
            lambda settings: act(root, settings, lambda desk, me: desk.closures(me, EVERY), rows=closure_documents)
        )
        return
    closure = closure_of(channel, model, mode, place_key(place), only=only)
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.close(me, closure)))


def open_(
    ctx: typer.Context,
    channel: _Channel = None,
    model: _Model = None,
    mode: _Mode = None,
    place: _Place = "*",
    as_json: _Json = False,
) -> None:
    """Take what `close` said about a channel, a model or a mode away."""
    from bot.cli.closing import closure_of
    from bot.cli.desk import act

    root, closure = root_of(ctx), closure_of(channel, model, mode, place)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.open(me, closure)))


def rules() -> typer.Typer:
    """The group `rules`."""
    app = group("Rules about prompts: refuse them, or send them to approval.")
    app.command("show")(show_rules)
    app.command("add")(add_rule)
    app.command("remove")(remove_rule)
    return app


def show_rules(ctx: typer.Context, as_json: _Json = False) -> None:
    """Show the rules about prompts."""
    from bot.cli.desk import EVERY, act
    from bot.cli.records import prompt_rule_documents

    root = root_of(ctx)
    root.as_json = as_json
    root.run(
        lambda settings: act(root, settings, lambda desk, me: desk.prompt_rules(me, EVERY), rows=prompt_rule_documents)
    )


def add_rule(
    ctx: typer.Context,
    pattern: Annotated[str, typer.Argument(metavar="WORDS", help="Words or phrases, with commas between them.")],
    regex: Annotated[bool, typer.Option("--regex", help="It is a regular expression.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Do not refuse: send to approval.")] = False,
    place: _Place = "*",
    as_json: _Json = False,
) -> None:
    """Add a rule: videobot rules add "blood, gore" --approve"""
    from bot.cli.desk import act
    from bot.cli.places import place_key
    from bot.generation.prompt_rules import RuleAction, RuleKind

    root, where = root_of(ctx), place_key(place)
    root.as_json = as_json
    kind, action = RuleKind.REGEX if regex else RuleKind.WORDS, RuleAction.APPROVE if approve else RuleAction.REFUSE
    root.run(lambda settings: act(root, settings, lambda d, me: d.add_prompt_rule(me, kind, pattern, action, where)))


def remove_rule(
    ctx: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id.")],
    place: _Place = "*",
    as_json: _Json = False,
) -> None:
    """Take a rule away."""
    from bot.cli.desk import act

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.remove_prompt_rule(me, rule, place)))


_Job = Annotated[str, typer.Argument(metavar="JOB", help="The first characters of its id are enough.")]


def approvals(ctx: typer.Context, as_json: _Json = False) -> None:
    """Show the videos that wait for an approval."""
    from bot.cli.desk import EVERY, act
    from bot.cli.records import approval_documents

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.approvals(me, EVERY), rows=approval_documents))


def approve(ctx: typer.Context, job: _Job, as_json: _Json = False) -> None:
    """Let a video start that waits for an approval."""
    from bot.cli.desk import act

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.approve(me, job)))


def decline(ctx: typer.Context, job: _Job, reason: _Reason = "", as_json: _Json = False) -> None:
    """Do not make a video that waits for an approval; nothing is taken from any limit."""
    from bot.cli.desk import act

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.decline(me, job, reason)))


def reset(ctx: typer.Context, user: _User, reason: _Reason = "", as_json: _Json = False) -> None:
    """Forgive what a user has used in the present hour, day, week and month."""
    from bot.cli.desk import act
    from bot.cli.people import person_key

    root, key = root_of(ctx), person_key(user)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.reset(me, key, reason)))


def zone(
    ctx: typer.Context,
    workspace: Annotated[str, typer.Argument(metavar="WORKSPACE", help="Such as discord:1 or slack:T012.")],
    name: Annotated[str, typer.Argument(metavar="ZONE", help="Such as Europe/Berlin.")],
    as_json: _Json = False,
) -> None:
    """Set where the days of a server or workspace begin: videobot zone discord:1 Europe/Berlin"""
    from bot.cli.desk import act
    from bot.cli.places import place_key

    root, where = root_of(ctx), place_key(workspace)
    root.as_json = as_json
    root.run(lambda settings: act(root, settings, lambda desk, me: desk.set_zone(me, name, where)))


def audit(
    ctx: typer.Context,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="SUBJECT",
            help="Only about this: a user (discord:42), a job's id, workspace:discord:1, channel:discord:1:2, "
            "role:discord:1:7, model:v3, mode:pro, rule:ID, a gateway, everyone:*, or everything (pauses).",
        ),
    ] = None,
    refusals: Annotated[
        bool, typer.Option("--refusals", help="Requests for videos that were not taken, and why.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    as_json: _Json = False,
) -> None:
    """Show what admins did, and what others tried, the newest first; about a user also what they were refused."""
    from bot.cli.auditing import show_audit

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: show_audit(root, settings, subject, limit, refusals=refusals))
