"""What strangers send as an image: clean JPEG or PNG out, or one sentence with the measured number."""

import io
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import httpx
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from adapters.media.errors import ImageRefused
from adapters.media.images import PreparedImage, fetch_image, prepare_image, read_image_file, sniff_image
from adapters.media.web import Waits

CANARY = b"CANARY-GPS-51.5N"
PADDING = b"\0" * 64


def opened(image: PreparedImage) -> Image.Image:
    found = Image.open(io.BytesIO(image.data))
    found.load()
    assert found.size == (image.width, image.height)
    assert found.format == {"image/jpeg": "JPEG", "image/png": "PNG"}[image.mime]
    assert image.suffix == {"image/jpeg": ".jpg", "image/png": ".png"}[image.mime]
    assert not found.getexif()
    assert not {"icc_profile", "xmp", "comment", "exif", "photoshop"} & set(found.info)
    return found


def near(a: Any, b: Any, most: int = 6) -> bool:
    return all(abs(x - y) <= most for x, y in zip(a, b, strict=True))


async def refused(data: bytes, **options: Any) -> ImageRefused:
    with pytest.raises(ImageRefused) as caught:
        await prepare_image(data, **options)
    message = caught.value.message
    assert "\n" not in message
    assert message.endswith(".")
    assert str(caught.value) == message
    return caught.value


def exif(orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = CANARY.decode()
    made.get_ifd(0x8825)[1] = "N"
    return made


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


# ------------------------------------------------------------------------------------------------ passed on


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
async def test_a_clean_png_is_passed_on_byte_for_byte(image_bytes, mode):
    data = image_bytes("PNG", mode=mode)
    assert (await prepare_image(data)).data == data


@pytest.mark.parametrize(("mode", "progressive"), [("RGB", False), ("RGB", True), ("L", False)])
async def test_a_clean_jpeg_is_passed_on_byte_for_byte(image_bytes, mode, progressive):
    data = image_bytes("JPEG", mode=mode, progressive=progressive)
    image = await prepare_image(data)
    assert image.data == data
    assert image.notes == ()


@pytest.mark.parametrize("progressive", [False, True])
async def test_jpeg_metadata_goes_and_the_picture_stays_bit_for_bit(image_bytes, progressive):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = image_bytes(
        "JPEG", progressive=progressive, exif=exif(), comment=CANARY, xmp=b"<x>" + CANARY, icc_profile=srgb
    )
    data = data[:2] + b"\xff\xed" + struct.pack(">H", 2 + len(CANARY)) + CANARY + data[2:] + b"PK\x03\x04" + CANARY
    image = await prepare_image(data)
    assert CANARY not in image.data
    assert opened(image).tobytes() == Image.open(io.BytesIO(data)).tobytes()
    assert image.data.endswith(b"\xff\xd9")


async def test_png_metadata_goes_and_the_picture_stays_bit_for_bit(image_bytes):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CANARY.decode())
    info.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    info.add(b"prVt", CANARY)
    data = image_bytes("PNG", pnginfo=info, exif=exif()) + b"<script>" + CANARY
    image = await prepare_image(data)
    assert CANARY not in image.data
    assert opened(image).tobytes() == Image.open(io.BytesIO(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(2, 9))
async def test_orientation_is_applied(kind, orientation):
    upright = Image.new("RGB", (480, 320), "white")
    upright.paste((200, 0, 0), (0, 0, 160, 100))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # the transpose that stores it so
    out = io.BytesIO()
    upright.transpose(Image.Transpose(back)).save(out, kind, exif=exif(orientation))
    image = await prepare_image(out.getvalue())
    assert (image.width, image.height) == (480, 320)
    found = opened(image).convert("RGB")
    assert near(found.getpixel((20, 20)), (200, 0, 0), 12)
    assert near(found.getpixel((460, 300)), (255, 255, 255), 12)
    assert CANARY not in image.data


async def test_broken_exif_does_not_matter(image_bytes):
    data = image_bytes("JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff" + b"\xff" * 40)
    assert opened(await prepare_image(data)).size == (400, 400)


# ------------------------------------------------------------------------------------------------ converted


@pytest.mark.parametrize(
    ("kind", "mode", "mime"),
    [
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/jpeg"),  # nothing in it is transparent
        ("GIF", "P", "image/jpeg"),
        ("BMP", "RGB", "image/jpeg"),
        ("TIFF", "RGB", "image/jpeg"),
        ("TIFF", "CMYK", "image/jpeg"),
        ("TIFF", "LAB", "image/jpeg"),
        ("TIFF", "F", "image/jpeg"),
        ("AVIF", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("JPEG2000", "RGB", None),
    ],
)
async def test_other_kinds_become_jpeg(image_bytes, kind, mode, mime):
    data = image_bytes(kind, mode=mode)
    if mime is None:
        assert (await refused(data)).reason == "not_an_image"
        return
    image = await prepare_image(data)
    assert image.mime == mime
    found = opened(image).convert("RGB")
    if mode != "F":
        assert near(found.getpixel((300, 300)), (200, 30, 60), 40 if kind == "GIF" else 12)  # GIF: the nearest of few


async def test_heic_is_turned_and_becomes_jpeg():
    picture = Image.new("RGB", (480, 320), (20, 160, 40))
    file = pillow_heif.from_pillow(picture)
    out = io.BytesIO()
    file.save(out, quality=90, exif=exif(6).tobytes())
    image = await prepare_image(out.getvalue())
    assert image.mime == "image/jpeg"
    assert (image.width, image.height) == (320, 480)
    assert near(opened(image).getpixel((100, 100)), (20, 160, 40), 12)
    assert CANARY not in image.data


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "TIFF", "PNG", "GIF"])
async def test_transparency_stays_as_png(kind):
    picture = Image.new("RGBA", (400, 400), (200, 30, 60, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 200, 200))
    out = io.BytesIO()
    picture.save(out, kind)
    image = await prepare_image(out.getvalue())
    assert image.mime == "image/png"
    found = opened(image).convert("RGBA")
    assert found.getpixel((100, 100))[3] == 0
    assert near(found.getpixel((300, 300)), (200, 30, 60, 255), 12)


