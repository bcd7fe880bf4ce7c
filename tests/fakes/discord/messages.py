"""A message as Discord keeps it, as the bot gets it and as a test looks at it."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.components import Button, buttons, medias, texts, walk
from tests.fakes.discord.ids import iso
from tests.fakes.discord.markdown import as_read

if TYPE_CHECKING:
    from tests.fakes.discord.channels import Channel, Thread
    from tests.fakes.discord.people import Person
    from tests.fakes.discord.server import FakeDiscord
    from tests.fakes.discord.uploads import Attachment

HAS_THREAD, EPHEMERAL, LOADING, SUPPRESS_NOTIFICATIONS, COMPONENTS_V2 = 1 << 5, 1 << 6, 1 << 7, 1 << 12, 1 << 15
FORWARD = 1  # kind of a message_reference
DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 0, 19, 20, 23


@dataclass(frozen=True)
class Edit:
    """One change of a message: when (epoch seconds) and what it then said."""

    at: float
    text: str


@dataclass(eq=False)
class FakeMessage:
    """One message. `files` are all files it holds; `mentions` the people who were really notified; `ephemeral_for` the
    only person who sees it; `edits` its later texts; `forwarded` the message it passes on as a snapshot;
    `webhook_id` the webhook that wrote it."""

    discord: "FakeDiscord"
    id: int
    channel: "Channel"
    author: "Person"
    created_at: float
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    files: "list[Attachment]" = field(default_factory=list)
    flags: int = 0
    kind: int = DEFAULT
    reply_to: "FakeMessage | None" = None
    mentioned: "list[Person]" = field(default_factory=list)
    mentions: "list[Person]" = field(default_factory=list)
    mentioned_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    nonce: str | int | None = None
    ephemeral_for: "Person | None" = None
    interaction: dict[str, Any] | None = None
    edits: list[Edit] = field(default_factory=list)
    edited_at: float | None = None
    deleted: bool = False
    thread: "Thread | None" = None
    stickers: list[dict[str, Any]] = field(default_factory=list)
    forwarded: "FakeMessage | None" = None
    webhook_id: int | None = None

    def __repr__(self) -> str:
        return f"<FakeMessage {self.id} by {self.author.name}: {self.text[:60]!r}>"

    # -- as a test looks at it ---------------------------------------------------------------------------------------

    @property
    def raw_text(self) -> str:
        """Every text as it was sent, one a line."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
            parts += [text for one in embed.get("fields") or [] for text in (one.get("name"), one.get("value"))]
            parts.append((embed.get("footer") or {}).get("text"))
        parts += texts(self.components)
        return "\n".join(part for part in parts if part)

    @property
    def text(self) -> str:
        """Every text as people read it: mentions as names, backslash escapes gone."""
        return as_read(self.raw_text, self.discord)

    @property
    def buttons(self) -> list[Button]:
        """Its buttons, in order."""
        return buttons(self.components)

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [button.label for button in self.buttons]

    @property
    def attachments(self) -> "list[Attachment]":
        """All its files, also those that only its components show."""
        return self.files

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.ephemeral_for is not None

    @property
    def loading(self) -> bool:
        """Whether it still says that the application is thinking."""
        return bool(self.flags & LOADING)

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def spoiler(self) -> bool:
        """Whether any file or part of it is hidden until clicked."""
        return any(file.spoiler for file in self.files) or any(
            part.get("spoiler") or any(item.get("spoiler") for item in part.get("items", []))
            for part in walk(self.components)
        )

    @property
    def alt_texts(self) -> list[str]:
        """What a screen reader says of its files and media."""
        said = [item["description"] for item in medias(self.components) if item.get("description")]
        return said + [file.description for file in self.files if file.description]

    @property
    def by_bot(self) -> bool:
        return self.author is self.discord.bot

    # -- as the bot gets it ------------------------------------------------------------------------------------------

    def reads_content(self, *, privileged: bool) -> bool:
        """Whether the bot sees content, embeds, files and components: with the message-content intent always, else of
        its own messages, in DMs, and where it is mentioned."""
        return privileged or self.by_bot or self.channel.guild is None or self.discord.bot in self.mentioned

    def payload(self, *, privileged: bool, whole: bool = False, nested: bool = True) -> dict[str, Any]:
        """The message object. `whole`: the exception of message commands; `nested`: with the message it replies to."""
        reads = whole or self.reads_content(privileged=privileged)
        shown = (
            {int(item["attachment_id"]) for item in self._media() if "attachment_id" in item} if self.is_v2 else set()
        )
        cdn = self.discord.cdn
        answer: dict[str, Any] = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": self.kind,
            "author": self.author.payload(),
            "content": self.content if reads else "",
            "timestamp": iso(self.created_at),
            "edited_timestamp": iso(self.edited_at),
            "tts": False,
            "mention_everyone": self.mention_everyone,
            "mentions": [person.payload() for person in self.mentioned],
            "mention_roles": [str(role) for role in self.mentioned_roles],
            "mention_channels": [],
            "attachments": [cdn.payload(file) for file in self.files if file.id not in shown] if reads else [],
            "embeds": self.embeds if reads else [],
            "components": self._resolved() if reads else [],
            "reactions": [],
            "pinned": False,
            "flags": self.flags | (EPHEMERAL if self.ephemeral else 0) | (HAS_THREAD if self.thread else 0),
        }
        if self.nonce is not None:
            answer["nonce"] = self.nonce
        if self.interaction is not None:
            answer["application_id"] = answer["webhook_id"] = str(self.discord.application_id)
            answer["interaction_metadata"] = self.interaction
        if self.webhook_id is not None:
            answer["webhook_id"] = str(self.webhook_id)
        if self.thread is not None:
            answer["thread"] = self.thread.payload()
        if self.stickers and reads:
            answer["sticker_items"] = self.stickers
        if self.forwarded is not None:
            answer["message_reference"] = self.forwarded.reference(FORWARD)
            answer["message_snapshots"] = [{"message": self.forwarded.snapshot(whole=reads)}]
        if self.reply_to is not None:
            answer["message_reference"] = self.reply_to.reference(0)
            if nested:
                answer["referenced_message"] = self._referenced(privileged=privileged, reads=reads)
        return answer

    def reference(self, kind: int) -> dict[str, Any]:
        """message_reference to this message: 0 a reply, 1 a forward."""
        guild = self.channel.guild
        where = {"message_id": str(self.id), "channel_id": str(self.channel.id)}
        return {"type": kind, **where, **({"guild_id": str(guild.id)} if guild else {})}

    def snapshot(self, *, whole: bool) -> dict[str, Any]:
        """What a forward shows of this message: neither who wrote it nor where."""
        kept = {"type", "content", "timestamp", "edited_timestamp", "mentions", "mention_roles", "flags"}
        kept |= {"attachments", "embeds", "components"}
        everything = self.payload(privileged=False, whole=whole, nested=False)
        return {key: value for key, value in everything.items() if key in kept}

    def _referenced(self, *, privileged: bool, reads: bool) -> dict[str, Any] | None:
        replied = self.reply_to
        if replied is None or replied.deleted:
            return None
        whole = reads and not self.discord.strips_replied_content
        return replied.payload(privileged=privileged, whole=whole, nested=False)

    def event(self, *, privileged: bool) -> dict[str, Any]:
        """As MESSAGE_CREATE and MESSAGE_UPDATE carry it."""
        answer = self.payload(privileged=privileged)
        guild = self.channel.guild
        if guild is not None:
            answer["guild_id"] = str(guild.id)
            member = guild.bot_member_payload() if self.by_bot else guild.member_payload(self.author)
            answer["member"] = {key: value for key, value in member.items() if key != "user"}
            for person, shown in zip(self.mentioned, answer["mentions"], strict=True):
                if person in guild.members:
                    shown["member"] = guild.member_payload(person, with_user=False)
        return answer

    def _media(self) -> list[dict[str, Any]]:
        return [item["media"] for item in medias(self.components)]

    def _resolved(self) -> list[dict[str, Any]]:
        """The components, with addresses in place of attachment references."""
        answer = deepcopy(self.components)
        files = {str(file.id): file for file in self.files}
        for number, item in enumerate(medias(answer), 1):
            media = item["media"]
            media["id"] = str(self.id + number)
            item |= {"description": item.get("description"), "spoiler": bool(item.get("spoiler"))}
            if file := files.get(media.get("attachment_id", "")):
                url = self.discord.cdn.url(file)
                media |= {
                    "url": url,
                    "proxy_url": url,
                    "content_type": file.content_type,
                    "width": file.width,
                    "height": file.height,
                    "loading_state": 2,
                }
            else:
                media |= {"proxy_url": media["url"], "loading_state": 2}
        for part in walk(answer):
            if part["type"] == 13 and (file := files.get(part["file"].get("attachment_id", ""))):
                part |= {"name": file.filename, "size": file.size, "spoiler": bool(part.get("spoiler"))}
        return answer
