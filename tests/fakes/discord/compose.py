"""From a request to a message, and changes of it."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.channels import Channel
from tests.fakes.discord.components import medias, numbered, texts
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.markdown import Mentions
from tests.fakes.discord.messages import (
    COMPONENTS_V2,
    LOADING,
    REPLY,
    SUPPRESS_NOTIFICATIONS,
    Edit,
    FakeMessage,
)
from tests.fakes.discord.permissions import (
    ATTACH_FILES,
    EMBED_LINKS,
    MENTION_EVERYONE,
    READ_MESSAGE_HISTORY,
    allows,
)
from tests.fakes.discord.uploads import Attachment, Upload

if TYPE_CHECKING:
    from tests.fakes.discord.people import Person
    from tests.fakes.discord.server import FakeDiscord

REFERENCE = "attachment://"


def check_files(channel: Channel, files: dict[int, Upload]) -> None:
    """Raises 40005 above the place's limit. It is the bot's fault only when it had been told the limit."""
    limit, told = channel.upload_limit, channel.told_limit
    for file in files.values():
        if file.size > limit:
            known = file.size > told
            raise DiscordError(40005, broken=[(file.filename, f"{file.size} bytes, {told} allowed")] if known else None)


def post(
    discord: "FakeDiscord",
    channel: Channel,
    body: dict[str, Any],
    files: dict[int, Upload],
    *,
    reply_to: FakeMessage | None = None,
    ephemeral_for: "Person | None" = None,
    interaction: dict[str, Any] | None = None,
    kind: int | None = None,
) -> FakeMessage:
    """A new message of the bot in its place."""
    message = FakeMessage(
        discord,
        discord.ids.new(),
        channel,
        discord.bot,
        discord.now(),
        flags=(body.get("flags") or 0) & (1 << 2 | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2),
        nonce=body.get("nonce"),
        reply_to=reply_to,
        kind=(REPLY if reply_to else 0) if kind is None else kind,
        ephemeral_for=ephemeral_for,
        interaction=interaction,
    )
    check_files(channel, files)
    _fill(message, body, files)
    if not _says_something(message):
        raise DiscordError(50006, broken=[("", "the message is empty")])
    _mention(message, body.get("allowed_mentions"))
    discord.post(message)
    return message


def edit(message: FakeMessage, body: dict[str, Any], files: dict[int, Upload]) -> None:
    """Change what the request names; nobody is notified of an edit."""
    discord = message.discord
    if message.flags & COMPONENTS_V2 and not body.get("flags", COMPONENTS_V2) & COMPONENTS_V2:
        raise DiscordError(50035, broken=[("flags", "IS_COMPONENTS_V2 cannot be removed")])
    check_files(message.channel, files)
    before = (message.content, message.embeds, message.components, message.files, message.flags)
    message.flags |= (body.get("flags") or 0) & COMPONENTS_V2
    message.flags &= ~LOADING
    if message.flags & COMPONENTS_V2:
        kept = {"content": message.content, "embeds": message.embeds}
        clash = [name for name, old in kept.items() if body.get(name, old)]
        if clash:
            (message.content, message.embeds, message.components, message.files, message.flags) = before
            wrong = "cannot be used with the flag IS_COMPONENTS_V2"
            raise DiscordError(50035, broken=[(name, wrong) for name in clash])
    try:
        _fill(message, body, files)
        if not _says_something(message):
            raise DiscordError(50006, broken=[("", "the message is empty")])
    except DiscordError:
        (message.content, message.embeds, message.components, message.files, message.flags) = before
        raise
    message.edited_at = discord.now()
    if not before[-1] & LOADING:
        message.edits.append(Edit(message.edited_at, message.text))
    discord.changed(message)


def finish(message: FakeMessage, body: dict[str, Any], files: dict[int, Upload]) -> None:
    """The first real content of a deferred response: here mentions do notify."""
    edit(message, body, files)
    _mention(message, body.get("allowed_mentions"))


def _fill(message: FakeMessage, body: dict[str, Any], files: dict[int, Upload]) -> None:
    discord = message.discord
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = [{"type": "rich", **embed} for embed in body["embeds"] or []]
    named = {str(item["id"]): item for item in body.get("attachments") or []}
    kept = list(message.files)
    if "attachments" in body:
        kept = [file for file in kept if str(file.id) in named]
        unknown = set(named) - {str(file.id) for file in kept} - {str(number) for number in files}
        if unknown:
            raise DiscordError(50035, broken=[("attachments", f"no file for {sorted(unknown)}")])
    for file in kept:
        file.description = named.get(str(file.id), {}).get("description", file.description)
    folder = f"attachments/{message.channel.id}"
    for number, upload in sorted(files.items()):
        said = named.get(str(number), {})
        upload = Upload(said.get("filename") or upload.filename, upload.data, upload.content_type)  # noqa: PLW2901
        kept.append(
            discord.cdn.keep(
                upload,
                folder,
                description=said.get("description"),
                ephemeral=message.ephemeral,
                is_spoiler=bool(said.get("is_spoiler")),
            )
        )
    if len(kept) > 10:
        raise DiscordError(50035, broken=[("attachments", "Must be 10 or fewer in length.")])
    if body.get("components") is not None:
        message.components = _referring(numbered(deepcopy(body["components"])), kept)
    elif "components" in body:
        message.components = []
    message.files = kept


def _referring(components: list[dict[str, Any]], files: list[Attachment]) -> list[dict[str, Any]]:
    """Attachment references get the number of their file; raises 50035 for a reference to nothing."""
    by_name = {file.filename: file for file in files}
    for item in medias(components):
        url = item["media"]["url"]
        if not url.startswith(REFERENCE):
            if item.get("type") == 13:
                raise DiscordError(50035, broken=[("components.file", "must be an attachment reference")])
            continue
        file = by_name.get(url.removeprefix(REFERENCE))
        if file is None:
            wrong = f"{url} refers to no attachment, there are {list(by_name)}"
            raise DiscordError(50035, broken=[("components", wrong)])
        item["media"]["attachment_id"] = str(file.id)
    return components


def _says_something(message: FakeMessage) -> bool:
    return bool(message.content or message.embeds or message.components or message.files)


def _mention(message: FakeMessage, allowed: dict[str, Any] | None) -> None:
    text = "\n".join([message.content, *texts(message.components)])
    replied = message.reply_to.author if message.reply_to and message.interaction is None else None
    everyone = allows(message.channel.bot_permissions, MENTION_EVERYONE)
    found = Mentions(text, message.channel, allowed, replied=replied, may_everyone=everyone)
    message.mentioned, message.mentioned_roles = found.people, found.roles
    message.mention_everyone = found.everyone
    silent = message.flags & SUPPRESS_NOTIFICATIONS or message.ephemeral
    message.mentions = [] if silent else [person for person in found.notified if not person.bot]


def require_permissions(channel: Channel, body: dict[str, Any], files: dict[int, Upload]) -> None:
    """Raises when the bot may not send this here (by bot token; interaction tokens need no permission)."""
    channel.require_sending()
    if files:
        channel.require(ATTACH_FILES)
    if body.get("embeds"):
        channel.require(EMBED_LINKS)
    if body.get("message_reference") and channel.guild and not allows(channel.bot_permissions, READ_MESSAGE_HISTORY):
        raise DiscordError(160002)
