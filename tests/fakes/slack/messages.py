"""Messages as Slack keeps them and as people see them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.files import File
from tests.fakes.slack.reading import mentions_in, mentions_in_blocks, read_blocks, read_text

if TYPE_CHECKING:
    from tests.fakes.slack.delivery import Event
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.teams import Channel


@dataclass(frozen=True)
class Button:
    """A button that people can press."""

    text: str
    action_id: str
    value: str | None
    block_id: str
    style: str | None = None
    url: str | None = None
    confirm: dict[str, Any] | None = None


@dataclass(frozen=True)
class Edit:
    """What a message said before an edit, and when it was edited (epoch seconds)."""

    at: float
    text: str
    blocks: list[dict[str, Any]]


@dataclass(eq=False)
class Message:
    """One message; `author` is None for the bot's own."""

    channel: "Channel"
    ts: str
    at: float
    text: str = ""
    author: "Person | None" = None
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    files: list[File] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    ephemeral_for: "Person | None" = None
    parse: str | None = None
    username: str | None = None
    deleted: bool = False
    edits: list[Edit] = field(default_factory=list)
    edited_text: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    events: "list[Event]" = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def author_name(self) -> str:
        return self.author.name if self.author else self.channel.team.bot_name

    @property
    def author_id(self) -> str:
        return self.author.id if self.author else self.channel.team.bot_user_id

    @property
    def replies(self) -> "list[Message]":
        """The thread under this message, oldest first."""
        return [
            m
            for m in self.channel.messages
            if m.thread_ts == self.ts and m.is_reply and not m.deleted and m.ephemeral_for is None
        ]

    @property
    def text_read(self) -> str:
        """Everything people read: the blocks when there are any (the text is then only a fallback), else the text."""
        team = self.channel.team
        if self.blocks:
            return read_blocks(self.blocks, team)
        return "\n".join(
            [read_text(self.text, team), *(read_text(str(a.get("text", "")), team) for a in self.attachments)]
        ).strip()

    @property
    def mentions(self) -> set[str]:
        """Whom it notifies: user ids, `!channel`, `!here`, `!everyone`, `!subteam^S1`."""
        return mentions_in(self.text, parse=self.parse) | mentions_in_blocks(self.blocks)

    @property
    def buttons(self) -> list[Button]:
        return buttons_in(self.blocks)

    @property
    def button_texts(self) -> list[str]:
        return [button.text for button in self.buttons]

    @property
    def permalink(self) -> str:
        """https://docs.slack.dev/reference/methods/chat.getPermalink"""
        team = self.channel.team
        link = f"https://{team.domain}.slack.com/archives/{self.channel.id}/p{self.ts.replace('.', '')}"
        return f"{link}?thread_ts={self.thread_ts}&cid={self.channel.id}" if self.is_reply else link

    def to_api(self, *, metadata: bool = False, in_event: bool = False) -> dict[str, Any]:
        """The message object."""
        team = self.channel.team
        if self.deleted and self.replies and not in_event:
            gone = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
            return gone | {"ts": self.ts, "thread_ts": self.ts, "text": "This message was deleted."}
        body: dict[str, Any] = {"type": "message", "user": self.author_id, "ts": self.ts, "text": self.text}
        if self.author is None:
            profile = {"id": team.bot_id, "app_id": team.slack.app_id, "name": team.bot_name, "team_id": team.id}
            body |= {"bot_id": team.bot_id, "app_id": team.slack.app_id, "bot_profile": profile}
        else:
            body["client_msg_id"] = f"msg-{self.ts}"
        body["team"] = team.id
        if self.blocks:
            body["blocks"] = self.blocks
        if self.attachments:
            body["attachments"] = self.attachments
        if self.files:
            body["files"] = [file.to_api(in_event=in_event) for file in self.files]
            body["upload"] = True
        replies = self.replies
        if self.is_reply:
            body["thread_ts"] = self.thread_ts
            root = self.channel.find(self.thread_ts or "")
            if root is not None:
                body["parent_user_id"] = root.author_id
        elif replies:
            body |= {"thread_ts": self.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
            body["reply_users"] = sorted({reply.author_id for reply in replies})
            body["reply_users_count"] = len(body["reply_users"])
        if self.edited_text:
            body["edited"] = {"user": self.author_id, "ts": self.ts}
        if self.reactions:
            body["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()
            ]
        if metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


def buttons_in(blocks: list[dict[str, Any]]) -> list[Button]:
    """The buttons in blocks, in order."""
    return [
        Button(
            element["text"]["text"],
            element.get("action_id", ""),
            element.get("value"),
            block.get("block_id", ""),
            element.get("style"),
            element.get("url"),
            element.get("confirm"),
        )
        for block in blocks
        for element in [*(block.get("elements") or []), block.get("accessory")]
        if isinstance(element, dict) and element.get("type") == "button"
    ]


def with_ids(blocks: Any, new_id: Any) -> list[dict[str, Any]]:
    """Blocks as Slack keeps them: each with a block_id, each interactive element with an action_id."""
    kept = []
    for block in blocks or []:
        copy = dict(block)
        copy.setdefault("block_id", new_id())
        if copy["type"] in ("actions", "context_actions"):
            copy["elements"] = [{"action_id": new_id(), **element} for element in copy["elements"]]
        for place in ("accessory", "element"):
            if isinstance(copy.get(place), dict) and copy[place].get("type") != "image":
                copy[place] = {"action_id": new_id(), **copy[place]}
        kept.append(copy)
    return kept
