"""Where the finished file goes: decided before anything is paid."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """A file, or a folder (ends with a slash) that gets a file named after prompt and job; `taken`: it exists."""

    path: str
    taken: bool = False


class TargetError(Exception):
    """The video could not be saved there; the text is one sentence."""


def target_for(typed: str | None, here: Path) -> Target:
    """What `-o` means. Raises TargetError."""
    path = here / Path(typed).expanduser() if typed else here
    if not typed or typed.endswith(("/", os.sep)) or path.is_dir():
        _require_folder(path)
        return Target(f"{path.absolute()}/")
    if not path.suffix:
        path = path.with_suffix(".mp4")
    _require_folder(path.parent)
    path = path.absolute()
    if path.exists() and not path.is_file():
        raise TargetError(f"{typed} is not a file that could be replaced; choose another name.")
    return Target(str(path), taken=path.exists())


def name_note(target: Target) -> str:
    """What is worth knowing about a name that does not look like a video; empty when there is nothing."""
    name = Path(target.path).name
    if not target.path or target.path.endswith("/") or name.lower().endswith(".mp4"):
        return ""
    return f"{name} will be an MP4 video, whatever its name says."


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise TargetError(f"There is no folder {folder}; make it first or choose another.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TargetError(f"You may not write to the folder {folder}; choose another with -o.")
