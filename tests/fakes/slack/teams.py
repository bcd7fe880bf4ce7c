"""Workspaces and their conversations."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.fakes.slack.delivery import Event
from tests.fakes.slack.files import File, Share, Upload
from tests.fakes.slack.messages import Message
from tests.fakes.slack.people import Person
from tests.fakes.slack.scopes import BOT_SCOPES
from tests.fakes.slack.views import View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

Kind = Literal["channel", "group", "im", "mpim"]


@dataclass(eq=False)
class Channel:
    """A conversation. `members` None: everyone in the workspace."""

    team: "Team"
    id: str
    name: str
    kind: Kind = "channel"
    bot_is_member: bool = True
    is_archived: bool = False
    read_only: bool = False  # posting answers restricted_action
    members: list[Person] | None = None
    messages: list[Message] = field(default_factory=list)

    def has(self, person: Person) -> bool:
        """Is this person in it."""
        return self.members is None or person in self.members

    def find(self, ts: str) -> Message | None:
        """The message with this ts; ephemeral and deleted ones are not there for the Web API."""
        return next(
            (m for m in self.messages if m.ts == ts and not m.deleted and m.ephemeral_for is None),
            None,
        )

    def tombstone(self, ts: str) -> Message | None:
        """A deleted message that still holds a thread."""
        return next((m for m in self.messages if m.ts == ts and m.deleted and m.replies), None)

    def seen_by(self, person: Person) -> list[Message]:
        """What this person sees, oldest first."""
        if not self.has(person):
            return []
        return [m for m in self.messages if not m.deleted and m.ephemeral_for in (None, person)]

    @property
    def from_bot(self) -> list[Message]:
        """The bot's own messages that are still there."""
        return [m for m in self.messages if m.author is None and not m.deleted]

    @property
    def event_kind(self) -> str:
        """`message.channels`, `message.groups`, `message.im` or `message.mpim`."""
        return {"channel": "message.channels", "group": "message.groups"}.get(self.kind, f"message.{self.kind}")

    @property
    def bot_knows(self) -> bool:
        """Does it exist for the bot: public, or the bot is in it."""
        return self.kind == "channel" or self.bot_is_member

    def to_api(self) -> dict[str, Any]:
        """The conversation object."""
        body: dict[str, Any] = {
            "id": self.id,
            "created": 1_700_000_000,
            "is_archived": self.is_archived,
            "is_im": self.kind == "im",
            "is_org_shared": False,
            "context_team_id": self.team.id,
        }
        if self.kind == "im":
            other = (self.members or [None])[0]
            return body | {"user": other.id if other else "", "is_user_deleted": False, "priority": 0}
        return body | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "channel",
            "is_member": self.bot_is_member,
            "is_general": self.name == "general",
            "is_shared": False,
            "is_ext_shared": False,
            "num_members": len(self.members if self.members is not None else self.team.people),
        }


@dataclass(eq=False)
class Usergroup:
    """A user group such as @video-admins."""

    id: str
    handle: str
    name: str
    members: list[Person]
    disabled: bool = False


