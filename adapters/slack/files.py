"""Images people give the bot on Slack: looked up, recognised, fetched with the right token from Slack's own hosts."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from adapters.desk import Desk, PictureWish
from adapters.media.errors import ImageRefused
from adapters.media.library import LocalMedia, TakenImage
from adapters.slack.clients import SlackClients
from adapters.slack.trouble import Kind, TroubleError, tried
from bot.generation.ports import MediaError
from bot.generation.request import Frame, FrameRole, VideoRequest

_FILE, _JOB = "slack:", "job:"
_PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "heic", "heif", "avif", "tif", "tiff")

EXTERNAL = "This file lies outside of Slack: download it, and attach the image itself."
TOMBSTONE = "This file was deleted from Slack: attach it again."
HIDDEN = "Slack hides this file, because the workspace is over its storage limit: attach it again."
NOT_SEEN = "The bot may not see this file: share it in this channel or thread, or attach it to your message."
SIGN_IN = "Slack answered with its sign-in page instead of the file: the bot may not see it, so attach it again here."
ELSEWHERE = "This file lies on a host the bot does not trust with its token: attach the image itself."
NO_ANSWER = "Slack does not give the file at the moment: try again in a minute."


def slack_file(file: Mapping[str, Any], role: FrameRole = FrameRole.FIRST_FRAME) -> Frame:
    """A file of Slack's as a frame that is still to be fetched."""
    name = str(file.get("name") or file.get("title") or "the image")[:60]
    return Frame(role=role, source=f"{_FILE}{file['id']}/{quote(name, safe='')}")


def last_picture_of(job_id: str) -> Frame:
    """The last picture of a job's video as a first frame that is still to be read."""
    return Frame(role=FrameRole.FIRST_FRAME, source=f"{_JOB}{job_id}")


def waits(source: str) -> bool:
    """Whether this source is still to be fetched: a media key has no colon."""
    return ":" in source


def is_picture(file: Mapping[str, Any]) -> bool:
    """Whether this may be an image: by its type, else by its name. A stub may be one; who looks it up will see."""
    if file.get("file_access") == "check_file_info" or file.get("mode") in ("tombstone", "hidden_by_limit"):
        return True
    mime = str(file.get("mimetype") or "")
    if mime and mime != "application/octet-stream":
        return mime.startswith("image/")
    return str(file.get("name") or "").lower().rpartition(".")[2] in _PICTURES


class SlackFiles:
    """Fetches files of Slack's. `hosts`: where a workspace's token is sent."""

    def __init__(self, clients: SlackClients, media: LocalMedia, desk: Desk, hosts: Collection[str]) -> None:
        self._clients, self._media, self._desk = clients, media, desk
        self._hosts = frozenset(host.lower() for host in hosts)

    def split(self, request: VideoRequest, team: str) -> tuple[VideoRequest, tuple[PictureWish, ...]]:
        """The request with what is stored already, and a wish for each image that is not. Instant."""
        stored = tuple(frame for frame in request.frames if not waits(frame.source))
        pictures = tuple(self._wish(frame, team) for frame in request.frames if waits(frame.source))
        return request.model_copy(update={"frames": stored}), pictures

    async def take(self, team: str, file_id: str) -> TakenImage:
        """Fetch, check and keep an image. Raises ImageRefused, MediaError: one sentence for people."""
        try:
            client = await self._clients.of(team)
            answer = await tried(client.files_info(file=file_id))
        except TroubleError as trouble:
            raise _unseen(trouble) from trouble
        url = link_of(answer.get("file") or {})
        if not self._is_trusted(url):
            raise ImageRefused("address", ELSEWHERE)
        try:
            return await self._media.take_image_url(url, headers={"Authorization": f"Bearer {client.token}"})
        except ImageRefused as error:
            if error.reason == "not_an_image" and str((answer.get("file") or {}).get("mimetype")).startswith("image/"):
                raise ImageRefused("unreadable", SIGN_IN) from error
            if error.reason in ("link", "unreachable"):  # the address says nothing to people
                raise ImageRefused(error.reason, NO_ANSWER) from error
            raise

    def _is_trusted(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, at = (parts.hostname or "").lower(), parts.netloc.lower()
        except ValueError:
            return False
        if "@" in at or "\\" in url:  # whoever reads this address next may see another host in it
            return False
        if at in self._hosts:  # with its port: a proxy of the operator's own, over http, too
            return parts.scheme == "https" or (":" in at and parts.scheme == "http")
        return parts.scheme == "https" and parts.port in (None, 443) and host in self._hosts

    def _wish(self, frame: Frame, team: str) -> PictureWish:
        async def last_picture() -> TakenImage:
            wish = await self._desk.last_picture(frame.source.removeprefix(_JOB))
            if wish is None:
                raise MediaError(
                    "The video is no longer kept here, so its last picture is gone: attach an image of it."
                )
            return await wish.read()

        if frame.source.startswith(_JOB):
            return PictureWish(frame.role, "the last picture", last_picture)
        file_id, _, name = frame.source.removeprefix(_FILE).partition("/")

        async def fetched() -> TakenImage:
            return await self.take(team, file_id)

        return PictureWish(frame.role, unquote(name), fetched)


def link_of(file: Mapping[str, Any]) -> str:
    """Where the bytes of a file lie. Raises ImageRefused with a sentence when they cannot be had."""
    mode = file.get("mode")
    if mode == "tombstone":
        raise ImageRefused("not_found", TOMBSTONE)
    if mode == "hidden_by_limit":
        raise ImageRefused("not_found", HIDDEN)
    if mode == "external" or file.get("is_external"):
        raise ImageRefused("not_a_file", EXTERNAL)
    if file.get("file_access") not in (None, "visible"):
        raise ImageRefused("unreadable", NOT_SEEN)
    url = file.get("url_private_download") or file.get("url_private")
    if not url:
        raise ImageRefused("not_found", NOT_SEEN)
    return str(url)


def _unseen(trouble: TroubleError) -> ImageRefused:
    if trouble.code in ("file_deleted", "file_is_deleted"):
        return ImageRefused("not_found", TOMBSTONE)
    if trouble.kind is Kind.FILE_GONE:
        return ImageRefused("not_found", NOT_SEEN)
    return ImageRefused("unreachable", NO_ANSWER if trouble.may_pass else NOT_SEEN)
