"""Seals: what the page gives out and takes back unchanged (sessions, forms, pictures, names of media)."""

import base64
import hmac
import json
from typing import Any

_MAC_BYTES = 16


class Seals:
    """Seals with one secret of this installation, for one purpose each: a seal for one is none for another."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: at least 32 random bytes."""
        self._secret = secret

    def mark(self, purpose: str, text: str) -> str:
        """26 letters and digits that nobody can guess without the secret."""
        digest = hmac.digest(self._secret, f"{purpose}\0{text}".encode(), "sha256")[:_MAC_BYTES]
        return base64.b32encode(digest).decode().rstrip("=").lower()

    def fits(self, purpose: str, text: str, mark: str) -> bool:
        """Whether this is the text's mark."""
        return hmac.compare_digest(self.mark(purpose, text).encode(), mark.encode(errors="replace"))

    def seal(self, purpose: str, value: Any) -> str:
        """A JSON value as a sealed text, fit for a cookie or a field; readable, but not to be made or changed."""
        text = base64.urlsafe_b64encode(json.dumps(value, ensure_ascii=False).encode()).decode().rstrip("=")
        return f"{text}.{self.mark(purpose, text)}"

    def open(self, purpose: str, sealed: str) -> Any | None:
        """The value; None for what was not sealed here."""
        text, _, mark = sealed.rpartition(".")
        if not text or not self.fits(purpose, text, mark):
            return None
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
