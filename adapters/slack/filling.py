"""Forms are opened before anything else is done, rebuilt while they are open, and come back filled in.

A trigger_id opens a form for three seconds (https://docs.slack.dev/interactivity/handling-user-interaction), so nothing
is read before that: what has to be read replaces a waiting form.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapters.cards.card import Tone, plain
from adapters.desk import Desk, Reply
from adapters.slack.actors import Actors
from adapters.slack.answers import Answers
from adapters.slack.clients import SlackClients
from adapters.slack.defaults import Defaults, DefaultsBook
from adapters.slack.files import is_picture, slack_file
from adapters.slack.forms import FormKind, Meta, form_view, rebuilt, telling_view, waiting_view
from adapters.slack.occasion import Occasion
from adapters.slack.trouble import TroubleError, tried
from bot.generation.catalog import Catalog
from bot.generation.request import Frame, VideoRequest

log = logging.getLogger("videobot.slack")

NO_IMAGE = "There is no image in this message: choose one that has an image, or attach one to /video."
TOO_LATE = "Slack gave the bot no time to open the form: try again."
_EMPTY = VideoRequest(prompt="")


class Forms:
    """Opens and rebuilds forms. Never raises for what Slack says."""

    def __init__(
        self,
        catalog: Catalog,
        default_model: str,
        desk: Desk,
        clients: SlackClients,
        actors: Actors,
        answers: Answers,
        defaults: DefaultsBook,
    ) -> None:
        self._catalog, self._default_model, self._desk, self._clients = catalog, default_model, desk, clients
        self._actors, self._answers, self._defaults = actors, answers, defaults

    async def open_empty(self, occasion: Occasion, trigger_id: str, *, picture: Frame | None = None) -> None:
        """A form that begins with nothing but, perhaps, an image. A person's defaults that are not at hand follow."""
        meta = Meta.at(occasion, FormKind.VIDEO, picture=picture)
        known = self._defaults.at_hand(occasion.requester.user)
        view_id = await self._open(occasion, trigger_id, self._view(self._usual(known, picture), meta))
        if view_id is None or known is not None:
            return
        request = self._usual(await self._defaults.of(occasion.requester.user), picture)
        if request != _EMPTY:
            await self._update(occasion, view_id, self._view(request, replace(meta, stamp=1)))

    async def open_animate(self, occasion: Occasion, trigger_id: str, message: Mapping[str, Any]) -> None:
        """The form for the image of a message; of the bot's own result for the last picture of its video."""
        job_id = job_in(message)
        if job_id:
            await self.open_filled(occasion, trigger_id, FormKind.EXTEND, job_id)
            return
        picture = picture_in(message)
        if picture is None:
            await self._answers.tell(occasion, NO_IMAGE)
            return
        await self.open_empty(occasion, trigger_id, picture=picture)

    async def open_filled(self, occasion: Occasion, trigger_id: str, kind: FormKind, subject: str) -> None:
        """The form that a button stands for: a waiting one at once, its contents as soon as they are read."""
        meta = Meta.at(occasion, kind, subject)
        reading = asyncio.create_task(self._read(occasion, kind, subject))
        try:
            view_id = await self._open(occasion, trigger_id, waiting_view(meta))
        finally:
            before = await reading
        if isinstance(before, Reply):
            if view_id is None or not await self._update(occasion, view_id, telling_view(meta, plain(before.card))):
                await self._answers.privately(occasion, before.card)
            return
        meta = replace(meta, kept=tuple(frame.role.value for frame in before.frames), gateway=before.gateway or "")
        if view_id is not None:
            await self._update(occasion, view_id, self._view(before, meta))

    async def rebuild(self, occasion: Occasion, view: Mapping[str, Any]) -> None:
        """A choice was made that makes others possible or impossible."""
        after = rebuilt(view, self._catalog, self._default_model)
        if after is not None:
            await self._update(occasion, str(view["id"]), after, seen=str(view.get("hash") or ""))

    # ------------------------------------------------------------------------------------------------- small

    def _view(self, request: VideoRequest, meta: Meta) -> dict[str, Any]:
        return form_view(self._catalog, request, meta, self._default_model)

    def _usual(self, defaults: Defaults | None, picture: Frame | None) -> VideoRequest:
        frames = () if picture is None else (picture,)
        if defaults is None:
            return _EMPTY
        return defaults.over(_EMPTY.model_copy(update={"frames": frames})).model_copy(update={"frames": ()})

    async def _read(self, occasion: Occasion, kind: FormKind, subject: str) -> VideoRequest | Reply:
        actor = await self._actors.known(occasion)
        reading = self._desk.extend_form if kind is FormKind.EXTEND else self._desk.form
        before: VideoRequest | Reply = await reading(subject, actor)
        return before

    async def _open(self, occasion: Occasion, trigger_id: str, view: Mapping[str, Any]) -> str | None:
        try:
            client = await self._clients.of(occasion.team)
            answer = await tried(client.views_open(trigger_id=trigger_id, view=dict(view)))
        except TroubleError as trouble:
            log.warning("a form could not be opened: %s", trouble)
            await self._answers.tell(occasion, TOO_LATE, Tone.WARNING)
            return None
        opened: dict[str, Any] = answer.get("view") or {}
        return str(opened.get("id") or "") or None

    async def _update(self, occasion: Occasion, view_id: str, view: Mapping[str, Any], *, seen: str = "") -> bool:
        try:
            client = await self._clients.of(occasion.team)
            await tried(client.views_update(view_id=view_id, view=dict(view), hash=seen or None))
        except TroubleError as trouble:
            # Closed meanwhile, or changed once more: then a later choice rebuilds it.
            log.info("a form could not be changed: %s", trouble)
            return False
        return True


def picture_in(message: Mapping[str, Any]) -> Frame | None:
    """The first image among the files of a message."""
    for file in message.get("files") or ():
        if is_picture(file) and file.get("id"):
            return slack_file(file)
    return None


def job_in(message: Mapping[str, Any]) -> str | None:
    """The job whose result a message of ours shows: its Extend button says it."""
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            action = str(element.get("action_id") or "") if isinstance(element, Mapping) else ""
            if action.startswith("v1:extend:"):
                return action.removeprefix("v1:extend:")
    return None