@dataclass(eq=False)
class Team:
    """A workspace with this app installed (or not)."""

    slack: "FakeSlack"
    id: str
    name: str
    enterprise_id: str | None = None
    bot_name: str = "videobot"
    bot_user_id: str = ""
    bot_id: str = ""
    bot_token: str = ""
    scopes: set[str] = field(default_factory=lambda: set(BOT_SCOPES))
    installed: bool = True
    token_state: str = "live"  # live, token_revoked, account_inactive
    old_tokens: dict[str, str] = field(default_factory=dict)  # token -> token_revoked or account_inactive
    # files.getUploadURLExternal answers this: file_uploads_disabled, storage_limit_reached ...
    upload_refusal: str | None = None
    largest_upload: int | None = None  # bytes; above it file_upload_size_restricted
    edit_window_s: float | None = None
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    usergroups: dict[str, Usergroup] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return self.name.lower().replace(" ", "-")

    def add_user(
        self, name: str, *, admin: bool = False, owner: bool = False, tz: str = "Europe/Berlin", guest: bool = False
    ) -> Person:
        """Someone who works here."""
        person = Person(self, self.slack.new_id("U"), name, admin or owner, owner, tz, guest)
        self.people[person.id] = person
        return person

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        bot_is_member: bool = True,
        archived: bool = False,
        read_only: bool = False,
        members: Iterable[Person] | None = None,
    ) -> Channel:
        """A channel; without `members` everyone is in it."""
        people = None if members is None else list(members)
        kind: Kind = "group" if private else "channel"
        channel = Channel(self, self.slack.new_id("C"), name, kind, bot_is_member, archived, read_only, people)
        self.channels[channel.id] = channel
        return channel

    def add_usergroup(self, handle: str, members: Iterable[Person] = ()) -> Usergroup:
        """A user group."""
        group = Usergroup(self.slack.new_id("S"), handle, handle.replace("-", " ").title(), list(members))
        self.usergroups[group.id] = group
        return group

    def im(self, person: Person) -> Channel:
        """The DM of this person and the bot."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.bot_is_member and channel.members == [person]:
                return channel
        channel = Channel(self, self.slack.new_id("D"), "directmessage", "im", members=[person])
        self.channels[channel.id] = channel
        return channel

    def dm(self, *people: Person, bot_is_member: bool = False) -> Channel:
        """A DM among people; the bot is not in it unless said so."""
        kind: Kind = "im" if len(people) == 2 and not bot_is_member else "mpim"
        name = "directmessage" if kind == "im" else f"mpdm-{'--'.join(p.name for p in people)}-1"
        prefix = "D" if kind == "im" else "G"
        channel = Channel(self, self.slack.new_id(prefix), name, kind, bot_is_member, members=list(people))
        self.channels[channel.id] = channel
        return channel

    def channel_named(self, name: str) -> Channel | None:
        wanted = name.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == wanted and c.kind in ("channel", "group")), None)

    def keep_file(self, upload: Upload, owner_id: str) -> File:
        """A file that is there at once."""
        file = File(
            self,
            self.slack.new_id("F"),
            upload.name,
            upload.data,
            owner_id,
            int(self.slack.now()),
            mimetype=upload.mimetype or "",
            mode=upload.mode,
            connect=upload.connect,
            uploaded=True,
            completed=True,
        )
        self.files[file.id] = file
        return file

    def post(self, channel: Channel, **fields: Any) -> Message:
        """Put a message into a channel; people and Web API alike."""
        message = Message(channel, self.slack.new_ts(), self.slack.now(), **fields)
        channel.messages.append(message)
        self.slack.touch()
        return message

    def share_now(self, file: File, share: Share) -> None:
        """The file appears where it was shared to."""
        if share.post is not None:
            share.post.files.append(file)
            share.message = share.post
        else:
            share.message = self.post(
                share.channel, text=share.comment, blocks=share.blocks, files=[file], thread_ts=share.thread_ts
            )
            self.slack.tell_subscribers(share.message)
        self.slack.touch()

    async def uninstall(self) -> tuple[Event, Event]:
        """An admin removes the app: tokens die, and both events come."""
        self.installed, self.token_state = False, "account_inactive"
        gone = await self.slack.events.send(self, {"type": "app_uninstalled"}, kind="app_uninstalled")
        return gone, await self._tokens_revoked()

    async def revoke_token(self) -> Event:
        """The bot token stops working, and the event comes."""
        self.token_state = "token_revoked"
        return await self._tokens_revoked()

    async def _tokens_revoked(self) -> Event:
        event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot_user_id]}}
        return await self.slack.events.send(self, event, kind="tokens_revoked")

    def reinstall(self) -> None:
        """The app is installed again, with a new token."""
        if self.bot_token and self.token_state != "live":
            self.old_tokens[self.bot_token] = self.token_state
        if self.token_state != "live" or not self.bot_token:
            self.bot_token = self.slack.new_token(self)
        self.installed, self.token_state = True, "live"
