"""What admins are told of bans, closures, rules, resets, time zones and the audit trail."""

import re
from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.audited import audit_act, audit_detail, audit_subject
from adapters.cards.card import Card, Line, Look, Piece, Said, Table, Tone, Words, line, point
from adapters.cards.moments import at_moment
from adapters.cards.where import where
from adapters.cards.words import clipped, counted, model_title, moment, sentence
from bot.generation.barring import EVERYWHERE, Ban, Closure, ClosureKind, ClosureRule
from bot.generation.catalog import listed
from bot.generation.ports import REFUSED_VIDEO, AuditRow
from bot.generation.prompt_rules import PromptRule, RuleAction, RuleKind

#: More rows than this are only counted: a message has an end.
MOST_ROWS = 20
#: So many acts can be asked for at once.
MOST_AUDITED = 1000
_DETAIL_CHARS = 120
_REFUSAL_CHARS = 240  # two limits, and when each frees
_SCOPE = re.compile(r"(?:[a-z ]+ )?[a-z]+(?::[A-Za-z0-9]+)+", re.ASCII)


def banned_card(ban: Ban, now: float, zone: tzinfo | None = None) -> Card:
    """Said after a ban."""
    until: tuple[Piece | str, ...] = (" until an admin ends it.",)
    if ban.until is not None:
        until = (" until ", at_moment(ban.until, now, zone), ".")
    return Card((line(f"{ban.user} is banned {where(ban.place)}", *until),), tone=Tone.GOOD)


def unbanned_card(user: str, place: str, *, was_there: bool, left: Sequence[str] = (), platform: str = "") -> Card:
    """Said after the end of a ban. `left`: where they are banned all the same; `platform` is where the card is read."""
    tone = Tone.GOOD if was_there else Tone.NEUTRAL
    if not left:
        said = "may ask for videos again" if was_there else "was not banned"
        return Card((line(f"{user} {said} {where(place)}."),), tone=tone)
    head = f"The ban {where(place)} is over" if was_there else f"There was no ban {where(place)}"
    still = "everywhere" if EVERYWHERE in left else listed([where(one) for one in left], "and")
    body = [line(f"{head}, but {user} is still banned {still}.")]
    if platform == "shell":
        ends = [f"videobot unban {user}" + ("" if one == EVERYWHERE else f" --in {one}") for one in left]
        body.append(line("To end that: ", Words(" && ".join(ends), Look.CODE)))
    return Card(tuple(body), tone=tone)


def bans_card(bans: Sequence[Ban], now: float, zone: tzinfo | None = None, *, most: int = MOST_ROWS) -> Card:
    """Who is banned, where, until when and why."""
    if not bans:
        return Card((line("Nobody is banned."),), tone=Tone.GOOD)
    body: list[Line | Table] = [line(Words("Banned", Look.STRONG))]
    for ban in bans[:most]:
        until = "" if ban.until is None else f" until {moment(ban.until, now, zone).removeprefix('on ')}"
        why = (" Reason: ", Said(sentence(ban.reason))) if ban.reason else ()
        body.append(point(f"{ban.user} {where(ban.place)}{until}, by {ban.by}.", *why))
    return Card(tuple(_with_more(body, len(bans), most)))


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


def closures_card(closures: Sequence[Closure], *, most: int = MOST_ROWS) -> Card:
    """What is closed, and what is one of the only open ones."""
    if not closures:
        return Card((line("Every channel, model and mode is open."),))
    rows = tuple((where(x.place), thing(x.kind, x.name), _rule(x)) for x in closures[:most])
    body: list[Line | Table] = [line(Words("Closed and open", Look.STRONG)), Table(("Where", "What", "Rule"), rows)]
    return Card(tuple(_with_more(body, len(closures), most)))


def _rule(closure: Closure) -> str:
    return "closed" if closure.rule is ClosureRule.CLOSED else f"one of the only {closure.kind}s open"


def prompt_rule_card(rule: PromptRule) -> Card:
    """Said after a rule about prompts was added."""
    return Card((line(*rule_words(rule)),), tone=Tone.GOOD)


