"""What every part of the desk stands on, and the few answers they share."""

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Concatenate, ParamSpec, TypeVar

from adapters.cards.barred import barred_card
from adapters.cards.card import Card, LinkButton, Said, Tone, line
from adapters.cards.problems import OptionLine
from adapters.cards.told import told
from adapters.cards.words import clipped
from adapters.desk.actor import Actor
from adapters.desk.panel import GatewayPanel
from adapters.desk.reply import Outcome, Reply
from adapters.media.library import LocalMedia
from bot.generation.about import about
from bot.generation.barring import NotAllowedError
from bot.generation.job import Job, Purpose
from bot.generation.ports import Clock, Gateway, Ids, MediaError, Store, StoreError
from bot.generation.request import Frame, VideoRequest
from bot.generation.service import GenerationService
from bot.generation.table import ROLE_OPTIONS

log = logging.getLogger("videobot.desk")

_SUBJECT_CHARS = 100
_GONE = "is no longer stored here: attach it again."

_S = TypeVar("_S", bound="Counter")
_P = ParamSpec("_P")
_T = TypeVar("_T")


class _JobId:
    """Where a method of the desk is told its job."""

    def __init__(self, method: Callable[..., object]) -> None:
        names = list(inspect.signature(method).parameters)[1:]
        self._place = names.index("job_id") if "job_id" in names else None

    def among(self, args: Sequence[object], kwargs: Mapping[str, object]) -> str | None:
        """The job of this call; None when it is about none."""
        if self._place is None:
            return None
        found = args[self._place] if self._place < len(args) else kwargs.get("job_id")
        return found if isinstance(found, str) else None


def answered(
    so_far: str,
) -> Callable[[Callable[Concatenate[_S, _P], Awaitable[_T]]], Callable[Concatenate[_S, _P], Awaitable[_T | Reply]]]:
    """Make a StoreError and a NotAllowedError an answer. `so_far` says what did not happen; the database's own words
    (paths) are logged."""

    def decorate(
        method: Callable[Concatenate[_S, _P], Awaitable[_T]],
    ) -> Callable[Concatenate[_S, _P], Awaitable[_T | Reply]]:
        job_id = _JobId(method)

        @functools.wraps(method)
        async def answering(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T | Reply:
            try:
                with about(job_id.among(args, kwargs)):
                    return await method(self, *args, **kwargs)
            except NotAllowedError as error:
                return self._not_allowed(error)
            except StoreError as error:
                log.warning("the desk could not answer: %s", error)
                words = (
                    f"The bot's database cannot be used at the moment. {so_far} Try again in a few minutes; if it "
                    "stays so, tell an admin."
                )
                return Reply(told(words, Tone.BAD), private=True)

        return answering

    return decorate


class Counter:
    """The rooms the desk works with. `message_url` gives the web address of a message reference of a job, where the
    platform has one; `gateways` are asked whether a task exists before an admin's word about it is stored; through
    the `panel` admins switch them."""

    def __init__(
        self,
        service: GenerationService,
        store: Store,
        media: LocalMedia,
        clock: Clock,
        ids: Ids,
        *,
        zone: tzinfo,
        private_refusals: bool,
        message_url: Callable[[Job, str], str | None] | None = None,
        gateways: Mapping[str, Gateway] | None = None,
        panel: GatewayPanel | None = None,
    ) -> None:
        self.service, self.store, self.media, self.clock, self.ids = service, store, media, clock, ids
        self.zone, self.private_refusals = zone, private_refusals
        self._message_url = message_url
        self._gateways = gateways or {}
        self._panel = panel

    # -------------------------------------------------------------------------------------------- shared answers

    def _tell(self, text: str, tone: Tone = Tone.NEUTRAL) -> Reply:
        return Reply(told(text, tone), private=True)

    def _not_meant(self, text: str) -> Reply:
        """The answer to what cannot be meant; the text may quote what was typed."""
        return Reply(Card((line(Said(text)),), tone=Tone.WARNING), private=True, outcome=Outcome.NOT_MEANT)

    def _not_allowed(self, error: NotAllowedError) -> Reply:
        return Reply(barred_card(error.barred, self.clock.now(), self.zone), private=self.private_refusals)

    def _not_yours(self, doing: str) -> Reply:
        return self._tell(f"Only the person who asked for this video, or an admin, can {doing}.", Tone.WARNING)

    def _unknown_job(self) -> Reply:
        return self._tell("This video is not known here any more.", Tone.WARNING)

    # -------------------------------------------------------------------------------------------- shared looks

    async def _url(self, job: Job, *purposes: Purpose) -> str | None:
        """The web address of the first of the job's messages (in the order asked for) that has one."""
        if self._message_url is None:
            return None
        rows = {row.purpose: row.reference for row in await self.store.deliveries(job.id)}
        for purpose in purposes:
            reference = rows.get(purpose)
            url = self._message_url(job, reference) if reference else None
            if url is not None:
                return url
        return None

    async def _with_link(self, card: Card, job: Job) -> Card:
        """The card with a button to the job's message, where there is one."""
        url = await self._url(job, Purpose.RESULT, Purpose.STATUS)
        return card if url is None else replace(card, buttons=(*card.buttons, LinkButton("Show it", url)))

    async def _still_kept(self, request: VideoRequest) -> tuple[VideoRequest, list[OptionLine]]:
        """The request without the images (and the video) that are not stored any more, and a line about each."""
        gone: list[OptionLine] = []
        frames: list[Frame] = []
        for frame in request.frames:
            if await self._is_kept(frame.source):
                frames.append(frame)
            else:
                gone.append(OptionLine(ROLE_OPTIONS[frame.role], f"The image {_GONE}"))
        video = request.reference_video
        if video is not None and not await self._is_kept(video.source):
            video = None
            gone.append(OptionLine("reference_video", f"The video {_GONE}"))
        if not gone:
            return request, gone
        return request.model_copy(update={"frames": tuple(frames), "reference_video": video}), gone

    async def _is_kept(self, source: str) -> bool:
        if source.startswith("https://"):
            return True
        try:
            await self.media.input_file(source)
        except MediaError as error:
            return error.retry  # it is only out of reach just now
        return True

    async def _refused(self, actor: Actor, act: str, subject: str) -> Reply:
        """Somebody tried what only admins, or only operators, may: told so, and noted in the audit trail."""
        why = f"only an admin of {actor.place or 'nothing'}" if actor.is_admin else "not an admin"
        subject = clipped(subject, _SUBJECT_CHARS)
        await self.store.audit(actor.key, f"refused: {act}", subject, why, self.clock.now())
        if actor.is_admin:
            return self._tell(
                "Only the operators of this bot can do that; admins rule their own workspace, with its channels, roles "
                "and people.",
                Tone.WARNING,
            )
        return self._tell("Only admins of this bot can do that.", Tone.WARNING)
