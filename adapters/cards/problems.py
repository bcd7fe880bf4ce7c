"""What is wrong with a request, what is worth knowing, and what would change: for any platform to lay out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.generation.check import Checked
from bot.generation.request import VideoRequest
from bot.generation.table import ROLE_OPTIONS

_PLAIN = ("model", "gateway", "mode", "duration", "aspect_ratio", "audio", "negative_prompt", "watermark")


@dataclass(frozen=True, slots=True)
class OptionLine:
    """A sentence about one option; `change` in a few words, empty for a note. `name` is how the person knows the file
    it is about: "cat.png"."""

    option: str
    sentence: str
    change: str = ""
    name: str = ""


def problems(checked: Checked) -> Sequence[OptionLine]:
    """Everything that is wrong, in the order of the check."""
    return tuple(OptionLine(p.option, p.message, p.change) for p in checked.problems)


def notes(checked: Checked) -> Sequence[OptionLine]:
    """What is allowed but worth knowing."""
    return tuple(OptionLine(n.option, n.message) for n in checked.notes)


def changes(old: VideoRequest, new: VideoRequest) -> Sequence[str]:
    """What `new` does differently, each in a few words: "pro mode", "5 seconds", "no audio", "no last frame"."""
    words = [_changed(name, getattr(new, name)) for name in _PLAIN if getattr(old, name) != getattr(new, name)]
    if old.prompt != new.prompt:
        words.append("a changed prompt")
    for role, option in ROLE_OPTIONS.items():
        had, has = (sum(frame.role is role for frame in request.frames) for request in (old, new))
        if had != has:
            title = option.replace("_", " ")
            words.append(f"no {title}" if has == 0 else f"{has} as {title}" if has > 1 else f"the {title}")
    if old.reference_video is not None and new.reference_video is None:
        words.append("no reference video")
    return words


def _changed(name: str, value: object) -> str:
    title = name.replace("_", " ")
    match name, value:
        case _, None | False:
            return f"no {title}"
        case _, True:
            return f"with {title}"
        case "duration", _:
            return f"{value} seconds"
        case "mode", _:
            return f"{value} mode"
        case "model", _:
            return f"model {value}"
        case "gateway", _:
            return f"gateway {value}"
        case "aspect_ratio", _:
            return str(value)
        case _:
            return f"another {title}"
