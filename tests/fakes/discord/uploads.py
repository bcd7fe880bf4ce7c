"""Files: what people and the bot upload, and the signed addresses they are served under."""

import hashlib
import hmac
import io
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

URL_LIFE_S = 24 * 3600


@dataclass(frozen=True)
class Upload:
    """A file as a person picks it, or as a request carried it."""

    filename: str
    data: bytes
    content_type: str | None = None

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(eq=False)
class Attachment:
    """A file Discord keeps. `ephemeral` ones came with a command, a modal or a private message."""

    id: int
    filename: str
    data: bytes
    content_type: str
    path: str
    description: str | None = None
    is_spoiler: bool = False
    ephemeral: bool = False
    width: int | None = None
    height: int | None = None
    expired: bool = False

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def spoiler(self) -> bool:
        """A name that begins with SPOILER_ hides the file until it is clicked."""
        return self.is_spoiler or self.filename.startswith("SPOILER_")


class Cdn:
    """Keeps the files and signs addresses: ?ex= (expiry) &is= (issued) &hm= (signature)."""

    def __init__(self, discord: "FakeDiscord") -> None:
        self._discord = discord
        self.files: dict[str, Attachment] = {}

    def keep(
        self,
        upload: Upload,
        folder: str,
        *,
        description: str | None = None,
        ephemeral: bool = False,
        is_spoiler: bool = False,
    ) -> Attachment:
        """Store a file below a folder such as `attachments/<channel>`."""
        number = self._discord.ids.new()
        kind = upload.content_type or mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
        path = f"{folder}/{number}/{upload.filename}"
        width, height = _dimensions(upload.data) if kind.startswith("image/") else (None, None)
        kept = Attachment(
            number, upload.filename, upload.data, kind, path, description, is_spoiler, ephemeral, width, height
        )
        self.files[path] = kept
        return kept

    def url(self, file: Attachment) -> str:
        """A fresh signed address that works for a day of the fake's clock."""
        issued = int(self._discord.now())
        return f"{self._discord.root}/cdn/{quote(file.path)}?{self._query(file.path, issued, issued + URL_LIFE_S)}"

    def _query(self, path: str, issued: int, expires: int) -> str:
        secret = self._discord.token.encode()
        sign = hmac.new(secret, f"{path}:{issued}:{expires}".encode(), hashlib.sha256).hexdigest()
        return f"ex={expires:x}&is={issued:x}&hm={sign}&"

    def find(self, path: str, query: dict[str, str]) -> Attachment | None:
        """The file of an address, unless the address is wrong or too old."""
        file = self.files.get(path)
        try:
            expires, issued = int(query.get("ex", ""), 16), int(query.get("is", ""), 16)
        except ValueError:
            return None
        signed = dict(part.split("=") for part in self._query(path, issued, expires).strip("&").split("&"))
        if file is None or file.expired or expires < self._discord.now() or signed["hm"] != query.get("hm"):
            return None
        return file

    def payload(self, file: Attachment) -> dict[str, Any]:
        """The attachment object, with a freshly signed address."""
        url = self.url(file)
        answer: dict[str, Any] = {
            "id": str(file.id),
            "filename": file.filename,
            "size": file.size,
            "url": url,
            "proxy_url": url,
            "content_type": file.content_type,
        }
        if file.description:
            answer["description"] = file.description
        if file.ephemeral:
            answer["ephemeral"] = True
        if file.is_spoiler:
            answer["flags"] = 1 << 3
        if file.width:
            answer |= {"width": file.width, "height": file.height}
        return answer


def _dimensions(data: bytes) -> tuple[int, int] | tuple[None, None]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None, None
