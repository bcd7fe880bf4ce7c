"""Places where messages are: channels, threads and direct messages."""

from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.ids import iso

if TYPE_CHECKING:
    from tests.fakes.discord.guilds import Guild
    from tests.fakes.discord.messages import FakeMessage
    from tests.fakes.discord.people import Person
    from tests.fakes.discord.server import FakeDiscord

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12


class Channel:
    """What all places have. `all_messages` also holds deleted and private ones; `bot_permissions` None follows the
    server."""

    kind = TEXT

    def __init__(self, discord: "FakeDiscord", number: int, name: str, guild: "Guild | None") -> None:
        self.discord, self.id, self.name, self.guild = discord, number, name, guild
        self.all_messages: list[FakeMessage] = []
        self.deleted = False
        self.typing: list[float] = []
        self._bot_permissions: int | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.id}>"

    @property
    def messages(self) -> "list[FakeMessage]":
        """What everyone here sees, in order."""
        return [m for m in self.all_messages if not m.deleted and m.ephemeral_for is None]

    @property
    def upload_limit(self) -> int:
        """Bytes a file of the bot may have here."""
        return self.guild.upload_limit if self.guild else self.discord.attachment_size_limit

    @property
    def told_limit(self) -> int:
        """The largest limit the bot has been told for this place."""
        return max((self.guild or self.discord).told_limits, default=self.upload_limit)

    @property
    def bot_permissions(self) -> int:
        """What the bot may do here."""
        if self.guild is None:
            return permissions.MEMBER
        return self.guild.bot_permissions if self._bot_permissions is None else self._bot_permissions

    @bot_permissions.setter
    def bot_permissions(self, bits: int | None) -> None:
        self._bot_permissions = bits
        self.send_update()

    def send_update(self) -> None:
        """The bot hears that the channel changed."""
        if self.guild is not None:
            self.guild.send("CHANNEL_UPDATE", self.payload())

    def overwrites(self) -> list[dict[str, Any]]:
        """The permission overwrite of the bot, where it differs from its role."""
        if self._bot_permissions is None:
            return []
        deny = permissions.ALL & ~self._bot_permissions
        bot = str(self.discord.bot_user_id)
        return [{"id": bot, "type": 1, "allow": str(self._bot_permissions), "deny": str(deny)}]

    def permissions_of(self, person: "Person") -> int:
        return self.guild.permissions_of(person) if self.guild else permissions.MEMBER

    def delete(self) -> None:
        """The place goes away with all in it."""
        self.deleted = True
        if self.guild is not None:
            self.guild.send("CHANNEL_DELETE", self.payload())

    # -- what the bot may do -----------------------------------------------------------------------------------------

    def require(self, wanted: int) -> None:
        """Raises 50001 where the bot may not look, 50013 where it lacks a permission."""
        if self.guild is None:
            return
        if self.guild.bot_kicked or not permissions.allows(self.bot_permissions, permissions.VIEW_CHANNEL):
            raise DiscordError(50001)
        if not permissions.allows(self.bot_permissions, wanted):
            raise DiscordError(50013)

    def require_sending(self) -> None:
        """Raises when the bot cannot post here."""
        self.require(permissions.SEND_MESSAGES)

    def require_editing(self) -> None:
        """Raises when messages here cannot be changed."""
        self.require(permissions.VIEW_CHANNEL)

    def payload(self) -> dict[str, Any]:
        raise NotImplementedError

    def last_message_id(self) -> str | None:
        return str(self.all_messages[-1].id) if self.all_messages else None

    def partial(self, person: "Person") -> dict[str, Any]:
        """The channel as an interaction carries it."""
        kept = {k: v for k, v in self.payload().items() if k != "permission_overwrites"}
        return {**kept, "permissions": str(self.permissions_of(person))}


class TextChannel(Channel):
    """An ordinary channel of a server."""

    def __init__(self, discord: "FakeDiscord", number: int, name: str, guild: "Guild", *, nsfw: bool) -> None:
        super().__init__(discord, number, name, guild)
        self.nsfw = nsfw

    def add_thread(self, name: str, *, number: int | None = None, owner_id: int | None = None) -> "Thread":
        """A public thread; its number is that of the message it began with, if any."""
        thread = Thread(self, number or self.discord.ids.new(), name, owner_id or self.discord.bot_user_id)
        assert self.guild is not None
        self.guild.threads.append(thread)
        self.discord.channels[thread.id] = thread
        self.guild.send("THREAD_CREATE", {**thread.payload(), "newly_created": True})
        return thread

    def payload(self) -> dict[str, Any]:
        assert self.guild is not None
        return {
            "id": str(self.id),
            "type": self.kind,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "topic": None,
            "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
            "nsfw": self.nsfw,
            "flags": 0,
            "rate_limit_per_user": 0,
            "parent_id": None,
            "last_message_id": self.last_message_id(),
            "permission_overwrites": self.overwrites(),
        }


