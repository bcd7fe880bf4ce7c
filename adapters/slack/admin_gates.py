"""/video-admin beside limits: approvals, bans, closures, rules about prompts, the time zone and the audit trail."""

import re

from adapters.desk import Actor, Desk, Reply
from adapters.slack.admin_words import NotUnderstoodError, Typed
from adapters.slack.speech import said
from bot.generation.barring import Closure, ClosureKind, ClosureRule
from bot.generation.prompt_rules import RuleAction, RuleKind

USAGE = (
    ("approvals", "the videos that wait for an approval"),
    ("approve job", "lets one of them start"),
    ("decline job [reason]", "does not make it; who asked is told why"),
    ("ban @person [3 days] [everywhere] [reason]", "takes nothing from them any more"),
    ("unban @person [everywhere]", "ends a ban"),
    ("bans", "who is banned"),
    ("close #channel, model v3 or mode pro [only] [everywhere]", "closes it; with only: all others of its kind"),
    ("open #channel, model v3 or mode pro [everywhere]", "takes such a rule away"),
    ("closures", "what is closed"),
    ("rules add [refuse or approve] [words or regex] [everywhere] blood, gore", "a rule about prompts"),
    ("rules remove id [everywhere]", "takes a rule away"),
    ("rules list", "the rules about prompts"),
    ("zone Europe/Berlin", "where the days of this workspace begin"),
    ("forget @person", "erases everything the bot keeps of them; it asks once"),
    ("audit [@person or job]", "what admins did"),
)
_TIME = re.compile(r"[0-9]{1,6}(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)")
_TIME_WORD = re.compile(r"s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?")
_KINDS = {"words": RuleKind.WORDS, "regex": RuleKind.REGEX}
_ACTIONS = {"refuse": RuleAction.REFUSE, "approve": RuleAction.APPROVE}


async def forget(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Erase a person, after a question."""
    user = _person(typed, "forget @anna")
    typed.end("/video-admin forget @anna")
    reply: Reply = await desk.forget_user(actor, user)
    return reply


async def approvals(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """What waits. Raises NotUnderstoodError, as all of them do."""
    typed.end("/video-admin approvals")
    reply: Reply = await desk.approvals(actor)
    return reply


async def approve(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Let a video start."""
    reply: Reply = await desk.approve(actor, _job(typed, "approve"))
    return reply


async def decline(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Do not make it."""
    job_id = _job(typed, "decline")
    reply: Reply = await desk.decline(actor, job_id, said(typed.rest))
    return reply


async def ban(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Take nothing from a person."""
    user, place = _person(typed, "ban @anna 3 days spam"), typed.everywhere()
    typed.takes("for")
    time = _time(typed)
    place = place or typed.everywhere()
    reply: Reply = await desk.ban(actor, user, said(typed.rest), time, place)
    return reply


async def unban(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """End a ban."""
    user, place = _person(typed, "unban @anna"), typed.everywhere()
    typed.end("/video-admin unban @anna everywhere")
    reply: Reply = await desk.unban(actor, user, place)
    return reply


async def bans(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Who is banned."""
    typed.end("/video-admin bans")
    reply: Reply = await desk.bans(actor)
    return reply


async def close(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Close a channel, a model or a mode."""
    reply: Reply = await desk.close(actor, _closure(typed, "close", takes_only=True))
    return reply


async def open_(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Take such a rule away."""
    reply: Reply = await desk.open(actor, _closure(typed, "open", takes_only=False))
    return reply


async def closures(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """What is closed."""
    typed.end("/video-admin closures")
    reply: Reply = await desk.closures(actor)
    return reply


async def add_rule(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """A rule about prompts. After "words" or "regex" (and "everywhere") comes the pattern as it was typed."""
    kind, action, place = RuleKind.WORDS, RuleAction.REFUSE, typed.everywhere()
    if typed.next() in _ACTIONS:
        action = _ACTIONS[typed.take().lower()]
    place = place or typed.everywhere()
    if typed.next() in _KINDS:
        kind = _KINDS[typed.take().lower()]
    place = place or typed.everywhere()
    pattern = said(typed.rest)
    if not pattern:
        raise NotUnderstoodError("Say which words: /video-admin rules add refuse words blood, gore")
    reply: Reply = await desk.add_prompt_rule(actor, kind, pattern, action, place)
    return reply


async def remove_rule(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Take a rule away."""
    rule_id, place = said(typed.take()), typed.everywhere()
    if not rule_id:
        raise NotUnderstoodError("Say which rule, by the id that /video-admin rules list shows.")
    typed.end("/video-admin rules remove K3X9 everywhere")
    reply: Reply = await desk.remove_prompt_rule(actor, rule_id, place)
    return reply


async def list_rules(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """The rules about prompts."""
    typed.end("/video-admin rules list")
    reply: Reply = await desk.prompt_rules(actor)
    return reply


async def zone(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Where the days of the workspace begin."""
    name = said(typed.take())
    if not name:
        raise NotUnderstoodError("Say which time zone: /video-admin zone Europe/Berlin")
    typed.end("/video-admin zone Europe/Berlin")
    reply: Reply = await desk.set_zone(actor, name)
    return reply


async def audit(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """What was done."""
    user = typed.user()
    subject = f"user:{user}" if user else said(typed.take()) or None
    typed.end("/video-admin audit @anna")
    reply: Reply = await desk.audit(actor, subject)
    return reply


def _job(typed: Typed, act: str) -> str:
    job_id = said(typed.take())
    if not job_id:
        raise NotUnderstoodError(f"Say which video, by the id that /video-admin approvals shows: {act} K3X9")
    return job_id


def _person(typed: Typed, example: str) -> str:
    user = typed.user()
    if user is None:
        raise NotUnderstoodError(f"Name a person by mentioning them: /video-admin {example}")
    return user


def _time(typed: Typed) -> str:
    """A length of time that comes next, as it was typed: "2h", "3 days"; "" where none comes."""
    if _TIME.fullmatch(typed.next()):
        return typed.take()
    if not typed.next().isdecimal():
        return ""
    number = typed.take()
    if not _TIME_WORD.fullmatch(typed.next()):
        raise NotUnderstoodError("Say how long with its unit, such as 30 min, 2 h, 3 days or 1 week.")
    return f"{number} {typed.take()}"


def _closure(typed: Typed, act: str, *, takes_only: bool) -> Closure:
    is_only = takes_only and typed.takes("only")
    channel = typed.channel()
    if channel is not None:
        kind, name = ClosureKind.CHANNEL, channel
    elif typed.takes("model"):
        kind, name = ClosureKind.MODEL, typed.model()
    elif typed.takes("mode") and typed.next():
        kind, name = ClosureKind.MODE, said(typed.take()).lower()
    else:
        raise NotUnderstoodError(f"Name a channel, a model or a mode: /video-admin {act} model v3")
    is_only = is_only or (takes_only and typed.takes("only"))
    place = typed.everywhere() or typed.place
    is_only = is_only or (takes_only and typed.takes("only"))
    typed.end(f"/video-admin {act} #random")
    return Closure(place, kind, name, ClosureRule.ONLY if is_only else ClosureRule.CLOSED)
