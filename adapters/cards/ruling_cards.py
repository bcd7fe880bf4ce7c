"""What admins are told of bans, closures, rules, resets, time zones and the audit trail."""

import re
from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.audited import audit_detail, audit_subject
from adapters.cards.card import Card, Line, Look, Piece, Said, Table, Tone, Words, line, point
from adapters.cards.moments import at_moment
from adapters.cards.words import clipped, counted, model_title, moment, sentence
from bot.generation.barring import EVERYWHERE, Ban, Closure, ClosureKind, ClosureRule
from bot.generation.ports import AuditRow
from bot.generation.prompt_rules import PromptRule, RuleAction, RuleKind

#: More rows than this are only counted: a message has an end.
MOST_ROWS = 20
_DETAIL_CHARS = 120
_SCOPE = re.compile(r"(?:[a-z ]+ )?[a-z]+(?::[A-Za-z0-9]+)+", re.ASCII)


def where(place: str) -> str:
    """A place in words: "everywhere", "in discord:1"."""
    return "everywhere" if place == EVERYWHERE else f"in {place}"


def banned_card(ban: Ban, now: float, zone: tzinfo | None = None) -> Card:
    """Said after a ban."""
    until: tuple[Piece | str, ...] = (" until an admin ends it.",)
    if ban.until is not None:
        until = (" until ", at_moment(ban.until, now, zone), ".")
    return Card((line(f"{ban.user} is banned {where(ban.place)}", *until),), tone=Tone.GOOD)


def unbanned_card(user: str, place: str, *, was_there: bool) -> Card:
    """Said after the end of a ban."""
    if was_there:
        return Card((line(f"{user} may ask for videos again {where(place)}."),), tone=Tone.GOOD)
    return Card((line(f"{user} was not banned {where(place)}."),))


def bans_card(bans: Sequence[Ban], now: float, zone: tzinfo | None = None) -> Card:
    """Who is banned, where, until when and why."""
    if not bans:
        return Card((line("Nobody is banned."),), tone=Tone.GOOD)
    body: list[Line | Table] = [line(Words("Banned", Look.STRONG))]
    for ban in bans[:MOST_ROWS]:
        until = "" if ban.until is None else f" until {moment(ban.until, now, zone).removeprefix('on ')}"
        why = (" ", Said(sentence(ban.reason))) if ban.reason else ()
        body.append(point(f"{ban.user} {where(ban.place)}{until}, by {ban.by}.", *why))
    return Card(tuple(_with_more(body, len(bans))))


def thing(kind: ClosureKind, name: str) -> str:
    """What is closed or open: "Kling 2.6", "pro mode", "channel discord:1:2"."""
    if kind is ClosureKind.MODEL:
        return model_title(name)
    return f"{name} mode" if kind is ClosureKind.MODE else f"channel {name}"


def closed_card(closure: Closure) -> Card:
    """Said after something was closed, or named as one of the only open ones."""
    name = thing(closure.kind, closure.name)
    if closure.rule is ClosureRule.CLOSED:
        said = f"{name[0].upper()}{name[1:]} is closed {where(closure.place)}."
    else:
        said = f"{name[0].upper()}{name[1:]} is one of the only {closure.kind}s open {where(closure.place)}."
    return Card((line(said),), tone=Tone.GOOD)


def opened_card(closure: Closure, *, was_there: bool) -> Card:
    """Said after such a row was taken away."""
    name = thing(closure.kind, closure.name)
    if was_there:
        said = f"There is no rule about {name} {where(closure.place)} any more."
        return Card((line(said),), tone=Tone.GOOD)
    return Card((line(f"There was no rule about {name} {where(closure.place)}."),))


def closures_card(closures: Sequence[Closure]) -> Card:
    """What is closed, and what is one of the only open ones."""
    if not closures:
        return Card((line("Every channel, model and mode is open."),))
    rows = tuple((where(x.place), thing(x.kind, x.name), _rule(x)) for x in closures[:MOST_ROWS])
    body: list[Line | Table] = [line(Words("Closed and open", Look.STRONG)), Table(("Where", "What", "Rule"), rows)]
    return Card(tuple(_with_more(body, len(closures))))


def _rule(closure: Closure) -> str:
    return "closed" if closure.rule is ClosureRule.CLOSED else f"one of the only {closure.kind}s open"


def prompt_rule_card(rule: PromptRule) -> Card:
    """Said after a rule about prompts was added."""
    does = "refuses a prompt" if rule.action is RuleAction.REFUSE else "sends a prompt to approval"
    said = f"Rule {rule.id} {does} {where(rule.place)} that has {_finds(rule)}: "
    return Card((line(said, Said(rule.pattern)),), tone=Tone.GOOD)


def prompt_rule_removed_card(rule_id: str, *, was_there: bool) -> Card:
    """Said after a rule was taken away."""
    if was_there:
        return Card((line("Rule ", Said(rule_id), " is gone."),), tone=Tone.GOOD)
    return Card((line("There is no rule ", Said(rule_id), " here."),))


def prompt_rules_card(rules: Sequence[PromptRule]) -> Card:
    """The rules about prompts."""
    if not rules:
        return Card((line("There are no rules about prompts."),))
    body: list[Line | Table] = [line(Words("Rules about prompts", Look.STRONG))]
    for rule in rules[:MOST_ROWS]:
        does = "refused" if rule.action is RuleAction.REFUSE else "sent to approval"
        body.append(point(f"{rule.id}: {does} {where(rule.place)} with {_finds(rule)} ", Said(rule.pattern)))
    return Card(tuple(_with_more(body, len(rules))))


def _finds(rule: PromptRule) -> str:
    return "one of the words" if rule.kind is RuleKind.WORDS else "a match of the expression"


def reset_card(user: str, videos: int) -> Card:
    """Said after a user's use was forgiven."""
    if not videos:
        return Card((line(f"{user} had used nothing that counts now."),))
    said = f"The use of {user} is forgiven: {counted(videos, 'video')} count no more against their own limits."
    return Card((line(said if videos > 1 else said.replace("count no", "counts no")),), tone=Tone.GOOD)


def zone_card(workspace: str, zone: str) -> Card:
    """Said after a workspace got a time zone."""
    return Card((line(f"The days of {workspace} begin by the clock of {zone} now."),), tone=Tone.GOOD)


def audit_card(rows: Sequence[AuditRow], now: float, zone: tzinfo | None = None) -> Card:
    """What admins did, newest first."""
    if not rows:
        return Card((line("Nothing was done yet."),))
    body: list[Line | Table] = [line(Words("What was done", Look.STRONG))]
    for row in rows[:MOST_ROWS]:
        detail = audit_detail(row, now, zone)
        what = (": ", Said(clipped(detail, _DETAIL_CHARS))) if detail else ()
        head = f"{moment(row.at, now, zone).removeprefix('on ')}, {row.who}: {row.act} "
        body.append(point(head, _subject(row), *what))
    return Card(tuple(_with_more(body, len(rows))))


def _subject(row: AuditRow) -> Words | Said:
    """In our own words, in which a platform puts names for ids, unless somebody may have typed it."""
    subject = audit_subject(row)
    return Words(subject) if _SCOPE.fullmatch(subject) else Said(subject)


def _with_more(body: list[Line | Table], all_: int) -> list[Line | Table]:
    return [*body, line(f"And {all_ - MOST_ROWS} more.")] if all_ > MOST_ROWS else body
