"""Uploaded files: kept in a temporary folder, found again by their URL on this server."""

from __future__ import annotations

import secrets
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError

#: what all uploads of one sandbox may take together, bytes
TOTAL_LIMIT = 2 * 1024**3

_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/quicktime": ".mov",
}
_LOOPBACK = {"127.0.0.1", "localhost", "::1", "0.0.0.0"}  # noqa: S104 - compared with, never bound

#: Kling's own limits (gateways.md section 4)
KLING_FORMATS = {"image/jpeg", "image/png"}
KLING_MAX_BYTES = 10 * 1024 * 1024
KLING_MIN_SIDE = 300
KLING_MAX_RATIO = 2.5


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file. `size` in bytes; `width` and `height` in pixels, 0 when it is not a readable image."""

    name: str
    url: str
    filename: str
    mime_type: str
    size: int
    created_at: float
    path: Path
    width: int = 0
    height: int = 0

    @property
    def unfit(self) -> bool:
        """True when Kling would refuse it as an input image."""
        if self.mime_type not in KLING_FORMATS or self.size > KLING_MAX_BYTES:
            return True
        short, long = sorted((self.width, self.height))
        return short < KLING_MIN_SIDE or long > short * KLING_MAX_RATIO


def sniff(head: bytes) -> str | None:
    """The media type the first bytes say, None when it is not one the gateways take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    return None


class UploadStore:
    """Uploads by name. Blocking only in `measure`, which reads a header."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder, self._origin = folder, origin
        self._uploads: dict[str, Upload] = {}
        self._bytes = 0

    @property
    def full(self) -> bool:
        return self._bytes >= TOTAL_LIMIT

    def new_path(self) -> Path:
        return self._folder / f"upload_{secrets.token_hex(12)}"

    def add(self, path: Path, *, mime_type: str, filename: str, now: float | None = None) -> Upload:
        """Keeps a file written to `new_path()`."""
        name = path.name.removeprefix("upload_") + _SUFFIXES[mime_type]
        width, height = measure(path) if mime_type.startswith("image/") else (0, 0)
        upload = Upload(
            name=name,
            url=f"{self._origin}/files/uploads/{name}",
            filename=filename or name,
            mime_type=mime_type,
            size=path.stat().st_size,
            created_at=time.time() if now is None else now,
            path=path,
            width=width,
            height=height,
        )
        self._uploads[name] = upload
        self._bytes += upload.size
        return upload

    def get(self, name: str) -> Upload | None:
        return self._uploads.get(name)

    def local_name(self, url: str, folder: str) -> str | None:
        """The file's name when the URL is this server's, under `/files/{folder}/`; nothing is fetched."""
        parts, own = urlsplit(url), urlsplit(self._origin)
        same = parts.netloc == own.netloc or (parts.hostname in _LOOPBACK and parts.port == own.port)
        start = f"/files/{folder}/"
        return parts.path.removeprefix(start) if same and parts.path.startswith(start) else None

    def find(self, url: str) -> Upload | None:
        """The upload a URL of a create body means, None when it is somebody else's file."""
        name = self.local_name(url, "uploads")
        return self._uploads.get(name) if name else None


def measure(path: Path) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) when Pillow cannot read it. Only the header is read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return image.size
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return (0, 0)
