"""What `videobot close` and `open` are about."""

from bot.cli.errors import bad_input
from bot.cli.limiting import model_named
from bot.generation.barring import Closure, ClosureKind, ClosureRule


def closure_of(channel: str | None, model: str | None, mode: str | None, place: str, *, only: bool = False) -> Closure:
    """The channel, model or mode that is meant. Raises CommandError unless exactly one was named."""
    named = {ClosureKind.CHANNEL: channel, ClosureKind.MODEL: model, ClosureKind.MODE: mode}
    given = [(kind, name.strip()) for kind, name in named.items() if name is not None]
    if len(given) != 1:
        raise bad_input("Say what: exactly one of --channel ID, --model MODEL and --mode MODE.")
    kind, name = given[0]
    if kind is ClosureKind.CHANNEL and len(name.split(":")) != 3:
        raise bad_input(f'"{name[:60]}" is not a channel; write it as discord:SERVER:CHANNEL or slack:TEAM:CHANNEL.')
    if kind is ClosureKind.MODEL:
        name = model_named(name)
    if kind is ClosureKind.MODE:
        name = name.lower()
    return Closure(place, kind, name, ClosureRule.ONLY if only else ClosureRule.CLOSED)
