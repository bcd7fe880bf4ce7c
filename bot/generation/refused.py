"""Why a request for a video was not taken, as the audit trail keeps it: facts, and not a word of the prompt. Pure.

`adapters.cards.audited` turns them into words; what it cannot read is shown as it stands here.
"""

from dataclasses import dataclass

from bot.generation.barring import Ban, Barred, Closed, ForbiddenPrompt, Slowed, WrongPlace
from bot.generation.job import Requester
from bot.generation.limits import LimitUse, Refusal, ScopeKind, Unit
from bot.generation.ports import Pause

#: In place of a person's key in the name of their own limit: forgetting them would not find it there.
OWN = "own"


@dataclass(frozen=True, slots=True)
class Why:
    """What kept a request out: `reason` is the same for as long as the cause is, `detail` begins with it and says where
    and how much."""

    reason: str
    detail: str


def why(refused: Barred | Refusal | Pause, requester: Requester) -> Why:
    """The facts of a refusal. Moments are whole epoch seconds, dollars micro-dollars."""
    reason, facts = _facts(refused, requester)
    where = ":".join(part for part in (requester.platform, requester.workspace, requester.channel) if part)
    reason = f"{reason}; "  # so that none begins another one
    return Why(reason, f"{reason}in {where}{f'; {facts}' if facts else ''}")


def _facts(refused: Barred | Refusal | Pause, requester: Requester) -> tuple[str, str]:
    match refused:
        case Pause(reason=said, since=since, drain=drain):
            return "drain" if drain else "pause", f"since {since:.0f}{_said(said)}"
        case Ban(reason=said, until=until):
            return "ban", f"{'for ever' if until is None else f'until {until:.0f}'}{_said(said)}"
        case Closed(kind, name):
            return f"closed {kind} {name}", ""
        case Slowed(strikes, until):
            return "moderation", f"{strikes} refusals in 24 hours; until {until:.0f}"
        case WrongPlace():
            return "not age-restricted", ""
        case ForbiddenPrompt(rule):
            return f"prompt rule {rule}", ""
        case Refusal(over, charge):
            names = [_name(use, requester) for use in over]
            uses = [f"{name}: {_use(use, charge.of(use.limit.unit))}" for name, use in zip(names, over, strict=True)]
            return f"limit {', '.join(names)}", "; ".join(uses)


def _name(use: LimitUse, requester: Requester) -> str:
    limit = use.limit
    scope = limit.scope if use.counted is None or limit.scope.kind is not ScopeKind.MODEL else use.counted
    own = scope.kind is ScopeKind.USER and scope.id == requester.key
    return f"{scope.kind} {OWN if own else scope.id} {limit.unit} / {limit.window}"


def _use(use: LimitUse, asked: int) -> str:
    free = "" if use.frees_at is None else f", free at {use.frees_at:.0f}"
    if use.limit.unit is Unit.COOLDOWN:
        return f"{use.amount} between two{free}"
    return f"{use.used} used and {use.held} held of {use.amount}, {asked} asked{free}"


def _said(reason: str) -> str:
    return f": {reason.strip()}" if reason.strip() else ""
