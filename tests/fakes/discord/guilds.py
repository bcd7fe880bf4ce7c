"""Servers, their roles and their members."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions
from tests.fakes.discord.channels import TextChannel, Thread
from tests.fakes.discord.ids import iso
from tests.fakes.discord.people import Person

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

MIB = 1024 * 1024


@dataclass(eq=False)
class Role:
    """A role; a `managed` one belongs to the bot."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    managed: bool = False
    mentionable: bool = False

    def payload(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": self.position,
            "permissions": str(self.permissions),
            "managed": self.managed,
            "mentionable": self.mentionable,
            "flags": 0,
        }


@dataclass(eq=False)
class Membership:
    """One person in one server; `extra` are permissions beyond the roles'."""

    roles: list[Role]
    extra: int
    joined_at: float
    nick: str | None = None


@dataclass(eq=False)
class Guild:
    """A server. `upload_limit` is in bytes; `told_limits` are the limits the bot has been told so far."""

    discord: "FakeDiscord"
    id: int
    name: str
    upload_limit: int
    locale: str = "en-US"
    roles: list[Role] = field(default_factory=list)
    members: dict[Person, Membership] = field(default_factory=dict)
    channels: list[TextChannel] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    told_limits: set[int] = field(default_factory=set)
    bot_kicked: bool = False
    owner: Person | None = None
    _bot_permissions: int = permissions.BOT

    def __post_init__(self) -> None:
        self.everyone = Role(self.id, "@everyone", permissions.MEMBER & self._bot_permissions, 0)
        self.bot_role = Role(self.discord.ids.new(), self.discord.bot_name, self._bot_permissions, 1, managed=True)
        self.roles += [self.everyone, self.bot_role]
        self.joined_at = self.discord.now()

    # -- what a test arranges ----------------------------------------------------------------------------------------

    def add_text_channel(self, name: str, *, nsfw: bool = False) -> TextChannel:
        """A channel that the bot hears of at once."""
        channel = TextChannel(self.discord, self.discord.ids.new(), name, self, nsfw=nsfw)
        self.channels.append(channel)
        self.discord.channels[channel.id] = channel
        self.send("CHANNEL_CREATE", channel.payload())
        return channel

    def add_role(self, name: str, permissions: int = 0, *, mentionable: bool = False) -> Role:
        """A role that can be given to members."""
        role = Role(self.discord.ids.new(), name, permissions, len(self.roles), mentionable=mentionable)
        self.roles.append(role)
        self.send("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.payload()})
        return role

    def add_member(
        self,
        person: "str | Person",
        *,
        roles: Iterable[str | Role] = (),
        permissions: int | None = None,
        locale: str = "en-US",
    ) -> Person:
        """A new person, or a known one of another server. A role's name makes the role when there is none; permissions
        (bits) are added to those of an ordinary member."""
        if isinstance(person, str):
            person = self.discord.add_person(person, locale=locale)
        given = [role if isinstance(role, Role) else self.role(role) or self.add_role(role) for role in roles]
        if self.owner is None:
            self.owner = self.discord.add_person(f"owner of {self.name}")
            self.members[self.owner] = Membership([], 0, self.joined_at)
        extra = (permissions or 0) & ~self.everyone.permissions
        if permissions is not None and extra:
            given.append(self.add_role(f"{person.name}'s permissions", extra))
        self.members[person] = Membership(given, extra, self.discord.now())
        self.discord.gateway.send(
            "GUILD_MEMBER_ADD", {"guild_id": str(self.id), **self.member_payload(person)}, self.id, intent=1 << 1
        )
        return person

    def remove_member(self, person: Person) -> None:
        """The person leaves."""
        del self.members[person]
        gone = {"guild_id": str(self.id), "user": person.payload()}
        self.discord.gateway.send("GUILD_MEMBER_REMOVE", gone, self.id, intent=1 << 1)

    @property
    def bot_permissions(self) -> int:
        """What the bot may do here (bits of tests.fakes.discord.permissions)."""
        return self._bot_permissions

    @bot_permissions.setter
    def bot_permissions(self, bits: int) -> None:
        self._bot_permissions = self.bot_role.permissions = bits
        self.everyone.permissions = (
            permissions.MEMBER & bits
        )  # what the bot lacks, everyone lacks, as clients add them up
        for role in (self.everyone, self.bot_role):
            self.send("GUILD_ROLE_UPDATE", {"guild_id": str(self.id), "role": role.payload()})

    def kick_bot(self) -> None:
        """The bot is removed: GUILD_DELETE, and nothing here is reachable any more."""
        self.send("GUILD_DELETE", {"id": str(self.id)})
        self.bot_kicked = True
        self.discord.touch()

    def invite_bot(self) -> None:
        """The bot is back."""
        self.bot_kicked = False
        self.discord.gateway.introduce(self)

    # -- what Discord knows ------------------------------------------------------------------------------------------

    def role(self, name: str) -> Role | None:
        return next((role for role in self.roles if role.name == name), None)

    def permissions_of(self, person: Person) -> int:
        """The person's permissions in the whole server."""
        if person is self.owner:
            return permissions.ALL
        membership = self.members.get(person)
        if membership is None:
            return 0
        bits = permissions.MEMBER | membership.extra
        for role in membership.roles:
            bits |= role.permissions
        return permissions.effective(bits)

    def send(self, event: str, data: dict[str, Any]) -> None:
        """An event of this server for the bot."""
        if not self.bot_kicked:
            self.discord.gateway.send(event, data, self.id, intent=1 << 0)
        self.discord.touch()

    def member_payload(self, person: Person, *, with_user: bool = True) -> dict[str, Any]:
        membership = self.members.get(person) or Membership([], 0, self.joined_at)
        answer: dict[str, Any] = {
            "avatar": None,
            "banner": None,
            "communication_disabled_until": None,
            "deaf": False,
            "flags": 0,
            "joined_at": iso(membership.joined_at),
            "mute": False,
            "nick": membership.nick,
            "pending": False,
            "premium_since": None,
            "roles": [str(role.id) for role in membership.roles],
        }
        return {**answer, "user": person.payload()} if with_user else answer

    def bot_member_payload(self) -> dict[str, Any]:
        return {
            **self.member_payload(self.discord.bot),
            "roles": [str(self.bot_role.id)],
            "user": self.discord.bot.payload(),
        }

    @property
    def premium_tier(self) -> int:
        """The boost level whose documented upload limit this server has."""
        return 3 if self.upload_limit >= 100 * MIB else 2 if self.upload_limit >= 50 * MIB else 0

    def summary(self) -> dict[str, Any]:
        """The part that REST and the gateway share."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "description": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "owner_id": str(self.owner.id if self.owner else self.id),
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "roles": [role.payload() for role in self.roles],
            "emojis": [],
            "stickers": [],
            "features": [],
            "mfa_level": 0,
            "application_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "vanity_url_code": None,
            "premium_tier": self.premium_tier,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": self.locale,
            "nsfw": False,
            "nsfw_level": 0,
        }

    def create_payload(self, *, all_members: bool) -> dict[str, Any]:
        """GUILD_CREATE; without the members intent only the bot itself is in `members`."""
        people = [self.member_payload(person) for person in self.members] if all_members else []
        return {
            **self.summary(),
            "joined_at": iso(self.joined_at),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members) + 1,
            "voice_states": [],
            "members": [self.bot_member_payload(), *people],
            "channels": [channel.payload() for channel in self.channels if not channel.deleted],
            "threads": [thread.payload() for thread in self.threads if thread.active],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