async def test_a_png_too_large_becomes_jpeg_on_white():
    noise = Image.effect_noise((400, 400), 100).convert("RGBA")
    noise.paste((0, 0, 0, 0), (0, 0, 200, 200))
    out = io.BytesIO()
    noise.save(out, "PNG")
    image = await prepare_image(out.getvalue(), max_bytes=80_000)
    assert image.mime == "image/jpeg"
    assert len(image.data) <= 80_000
    assert near(opened(image).getpixel((100, 100)), (255, 255, 255))
    assert any("converted to JPEG" in note for note in image.notes)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
async def test_the_first_picture_of_several_with_a_note(kind):
    pictures = [Image.new("RGB", (400, 400), colour) for colour in ((200, 0, 0), (0, 200, 0), (0, 0, 200))]
    out = io.BytesIO()
    pictures[0].save(out, kind, save_all=True, append_images=pictures[1:])
    image = await prepare_image(out.getvalue())
    assert near(opened(image).convert("RGB").getpixel((9, 9)), (200, 0, 0), 12)
    assert len(image.notes) == 1
    assert "first" in image.notes[0]
    if kind in ("GIF", "WEBP", "PNG", "AVIF"):
        error = await refused(out.getvalue(), max_frames=2)
        assert error.reason == "too_many_frames"


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
async def test_sixteen_bit_grey(kind):
    deep = Image.new("I;16", (400, 400), 128 * 256)
    out = io.BytesIO()
    deep.save(out, kind)
    found = opened(await prepare_image(out.getvalue()))
    assert found.mode == "RGB"
    assert near(found.getpixel((9, 9)), (128, 128, 128), 2)


