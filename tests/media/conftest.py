"""Real files, and a real server on loopback that misbehaves on demand."""

import asyncio
import gzip
import io
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import httpx
import pytest
from aiohttp import web
from httpx_aiohttp import AiohttpTransport
from PIL import Image

from tests.fakes.s3 import S3Server
from tests.media.places import Places


def _make_video(
    path: Path,
    *,
    size: tuple[int, int] = (320, 320),
    frames: int = 12,
    fps: int = 12,
    audio: bool = False,
    noise: bool = False,
    codec: str = "libx264",
    fmt: str = "mp4",
    faststart: bool = True,
    gop: int = 250,
) -> Path:
    """A small video: each picture a plain colour of its own (red = 4 x its number), or noise that hardly compresses."""
    options = {"movflags": "+faststart"} if faststart else {}
    with av.open(str(path), "w", format=fmt, options=options) as out:
        video = out.add_stream(codec, rate=fps)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "ultrafast", "g": str(gop)}
        sound = out.add_stream("aac", rate=44_100) if audio else None
        if sound is not None:
            sound.layout = "stereo"
        for number in range(frames):
            if noise:
                picture = Image.frombytes("RGB", size, random.Random(number).randbytes(size[0] * size[1] * 3))
            else:
                picture = Image.new("RGB", size, (number * 4 % 256, 100, 200))
            out.mux(video.encode(av.VideoFrame.from_image(picture)))
        out.mux(video.encode(None))
        if sound is not None:
            for at in range(0, 44_100 * frames // fps, 1024):
                quiet = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
                for plane in quiet.planes:
                    plane.update(bytes(plane.buffer_size))
                quiet.sample_rate, quiet.pts, quiet.time_base = 44_100, at, Fraction(1, 44_100)
                out.mux(sound.encode(quiet))
            out.mux(sound.encode(None))
    return path


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Path]:
    return _make_video


@pytest.fixture(scope="session")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP4 of 2.5 MB, larger than what waits in the buffers of a connection (those bytes are lost when it drops)."""
    path = _make_video(tmp_path_factory.mktemp("mp4") / "v.mp4", size=(320, 240), frames=8, fps=8)
    data = path.read_bytes()
    room = 2_500_000 - len(data)
    return data + room.to_bytes(4, "big") + b"free" + random.Random(0).randbytes(room - 8)


@pytest.fixture(scope="session")
def image_bytes() -> Callable[..., bytes]:
    def make(kind: str = "PNG", size: tuple[int, int] = (400, 400), mode: str = "RGB", **options: object) -> bytes:
        image = Image.new("RGB", size, (200, 30, 60))
        image.paste((20, 60, 200), (0, 0, size[0] // 2, size[1] // 2))
        out = io.BytesIO()
        image.convert(mode).save(out, kind, **options)
        return out.getvalue()

    return make


@dataclass
class Seen:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]


@dataclass
class Server:
    """Serves `body` in the ways its paths say. `drops`: body bytes after which the next answers are cut off."""

    body: bytes = b""
    etag: str | None = '"one"'
    drops: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    base: str = ""
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str) -> str:
        return self.base + path

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Seen(request.path, {k.lower(): v for k, v in request.headers.items()}))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), text="no", headers={"Retry-After": "3"})
        return await getattr(self, "on_" + request.match_info["how"])(request)

    # -- honest, with ranges
    async def on_video(self, request: web.Request) -> web.StreamResponse:
        start, status, headers = 0, 200, {}
        asked = request.headers.get("Range", "")
        if asked and request.headers.get("If-Range", self.etag) == self.etag:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            if start >= len(self.body):
                return web.Response(status=416, headers={"Content-Range": f"bytes */{len(self.body)}"})
            status, headers = 206, {"Content-Range": f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"}
        return await self._send(request, self.body[start:], status, headers)

    async def on_norange(self, request: web.Request) -> web.StreamResponse:
        return await self._send(request, self.body, 200, {})

    async def _send(
        self, request: web.Request, body: bytes, status: int, headers: dict[str, str], *, said: int | None = None
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers=headers)
        if self.etag:
            response.headers["ETag"] = self.etag
        response.content_length = len(body) if said is None else said
        await response.prepare(request)
        drop = self.drops.pop(0) if self.drops else None
        await response.write(body if drop is None else body[:drop])
        if drop is not None or (said is not None and said > len(body)):
            assert request.transport is not None
            request.transport.close()
        return response

    # -- dishonest
    async def on_wrongpiece(self, request: web.Request) -> web.StreamResponse:
        """Answers 206 with another range than asked for, once; then as `video`."""
        if "Range" in request.headers and sum(s.path == request.path for s in self.requests) == 2:
            return await self._send(request, self.body[7:], 206, {"Content-Range": f"bytes 7-9/{len(self.body)}"})
        return await self.on_video(request)

    async def on_longer(self, request: web.Request) -> web.StreamResponse:
        """Promises 1000 bytes more than it ever sends."""
        return await self._send(request, self.body, 200, {}, said=len(self.body) + 1000)

    async def on_chunked(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for at in range(0, len(self.body), 50_000):
            await response.write(self.body[at : at + 50_000])
        return response

    async def on_endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            while True:
                await response.write(self.body)
        except (ConnectionError, asyncio.CancelledError):
            return response

    async def on_slow(self, request: web.Request) -> web.StreamResponse:
        """Half the body, then silence."""
        response = web.StreamResponse()
        response.content_length = len(self.body)
        if self.etag:
            response.headers["ETag"] = self.etag
        await response.prepare(request)
        await response.write(self.body[: len(self.body) // 2])
        await self.hold.wait()
        return response

    async def on_html(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="<!DOCTYPE html><title>Sorry</title>" + "x" * 500, content_type="video/mp4")

    async def on_empty(self, request: web.Request) -> web.StreamResponse:
        return web.Response()

    async def on_zip(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(self.body[:1000]), headers={"Content-Encoding": "gzip"})

    async def on_loop(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/loop")

    async def on_hop(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/video?sig=again")

    async def on_away(self, request: web.Request) -> web.StreamResponse:
        """To the same server under another name: another origin."""
        raise web.HTTPSeeOther(request.query["to"])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    serving = Server()
    app = web.Application()
    app.router.add_get("/{how}", serving.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    serving.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield serving
    serving.hold.set()
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """As the gateway room builds it, with a key that must never leave."""
    transport = AiohttpTransport(verify=False)
    async with httpx.AsyncClient(
        transport=transport, headers={"Authorization": "Bearer sk-CANARY"}, cookies={"session": "CANARY"}
    ) as made:
        yield made


class Sleeps(list[float]):
    """A sleep that only writes down."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
async def s3() -> AsyncIterator[S3Server]:
    """An S3-compatible store on loopback."""
    async with S3Server() as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
async def places(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Places]:
    """Each kind of store: a folder (of one machine, or shared by several), and a bucket."""
    if request.param == "folder":
        yield Places(tmp_path, None)
        return
    async with S3Server(page=2) as server:
        yield Places(tmp_path, server)
