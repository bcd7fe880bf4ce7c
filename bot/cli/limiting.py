"""What `videobot limits` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from adapters.cards.limits import LimitRow, limit_row, use_row, whose
from adapters.cards.limits_card import limit_cleared_line, limit_set_line
from adapters.cards.quota_card import apart_line, prices_line
from adapters.desk.amount import seconds_of
from bot.cli.documents import example_document, limit_document, usd
from bot.cli.errors import bad_input
from bot.cli.kept_out import kept_out
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.catalog import model_key
from bot.generation.limits import Limit, LimitUse, Scope, ScopeKind, Unit, Window, requester_of
from bot.generation.prices import MICROS
from bot.settings import Settings

_MOST_USD = 1_000_000


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was typed for each unit; None = not typed."""

    videos: int | None
    seconds: int | None
    usd: str | None
    jobs: int | None
    per: str | None
    cooldown: str | None = None

    def limits(self, scope: Scope) -> Sequence[Limit]:
        """The limits that are meant. Raises CommandError."""
        counted = {Unit.VIDEOS: self.videos, Unit.SECONDS: self.seconds, Unit.USD: _micros(self.usd)}
        meant = [(unit, number) for unit, number in counted.items() if number is not None]
        limits = [Limit(scope, unit, self._window(), number) for unit, number in meant]
        if self.per is not None and not limits and (self.jobs is not None or self.cooldown is not None):
            name, what = (
                ("--jobs", "videos at once") if self.jobs is not None else ("--cooldown", "from video to video")
            )
            raise bad_input(f"{name} counts {what}, not in a time: leave --per out, or say --videos N --per day.")
        if self.jobs is not None:
            limits.append(Limit(scope, Unit.JOBS, Window.NOW, self.jobs))
        if self.cooldown is not None:
            limits.append(Limit(scope, Unit.COOLDOWN, Window.NOW, _cooldown(self.cooldown)))
        if not limits:
            raise bad_input("Say of what: --videos, --seconds, --usd, --jobs or --cooldown.")
        return limits

    def _window(self) -> Window:
        if self.per is None:
            raise bad_input("Say in which time: --per day or --per month (or hour, week, 24h).")
        name = self.per.strip().lower()
        try:
            window = Window(name)
        except ValueError:
            window = Window.NOW
        if window == Window.NOW:
            raise bad_input(
                f'--per is day or month, hour or week, or the last hours from 1h to 744h; not "{self.per[:20]}".'
            )
        return window


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose limit was named; exactly one of these is set."""

    user: str | None = None
    everyone: bool = False
    default_user: bool = False
    workspace: str | None = None
    channel: str | None = None
    role: str | None = None
    model: str | None = None
    each: str | None = None

    def scope(self) -> Scope:
        """The scope that is meant. Raises CommandError unless exactly one was named."""
        named = [name for name in self.__slots__ if getattr(self, name) not in (None, False)]
        if len(named) != 1:
            raise bad_input(
                "Say whose limit it is: exactly one of --user USER, --default-user and --everyone, or --workspace, "
                "--channel, --role, --model and --each."
            )
        match named[0]:
            case "everyone":
                return Scope(ScopeKind.EVERYONE, "*")
            case "default_user":
                return Scope(ScopeKind.USER, "*")
            case "user":
                return Scope(ScopeKind.USER, user_key(self.user or ""))
            case "model":
                return Scope(ScopeKind.MODEL, model_named(self.model or ""))
            case "each":
                return Scope(_each(self.each or ""), "*")
            case name:
                return _of_workspace(ScopeKind(name), str(getattr(self, name)).strip())


_PARTS = {
    ScopeKind.WORKSPACE: (2, "discord:SERVER or slack:TEAM"),
    ScopeKind.CHANNEL: (3, "discord:SERVER:CHANNEL or slack:TEAM:CHANNEL"),
    ScopeKind.ROLE: (3, "discord:SERVER:ROLE or slack:TEAM:GROUP"),
}


def _of_workspace(kind: ScopeKind, typed: str) -> Scope:
    parts, such = _PARTS[kind]
    pieces = typed.split(":")
    if len(pieces) != parts or not all(pieces) or not typed.isprintable() or len(typed) > 200:
        raise bad_input(f'"{typed[:60]}" is not a {kind}; write it as {such}.')
    return Scope(kind, typed)


def _each(typed: str) -> ScopeKind:
    kinds = (ScopeKind.USER, ScopeKind.WORKSPACE, ScopeKind.CHANNEL, ScopeKind.MODEL)
    if typed.strip().lower() not in kinds:
        raise bad_input(f'--each is one of {", ".join(kinds)}; not "{typed[:20]}".')
    return ScopeKind(typed.strip().lower())


def model_named(typed: str) -> str:
    """A model as limits know it. Raises CommandError."""
    key = model_key(typed)
    if key is None:
        raise bad_input(f'There is no model "{typed[:40]}"; `videobot models` shows them.')
    return key


def _cooldown(typed: str) -> int:
    try:
        seconds = seconds_of(f"{typed} s" if typed.strip().isdecimal() and typed.strip() != "0" else typed)
    except ValueError:
        seconds = None
    if seconds is None and typed.strip().rstrip("smindhour ") == "0":
        raise bad_input("A cooldown of 0 is none: take it away with `videobot limits clear ... --cooldown`.")
    if seconds is None:
        raise bad_input(f'--cooldown is a time such as 60s, 10min or 1h, not "{typed[:20]}".')
    return int(seconds)


def user_key(typed: str) -> str:
    """A user as limits know them. Raises CommandError."""
    key = typed.strip()
    platform, colon, rest = key.partition(":")
    if not (platform and colon and rest) or not key.isprintable() or len(key) > 200:
        raise bad_input(f'"{typed[:60]}" is not a user; write the platform in front, such as shell:anna or discord:42.')
    return key


async def show_limits(root: Root, settings: Settings, user: str | None) -> int:
    """Print all limits and one user's use of theirs."""
    key = user_key(user) if user is not None else root.requester.key
    async with root.open(settings, run_jobs=False) as app:
        now = app.clock.now()
        limits = await app.service.limits()
        who = requester_of(key)
        uses = await app.service.limit_uses(who)
        examples, apart = await app.service.examples(who), await app.service.bills_apart(who)
        out = await kept_out(app, who)
    if root.as_json:
        document = {"ok": True, "limits": [_document(limit) for limit in limits], "user": key, **out.document()}
        prices = {"examples": [example_document(quoted) for quoted in examples], "billed_otherwise": _otherwise(apart)}
        root.screen.document({**document, "uses": [limit_document(use) for use in uses], **prices})
        return 0
    for sentence in out.sentences(now):
        root.screen.say(sentence, style="yellow")
    if limits:
        _show_tables(root, limits, uses, key, now)
    else:
        root.screen.say("There are no limits: everybody may spend without end.")
    whose_videos = "yours" if key == root.requester.key else "theirs"
    what_videos_cost = prices_line(examples, with_room=not out.everywhere)
    for sentence in (_elsewhere_line(limits), what_videos_cost, apart_line(apart, whose_videos)):
        if sentence:
            root.screen.say(sentence)
    return 0


