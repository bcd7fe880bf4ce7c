"""Uploads: both shapes, the limits, broken forms, files served back with Range, and unfit images failing a task."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from adapters.gateways.sandbox.toapis import ToAPIsWire
from adapters.gateways.sandbox.uploads import sniff


def encoded(kind: str, size: tuple[int, int] = (640, 360)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 120, 200)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")]
)
async def test_both_shapes_and_the_file_back(client, clock, kind: str, mime: str) -> None:
    data = encoded(kind)
    answer = (await client.upload(data)).json()
    assert answer == {"success": True, "message": "", "data": answer["data"]}
    assert answer["data"].keys() == {"id", "url", "mime_type", "size"}
    assert (answer["data"]["mime_type"], answer["data"]["size"]) == (mime, len(data))
    back = await client.http.get(answer["data"]["url"], headers={"Range": "bytes=2-5"})
    assert (back.status_code, back.content, back.headers["content-type"]) == (206, data[2:6], mime)
    flat = (await client.upload(data, "apimart", name="../../etc/öl.png")).json()
    assert flat == {
        "url": flat["url"],
        "filename": "öl.png",
        "content_type": mime,
        "bytes": len(data),
        "created_at": int(clock.now),
    }
    assert (await client.http.get(flat["url"])).content == data


async def test_purpose(client) -> None:
    url = client.base["toapis"] + "/v1/uploads/images"
    files = {"file": ("a.png", encoded("PNG"))}
    assert (await client.http.post(url, files=files, data={"purpose": "generation"})).status_code == 200
    assert (await client.http.post(url, files=files, data={"purpose": "chat"})).status_code == 400
    apimart = client.base["apimart"] + "/v1/uploads/images"
    assert (await client.http.post(apimart, files=files, data={"purpose": "generation"})).status_code == 400


async def test_too_large(client, monkeypatch) -> None:
    assert ToAPIsWire.upload_limits == {"images": 10 * 1024 * 1024, "videos": 50 * 1024 * 1024}
    png = encoded("PNG")
    fits = await client.upload(png.ljust(10 * 1024 * 1024, b"\0"))
    assert fits.json()["success"] is True
    over = await client.upload(png.ljust(10 * 1024 * 1024 + 1, b"\0"))
    assert over.status_code == 400
    assert over.json() == {"success": False, "message": "Image too large. Maximum size is 10MB"}
    over = await client.upload(png.ljust(20 * 1024 * 1024 + 1, b"\0"), "apimart")
    assert over.status_code == over.json()["code"] == 413
    assert len(list(client.sandbox._folder.iterdir())) == 1


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='x'/>", b"\x00\x00\x00\x18ftypmp42xxxxxxxx"])
async def test_not_an_image(client, data: bytes) -> None:
    for gateway in ("toapis", "apimart"):
        answer = await client.upload(data, gateway)
        assert answer.status_code == 400
        assert answer.json()["message"]
    assert not list(client.sandbox._folder.iterdir())


async def test_broken_forms(client) -> None:
    url = client.base["toapis"] + "/v1/uploads/images"
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    for headers, content in (
        ({}, b"raw"),
        ({"Content-Type": "multipart/form-data"}, b"x"),
        (multipart, b"no boundary"),
        (multipart, b"--x\r\nContent-Disposition: form-data; name=other\r\n\r\nv\r\n--x--\r\n"),
        (multipart, b"--x\r\nContent-Disposition: form-data; name=purpose\r\n\r\ngeneration\r\n--x--\r\n"),
        (multipart, b"--x\r\nContent-Disposition: form-data; name=file; filename=a.png\r\n\r\n"),
    ):
        answer = await client.http.post(url, headers=headers, content=content)
        assert answer.status_code == 400, content
        assert answer.json()["success"] is False


async def test_videos_only_on_toapis(client) -> None:
    movie = b"\x00\x00\x00\x18ftypmp42" + bytes(64)
    answer = (await client.upload(movie, kind="videos", name="a.mp4")).json()
    assert answer["data"]["mime_type"] == "video/mp4"
    assert answer["data"]["url"].endswith(".mp4")
    assert (await client.upload(encoded("PNG"), kind="videos")).status_code == 400
    assert (await client.upload(movie, "apimart", kind="videos")).status_code == 404


def test_sniff() -> None:
    assert sniff(b"\x00\x00\x00\x14ftypqt  ") == "video/quicktime"
    assert sniff(b"\x1a\x45\xdf\xa3") == "video/webm"
    assert sniff(b"") is None


@pytest.mark.parametrize(
    ("kind", "size", "fit"),
    [
        ("PNG", (300, 300), True),
        ("JPEG", (750, 300), True),
        ("PNG", (299, 400), False),
        ("PNG", (760, 300), False),
        ("WEBP", (400, 400), False),
        ("GIF", (400, 400), False),
    ],
)
async def test_unfit_images_fail_the_task(client, kind: str, size: tuple[int, int], fit: bool) -> None:
    url = await client.upload_url(encoded(kind, size))
    status = (await client.status(await client.make(image_urls=[url]))).json()
    if fit:
        assert status["status"] == "completed"
    else:
        assert status["error"]["message"] == "The resolution or aspect ratio of the input image is invalid"
    # the same file by another name of this host
    by_name = url.replace("127.0.0.1", "localhost")
    assert (await client.status(await client.make(image_urls=[by_name]))).json()["status"] == status["status"]


async def test_unknown_files(client) -> None:
    for path in ("uploads/none.png", "videos/none.mp4", "thumbnails/none.jpg", "uploads/..%2f..%2fetc%2fpasswd"):
        assert (await client.http.get(f"{client.sandbox.url}/files/{path}")).status_code == 404