class Thread(Channel):
    """A thread of a channel; `locked` ones take only moderators' messages."""

    def __init__(self, parent: TextChannel, number: int, name: str, owner_id: int, kind: int = PUBLIC_THREAD) -> None:
        super().__init__(parent.discord, number, name, parent.guild)
        self.parent, self.owner_id, self.kind = parent, owner_id, kind
        self.archived = self.locked = False
        self.auto_archive_minutes = 4320
        self.changed_at = self.created_at = parent.discord.now()

    @property
    def bot_permissions(self) -> int:
        """Threads follow their channel."""
        return self.parent.bot_permissions if self._bot_permissions is None else self._bot_permissions

    @bot_permissions.setter
    def bot_permissions(self, bits: int | None) -> None:
        self._bot_permissions = bits

    @property
    def active(self) -> bool:
        """Neither put away nor deleted."""
        return not (self.archived or self.deleted or self.parent.deleted)

    def archive(self) -> None:
        """Nobody wrote for long: it is put away; a new message takes it out again."""
        self._set(archived=True)

    def unarchive(self) -> None:
        """It is taken out again."""
        self._set(archived=False)

    def lock(self) -> None:
        """A moderator closes it: archived, and only moderators can open it."""
        self._set(archived=True, locked=True)

    def unlock(self) -> None:
        """A moderator opens it again."""
        self._set(archived=False, locked=False)

    def _set(self, *, archived: bool, locked: bool | None = None) -> None:
        self.archived, self.locked = archived, self.locked if locked is None else locked
        self.changed_at = self.discord.now()
        self.send_update()

    def send_update(self) -> None:
        """The bot hears that the thread changed."""
        assert self.guild is not None
        self.guild.send("THREAD_UPDATE", self.payload())

    def delete(self) -> None:
        """The thread goes away."""
        assert self.guild is not None
        self.deleted = True
        gone = ("id", "guild_id", "parent_id", "type")
        self.guild.send("THREAD_DELETE", {key: self.payload()[key] for key in gone})

    def require_sending(self) -> None:
        """Sending takes a thread out of the archive unless it is locked (only moderators' bots may then)."""
        if self.parent.deleted:
            raise DiscordError(10003)
        self.require(permissions.SEND_MESSAGES_IN_THREADS)
        if self.locked and not permissions.allows(self.bot_permissions, permissions.MANAGE_THREADS):
            raise DiscordError(160005)
        if self.archived:
            self.unarchive()

    def require_editing(self) -> None:
        """An archived thread takes no edits."""
        super().require_editing()
        if self.archived:
            raise DiscordError(50083)

    def payload(self) -> dict[str, Any]:
        assert self.guild is not None
        return {
            "id": str(self.id),
            "type": self.kind,
            "guild_id": str(self.guild.id),
            "parent_id": str(self.parent.id),
            "owner_id": str(self.owner_id),
            "name": self.name,
            "flags": 0,
            "rate_limit_per_user": 0,
            "last_message_id": self.last_message_id(),
            "message_count": len(self.messages),
            "total_message_sent": len(self.messages),
            "member_count": 1,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": self.auto_archive_minutes,
                "archive_timestamp": iso(self.changed_at),
                "create_timestamp": iso(self.created_at),
                **({"invitable": True} if self.kind == PRIVATE_THREAD else {}),
            },
            "applied_tags": [],
        }


class DirectMessages(Channel):
    """The bot and one person."""

    kind = DM

    def __init__(self, discord: "FakeDiscord", number: int, person: "Person") -> None:
        super().__init__(discord, number, person.name, None)
        self.person = person

    def require_sending(self) -> None:
        """A person who closed their DMs cannot be written to."""
        if self.person.dms_closed:
            raise DiscordError(50007)

    def payload(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "type": DM,
            "last_message_id": self.last_message_id(),
            "flags": 0,
            "recipients": [self.person.payload()],
        }
