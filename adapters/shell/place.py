"""Put a finished video at a path: whole or not at all, and never over a file that nobody said to replace."""

import errno
import filecmp
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from bot.generation.ports import ChatError

#: How many names beside a taken one are tried: waves.mp4, waves-2.mp4 ... waves-99.mp4.
MOST_NAMES = 99


def place(video: Path, target: Path, *, replace: bool) -> Path:
    """Copy `video` to `target` and return where it lies. A taken name gets a number, unless `replace`.

    A copy, not a link: whoever edits their file must not change the kept one. Raises ChatError.
    """
    there = already_there(video, target)
    if there is not None:
        return there
    try:
        copy = _copy_beside(video, target.parent)
    except OSError as error:
        raise ChatError(_sentence(target, error), gone=True) from error
    try:
        return _name_it(copy, target, replace=replace)
    except OSError as error:
        raise ChatError(_sentence(target, error), gone=True) from error
    finally:
        with suppress(OSError):
            copy.unlink(missing_ok=True)


def already_there(video: Path, target: Path) -> Path | None:
    """The file at `target`, or at one of its numbered names, that holds these very bytes; None when there is none."""
    for name in _names(target):
        try:
            if not name.exists():
                return None
            if name.is_file() and filecmp.cmp(video, name, shallow=False):
                return name
        except OSError:
            return None
    return None


def _names(target: Path) -> list[Path]:
    return [target, *(target.with_stem(f"{target.stem}-{n}") for n in range(2, MOST_NAMES + 1))]


def _copy_beside(video: Path, folder: Path) -> Path:
    copy = folder / f".videobot-{secrets.token_hex(6)}.part"
    try:
        with copy.open("xb") as new, video.open("rb") as kept:
            shutil.copyfileobj(kept, new, 1 << 20)
            new.flush()
            os.fsync(new.fileno())
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return copy


def _name_it(copy: Path, target: Path, *, replace: bool) -> Path:
    if replace:
        copy.replace(target)
        return target
    for name in _names(target):
        try:
            _link(copy, name)
        except FileExistsError:
            continue
        return name
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _link(copy: Path, name: Path) -> None:
    """Give the copy its name, or raise FileExistsError, in one step."""
    try:
        os.link(copy, name)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links (FAT, some network shares): reserve the name, then move over it.
        with name.open("xb"):
            pass
        copy.replace(name)


def _sentence(target: Path, error: OSError) -> str:
    folder = target.parent
    if not folder.is_dir():
        return f"The folder {folder} is not there."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"The folder {folder} cannot be written to."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no space left in {folder}."
    if isinstance(error, IsADirectoryError):
        return f"{target} is a folder."
    return f"{target} cannot be written: {error.strerror or 'unknown reason'}."
