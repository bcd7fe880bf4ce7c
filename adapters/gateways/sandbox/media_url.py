"""The form of a media URL in a create body. Nothing is ever fetched from it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

MAX_URL_CHARS = 2048


def _check(value: str) -> str:
    # toapis-kling-v3.txt: "we no longer support passing base64 image data directly in image_urls"
    if not value.startswith(("http://", "https://")):
        if value.startswith("data:") or len(value) > 200:
            raise ValueError("base64 media data is not supported, upload the file first and pass its URL")
        raise ValueError("must be a publicly accessible http or https URL")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a valid URL") from None
    if not host or any(letter.isspace() for letter in value):
        raise ValueError("is not a valid URL")
    if len(value) > MAX_URL_CHARS:
        raise ValueError(f"is longer than {MAX_URL_CHARS} characters")
    return value


MediaUrl = Annotated[str, Field(min_length=1), AfterValidator(_check)]