async def test_sixteen_bit_colour():
    row = b"\0" + struct.pack(">HHH", 200 * 257, 30 * 257, 60 * 257) * 400
    data = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 400, 400, 16, 2, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(row * 400))
        + png_chunk(b"IEND", b"")
    )
    image = await prepare_image(data)
    assert image.data[24] == 8  # bit depth
    assert near(opened(image).getpixel((9, 9)), (200, 30, 60), 1)


async def test_other_colour_profiles_become_srgb(image_bytes):
    """A made-up profile with red and green swapped: the colours must come out as it says."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", srgb, 128)[0]
    for entry in range(132, 132 + 12 * count, 12):
        name = bytes(srgb[entry : entry + 4])
        srgb[entry : entry + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    swapped = bytes(srgb).replace("sRGB".encode("utf-16-be"), "xxxx".encode("utf-16-be")).replace(b"sRGB", b"RGB ")
    for kind in ("PNG", "JPEG", "WEBP", "TIFF"):
        data = image_bytes(kind, icc_profile=swapped, **({"lossless": True} if kind == "WEBP" else {}))
        found = opened(await prepare_image(data)).convert("RGB")
        assert near(found.getpixel((300, 300)), (30, 200, 60), 12), kind


async def test_a_rubbish_profile_does_not_matter(image_bytes):
    data = image_bytes("JPEG", icc_profile=b"rubbish" * 50)
    assert near(opened(await prepare_image(data)).getpixel((300, 300)), (200, 30, 60))


# ------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", "empty", "0 bytes"),
        (b"\0", "not_an_image", "no image"),
        (b"just some text", "not_an_image", "no image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image", "an SVG drawing"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<svg/>", "not_an_image", "an SVG drawing"),
        (b"\xef\xbb\xbf <!DOCTYPE html><body>", "not_an_image", "a web page"),
        (b"%PDF-1.7\n\xff\xd8\xff\xe0", "not_an_image", "a PDF document"),
        (b"PK\x03\x04\xff\xd8\xff", "not_an_image", "a ZIP archive"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "not_an_image", "a video"),
        (b"\x1aE\xdf\xa3\x01", "not_an_image", "a video"),
        (b"BM is how this text begins, more or less", "not_an_image", "no image"),
        (b"\xff\xd8\xff", "broken", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "broken", "PNG"),
        (b"GIF89a" + PADDING, "broken", "GIF"),
        (b"RIFF\x20\0\0\0WEBPVP8 " + PADDING, "broken", "WEBP"),
        (b"II*\0" + PADDING, "broken", "TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + PADDING, "broken", "HEIF"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + PADDING, "broken", "AVIF"),
    ],
)
async def test_what_is_no_image(data, reason, words):
    error = await refused(data)
    assert error.reason == reason
    assert words in error.message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
async def test_cut_files(kind, share):
    noise = Image.effect_noise((400, 400), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, kind)
    data = out.getvalue()
    assert (await refused(data[: int(len(data) * share)])).reason == "broken"


@given(
    data=st.binary(max_size=300), magic=st.sampled_from([b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM"])
)
@settings(max_examples=60, deadline=None)
async def test_rubbish_never_raises_anything_else(data, magic):
    with pytest.raises(ImageRefused):
        await prepare_image(magic + data)


async def test_a_bomb_is_refused_by_its_header():
    """A PNG of 40 000 x 40 000 that would take gigabytes, in a few bytes."""
    data = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 6, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9))
        + png_chunk(b"IEND", b"")
    )
    tracemalloc.start()
    error = await refused(data)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert error.reason == "too_many_pixels"
    assert "40000 x 40000 pixels (1600.0 megapixels); at most 50 megapixels" in error.message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"])
async def test_pixels_are_bounded_for_every_kind(image_bytes, kind):
    error = await refused(image_bytes(kind, size=(600, 500)), max_pixels=299_999)
    assert error.reason == "too_many_pixels"
    assert "600 x 500" in error.message


async def test_heic_pixels_are_bounded():
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (600, 500))).save(out)
    assert (await refused(out.getvalue(), max_pixels=299_999)).reason == "too_many_pixels"


async def test_a_webp_canvas_is_judged_before_room_is_made_for_it():
    body = b"VP8X\x0a\0\0\0\x02\0\0\0" + (16_383).to_bytes(3, "little") * 2 + b"ANIM\x06\0\0\0\0\0\0\0\0\0"
    data = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    assert "16384 x 16384" in (await refused(data)).message


async def test_bytes_are_bounded(image_bytes):
    error = await refused(image_bytes() + bytes(30_000), max_input_bytes=20_000)
    assert error.reason == "too_many_bytes"
    assert "at most 20 KB" in error.message


async def test_files_of_endlessly_many_parts(image_bytes):
    """Each part costs time in the readers, even when it holds nothing."""
    jpeg, png, gif = image_bytes("JPEG"), image_bytes("PNG"), image_bytes("GIF", mode="P")
    table = gif.index(b"\x2c", 13 + 3 * (2 << (gif[10] & 7)))
    for data in (
        jpeg[:2] + b"\xff\xe5\0\x02" * 60_000 + jpeg[2:],
        png[:33] + png_chunk(b"prVt", b"") * 60_000 + png[33:],
        gif[:table] + b"\x21\xfe\0" * 60_000 + gif[table:],
        gif[:table] + b"\x21\xfe" + b"\x01x" * 500_000 + b"\0" + gif[table:],
    ):
        error = await refused(data)
        assert error.reason == "broken"
        assert "too many parts" in error.message


@pytest.mark.parametrize("tidy", [True, False])
async def test_a_jpeg_of_endlessly_many_scans(tidy):
    out = io.BytesIO()
    Image.new("RGB", (2500, 2500)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    scan = data[data.rindex(b"\xff\xda") : -2]
    made = data[:-2] + scan * 600 + data[-2:]
    error = await refused(made if tidy else made[:20] + b"\0" + made[20:])
    assert error.reason == "broken"


async def test_text_bombs_in_a_png_are_not_unpacked(image_bytes):
    data = image_bytes("PNG")
    bomb = png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(80_000_000), 9)) * 3
    image = await prepare_image(data[:33] + bomb + data[33:])
    assert image.data == data


async def test_still_too_large_says_both_numbers():
    noise = Image.effect_noise((500, 400), 120).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "WEBP", lossless=True)
    error = await refused(out.getvalue(), max_bytes=9_000)
    assert error.reason == "too_large_after_conversion"
    assert "500 x 400" in error.message
    assert "at most 9 KB" in error.message


async def test_the_sentences_of_the_bounds(image_bytes):
    assert (await refused(image_bytes(size=(280, 900)))).message == (
        "This image is 280 x 900 pixels; each side must be at least 300. Use a larger image."
    )
    assert (await refused(image_bytes(size=(1000, 300)))).message == (
        "This image is 1000 x 300 pixels, a ratio of 3.33:1; it must be between 1:2.5 and 2.5:1. Crop it."
    )


@given(
    width=st.one_of(st.integers(1, 1200), st.sampled_from([299, 300, 301, 750, 751])),
    height=st.one_of(st.integers(1, 1200), st.sampled_from([299, 300, 301, 750, 751])),
    kind=st.sampled_from(["JPEG", "PNG", "BMP", "GIF"]),
    turned=st.booleans(),
)
@settings(max_examples=80, deadline=None)
async def test_accepted_exactly_when_the_renderer_takes_it(width, height, kind, turned):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(
        out, kind, **({"exif": exif(6)} if turned and kind == "JPEG" else {})
    )
    fits = min(width, height) >= 300 and max(width, height) * 2 <= min(width, height) * 5
    if not fits:
        error = await refused(out.getvalue())
        assert error.reason in ("too_small", "ratio")
        assert f"{width} x {height}" in error.message or f"{height} x {width}" in error.message
        return
    image = await prepare_image(out.getvalue())
    assert len(image.data) <= 10 * 1024 * 1024
    found = opened(image)
    assert sorted(found.size) == sorted((width, height))
    assert found.mode in ("RGB", "L")
    assert min(found.size) >= 300


async def test_two_preparations_of_one_image_are_equal(image_bytes):
    data = image_bytes("WEBP")
    assert await prepare_image(data) == await prepare_image(data)


def test_sniffing(image_bytes):
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"):
        assert sniff_image(image_bytes(kind)) == kind.lower()


# ------------------------------------------------------------------------------------------------ files and links


async def test_reading_files(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(b"12345")
    assert await read_image_file(path) == b"12345"
    for wrong, reason in (
        (tmp_path / "missing.png", "not_found"),
        (path / "below", "not_found"),
        (tmp_path, "not_a_file"),
        (Path("/dev/zero"), "not_a_file"),
        (Path("a\0b"), "unreadable"),
        (tmp_path / ("x" * 300), "unreadable"),
    ):
        with pytest.raises(ImageRefused) as caught:
            await read_image_file(wrong)
        assert caught.value.reason == reason
        assert str(wrong).replace("\0", "?")[-50:] in caught.value.message
    with pytest.raises(ImageRefused, match="at most 4 bytes"):
        await read_image_file(path, max_input_bytes=4)


async def fetched(server: Any, client: httpx.AsyncClient, how: str, **options: Any) -> bytes:
    options = {"allow_private": True, "waits": Waits(2.0, 3.0, 10.0), **options}
    return await fetch_image(server.url(f"/{how}?token=SECRET"), client, **options)


async def test_fetching(server, client, image_bytes):
    server.body = image_bytes()
    assert await fetched(server, client, "video") == server.body
    assert await fetched(server, client, "hop", headers={"Authorization": "Bearer mine"}) == server.body
    assert await fetched(server, client, "chunked") == server.body
    assert [seen.headers.get("authorization") for seen in server.requests] == [None, "Bearer mine", "Bearer mine", None]
    assert "CANARY" not in str(server.requests)


@pytest.mark.parametrize(
    ("how", "options", "reason", "words"),
    [
        ("loop", {}, "link", "redirects more than 3 times"),
        ("endless", {"max_input_bytes": 5000}, "too_many_bytes", "at most 5 KB"),
        ("video", {"max_input_bytes": 5000}, "too_many_bytes", "at most 5 KB"),
        ("slow", {"waits": Waits(2.0, 0.1, 5.0)}, "unreachable", "too slow"),
        ("slow", {"waits": Waits(2.0, 5.0, 0.1)}, "unreachable", "too slow"),
        ("longer", {}, "unreachable", "stopped"),
        ("zip", {}, "link", "compressed"),
        ("video", {"allow_private": False}, "address", "private network"),
    ],
)
async def test_links_that_do_not_give_an_image(server, client, how, options, reason, words):
    server.body = bytes(6000)
    with pytest.raises(ImageRefused) as caught:
        await fetched(server, client, how, **options)
    assert caught.value.reason == reason
    assert words in caught.value.message
    assert "SECRET" not in caught.value.message


async def test_a_missing_image(server, client):
    server.statuses = [404]
    with pytest.raises(ImageRefused, match="answers 404"):
        await fetched(server, client, "video")


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/passwd", "http://", "x", "", "http://u:p@a/b", "http://[::"])
async def test_links_that_are_none(client, url):
    with pytest.raises(ImageRefused) as caught:
        await fetch_image(url, client)
    assert caught.value.reason == "address"
    assert "u:p" not in caught.value.message
