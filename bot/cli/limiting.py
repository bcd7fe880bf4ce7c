"""What `videobot limits` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from adapters.cards.limits import LimitRow, limit_row, limit_words, use_row, whose
from bot.cli.documents import limit_document, usd
from bot.cli.errors import bad_input
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
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

    def limits(self, scope: Scope) -> Sequence[Limit]:
        """The limits that are meant. Raises CommandError."""
        counted = {Unit.VIDEOS: self.videos, Unit.SECONDS: self.seconds, Unit.USD: _micros(self.usd)}
        meant = [(unit, number) for unit, number in counted.items() if number is not None]
        limits = [Limit(scope, unit, self._window(), number) for unit, number in meant]
        if self.jobs is not None and self.per is not None and not limits:
            raise bad_input(
                "--jobs counts videos at once, not in a time: leave --per out, or say --videos N --per day."
            )
        if self.jobs is not None:
            limits.append(Limit(scope, Unit.JOBS, Window.NOW, self.jobs))
        if not limits:
            raise bad_input("Say of what: --videos, --seconds, --usd or --jobs.")
        return limits

    def _window(self) -> Window:
        if self.per is None:
            raise bad_input("Say in which time: --per day or --per month.")
        name = self.per.strip().lower()
        if name not in (Window.DAY, Window.MONTH):
            raise bad_input(f'--per is day or month, not "{self.per}".')
        return Window(name)


def scope_for(user: str | None, *, everyone: bool, default_user: bool) -> Scope:
    """Whose limit is meant. Raises CommandError unless exactly one was named."""
    if (user is not None) + everyone + default_user != 1:
        raise bad_input("Say whose limit it is: exactly one of --user USER, --default-user and --everyone.")
    if user is None:
        return Scope(ScopeKind.EVERYONE if everyone else ScopeKind.USER, "*")
    return Scope(ScopeKind.USER, user_key(user))


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
        limits = sorted(await app.store.limits(), key=lambda x: (x.scope, x.window, x.unit))
        uses = await app.store.limit_uses(key, settings.time_zone, now)
    if root.as_json:
        document = {"ok": True, "limits": [_document(limit) for limit in limits], "user": key}
        root.screen.document({**document, "uses": [limit_document(use) for use in uses]})
        return 0
    if not limits:
        root.screen.say("There are no limits: everybody may spend without end.")
        return 0
    shown = table("Whose", "Limit")
    root.screen.show(add_rows(shown, [[row.whose, row.limit] for row in map(limit_row, limits)]))
    root.screen.say()
    root.screen.say(f"What applies to {key} now:")
    uses_table = table("Limit", "Used", "Held", "Left", "Starts again", right=("Used", "Held", "Left"))
    root.screen.show(add_rows(uses_table, [_cells(use_row(use, now)) for use in uses]))
    return 0


def _cells(row: LimitRow) -> list[str]:
    limit = f"{row.limit} (everyone together)" if row.whose == whose(Scope(ScopeKind.EVERYONE, "*")) else row.limit
    return [limit, row.used, row.held, row.free, row.frees]


async def set_limits(root: Root, settings: Settings, scope: Scope, amounts: Amounts) -> int:
    """Write the limits down."""
    limits = amounts.limits(scope)
    async with root.open(settings, run_jobs=False) as app:
        for limit in limits:
            await app.store.set_limit(limit, root.requester.key, app.clock.now())
            if not root.as_json:
                root.screen.say(f"{sentence_start(scope)} may now take {limit_words(limit)}.")
    if root.as_json:
        root.screen.document({"ok": True, "limits": [_document(limit) for limit in limits]})
    return 0


async def clear_limits(root: Root, settings: Settings, scope: Scope, amounts: Amounts) -> int:
    """Take the limits away."""
    limits = amounts.limits(scope)
    async with root.open(settings, run_jobs=False) as app:
        there = [
            await app.store.clear_limit(x.scope, x.unit, x.window, root.requester.key, app.clock.now()) for x in limits
        ]
    if root.as_json:
        rows = [
            {**name_document(limit), "was_there": was_there} for limit, was_there in zip(limits, there, strict=True)
        ]
        root.screen.document({"ok": any(there), "limits": rows})
        return 0 if any(there) else 1
    for limit, was_there in zip(limits, there, strict=True):
        name = f"limit on {_unit(limit.unit)} {'at once' if limit.window is Window.NOW else f'a {limit.window}'}"
        if was_there:
            root.screen.say(f"The {name} for {whose(scope)} is gone.")
        else:
            root.screen.say(f"There was no {name} for {whose(scope)}.")
    return 0 if any(there) else 1


def _unit(unit: Unit) -> str:
    return {Unit.USD: "dollars", Unit.JOBS: "videos"}.get(unit, str(unit))


def sentence_start(scope: Scope) -> str:
    """Whose limit it is, with a capital letter in front."""
    name = whose(scope)
    return name if ":" in name else name[0].upper() + name[1:]


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
