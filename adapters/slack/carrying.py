"""What goes along with a finished video's message: the video, a smaller copy, a picture of it, or only its link."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from adapters.cards.card import Link
from adapters.cards.result_card import Inline, LinkOnly, Shown, SmallerCopy, alt_text
from adapters.media.errors import MediaAway
from adapters.media.library import LocalMedia
from adapters.slack.clients import SlackClients
from adapters.slack.trouble import Kind, TroubleError
from adapters.slack.uploads import Held, complete, held, upload
from bot.generation.job import Job, StoredVideo
from bot.generation.ports import ChatError, MediaError, Store

log = logging.getLogger("videobot.slack")

#: Slack takes files of 1 GB; a workspace that takes less does not say how much. One try with this many bytes.
SMALL = 8 * 1024 * 1024
#: Deliveries that fail because the file does not get through, before the link goes alone.
UPLOAD_TRIES = 3

NOT_SAVED = "The video could not be saved here."
NOT_STORED = "The video is not stored here any more."
NOT_A_MEMBER = "I am not in this channel, so I cannot show videos here: /invite me. Here is the link."
BELOW = "The video is in the message below."
NEVER_SHOWN = "Slack does not show the video here, so here is its link."
#: Noted before a message says so: the file comes in another one.
IN_A_MESSAGE_BELOW = "below"
#: This file is not taken here; other messages are.
FILE_REFUSALS = frozenset({Kind.FILE_TOO_LARGE, Kind.ONLY_IMAGES, Kind.NO_FILES, Kind.FILE_GONE})
_REFUSALS = FILE_REFUSALS | {Kind.NOT_ALLOWED, Kind.REFUSED}


class _Form(Enum):
    """How a video can go along, the best first."""

    WHOLE = "whole"
    SMALLER = "smaller"
    PICTURE = "picture"


#: What is worth a try, at first (None) and after a refusal.
_STILL_WORTH: Mapping[Kind | None, Collection[_Form]] = {
    None: (_Form.WHOLE, _Form.PICTURE),
    Kind.FILE_TOO_LARGE: (_Form.SMALLER, _Form.PICTURE),
    Kind.ONLY_IMAGES: (_Form.PICTURE,),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What the card says about the video, and the file that goes along, if one does; `below`: it goes in a message of
    its own."""

    shown: Shown
    file: Held | None = None
    below: bool = False

    @property
    def link(self) -> Link | None:
        """The file as a link of Slack's own; in a message of ours it shares the file."""
        return Link(self.file.name, self.file.permalink) if self.file is not None and self.file.permalink else None


class Carrier:
    """Brings files to Slack, and keeps the id of what is on its way, so that a crash makes no second upload."""

    def __init__(self, clients: SlackClients, store: Store, media: LocalMedia, *, small: int = SMALL) -> None:
        self._clients, self._store, self._media, self._small = clients, store, media, small

    async def bring(self, job: Job) -> Carried:
        """Bring the video, not shared yet, in the best form this workspace takes. Raises TroubleError: LATER, LOST,
        OUT."""
        video = job.video
        if video is None:
            return Carried(LinkOnly(NOT_SAVED))
        there = await self.underway(job)
        if there is not None:
            return Carried(_shown(there, video), there)
        refusal: TroubleError | None = None
        for form in _Form:
            if form not in _STILL_WORTH.get(refusal.kind if refusal else None, ()):
                continue
            path = await self._path(video, form)
            if path is None:
                continue
            try:
                file = await self._upload(job, path)
            except OSError:  # it went away meanwhile
                continue
            except TroubleError as trouble:
                if trouble.kind not in _REFUSALS and (not trouble.may_pass or job.retries < UPLOAD_TRIES):
                    raise
                log.info("job %s: its file does not go along: %s", job.id, trouble)
                refusal = trouble
                continue
            if form is _Form.PICTURE:
                why = NOT_STORED if refusal is None else refusal.why
                return Carried(LinkOnly(f"{why} So here are a picture of it and its link."), file)
            return Carried(_shown(file, video), file)
        return Carried(LinkOnly(f"{NOT_STORED if refusal is None else refusal.why} So here is its link."))

    async def share_in_thread(self, job: Job, channel: str, thread: str) -> Held | None:
        """Bring the video and share it in this thread at once; None when it is refused. Raises TroubleError."""
        path = await self._path(job.video, _Form.WHOLE) if job.video is not None else None
        if path is None:
            return None
        try:
            return await self._upload(job, path, channel=channel, thread=thread)
        except OSError:
            return None
        except TroubleError as trouble:
            if trouble.kind is Kind.OUT:
                raise
            log.info("job %s: its file is not shared: %s", job.id, trouble)
            return None

    async def underway(self, job: Job) -> Held | None:
        """The file that an earlier delivery of this job brought, if Slack has all of it. Raises TroubleError."""
        file_id = await self.noted(job)
        if file_id in ("", IN_A_MESSAGE_BELOW):
            return None
        client = await self._clients.of(job.address.workspace)
        try:
            try:
                return await held(client, file_id)
            except TroubleError as trouble:
                if trouble.kind is not Kind.FILE_GONE:
                    raise
            await complete(client, file_id, f"video-{job.id}")  # perhaps only this was missing
            return await held(client, file_id)
        except TroubleError as trouble:
            if trouble.kind in _REFUSALS:
                return None
            raise

    async def noted(self, job: Job) -> str:
        """What a delivery that broke off had on its way: a file's id, IN_A_MESSAGE_BELOW, or nothing."""
        return await self._store.remembered(_name(job.id)) or ""

    async def note(self, job: Job, what: str = "") -> None:
        """Keep what is on its way; nothing more to see to: ""."""
        if what:
            await self._store.remember(_name(job.id), what)
        else:
            await self._store.forget(_name(job.id))

    async def _upload(self, job: Job, path: Path, *, channel: str = "", thread: str = "") -> Held:
        async def note(file_id: str) -> None:
            await self.note(job, file_id)

        team, name = job.address.workspace, f"video-{job.id}{path.suffix}"
        return await upload(self._clients, team, path, name, alt_text(job), note, channel=channel, thread=thread)

    async def _path(self, video: StoredVideo, form: _Form) -> Path | None:
        path: Path | None = None
        try:
            match form:
                case _Form.WHOLE:
                    path = await self._media.video_file(video)
                case _Form.SMALLER:
                    if video.size > self._small:
                        path = await self._media.video_file(await self._media.small_copy(video, self._small))
                case _Form.PICTURE:
                    path = await self._media.poster_file(video)
        except MediaAway as error:
            raise ChatError(error.message) from error  # the video is kept: it goes out when it can be read
        except MediaError:
            return None
        return path if path is not None and await asyncio.to_thread(path.is_file) else None


def _name(job_id: str) -> str:
    return f"slack.file.{job_id}"


def _shown(file: Held, video: StoredVideo) -> Shown:
    if file.is_image:
        return LinkOnly("The video itself does not go along, so here are a picture of it and its link.")
    return Inline() if file.size in (0, video.size) else SmallerCopy(file.size)  # 0: Slack does not say
