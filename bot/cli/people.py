"""People as they are typed: the platform and their id there."""

import re
from collections.abc import Callable

from bot.cli.errors import bad_input
from bot.cli.limiting import user_key

#: How the ids of each platform look, and what is said when one does not. Discord's are snowflakes, whole numbers
#: (docs.discord.com/developers/reference#snowflakes); Slack's people begin with U or W and its workspaces with T or E
#: (docs.slack.dev/reference/objects/user-object), and one person is another in each workspace.
_FORMS: dict[str, tuple[Callable[[str], object], str]] = {
    "discord": (
        re.compile(r"\d{1,20}", re.ASCII).fullmatch,
        "on Discord an id is a number, such as discord:42 (Copy ID in Discord shows it).",
    ),
    "slack": (
        re.compile(r"[TE][A-Z0-9]+:[UW][A-Z0-9]+", re.ASCII).fullmatch,
        "on Slack it is the workspace and the member, such as slack:T0123ABCD:U0123ABCD.",
    ),
    "shell": (str.strip, "in the shell it is a login name, such as shell:anna."),
    "web": (str.strip, "on the chat page it is a name, such as web:anna."),
}
PLATFORMS = frozenset(_FORMS)


def person_key(typed: str) -> str:
    """A user's key, of somebody there can be: what is decided about anybody else would never hold. Raises
    CommandError."""
    key = user_key(typed)
    platform, _, own_id = key.partition(":")
    if platform not in _FORMS:
        allowed = ", ".join(sorted(PLATFORMS))
        raise bad_input(f'"{key[:60]}" is not a user: in front stands one of {allowed}, such as discord:42.')
    fits, words = _FORMS[platform]
    if not fits(own_id):
        raise bad_input(f'"{key[:60]}" is not a user: {words}')
    return key
