"""Message text: whom it mentions, and how people read it."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.discord.channels import Channel
    from tests.fakes.discord.people import Person
    from tests.fakes.discord.server import FakeDiscord

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
ESCAPED = re.compile(r"\\([^A-Za-z0-9\s])")
USER, ROLE, CHANNEL = re.compile(r"(?<!\\)<@!?(\d+)>"), re.compile(r"(?<!\\)<@&(\d+)>"), re.compile(r"(?<!\\)<#(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def as_read(text: str, discord: "FakeDiscord") -> str:
    """The text with names for mentions and without backslash escapes; code stays as it is."""
    answer, last = [], 0
    for code in CODE.finditer(text):
        answer += [_prose(text[last : code.start()], discord), code.group()]
        last = code.end()
    return "".join([*answer, _prose(text[last:], discord)])


def _prose(text: str, discord: "FakeDiscord") -> str:
    def person(match: re.Match[str]) -> str:
        found = discord.people.get(int(match[1]))
        return f"@{found.name}" if found else match[0]

    def role(match: re.Match[str]) -> str:
        roles = [one for guild in discord.guilds.values() for one in guild.roles if one.id == int(match[1])]
        return f"@{roles[0].name}" if roles else match[0]

    def channel(match: re.Match[str]) -> str:
        found = discord.channels.get(int(match[1]))
        return f"#{found.name}" if found else match[0]

    return ESCAPED.sub(r"\1", CHANNEL.sub(channel, ROLE.sub(role, USER.sub(person, text))))


class Mentions:
    """Whom a text mentions, and whom of them `allowed_mentions` lets it notify.

    https://docs.discord.com/developers/resources/message#allowed-mentions-object: without the object everything in the
    text counts; with it only the kinds in `parse` and the ids in `users` and `roles`, and the author of the replied-to
    message only with `replied_user`.
    """

    def __init__(
        self,
        text: str,
        channel: "Channel",
        allowed: dict[str, Any] | None,
        *,
        replied: "Person | None" = None,
        may_everyone: bool = False,
    ) -> None:
        discord, guild = channel.discord, channel.guild
        prose = CODE.sub(" ", text)
        parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or [])
        users = {int(user) for user in (allowed or {}).get("users") or []}
        named = {int(role) for role in (allowed or {}).get("roles") or []}
        self.people: list[Person] = []
        for found in USER.finditer(prose):
            person = discord.people.get(int(found[1]))
            if person and person not in self.people and ("users" in parse or person.id in users):
                self.people.append(person)
        if replied is not None and replied not in self.people and (allowed is None or allowed.get("replied_user")):
            self.people.append(replied)
        known = {role.id: role for role in guild.roles} if guild else {}
        self.roles = [
            int(found[1])
            for found in ROLE.finditer(prose)
            if int(found[1]) in known and ("roles" in parse or int(found[1]) in named)
        ]
        self.everyone = bool(EVERYONE.search(prose)) and "everyone" in parse and may_everyone and guild is not None
        self.notified = list(self.people)
        for person, membership in guild.members.items() if guild else ():
            pinged = any(role.id in self.roles and (role.mentionable or may_everyone) for role in membership.roles)
            if (self.everyone or pinged) and person not in self.notified:
                self.notified.append(person)
