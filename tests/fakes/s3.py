"""An S3-compatible store on loopback: objects in memory, signatures checked, faults on demand.

Written from Amazon's API reference (path-style requests, Signature Version 4 in the Authorization header): GET with
Range, HEAD, PUT, DELETE, DeleteObjects, ListObjectsV2 with pages, multipart uploads.
"""

import asyncio
import hashlib
import hmac
import itertools
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Self
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from aiohttp import web

ACCESS_KEY, SECRET_KEY = "loopback-access", "loopback-secret-canary"
_SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Stored:
    """An object: its bytes and when it was put (epoch seconds)."""

    data: bytes
    put_at: float

    @property
    def tag(self) -> str:
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'


@dataclass
class _Fault:
    """What becomes of the next requests: an error, or a connection that ends in the middle."""

    times: int
    method: str | None = None
    status: int | None = None
    code: str = ""

    def fits(self, method: str) -> bool:
        return self.times > 0 and self.method in (None, method)


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass
class S3Server:
    """The server; `async with` starts and stops it. `page` objects are listed at a time, `now` dates them."""

    bucket: str = "videos"
    secret: str = SECRET_KEY
    page: int = 1000
    now: Callable[[], float] = time.time
    objects: dict[str, Stored] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[_Fault] = field(default_factory=list)
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """The endpoint is dead from now on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def fail(self, status: int, code: str, *, times: int = 1, method: str | None = None) -> None:
        """The next `times` requests (of this method) are refused so, such as 503 SlowDown."""
        self.faults.append(_Fault(times, method, status, code))

    def cut(self, *, times: int = 1, method: str | None = None) -> None:
        """The connections of the next `times` requests end in the middle."""
        self.faults.append(_Fault(times, method))

    def count(self, method: str) -> int:
        """Requests of this method so far."""
        return sum(1 for seen, _ in self.requests if seen == method)

    # --------------------------------------------------------------------------------------------- requests

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.rel_url.raw_path))
        fault = next((fault for fault in self.faults if fault.fits(request.method)), None)
        if fault is not None and fault.status is None and request.method != "GET":
            fault.times -= 1
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = await request.read()
        try:
            if fault is not None and fault.status is not None:
                fault.times -= 1
                raise _RefusedError(fault.status, fault.code)
            self._check_signature(request, body)
            answer = self._act(request, body)
        except _RefusedError as error:
            return _error(request, error)
        if fault is not None:
            fault.times -= 1
            return await self._half(request, answer)
        return answer

    async def _half(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        body = bytes(answer.body) if isinstance(answer.body, bytes | bytearray) else b""
        half = web.StreamResponse(status=answer.status, headers=answer.headers)
        half.content_length = len(body)
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        await asyncio.sleep(0)
        assert request.transport is not None
        request.transport.abort()
        return half

    def _act(self, request: web.Request, body: bytes) -> web.Response:
        name, _, key = unquote(request.rel_url.raw_path).lstrip("/").partition("/")
        if name != self.bucket:
            raise _RefusedError(404, "NoSuchBucket", "The specified bucket does not exist")
        query, method = request.query, request.method
        if method == "POST" and "delete" in query:
            return self._delete_many(body)
        if method == "POST" and "uploads" in query:
            return self._begin(key)
        if "uploadId" in query:
            return self._part_of(method, key, query, body)
        if method == "GET" and not key:
            return self._list(query)
        match method:
            case "PUT":
                return self._put(request, key, body)
            case "GET" | "HEAD":
                return self._get(request, key)
            case "DELETE":
                self.objects.pop(key, None)
                return web.Response(status=204)
        raise _RefusedError(405, "MethodNotAllowed")

    def _put(self, request: web.Request, key: str, body: bytes) -> web.Response:
        if request.headers.get("If-None-Match") == "*" and key in self.objects:
            raise _RefusedError(412, "PreconditionFailed")
        self.objects[key] = Stored(body, self.now())
        return web.Response(headers={"ETag": self.objects[key].tag})

    def _get(self, request: web.Request, key: str) -> web.Response:
        found = self.objects.get(key)
        if found is None:
            raise _RefusedError(404, "NoSuchKey", "The specified key does not exist.")
        headers = {
            "ETag": found.tag,
            "Last-Modified": format_datetime(datetime.fromtimestamp(int(found.put_at), UTC), usegmt=True),
            "Accept-Ranges": "bytes",
        }
        data, status, asked = found.data, 200, request.http_range
        if asked.start is not None:
            if asked.start >= len(data) > 0:
                raise _RefusedError(416, "InvalidRange")
            end = min(asked.stop or len(data), len(data))
            headers["Content-Range"] = f"bytes {asked.start}-{end - 1}/{len(data)}"
            data, status = data[asked.start : end], 206
        if request.method == "HEAD":
            return web.Response(status=status, headers={**headers, "Content-Length": str(len(data))})
        return web.Response(status=status, headers=headers, body=data)

    def _list(self, query: Mapping[str, str]) -> web.Response:
        prefix, most = query.get("prefix", ""), min(int(query.get("max-keys", self.page)), self.page)
        after = query.get("continuation-token") or query.get("start-after", "")
        keys = [key for key in sorted(self.objects) if key.startswith(prefix) and key > after]
        page, more = keys[:most], len(keys) > most
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key].data)}</Size>"
            f"<LastModified>{datetime.fromtimestamp(self.objects[key].put_at, UTC):%Y-%m-%dT%H:%M:%S.000Z}"
            f"</LastModified><ETag>{escape(self.objects[key].tag)}</ETag></Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return _xml(
            f'<ListBucketResult xmlns="{_SPACE}"><Name>{self.bucket}</Name><KeyCount>{len(page)}</KeyCount>'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{rows}{token}</ListBucketResult>"
        )

    def _delete_many(self, body: bytes) -> web.Response:
        tree = ET.fromstring(body)
        keys = [str(node.text) for node in tree.iter() if node.tag.rpartition("}")[2] == "Key"]
        for key in keys:
            self.objects.pop(key, None)
        gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return _xml(f'<DeleteResult xmlns="{_SPACE}">{gone}</DeleteResult>')

    def _begin(self, key: str) -> web.Response:
        upload = f"upload-{next(self._numbers)}"
        self.uploads[upload] = {}
        return _xml(
            f'<InitiateMultipartUploadResult xmlns="{_SPACE}"><Bucket>{self.bucket}</Bucket><Key>{escape(key)}</Key>'
            f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        )

    def _part_of(self, method: str, key: str, query: Mapping[str, str], body: bytes) -> web.Response:
        parts = self.uploads.get(query["uploadId"])
        if parts is None:
            raise _RefusedError(404, "NoSuchUpload")
        if method == "PUT":
            parts[int(query["partNumber"])] = body
            return web.Response(headers={"ETag": Stored(body, 0).tag})
        del self.uploads[query["uploadId"]]
        if method == "DELETE":
            return web.Response(status=204)
        self.objects[key] = Stored(b"".join(parts[number] for number in sorted(parts)), self.now())
        return _xml(
            f'<CompleteMultipartUploadResult xmlns="{_SPACE}"><Key>{escape(key)}</Key>'
            f"<ETag>{escape(self.objects[key].tag)}</ETag></CompleteMultipartUploadResult>"
        )

    # ------------------------------------------------------------------------------------------- signatures

    def _check_signature(self, request: web.Request, body: bytes) -> None:
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        said = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if scheme != "AWS4-HMAC-SHA256" or "Credential" not in said:
            raise _RefusedError(403, "AccessDenied")
        access, day, region, service, end = said["Credential"].split("/")
        if access != ACCESS_KEY:
            raise _RefusedError(403, "InvalidAccessKeyId")
        digest = request.headers["x-amz-content-sha256"]
        if digest != "UNSIGNED-PAYLOAD" and digest != hashlib.sha256(body).hexdigest():
            raise _RefusedError(400, "XAmzContentSHA256Mismatch")
        names = said["SignedHeaders"].split(";")
        pairs = sorted((_strict(name), _strict(value)) for name, value in request.query.items())
        canonical = "\n".join(
            [
                request.method,
                request.rel_url.raw_path,
                "&".join(f"{name}={value}" for name, value in pairs),
                *(f"{name}:{' '.join(request.headers[name].split())}" for name in names),
                "",
                said["SignedHeaders"],
                digest,
            ]
        )
        scope = f"{day}/{region}/{service}/{end}"
        to_sign = "\n".join(
            [scheme, request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = f"AWS4{self.secret}".encode()
        for part in (day, region, service, end, to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(key.hex(), said["Signature"]):
            raise _RefusedError(403, "SignatureDoesNotMatch", f"the string to sign was {to_sign} with {ACCESS_KEY}")


def _strict(text: str) -> str:
    return quote(text, safe="-_.~")


def _xml(text: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>{text}', content_type="application/xml")


def _error(request: web.Request, error: _RefusedError) -> web.Response:
    if request.method == "HEAD":
        return web.Response(status=error.status)
    answer = _xml(f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>")
    answer.set_status(error.status)
    return answer
