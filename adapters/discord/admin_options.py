"""The options of admin commands: whose limit, what is counted, in which time, where."""

from typing import Any
from zoneinfo import available_timezones

import discord
from discord import app_commands

from adapters.desk import Actor
from adapters.discord.options import MOST_CHOICES, Given, Option
from bot.generation.barring import EVERYWHERE, Closure, ClosureKind, ClosureRule
from bot.generation.catalog import Catalog
from bot.generation.limits import Scope, ScopeKind, Unit, Window
from bot.generation.table import MODELS

_UNITS = (
    app_commands.Choice(name="US dollars", value=Unit.USD.value),
    app_commands.Choice(name="videos", value=Unit.VIDEOS.value),
    app_commands.Choice(name="seconds of video", value=Unit.SECONDS.value),
    app_commands.Choice(name="videos at once", value=Unit.JOBS.value),
    app_commands.Choice(name="pause between two videos", value=Unit.COOLDOWN.value),
)
_WINDOWS = ("hour", "day", "week", "month", "24h", "72h", "168h")
_HERE = "server"
#: Whose limit, where no single one is named.
_DEFAULTS = {
    "each": ("each user who has none of their own", ScopeKind.USER),
    "everyone": ("everyone together", ScopeKind.EVERYONE),
    _HERE: ("this server", ScopeKind.WORKSPACE),
    "each-server": ("each server", ScopeKind.WORKSPACE),
    "each-channel": ("each channel", ScopeKind.CHANNEL),
    "each-model": ("each model", ScopeKind.MODEL),
}
_SINGLE = ("user", "channel", "role", "model")

USER = Option("user", "One person", discord.User)
UNIT = Option("unit", "What is counted", str, required=True, choices=_UNITS)
AMOUNT = Option(
    "amount",
    "Dollars, videos, or seconds (of video, or of a pause)",
    app_commands.Range[float, 0, 100_000_000],
    required=True,
)
REASON = Option("reason", "Why; noted in the audit trail", app_commands.Range[str, 1, 200])
EVERYWHERE_TOO = Option("everywhere", "In every server (for the bot's operators), not in this one", bool)


class _Channel(app_commands.Transformer):
    """A channel in which people write, as the interaction describes it: it need not be cached."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        kinds = discord.ChannelType
        return [kinds.text, kinds.news, kinds.voice, kinds.stage_voice, kinds.forum]

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> Any:
        return value


async def _windows(_interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
    return [app_commands.Choice(name=name, value=name) for name in _WINDOWS if current.strip().lower() in name]


WINDOW = Option(
    "per", "hour, day, week, month, or the last hours as 24h; left out: day", app_commands.Range[str, 1, 20],
    complete=_windows,
)  # fmt: skip


async def zones(_interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
    """Time zones that hold what was typed."""
    typed = current.strip().lower().replace(" ", "_")
    found = sorted(name for name in available_timezones() if typed in name.lower())
    return [app_commands.Choice(name=name, value=name) for name in found[:MOST_CHOICES]]


def models(catalog: Catalog) -> Option:
    """One model."""
    choices = tuple(app_commands.Choice(name=MODELS[model], value=model) for model in catalog.models())
    return Option("model", "One model, of all people", str, choices=choices[:MOST_CHOICES])


def modes(catalog: Catalog) -> Option:
    """One mode."""
    names = sorted({mode for offer in catalog.offers() for mode in offer.modes()})
    return Option(
        "mode",
        "One mode, of every model",
        str,
        choices=tuple(app_commands.Choice(name=name, value=name) for name in names),
    )


def channel(description: str) -> Option:
    """One channel."""
    return Option("channel", description, app_commands.Transform[app_commands.AppCommandChannel, _Channel])


def whose(catalog: Catalog, *, grant: bool = False) -> tuple[Option, ...]:
    """Whose limit; a `grant` is never for each of many."""
    names = {key: words for key, (words, _) in _DEFAULTS.items() if not (grant and key.startswith("each"))}
    choices = tuple(app_commands.Choice(name=words, value=key) for key, words in names.items())
    left_out = "everyone" if grant else "each user"
    return (
        USER,
        channel("One channel"),
        Option("role", "Each member of one role", discord.Role),
        models(catalog),
        Option("whom", f"Whose use counts, when nobody is named; left out: {left_out}", str, choices=choices),
    )


def scope_of(actor: Actor, given: Given, *, left_out: str = "each") -> Scope:
    """Whose limit was meant. Raises ValueError with a sentence when more than one is."""
    named = [name for name in (*_SINGLE, "whom") if name in given]
    if len(named) > 1:
        raise ValueError(f"A limit belongs to one: name either {' or '.join(named)}.")
    if "user" in given:
        return Scope(ScopeKind.USER, user_key(given["user"]))
    if "channel" in given:
        return Scope(ScopeKind.CHANNEL, f"{actor.place}:{given['channel'].id}")
    if "role" in given:
        return _role_scope(actor, given["role"])
    if "model" in given:
        return Scope(ScopeKind.MODEL, given["model"])
    whom = given.get("whom", left_out)
    if whom == _HERE:
        return Scope(ScopeKind.WORKSPACE, actor.place)
    return Scope(_DEFAULTS[whom][1], "*")


def _role_scope(actor: Actor, role: discord.Role) -> Scope:
    if role.is_default():
        raise ValueError("@everyone is no role with members of its own: leave role out for each user.")
    return Scope(ScopeKind.ROLE, f"{actor.place}:{role.id}")


def window_of(given: Given) -> Window:
    """In which time it counts. Raises ValueError with a sentence."""
    said = " ".join(str(given.get("per", Window.DAY.value)).lower().split())
    return Window(said.removeprefix("a ").removeprefix("an ").removeprefix("last ").replace(" ", ""))


def amount_of(given: Given) -> str:
    """As people say it: 2.5, and 5 without a point."""
    return f"{given['amount']:.6f}".rstrip("0").rstrip(".")


def place_of(given: Given) -> str | None:
    """Where it holds: everywhere, or (None) where the actor is."""
    return EVERYWHERE if given.get("everywhere") else None


def closure_of(actor: Actor, given: Given, rule: ClosureRule = ClosureRule.CLOSED) -> Closure:
    """What is to be closed or opened. Raises ValueError with a sentence unless it is exactly one thing."""
    named = [name for name in ("channel", "model", "mode") if name in given]
    if len(named) != 1:
        raise ValueError("Name one thing: a channel, a model or a mode.")
    kind = ClosureKind(named[0])
    name = f"{actor.place}:{given['channel'].id}" if kind is ClosureKind.CHANNEL else str(given[named[0]])
    return Closure(place_of(given) or actor.place, kind, name, rule)


def user_key(user: discord.abc.Snowflake) -> str:
    """A person as limits know them."""
    return f"discord:{user.id}"
