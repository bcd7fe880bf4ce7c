"""A gateway on loopback that plays given raw bytes."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

KEY = "sk-canary-7f3a9c2e51d84b06"
PROMPT = "a canary-yellow zeppelin over Lake Constance at dawn"
NOW = 1_768_380_300.0

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Script:
    """Plays one act after another, the last one for ever; `seen` holds every request, `connections` counts."""

    acts: list[Act] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    keep_seconds: float | None = None  # closes an idle connection after so long
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def play(self, *acts: Act) -> None:
        self.acts[:] = acts

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                async with asyncio.timeout(self.keep_seconds):
                    head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode().split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.seen.append(Seen(method, target, headers, body, number))
                act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
                await act(writer)
                if headers.get("connection") == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()


# ------------------------------------------------------------------------------------------------ acts


def raw(*pieces: bytes, pause: float = 0.0) -> Act:
    """Exactly these bytes, then the connection stays open."""

    async def act(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return act


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Act:
    """A well-formed HTTP answer; `body` as bytes, text, or anything that is JSON."""
    if isinstance(body, bytes):
        data, kind = body, "application/octet-stream"
    elif isinstance(body, str):
        data, kind = body.encode(), "text/html"
    else:
        data, kind = json.dumps(body).encode(), "application/json"
    lines = {"Content-Type": kind, "Content-Length": str(len(data))} | (headers or {})
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
    return raw(head.encode() + data)


async def close(writer: asyncio.StreamWriter) -> None:
    """Closes without a word."""
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    """A TCP reset after the request has been read."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silence(_writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.sleep(30)


def then(*acts: Act) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        for one in acts:
            await one(writer)

    return act


def drip(head: bytes, piece: bytes, pause: float) -> Act:
    """The head at once, then a piece now and then for ever."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return act


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HTML_504 = "<html><head><title>504 Gateway Time-out</title></head><body><h1>504</h1></body></html>"
GOOD_TOAPIS = {"id": "video_x", "object": "generation.task", "status": "queued", "progress": 0, "metadata": {}}
GOOD_APIMART = {"code": 200, "data": [{"status": "submitted", "task_id": "task_x"}]}
BODY = {"model": "kling-2-6", "prompt": PROMPT, "mode": "std", "duration": 5, "aspect_ratio": "16:9"}
