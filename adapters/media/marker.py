"""The marker of a store that several machines share: a small file that says which store this is."""

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from adapters.media.bucket import Bucket
from adapters.media.errors import MediaError, disk_problem
from adapters.media.files import TEMPORARY, remove

Place: TypeAlias = Path | Bucket

#: Its name. Not hidden: whoever moves or backs up the files takes it along.
MARKER = "videobot-media.id"
_MOST = 100


async def marker_in(place: Place) -> str | None:
    """What the marker says; None where there is none. Raises MediaAway, MediaError."""
    found = await place.read(MARKER, _MOST) if isinstance(place, Bucket) else await asyncio.to_thread(_read, place)
    return found.decode(errors="replace").strip() or None if found is not None else None


async def make_marker(place: Place, new_id: Callable[[], str]) -> str:
    """Write a marker where there is none, and return what it says: when several processes do it at once, they all
    come back with the same. Raises MediaAway, MediaFull, MediaError."""
    said = await marker_in(place)
    if said is None:
        text = f"{new_id()}\n".encode()
        if isinstance(place, Bucket):
            await place.put_new(MARKER, text)
        else:
            await asyncio.to_thread(_write, place, text)
        said = await marker_in(place)
    if said is None:
        raise MediaError(f"The marker {MARKER} was written but cannot be read: check the store of the media.")
    return said


def _read(folder: Path) -> bytes | None:
    try:
        return (folder / MARKER).read_bytes()[:_MOST]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_problem(error, folder) from error


def _write(folder: Path, text: bytes) -> None:
    try:
        number, name = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
        new = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.chmod(0o644)  # whoever may read the folder may know which one it is
            with suppress(FileExistsError):
                try:
                    os.link(new, folder / MARKER)  # whole, and only if there is none
                except (PermissionError, NotImplementedError):  # a share without links
                    new.rename(folder / MARKER)
        finally:
            remove(new)
    except OSError as error:
        raise disk_problem(error, folder) from error