_OF_PLACES = (ScopeKind.WORKSPACE, ScopeKind.CHANNEL, ScopeKind.ROLE)


def _elsewhere_line(limits: Sequence[Limit]) -> str:
    """Said where there are limits of places: which of them counts is known only where somebody asks."""
    if not any(limit.scope.kind in _OF_PLACES for limit in limits):
        return ""
    return "Limits of workspaces, channels and roles count, too, where the user asks for a video."


def _show_tables(root: Root, limits: Sequence[Limit], uses: Sequence[LimitUse], key: str, now: float) -> None:
    shown = table("Whose", "Limit")
    root.screen.show(add_rows(shown, [[row.whose, row.limit] for row in map(limit_row, limits)]))
    root.screen.say()
    root.screen.say(f"What applies to {key} now:")
    uses_table = table("Limit", "Used", "Held", "Left", "Starts again", right=("Used", "Held", "Left"))
    rows = [_cells(use_row(use, now)) for use in uses if not _is_idle(use.limit)]
    root.screen.show(add_rows(uses_table, rows))


def _is_idle(limit: Limit) -> bool:
    """A pace that stops nobody."""
    return limit.unit is Unit.COOLDOWN and not limit.amount


def _otherwise(apart: tuple[int, int, int]) -> dict[str, object]:
    videos, billed, quoted = apart
    return {"videos": videos, "billed_usd": usd(billed), "quoted_usd": usd(quoted)}


def _cells(row: LimitRow) -> list[str]:
    is_own = row.whose == whose(Scope(ScopeKind.USER, "*")) or ":" in row.whose
    return [row.limit if is_own else f"{row.limit} ({row.whose})", row.used, row.held, row.free, row.frees]


async def set_limits(root: Root, settings: Settings, scope: Scope, amounts: Amounts) -> int:
    """Write the limits down."""
    limits = amounts.limits(scope)
    async with root.open(settings, run_jobs=False) as app:
        for limit in limits:
            await app.service.set_limit(limit, root.requester.key)
            if not root.as_json:
                root.screen.say(limit_set_line(limit))
    if root.as_json:
        root.screen.document({"ok": True, "limits": [_document(limit) for limit in limits]})
    return 0


async def clear_limits(root: Root, settings: Settings, scope: Scope, amounts: Amounts) -> int:
    """Take the limits away."""
    limits = amounts.limits(scope)
    async with root.open(settings, run_jobs=False) as app:
        there = [await app.service.clear_limit(x.scope, x.unit, x.window, root.requester.key) for x in limits]
    if root.as_json:
        rows = [
            {**name_document(limit), "was_there": was_there} for limit, was_there in zip(limits, there, strict=True)
        ]
        root.screen.document({"ok": any(there), "limits": rows})
        return 0 if any(there) else 1
    for limit, was_there in zip(limits, there, strict=True):
        root.screen.say(limit_cleared_line(limit.scope, limit.unit, limit.window, was_there=was_there))
    return 0 if any(there) else 1


def _micros(typed: str | None) -> int | None:
    if typed is None:
        return None
    try:
        value = Decimal(typed.strip().removeprefix("$"))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= _MOST_USD:
        raise bad_input(
            f'--usd is a number of dollars from 0 to {_MOST_USD:,}, such as 20 or 2.50, not "{typed[:40]}".'
        )
    return int((value * MICROS).to_integral_value())


def name_document(limit: Limit) -> dict[str, object]:
    """Which limit it is, for a document."""
    return {
        "scope": str(limit.scope.kind),
        "of": limit.scope.id,
        "unit": str(limit.unit),
        "window": str(limit.window),
    }


def _document(limit: Limit) -> dict[str, object]:
    return {**name_document(limit), "limit": usd(limit.amount) if limit.unit is Unit.USD else limit.amount}
