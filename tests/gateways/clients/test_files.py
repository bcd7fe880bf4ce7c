"""Uploads: streamed multipart forms, sizes measured before anything is sent, both answers' shapes (section 4)."""

from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest

from adapters.gateways.apimart import ApiMart
from adapters.gateways.toapis import ToApis
from bot.generation.ports import GatewayError, Uploaded
from tests.gateways.clients.pair import Clients, hurry
from tests.gateways.clients.script import HTML_504, KEY, NOW, Act, Script, Seen, answer, close, silence

Either = ToApis | ApiMart
URL = "https://files.toapis.com/u/1.png"
MB = 1024 * 1024
STORED = {"success": True, "message": "", "data": {"id": "f1", "url": URL, "mime_type": "image/png", "size": 4}}
FLAT = {"url": URL, "filename": "image.png", "content_type": "image/png", "bytes": 4, "created_at": NOW - 100}


def form(seen: Seen) -> dict[str, tuple[str | None, str, bytes]]:
    """name -> (file name, content type, bytes) of a multipart form, read by the standard library."""
    head = f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + seen.body)
    parts: dict[str, tuple[str | None, str, bytes]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(data, bytes)
        parts[name] = (part.get_filename(), part.get_content_type(), data)
    return parts


async def test_toapis_image(clients: Clients, gateway: Script) -> None:
    gateway.play(answer(STORED))
    data = b"\x89PNG\r\n--x\r\n" + bytes(range(256))
    assert await clients.toapis(gateway.url).upload_image(data, "image/png") == Uploaded(URL, None)
    (seen,) = gateway.seen
    assert (seen.method, seen.target) == ("POST", "/v1/uploads/images")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert "transfer-encoding" not in seen.headers
    assert form(seen) == {
        "purpose": (None, "text/plain", b"generation"),
        "file": ("image.png", "image/png", data),
    }


async def test_apimart_image_lives_72_hours(clients: Clients, gateway: Script) -> None:
    client = clients.apimart(gateway.url)
    gateway.play(answer(FLAT))
    assert await client.upload_image(b"\xff\xd8jpg", "image/jpeg") == Uploaded(URL, NOW - 100 + 72 * 3600)
    assert form(gateway.seen[0]) == {"file": ("image.jpg", "image/jpeg", b"\xff\xd8jpg")}
    gateway.play(answer({"url": URL}))
    assert await client.upload_image(b"x", "image/jpeg") == Uploaded(URL, NOW + 72 * 3600)
    gateway.play(answer({"url": URL, "created_at": "garbage"}))
    assert await client.upload_image(b"x", "image/jpeg") == Uploaded(URL, NOW + 72 * 3600)
    gateway.play(answer({"url": URL, "created_at": NOW * 1000, "expires_at": NOW + 5}))
    assert await client.upload_image(b"x", "image/jpeg") == Uploaded(URL, NOW + 5)


@pytest.mark.parametrize("body", [STORED, FLAT, {"data": [{"url": URL}]}, {"data": URL}, {"success": True, "url": URL}])
async def test_every_shape_of_a_stored_file(client: Either, gateway: Script, body: object) -> None:
    gateway.play(answer(body))
    assert (await client.upload_image(b"x", "image/webp")).url == URL


async def test_toapis_video_is_streamed_from_the_file(clients: Clients, gateway: Script, tmp_path: Path) -> None:
    gateway.play(answer(STORED))
    data = bytes(range(256)) * 4096 + b"end"  # more than one chunk
    (tmp_path / "a.mov").write_bytes(data)
    uploaded = await clients.toapis(gateway.url).upload_video(tmp_path / "a.mov", "video/quicktime")
    assert uploaded == Uploaded(URL, None)
    assert gateway.seen[0].target == "/v1/uploads/videos"
    assert form(gateway.seen[0]) == {"file": ("video.mov", "video/quicktime", data)}


async def test_apimart_takes_no_video(clients: Clients, gateway: Script, tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as caught:
        await clients.apimart(gateway.url).upload_video(tmp_path / "a.mp4", "video/mp4")
    assert (caught.value.code, caught.value.retry) == ("unsupported", False)
    assert caught.value.message == (
        "This gateway cannot do that: it takes no reference video. Choose another gateway, or leave it out."
    )
    assert gateway.connections == 0


# ------------------------------------------------------------------------------------------- refused before sending


@pytest.mark.parametrize(("name", "most"), [("toapis", 10), ("apimart", 20)])
async def test_an_image_that_is_too_large_is_refused_with_its_size(
    clients: Clients, gateway: Script, name: str, most: int
) -> None:
    client: Either = getattr(clients, name)(gateway.url)
    with pytest.raises(GatewayError) as caught:
        await client.upload_image(bytes(most * MB + MB // 2), "image/png")
    assert (caught.value.code, caught.value.retry) == ("too_large", False)
    assert f"the image has {most}.5 MB and at most {most} MB are allowed" in caught.value.message
    assert gateway.connections == 0


async def test_a_video_that_is_too_large_is_refused_with_its_size(
    clients: Clients, gateway: Script, tmp_path: Path
) -> None:
    with (tmp_path / "a.mp4").open("wb") as file:
        file.truncate(51 * MB)
    with pytest.raises(GatewayError) as caught:
        await clients.toapis(gateway.url).upload_video(tmp_path / "a.mp4", "video/mp4")
    assert caught.value.code == "too_large"
    assert "the video has 51.0 MB and at most 50 MB are allowed" in caught.value.message
    assert gateway.connections == 0


async def test_files_that_cannot_be_sent(clients: Clients, gateway: Script, tmp_path: Path) -> None:
    client = clients.toapis(gateway.url)
    (tmp_path / "empty.mp4").touch()
    for call, words in (
        (client.upload_image(b"", "image/png"), "the image is empty"),
        (client.upload_image(b"x", "image/tiff"), "it takes images only as JPG, PNG, WEBP, GIF"),
        (client.upload_video(tmp_path / "empty.mp4", "video/mp4"), "the video is empty"),
        (client.upload_video(tmp_path / "gone.mp4", "video/mp4"), "the video cannot be read any more"),
        (client.upload_video(tmp_path / "empty.mp4", "video/x-msvideo"), "it takes videos only as MP4, WEBM, MOV"),
    ):
        with pytest.raises(GatewayError) as caught:
            await call
        assert (caught.value.code, caught.value.retry) == ("file_refused", False)
        assert words in caught.value.message
    assert gateway.connections == 0


async def test_a_file_that_shrinks_while_it_is_sent(clients: Clients, gateway: Script, tmp_path: Path) -> None:
    class Shrinking(type(tmp_path)):  # type: ignore[misc]
        def stat(self, **_more: object) -> Any:
            return type("Stat", (), {"st_size": 5_000_000})()

    gateway.play(answer(STORED))
    path = Shrinking(tmp_path / "a.mp4")
    path.write_bytes(b"short")
    with pytest.raises(GatewayError) as caught:
        await clients.toapis(gateway.url).upload_video(path, "video/mp4")
    assert (caught.value.code, caught.value.retry) == ("connection_lost", True)


# ------------------------------------------------------------------------------------------- refused by the gateway

TOO_LARGE = {"success": False, "message": "Image too large. Maximum size is 10MB"}
BAD_RATIO = {"success": False, "message": "The resolution or aspect ratio of the input image is invalid"}
REFUSALS: dict[str, tuple[Act, str, bool]] = {
    "too large, 400": (answer(TOO_LARGE, 400), "too_large", False),
    "too large, 200": (answer(TOO_LARGE), "too_large", False),
    "too large, 200, with a link": (answer({**TOO_LARGE, "data": {"url": URL}}), "too_large", False),
    "413": (answer("<html>413</html>", 413), "too_large", False),
    "bad image, 400": (answer(BAD_RATIO, 400), "image_refused", False),
    "bad image, 200": (answer(BAD_RATIO), "image_refused", False),
    "moderation": (answer({"success": False, "message": "sensitive content detected"}), "content_refused", False),
    "unknown words, 400": (answer({"success": False, "message": "no"}, 400), "file_refused", False),
    "unknown words, 200": (answer({"success": False, "message": "storage is waking up"}), "file_refused", True),
    "file type, 200": (answer({"success": False, "message": "Unsupported file type"}), "file_refused", False),
    "no reason, 200": (answer({"success": False}), "file_refused", True),
    "no link, 200": (answer({"success": True, "data": {}}), "bad_answer", True),
    "no safe link": (answer({"url": "javascript:alert(1)"}), "bad_answer", True),
    "HTML, 200": (answer("<html/>"), "bad_answer", True),
    "HTML, 400": (answer("<html/>", 400), "bad_answer", True),
    "401": (answer({"error": {"message": "x"}}, 401), "unauthorized", False),
    "402": (answer({"error": {"message": "x"}}, 402), "out_of_credit", False),
    "403": (answer({"error": {"message": "x"}}, 403), "forbidden", False),
    "429": (answer({}, 429), "rate_limited", True),
    "500": (answer({}, 500), "server_error", True),
    "504 and HTML": (answer(HTML_504, 504), "server_error", True),
    "closed": (close, "connection_lost", True),
    "silence": (silence, "timeout", True),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_an_upload_that_did_not_work(client: Either, gateway: Script, case: str) -> None:
    act, code, retry = REFUSALS[case]
    gateway.play(act)
    if code == "timeout":
        hurry(client)
    with pytest.raises(GatewayError) as caught:
        await client.upload_image(b"x", "image/png")
    assert (caught.value.code, caught.value.retry) == (code, retry)
    assert caught.value.__context__ is None
    assert len(gateway.seen) == 1


async def test_the_gateways_own_words_are_in_the_message(client: Either, gateway: Script) -> None:
    gateway.play(answer(TOO_LARGE, 400))
    with pytest.raises(GatewayError, match=r"Image too large\. Maximum size is 10MB"):
        await client.upload_image(b"x", "image/png")
