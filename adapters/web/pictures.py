"""Images on their way into a request: taken in, and given to the page as sealed fields that come back with the rest."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from starlette.datastructures import FormData, UploadFile

from adapters.cards.words import clipped
from adapters.media.library import LocalMedia
from adapters.web.media import MediaNames
from adapters.web.messages import Picture
from adapters.web.seals import Seals
from bot.generation.ports import MediaError
from bot.generation.request import Frame, FrameRole

MOST_FILES = 8  # in one request
_NAME_CHARS = 60
_PURPOSE = "picture"
ROLE_WORDS = {
    FrameRole.FIRST_FRAME: "First picture",
    FrameRole.LAST_FRAME: "Last picture",
    FrameRole.REFERENCE: "Reference",
    FrameRole.ELEMENT: "Element",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture with the role it was chosen for."""

    picture: Picture
    role: FrameRole

    @property
    def frame(self) -> Frame:
        """It in a request."""
        picture = self.picture
        return Frame(role=self.role, source=picture.key, width=picture.width or None, height=picture.height or None)


class Pictures:
    """Takes pictures in."""

    def __init__(self, media: LocalMedia, names: MediaNames, seals: Seals) -> None:
        self._media, self._names, self._seals = media, names, seals

    def chosen(self, form: FormData) -> list[Chosen]:
        """The pictures of a page's form: fields `picture` and `role`, in the same order. What was not sealed here is
        left out; `remove` names the number of one that was taken out."""
        found = []
        out = str(form.get("remove", ""))
        for number, (sealed, role) in enumerate(zip(form.getlist("picture"), form.getlist("role"), strict=False)):
            value = self._seals.open(_PURPOSE, str(sealed))
            if value is not None and str(number) != out and role in {each.value for each in FrameRole}:
                found.append(Chosen(Picture(**value), FrameRole(str(role))))
        return found

    async def taken(self, form: FormData, have: Sequence[Chosen]) -> tuple[list[Chosen], list[str]]:
        """The files of a form (field `files`) behind those there are, and a sentence about each that will not do."""
        chosen, wrong = list(have), []
        for file in form.getlist("files"):
            if not isinstance(file, UploadFile) or (not file.filename and not file.size):
                continue
            name = clipped(file.filename or "picture", _NAME_CHARS)
            if len(chosen) >= MOST_FILES:
                wrong.append(f"{name}: at most {MOST_FILES} pictures go into one video. Leave some out.")
                continue
            try:
                image = await self._media.take_image(await file.read())
            except MediaError as error:
                wrong.append(f"{name}: {error.message}")
                continue
            chosen.append(Chosen(Picture(image.key, name, image.width, image.height), _next_role(chosen)))
        return chosen, wrong

    def of_frames(self, frames: Sequence[Frame]) -> list[Chosen]:
        """The stored frames of a request."""
        return [
            Chosen(Picture(f.source, ROLE_WORDS[f.role].lower(), f.width or 0, f.height or 0), f.role) for f in frames
        ]

    def shown(self, chosen: Sequence[Chosen]) -> list[dict[str, object]]:
        """What a template needs of each."""
        return [
            {
                "sealed": self._seals.seal(_PURPOSE, asdict(one.picture)),
                "url": self._names.input(one.picture.key),
                "name": one.picture.name,
                "role": one.role.value,
            }
            for one in chosen
        ]


def _next_role(have: Sequence[Chosen]) -> FrameRole:
    """A lone picture is the first one; a second one is the last one."""
    roles = {one.role for one in have}
    for role in (FrameRole.FIRST_FRAME, FrameRole.LAST_FRAME):
        if role not in roles:
            return role
    return FrameRole.REFERENCE
