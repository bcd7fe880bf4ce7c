"""What a person wants when they say nothing: model, mode, length, shape, sound; kept under their name."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.generation.ports import Clock, Store, StoreError
from bot.generation.request import VideoRequest

log = logging.getLogger("videobot.slack")

BELIEVED = 60.0  # seconds
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Defaults:
    """None: the bot's own default."""

    model: str | None = None
    mode: str | None = None
    duration: int | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None

    def over(self, request: VideoRequest) -> VideoRequest:
        """The request with what its person left unsaid. They belong to one model: where another was named, none of them
        counts; a shape does not count beside an image, which has its own."""
        if request.model is not None and request.model != self.model:
            return request
        said = {name: getattr(request, name) for name in ("model", "mode", "duration", "aspect_ratio", "audio")}
        mine = asdict(self)
        if request.frames:
            mine["aspect_ratio"] = None
        changes = {name: mine[name] for name, value in said.items() if value is None and mine[name] is not None}
        return request.model_copy(update=changes) if changes else request


NONE = Defaults()


class DefaultsBook:
    """Everybody's defaults, in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: dict[str, tuple[Defaults, float]] = {}

    def at_hand(self, user: str) -> Defaults | None:
        """What is known without asking the database; None when that is nothing. `user` as `Requester.user`."""
        known = self._known.get(user)
        return known[0] if known is not None and self._clock.now() - known[1] < BELIEVED else None

    async def of(self, user: str) -> Defaults:
        """A person's defaults; none when the database does not answer."""
        known = self.at_hand(user)
        if known is not None:
            return known
        try:
            text = await self._store.remembered(_name(user))
        except StoreError as error:
            log.warning("a person's defaults could not be read: %s", error)
            return NONE
        return self._learn(user, _read(text))

    async def set(self, user: str, option: str, value: str | int | bool | None) -> Defaults:
        """Change one of them. Another model takes its own defaults along: the rest is forgotten. Raises StoreError."""
        before = Defaults() if option == "model" else _read(await self._store.remembered(_name(user)))
        after = _of({**asdict(before), option: value})
        await self._store.remember(_name(user), json.dumps(asdict(after)))
        return self._learn(user, after)

    def forget(self) -> None:
        """Believe nothing that was read before: somebody's defaults may have been erased."""
        self._known.clear()

    def _learn(self, user: str, defaults: Defaults) -> Defaults:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[user] = (defaults, self._clock.now())
        return defaults


def _name(user: str) -> str:
    return f"slack.defaults.{user}"


def _read(text: str | None) -> Defaults:
    try:
        return _of(json.loads(text) if text else {})
    except (ValueError, AttributeError):
        return NONE


def _of(found: Mapping[str, Any]) -> Defaults:
    return Defaults(**{field.name: found.get(field.name) for field in fields(Defaults)})