def prompt_rule_removed_card(rule_id: str, *, was_there: bool) -> Card:
    """Said after a rule was taken away."""
    if was_there:
        return Card((line("Rule ", Said(rule_id), " is gone."),), tone=Tone.GOOD)
    return Card((line("There is no rule ", Said(rule_id), " here."),))


def prompt_rules_card(rules: Sequence[PromptRule], *, most: int = MOST_ROWS) -> Card:
    """The rules about prompts."""
    if not rules:
        return Card((line("There are no rules about prompts."),))
    body: list[Line | Table] = [line(Words("Rules about prompts", Look.STRONG))]
    body += [point(*rule_words(rule)) for rule in rules[:most]]
    return Card(tuple(_with_more(body, len(rules), most)))


def rule_words(rule: PromptRule) -> tuple[Piece | str, ...]:
    """ "Rule ABC refuses a prompt in discord:1 that has one of the words: dragons, red wine"."""
    does = "refuses a prompt" if rule.action is RuleAction.REFUSE else "sends a prompt to approval"
    finds = "one of the words" if rule.kind is RuleKind.WORDS else "a match of the expression"
    return (f"Rule {rule.id} {does} {where(rule.place)} that has {finds}: ", Said(rule.pattern))


def reset_card(user: str, videos: int) -> Card:
    """Said after a user's use was forgiven."""
    if not videos:
        return Card((line(f"{user} had used nothing that counts now."),))
    count = "counts" if videos == 1 else "count"
    said = f"The use of {user} is forgiven: {counted(videos, 'video')} no longer {count} against their own limits."
    return Card((line(said),), tone=Tone.GOOD)


def zone_card(workspace: str, zone: str) -> Card:
    """Said after a workspace got a time zone."""
    return Card((line(f"The days of {workspace} begin by the clock of {zone} now."),), tone=Tone.GOOD)


def audit_card(
    rows: Sequence[AuditRow],
    now: float,
    zone: tzinfo | None = None,
    *,
    about: str | None = None,
    most: int = MOST_ROWS,
    refusals: bool = False,
) -> Card:
    """What admins did, newest first, the last `most` of it; `about`: which subject alone, as the trail names it;
    `refusals`: the rows are the requests for videos that were not taken."""
    if not rows:
        if refusals:
            of = () if about is None else (" of ", _named(about.removeprefix("user:")))
            return Card((line("No request for a video", *of, " was refused."),))
        if about is None:
            return Card((line("Nothing was done yet."),))
        return Card((line("Nothing about ", _named(about.removeprefix("user:")), "."),))
    body: list[Line | Table] = [line(Words("What was refused" if refusals else "What was done", Look.STRONG))]
    for row in rows[:most]:
        detail = audit_detail(row, now, zone)
        if row.act == REFUSED_VIDEO:
            head = f"{moment(row.at, now, zone).removeprefix('on ')}, {row.who} was refused a video: "
            body.append(point(head, Said(clipped(detail, _REFUSAL_CHARS))))
            continue
        what = (": ", Said(clipped(detail, _DETAIL_CHARS))) if detail else ()
        head = f"{moment(row.at, now, zone).removeprefix('on ')}, {row.who}: {audit_act(row)} "
        body.append(point(head, _subject(row), *what))
    if len(rows) > most and most < MOST_AUDITED:
        # Only operators read this, and they have the shell.
        about_it: tuple[Piece | str, ...] = () if about is None else (" --subject ", Said(about))
        about_it = (" --refusals", *about_it) if refusals else about_it
        body.append(line("There is more: videobot audit", *about_it, f" --limit {min(5 * most, MOST_AUDITED)}"))
    return Card(tuple(body))


def _subject(row: AuditRow) -> Words | Said:
    return _named(audit_subject(row))


def _named(subject: str) -> Words | Said:
    """In our own words, in which a platform puts names for ids, unless somebody may have typed it."""
    return Words(subject) if _SCOPE.fullmatch(subject) else Said(clipped(subject, _DETAIL_CHARS))


def _with_more(body: list[Line | Table], all_: int, most: int) -> list[Line | Table]:
    return [*body, line(f"And {all_ - most} more.")] if all_ > most else body
