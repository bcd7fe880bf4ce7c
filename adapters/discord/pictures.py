"""The images of a Discord message that a person may mean when they say "this one"."""

from collections.abc import Iterator, Sequence

import discord

from adapters.cards.card import Verb
from adapters.discord.button import JobButton
from adapters.discord.sources import last_picture_of
from bot.generation.request import Frame, FrameRole

#: Any of these on a message of ours means that it is the message of that job's video.
_ON_RESULTS = frozenset({Verb.EXTEND, Verb.AGAIN, Verb.DELETE, Verb.EDIT})
_PICTURE_NAMES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".heic", ".heif", ".avif", ".tif", ".tiff")
_STICKERS = frozenset({discord.StickerFormatType.png, discord.StickerFormatType.apng, discord.StickerFormatType.gif})


def first_frame_in(message: discord.Message, bot_id: int | None) -> Frame | None:
    """The image of the message as a first frame that is still to be fetched; None when there is none.

    Of the bot's own result it is the last picture of the video.
    """
    if bot_id is not None and message.author.id == bot_id:
        job_id = job_in(message)
        if job_id is not None:
            return last_picture_of(job_id)
    # Nobody but the bot itself may name a frame in another way (see `sources`).
    link = next((link for link in _links(message) if link.startswith(("http://", "https://"))), None)
    return None if link is None else Frame(role=FrameRole.FIRST_FRAME, source=link)


def job_in(message: discord.Message) -> str | None:
    """The job whose result this message of ours shows: its buttons say it."""
    for part in _parts(message.components):
        custom_id = getattr(part, "custom_id", None) or ""
        match = JobButton.__discord_ui_compiled_template__.fullmatch(custom_id)
        if match is not None and Verb(match["verb"]) in _ON_RESULTS and _shows_video(message):
            return str(match["subject"])
    return None


def _shows_video(message: discord.Message) -> bool:
    """A result shows the video, its poster, or at least a link to it; a failed status has nothing to go on from."""
    if any(isinstance(part, discord.components.MediaGalleryComponent) for part in _parts(message.components)):
        return True
    return f":{Verb.EXTEND}:" in "".join(getattr(part, "custom_id", None) or "" for part in _parts(message.components))


def _links(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    yield from (found.url for found in message.attachments if is_picture(found.content_type, found.filename))
    for embed in message.embeds:
        for picture in (embed.image, embed.thumbnail):
            link = picture.proxy_url or picture.url  # Discord's own copy, where it has one
            if link:
                yield link
    for part in _parts(message.components):
        yield from _media(part)
    if isinstance(message, discord.Message):
        for forwarded in message.message_snapshots:
            yield from _links(forwarded)
    yield from (sticker.url for sticker in message.stickers if sticker.format in _STICKERS)


def _media(part: object) -> Iterator[str]:
    items: Sequence[discord.UnfurledMediaItem] = ()
    if isinstance(part, discord.components.MediaGalleryComponent):
        items = [item.media for item in part.items]
    elif isinstance(part, discord.components.ThumbnailComponent | discord.components.FileComponent):
        items = [part.media]
    for item in items:
        if is_picture(item.content_type, item.url.partition("?")[0]):
            yield item.proxy_url or item.url


def is_picture(mime: str | None, name: str) -> bool:
    """Whether this may be an image: by its type, else by its name."""
    return mime.startswith("image/") if mime else name.lower().endswith(_PICTURE_NAMES)


def _parts(components: Sequence[object]) -> Iterator[object]:
    for part in components:
        yield part
        yield from _parts(getattr(part, "children", None) or ())
        accessory = getattr(part, "accessory", None)
        if accessory is not None:
            yield accessory
