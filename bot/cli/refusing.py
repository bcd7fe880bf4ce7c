"""A request that is refused at the shell: said to an operator, who can do something about it, and with fields for
programs beside the words."""

from decimal import ROUND_CEILING, Decimal

from adapters.cards.barred import barred_words
from bot.cli.documents import Document, when
from bot.cli.errors import CommandError
from bot.cli.root import Root
from bot.generation.barring import Ban, Barred, Closed, ForbiddenPrompt, Slowed, WrongPlace
from bot.generation.limits import LimitUse, Refusal, Scope, ScopeKind, Unit
from bot.generation.prices import MICROS

_FLAGS = {ScopeKind.WORKSPACE: "--workspace", ScopeKind.CHANNEL: "--channel", ScopeKind.MODEL: "--model"}


def not_allowed(root: Root, barred: Barred, now: float) -> CommandError:
    """Why it is not taken, whatever room the limits have; of a rule about prompts which one it is."""
    details: tuple[str, ...] = ()
    words = barred_words(barred, now)
    if isinstance(barred, ForbiddenPrompt):
        words = words.replace("A rule of the admins forbids", f"Rule {barred.rule} forbids", 1).replace(
            ", or ask an admin", ", or take the rule away", 1
        )
        details = (f"  {root.command('rules', 'remove', barred.rule)}",)
    return CommandError(words, details=details, data=barred_document(barred))


def barred_document(barred: Barred) -> Document:
    """The same for a program: `code`, `until` (ISO 8601; None: no end is known) and what else there is."""
    match barred:
        case Ban(reason=reason, until=until):
            return {"code": "banned", "until": when(until), "reason": reason}
        case Closed(kind, name):
            return {"code": "closed", "until": None, str(kind): name}
        case Slowed(strikes, until):
            return {"code": "slowed", "until": when(until), "refusals": strikes}
        case WrongPlace():
            return {"code": "not_age_restricted", "until": None}
        case ForbiddenPrompt(rule):
            return {"code": "prompt_rule", "until": None, "rule": rule}


def room_for(root: Root, refusal: Refusal, key: str) -> list[str]:
    """The commands that give a user (`Requester.key`) as much more as the request lacks. A pace has none: it is waited
    for."""
    return [command for use in refusal.over if (command := _more(root, use, refusal.charge.of(use.limit.unit), key))]


def _more(root: Root, use: LimitUse, asked: int, key: str) -> str:
    unit, whose = use.limit.unit, _flag(use, key)
    lacks = use.used + use.held + asked - use.amount
    if unit is Unit.COOLDOWN:
        return ""
    if unit is Unit.JOBS:  # there is nothing to give on top of it
        return root.command("limits", "set", *whose, "--jobs", str(use.amount + lacks))
    much = str(lacks)
    if unit is Unit.USD:
        much = str((Decimal(lacks) / MICROS).quantize(Decimal("0.01"), ROUND_CEILING))
    return root.command("limits", "grant", *whose, f"--{unit}", much, "--per", str(use.limit.window))


def _flag(use: LimitUse, key: str) -> tuple[str, ...]:
    """Whose counter it is, as `videobot limits` names it: of a default the one who asks."""
    scope: Scope = use.counted or use.limit.scope
    if scope.kind is ScopeKind.EVERYONE:
        return ("--everyone",)
    return (_FLAGS[scope.kind], scope.id) if scope.kind in _FLAGS else ("--user", key)
