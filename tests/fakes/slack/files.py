"""Files: what people and bots upload, where it is shared, and when Slack shows it."""

import mimetypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.fakes.slack.messages import Message
    from tests.fakes.slack.teams import Channel, Team

# https://docs.slack.dev/reference/objects/file-object: hosted, external, tombstone (deleted), hidden_by_limit
Mode = Literal["hosted", "external", "tombstone", "hidden_by_limit"]


@dataclass(frozen=True)
class Upload:
    """A file that a person attaches. `connect`: from another workspace, so events carry only a stub."""

    name: str
    data: bytes = b""
    mimetype: str | None = None
    mode: Mode = "hosted"
    connect: bool = False


@dataclass
class Share:
    """One place a file is (or will be) shared to; `message` is None until Slack got round to it."""

    channel: "Channel"
    thread_ts: str | None = None
    comment: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    looks_left: int | None = None  # files.info calls until it shows; None = only by `share_files`
    post: "Message | None" = None  # the message whose permalink shares it
    message: "Message | None" = None
    never: bool = False


@dataclass(eq=False)
class File:
    """A file on Slack."""

    team: "Team"
    id: str
    name: str
    data: bytes
    owner_id: str
    created: int
    title: str = ""
    alt_txt: str = ""
    mimetype: str = ""
    mode: Mode = "hosted"
    connect: bool = False
    declared: int = 0
    uploaded: bool = False
    completed: bool = False
    deleted: bool = False
    bot_may_read: bool = False
    shares: list[Share] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.title = self.title or self.name
        self.mimetype = self.mimetype or mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def size(self) -> int:
        return len(self.data) if self.uploaded else self.declared

    @property
    def filetype(self) -> str:
        return self.name.rpartition(".")[2].lower() if "." in self.name else "binary"

    @property
    def url_private(self) -> str:
        return f"{self.team.slack.files_base}/files-pri/{self.team.id}-{self.id}/{self.name}"

    @property
    def permalink(self) -> str:
        return f"https://{self.team.domain}.slack.com/files/{self.owner_id}/{self.id}/{self.name}"

    @property
    def shared(self) -> list[Share]:
        """Where people see it."""
        return [share for share in self.shares if share.message is not None]

    def bot_sees(self) -> bool:
        """May the bot look at it: its own, shared where the bot is, or given to it by a file_input."""
        return (
            self.owner_id == self.team.bot_user_id
            or self.bot_may_read
            or any(share.channel.bot_is_member for share in self.shared)
        )

    def stub(self) -> dict[str, Any]:
        """What an event says of a file of another workspace,
        https://docs.slack.dev/reference/objects/file-object#slack_connect_files"""
        return {
            "id": self.id,
            "created": 0,
            "timestamp": 0,
            "mode": "file_access",
            "file_access": "check_file_info",
            "user": "",
        }

    def to_api(self, *, in_event: bool = False, shares: bool = False) -> dict[str, Any]:
        """The file object of events, messages and (with `shares`) files.info."""
        if in_event and self.connect:
            return self.stub()
        if self.deleted or self.mode == "tombstone":
            return {"id": self.id, "mode": "tombstone"}
        if self.mode == "hidden_by_limit":
            return {"id": self.id, "mode": "hidden_by_limit", "created": self.created, "timestamp": self.created}
        body: dict[str, Any] = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "pretty_type": self.filetype.upper(),
            "user": self.owner_id,
            "user_team": self.team.id,
            "editable": False,
            "size": self.size,
            "mode": self.mode,
            "is_external": self.mode == "external",
            "external_type": "gdrive" if self.mode == "external" else "",
            "is_public": any(share.channel.kind == "channel" for share in self.shared),
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "permalink": self.permalink,
            "has_rich_preview": False,
            "file_access": "visible",
        }
        if self.mode == "external":
            body["url_private"] = f"https://docs.example.com/document/{self.id}"
        else:
            body["url_private"] = self.url_private
            body["url_private_download"] = self.url_private.replace(f"/{self.name}", f"/download/{self.name}")
        if self.alt_txt:
            body["alt_txt"] = self.alt_txt
        if shares:
            body |= self._places()
        return body

    def _places(self) -> dict[str, Any]:
        places: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for share in self.shared:
            assert share.message is not None
            kind = "public" if share.channel.kind == "channel" else "private"
            entry: dict[str, Any] = {
                "ts": share.message.ts,
                "reply_users": [],
                "reply_count": 0,
                "team_id": self.team.id,
            }
            if share.message.is_reply:
                entry["thread_ts"] = share.message.thread_ts
            if share.channel.kind not in ("im", "mpim"):
                entry["channel_name"] = share.channel.name
            places.setdefault(kind, {}).setdefault(share.channel.id, []).append(entry)
        ids = {
            kind: [s.channel.id for s in self.shared if s.channel.kind == kind] for kind in ("channel", "group", "im")
        }
        return {"shares": places, "channels": ids["channel"], "groups": ids["group"], "ims": ids["im"]}
