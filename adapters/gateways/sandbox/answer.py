"""An answer before it is sent: so that a fault can hold it back, cut it or spoil it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is JSON, or text that is sent as it is."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)

    def response(self) -> web.Response:
        return web.Response(
            text=self.text(), status=self.status, headers=self.headers, content_type=self.content_type, charset="utf-8"
        )


HTML_504 = Answer(
    "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    "<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
    status=504,
    content_type="text/html",
)
HTML_200 = Answer("<!doctype html><html><body><div id=root></div></body></html>", content_type="text/html")
