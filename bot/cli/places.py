"""Servers and workspaces as they are typed."""

import re

from bot.cli.errors import bad_input
from bot.generation.barring import EVERYWHERE

#: Discord's ids are whole numbers; Slack's workspaces begin with T, those of an enterprise with E.
_FORM = re.compile(r"discord:\d{1,20}|slack:[TE][A-Z0-9]+", re.ASCII)


def place_key(typed: str) -> str:
    """A server or workspace there can be, or "*" for everywhere: what holds in any other would never hold. Raises
    CommandError."""
    place = typed.strip()
    if place != EVERYWHERE and not _FORM.fullmatch(place):
        raise bad_input(
            f'"{place[:60]}" is not a server or workspace; write it as discord:SERVER, a number, or slack:TEAM, '
            "such as discord:1 or slack:T0123ABCD."
        )
    return place
