"""/video-admin in words: which act a text asks for. The desk asks who may."""

from collections.abc import Awaitable, Callable, Mapping

from adapters.cards.card import Card, Look, Words, line, point, small
from adapters.desk import Actor, Desk, Reply
from adapters.desk.ruling import By
from adapters.slack import admin_gates, admin_gateways, admin_limits
from adapters.slack.admin_words import NotUnderstoodError, Typed, wrong
from adapters.slack.speech import said
from bot.generation.catalog import listed
from bot.generation.ports import Resolution

Do = Callable[[Desk, Actor, Typed], Awaitable[Reply]]

_BY: Mapping[str, By] = {
    "user": "user",
    "model": "model",
    "channel": "channel",
    "workspace": "workspace",
    "gateway": "gateway",
    "day": "day",
}
_FILLING = frozenset({"by", "the", "last", "days", "per"})
_MOST_TOP = 20
USAGE = (
    *admin_limits.USAGE,
    ("usage [user, model, channel, workspace, gateway or day] [30] [top 5]", "what was made in so many days"),
    *admin_gates.USAGE,
    *admin_gateways.USAGE,
    ("pause reason", "takes and starts no new videos"),
    ("drain [reason]", "the same, until the bot is started again"),
    ("resume", "ends the pause, or the drain"),
    ("resolve [job task, billed, not-created or again] [task id]", "decides about uncertain videos, or lists them"),
)


def help_card() -> Card:
    """How the command is used."""
    points = [point(Words(f"/video-admin {how}", Look.CODE), f": {what}") for how, what in USAGE]
    more = (small(admin_limits.WHOSE), small(admin_limits.COUNTED))
    return Card((line(Words("For admins of this bot", Look.STRONG)), *points, *more))


async def ruled(desk: Desk, actor: Actor, text: str, team: str) -> Card:
    """Do what a text asks for, and the answer. A member is refused, and that is noted, whatever they wrote."""
    typed = Typed(text, team)
    do = act_of(typed)
    try:
        if do is not None:
            return (await do(desk, actor, typed)).card
    except NotUnderstoodError as error:
        if actor.is_admin:
            return wrong(str(error))
    return help_card() if actor.is_admin else (await desk.limits(actor)).card


def act_of(typed: Typed) -> Do | None:
    """The act whose name comes first; None where there is none of that name."""
    name = typed.take().lower()
    if name in ("quota", "limits"):
        return _QUOTA.get(typed.take().lower() or "show", _no_quota)
    if name in ("rules", "prompt-rules"):
        return _RULES.get(typed.take().lower() or "list", _no_rule)
    return _ACTS.get(name)


async def _no_quota(_desk: Desk, _actor: Actor, _typed: Typed) -> Reply:
    raise NotUnderstoodError(
        "After quota comes show, set, clear, grant or reset. For example: /video-admin quota set 20 usd day"
    )


async def _no_rule(_desk: Desk, _actor: Actor, _typed: Typed) -> Reply:
    raise NotUnderstoodError("After rules comes add, remove or list. For example: /video-admin rules add blood, gore")


async def _usage(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    by: By = "user"
    days, top = 30, None
    while word := typed.take().lower():
        if word in _BY:
            by = _BY[word]
        elif word == "top" and typed.next().isdecimal() and 1 <= int(typed.next()) <= _MOST_TOP:
            top = int(typed.take())
        elif word.isdecimal() and 1 <= int(word) <= 366:
            days = int(word)
        elif word not in _FILLING:
            raise NotUnderstoodError(
                f"Say what it is added up by ({listed(list(_BY))}), of how many days (1 to 366), and how many of them "
                f"(top 1 to top {_MOST_TOP}): usage model 30 top 5"
            )
    reply: Reply = await desk.usage(actor, by=by, days=days, top=top)
    return reply


async def _pause(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    reason = said(typed.rest)
    if not reason:
        raise NotUnderstoodError(
            "Say why: people who ask for a video are told. For example: /video-admin pause moving to another server"
        )
    reply: Reply = await desk.pause(actor, reason)
    return reply


async def _drain(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    reply: Reply = await desk.drain(actor, said(typed.rest))
    return reply


async def _resume(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    typed.end("/video-admin resume")
    reply: Reply = await desk.resume_all(actor)
    return reply


async def _resolve(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    reply: Reply
    job_id, how, task_id = said(typed.take()), typed.take().lower(), said(typed.take())
    if not job_id:
        reply = await desk.uncertain(actor)
        return reply
    names = [each.value for each in Resolution]
    if how not in names:
        raise NotUnderstoodError(f"Say what became of the job: resolve K3X9 and then {listed(names)}.")
    typed.end("/video-admin resolve K3X9 task 0a1b2c")
    reply = await desk.resolve(actor, job_id, Resolution(how), task_id or None)
    return reply


_QUOTA: Mapping[str, Do] = {
    "show": admin_limits.show,
    "set": admin_limits.set_limit,
    "clear": admin_limits.clear_limit,
    "grant": admin_limits.grant,
    "reset": admin_limits.reset,
}
_RULES: Mapping[str, Do] = {
    "add": admin_gates.add_rule,
    "remove": admin_gates.remove_rule,
    "list": admin_gates.list_rules,
}
_ACTS: Mapping[str, Do] = {
    "usage": _usage,
    "pause": _pause,
    "drain": _drain,
    "resume": _resume,
    "resolve": _resolve,
    "approvals": admin_gates.approvals,
    "approve": admin_gates.approve,
    "decline": admin_gates.decline,
    "ban": admin_gates.ban,
    "unban": admin_gates.unban,
    "bans": admin_gates.bans,
    "close": admin_gates.close,
    "open": admin_gates.open_,
    "closures": admin_gates.closures,
    "zone": admin_gates.zone,
    "forget": admin_gates.forget,
    "audit": admin_gates.audit,
    "gateways": admin_gateways.gateways,
}
