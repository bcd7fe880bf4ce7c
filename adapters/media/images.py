"""Images in: what strangers send becomes a clean JPEG or PNG that the renderer takes, or one sentence why not.

A JPEG or PNG that is upright and plain sRGB keeps its picture data bit for bit: only its metadata blocks are left out,
so nothing at all changes in a file that has none. Everything else is decoded (first picture, turned upright, colours to
sRGB, 8 bit) and written anew. Nothing after the end of the picture data survives.
"""

import asyncio
import hashlib
import io
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image, ImageCms, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from adapters.media.errors import AddressRefused, ImageRefused, shown_path, shown_url
from adapters.media.web import (
    LinkOpener,
    LinkRefused,
    LinkTooLarge,
    LinkUnreachable,
    Resolve,
    Waits,
    megabytes,
    read_link,
    resolve_host,
)

MB = 1024 * 1024
MAX_INPUT_BYTES = 20 * MB
_FETCH_WAITS = Waits(connect=10.0, idle=15.0, total=45.0)


@dataclass(frozen=True, slots=True)
class ImageRules:
    """Bounds of an image. Bytes, pixels; `max_ratio` is the longer side divided by the shorter one.

    `max_bytes` bounds what comes out, `max_input_bytes` what may come in.
    """

    max_bytes: int = 10 * MB
    max_input_bytes: int = MAX_INPUT_BYTES
    max_pixels: int = 50_000_000
    max_frames: int = 3000
    min_side: int = 300
    max_ratio: float = 2.5


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """An image the renderer takes: "image/jpeg" or "image/png", sides in pixels as shown, the hash of `data`, and
    sentences about what was changed that people should know (`notes`)."""

    data: bytes
    mime: str
    width: int
    height: int
    sha256: str
    suffix: str
    notes: tuple[str, ...] = ()


async def prepare_image(
    data: bytes,
    *,
    max_bytes: int = 10 * MB,
    max_input_bytes: int = MAX_INPUT_BYTES,
    max_pixels: int = 50_000_000,
    max_frames: int = 3000,
    min_side: int = 300,
    max_ratio: float = 2.5,
) -> PreparedImage:
    """Make an image ready for the renderer; see ImageRules for the bounds. Goes by the bytes, never by a name.

    Takes JPEG, PNG, WebP, GIF, HEIC, AVIF, BMP and TIFF. PNG comes out for PNG and for images with transparency, JPEG
    otherwise, or when a PNG would be larger than `max_bytes`. Raises ImageRefused with the measured numbers.
    """
    rules = ImageRules(max_bytes, max_input_bytes, max_pixels, max_frames, min_side, max_ratio)
    return await asyncio.to_thread(_prepare, data, rules)


async def read_image_file(path: Path, *, max_input_bytes: int = MAX_INPUT_BYTES) -> bytes:
    """The bytes of a file on this machine, at most `max_input_bytes`. Raises ImageRefused naming the path."""
    return await asyncio.to_thread(_read_file, path, max_input_bytes)


async def fetch_image(
    url: str,
    client: httpx.AsyncClient,
    *,
    max_input_bytes: int = MAX_INPUT_BYTES,
    allow_private: bool = False,
    headers: Mapping[str, str] | None = None,
    resolve: Resolve = resolve_host,
    waits: Waits = _FETCH_WAITS,
    max_redirects: int = 3,
) -> bytes:
    """The bytes behind an http(s) link from a stranger, bounded in size, time and redirects.

    Links into private networks are refused unless `allow_private`. `headers` (a Slack file needs its token) are sent to
    the link's own origin only, never after a redirect elsewhere; nothing of the client's defaults is sent.
    Raises ImageRefused (reasons: link, address, unreachable, too_many_bytes).
    """
    opener = LinkOpener(client, allow_private=allow_private, resolve=resolve)
    try:
        return await read_link(
            opener, url, max_bytes=max_input_bytes, waits=waits, max_redirects=max_redirects, headers=headers
        )
    except AddressRefused as error:
        raise ImageRefused("address", error.message) from error
    except LinkUnreachable as error:
        raise ImageRefused("unreachable", error.message) from error
    except LinkTooLarge as error:
        raise ImageRefused(
            "too_many_bytes",
            f"The image behind {shown_url(url)} has at least {megabytes(error.measured)}; at most "
            f"{megabytes(error.limit)} are taken. Use a smaller file.",
        ) from error
    except LinkRefused as error:
        raise ImageRefused("link", error.message) from error


def _read_file(path: Path, most: int) -> bytes:
    shown = shown_path(path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ImageRefused("not_a_file", f"{shown} is not a file: give the path of an image.")
        if found.st_size > most:
            raise _too_many_bytes(found.st_size, most)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except ImageRefused:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageRefused("not_found", f"{shown} does not exist: check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        why = getattr(error, "strerror", None) or "not a valid path"
        raise ImageRefused("unreadable", f"{shown} cannot be read ({why}): check the path.") from error
    if len(data) > most:
        raise _too_many_bytes(len(data), most)
    return data


def _too_many_bytes(size: int, most: int) -> ImageRefused:
    return ImageRefused(
        "too_many_bytes",
        f"This image has {megabytes(size)}; at most {megabytes(most)} are taken. Use a smaller file.",
    )


# ------------------------------------------------------------------------------------------------ what is it

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"heif"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

#: beginning of the file -> what people call it and what to do
_OTHERS = (
    (b"%PDF", "a PDF document: export the page as PNG or JPEG"),
    (b"PK\x03\x04", "a ZIP archive or office document: send the image itself"),
    (b"\x1aE\xdf\xa3", "a video: send a picture from it as PNG or JPEG"),
    (b"8BPS", "a Photoshop file: export it as PNG or JPEG"),
    (b"gimp xcf", "a GIMP file: export it as PNG or JPEG"),
)


def sniff_image(data: bytes) -> str | None:
    """ "jpeg", "png", "webp", "gif", "heif", "avif", "bmp" or "tiff" by the first bytes; None for anything else."""
    head = data[:32]
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(_PNG):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if (
        head[:2] == b"BM"
        and len(head) >= 18
        and struct.unpack_from("<I", head, 14)[0] in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "bmp"
    if head[4:8] == b"ftyp":
        size = struct.unpack_from(">I", head)[0]
        brands = [data[8:12], *(data[i : i + 4] for i in range(16, min(size, 256), 4))]
        if any(brand in _AVIF_BRANDS for brand in brands):
            return "avif"
        if any(brand in _HEIF_BRANDS for brand in brands):
            return "heif"
    return None


def _not_an_image(data: bytes) -> ImageRefused:
    what = next((words for magic, words in _OTHERS if data.startswith(magic)), None)
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if what is None and data[4:8] == b"ftyp":
        what = "a video: send a picture from it as PNG or JPEG"
    if what is None and b"<svg" in start and start.startswith(b"<"):
        what = "an SVG drawing: export it as PNG or JPEG"
    if what is None and start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        what = "a web page: use the link of the image itself"
    if what is None:
        what = "no image this bot knows: use JPEG, PNG, WebP, GIF, HEIC, AVIF, BMP or TIFF"
    return ImageRefused("not_an_image", f"This file is {what}.")


# ------------------------------------------------------------------------------------------------ the work


def _prepare(data: bytes, rules: ImageRules) -> PreparedImage:
    if not data:
        raise ImageRefused("empty", "The image is empty (0 bytes): send it again.")
    if len(data) > rules.max_input_bytes:
        raise _too_many_bytes(len(data), rules.max_input_bytes)
    kind = sniff_image(data)
    if kind is None:
        raise _not_an_image(data)
    try:
        return _convert(kind, data, rules)
    except ImageRefused:
        raise
    except MemoryError as error:
        raise ImageRefused("too_many_pixels", "This image is too large to be read here: make it smaller.") from error
    except Exception as error:
        raise ImageRefused(
            "broken", f"This {kind.upper()} image is cut or damaged and cannot be read: save it anew and send it again."
        ) from error


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file whose header has been read, its pixels not yet. `size` is as stored, `turn` makes it upright."""

    size: tuple[int, int]
    frames: int
    turn: Image.Transpose | None
    load: Callable[[], Image.Image]


def _convert(kind: str, data: bytes, rules: ImageRules) -> PreparedImage:
    plain = _without_metadata(kind, data)
    try:
        opened = _open(kind, data, rules)
    except ImageRefused:
        raise
    except Exception:  # its metadata may be what is broken
        if plain is None:
            raise
        opened = _open(kind, plain, rules)
    width, height = opened.size if opened.turn not in _SIDEWAYS else opened.size[::-1]
    _check_shape(width, height, rules)
    notes = ["The file holds several pictures; the first one is used."] if opened.frames > 1 else []
    image = opened.load()
    if plain is not None and opened.turn is None and len(plain) <= rules.max_bytes and _is_srgb(image):
        if plain != data:
            _READERS[kind](io.BytesIO(plain)).load()  # what goes out is what has been read
        return _prepared(plain, kind, (width, height), notes)
    image = _upright_srgb(image, opened.turn)
    if kind == "png" or image.mode == "RGBA":
        written = _write_png(image)
        if len(written) <= rules.max_bytes:
            return _prepared(written, "png", image.size, notes)
        notes.append(f"As PNG the image would have {megabytes(len(written))}; it was converted to JPEG.")
    written = _write_jpeg(_flat(image), rules.max_bytes)
    return _prepared(written, "jpeg", image.size, notes)


def _prepared(data: bytes, kind: str, size: tuple[int, int], notes: list[str]) -> PreparedImage:
    mime, suffix = ("image/png", ".png") if kind == "png" else ("image/jpeg", ".jpg")
    return PreparedImage(data, mime, size[0], size[1], hashlib.sha256(data).hexdigest(), suffix, tuple(notes))


def _check_pixels(width: int, height: int, rules: ImageRules) -> None:
    if width * height > rules.max_pixels:
        raise ImageRefused(
            "too_many_pixels",
            f"This image is {width} x {height} pixels ({width * height / 1e6:.1f} megapixels); at most "
            f"{rules.max_pixels / 1e6:g} megapixels are taken. Scale it down.",
        )


def _check_shape(width: int, height: int, rules: ImageRules) -> None:
    said = f"This image is {width} x {height} pixels"
    if min(width, height) < rules.min_side:
        raise ImageRefused("too_small", f"{said}; each side must be at least {rules.min_side}. Use a larger image.")
    if max(width, height) > rules.max_ratio * min(width, height):
        shape = f"{width / height:.2f}:1" if width > height else f"1:{height / width:.2f}"
        raise ImageRefused(
            "ratio",
            f"{said}, a ratio of {shape}; it must be between 1:{rules.max_ratio:g} and {rules.max_ratio:g}:1. Crop it.",
        )


def _check_frames(frames: int, rules: ImageRules) -> None:
    if frames > rules.max_frames:
        raise ImageRefused(
            "too_many_frames",
            f"This animation has more than {rules.max_frames} pictures. Send one of them as PNG or JPEG.",
        )


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset({_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]})

#: One class for each format: nothing is registered, nothing else is ever tried on these bytes.
_READERS: Mapping[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
    "gif": GifImageFile,
    "avif": AvifImageFile,
    "bmp": BmpImageFile,
    "tiff": TiffImageFile,
}


def _open(kind: str, data: bytes, rules: ImageRules) -> _Opened:
    """Read the header and check what it says before any pixel is decoded."""
    if kind == "heif":
        return _open_heif(data, rules)
    frames = 1
    if kind == "gif":
        frames, data = _gif_first(data, rules.max_frames)
        _check_frames(frames, rules)
    if kind == "webp":
        _check_pixels(*_webp_size(data), rules)  # its reader makes room for the picture when it opens a file
    if kind == "png":
        data = b"".join([_PNG, *(chunk for name, chunk in _png_chunks(data) if name not in _PNG_TEXT)])
    image = _READERS[kind](io.BytesIO(data))
    _check_pixels(*image.size, rules)
    if kind == "jpeg":
        _check_scans(data, image.size[0] * image.size[1])
    if kind == "tiff":
        frames = int(getattr(image, "is_animated", False)) + 1
    if kind in ("webp", "avif", "png"):
        frames = int(getattr(image, "n_frames", 1))
        _check_frames(frames, rules)

    def load() -> Image.Image:
        image.load()
        return image

    return _Opened(image.size, frames, None if kind == "tiff" else _turn(image), load)  # TIFF turns itself


def _open_heif(data: bytes, rules: ImageRules) -> _Opened:
    import pillow_heif

    file = pillow_heif.open_heif(io.BytesIO(data))
    width, height = (int(side) for side in file.size)
    _check_pixels(width, height, rules)

    def load() -> Image.Image:
        image = file.to_pillow()
        if not isinstance(image, Image.Image):
            raise TypeError("no picture")
        return image

    return _Opened((width, height), 1, None, load)  # libheif turns the picture itself


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - broken EXIF is no reason to refuse a picture
        return None


def _gif_first(data: bytes, most: int) -> tuple[int, bytes]:
    """How many pictures a GIF holds (counted up to `most` + 1, none decoded), and the file with the first one alone."""
    at = 13 + _gif_table(data[10])
    kept, frames = [data[:at]], 0
    for _ in range(_MAX_PARTS):
        if at >= len(data) or frames > most or data[at] == 0x3B:
            return frames, b"".join([*kept, b"\x3b"])
        start, kind = at, data[at]
        if kind == 0x2C and at + 10 < len(data):
            frames += 1
            at += 11 + _gif_table(data[at + 9])
        elif kind == 0x21:
            at += 2
        else:
            at += 1  # unknown: go on with the next byte
            continue
        at = _gif_blocks_end(data, at)
        if frames == 0 and data[start + 1 : start + 2] == b"\xf9":  # what is transparent in the picture that follows
            kept.append(data[start:at])
        if frames == 1 and kind == 0x2C:
            kept.append(data[start:at])
    raise _endless("GIF")


def _gif_blocks_end(data: bytes, at: int) -> int:
    for _ in range(_MAX_GIF_BLOCKS):
        if at >= len(data):
            return at
        if data[at] == 0:
            return at + 1
        at += data[at] + 1
    raise _endless("GIF")


def _gif_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


# ------------------------------------------------------------------------------------------------ metadata

_PNG = b"\x89PNG\r\n\x1a\n"
#: What makes the picture; everything else in a PNG is left out.
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"pHYs", b"IDAT", b"IEND"})
_PNG_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MAX_PARTS = 50_000  # segments, chunks; each costs time even when it holds nothing
_MAX_GIF_BLOCKS = 400_000  # pieces of one part, 255 bytes each where the file is not made to keep us busy
_MAX_SCANNED = 3_000_000_000  # scans x pixels; a usual progressive JPEG of 50 megapixels has 0.5
_JPEG_NEXT = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # the marker that ends the data of a scan


def _without_metadata(kind: str, data: bytes) -> bytes | None:
    """The same picture data without metadata and without anything after its end; None when the file is no JPEG or PNG
    of the common kinds, or not cleanly built, and has to be written anew."""
    try:
        if kind == "jpeg":
            return _plain_jpeg(data)
        return _plain_png(data) if kind == "png" else None
    except ImageRefused:
        raise
    except (struct.error, IndexError, ValueError):
        return None


def _plain_jpeg(data: bytes) -> bytes:
    """JFIF and Adobe headers (they say how to read the colours), tables, frame and scans. Raises ValueError."""
    parts = (_jpeg_segment(*part) for part in _jpeg_parts(data))
    return b"".join([b"\xff\xd8", *parts, b"\xff\xd9"])


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(marker, body, the whole with its scan data) up to the end mark. Raises ValueError where it is ill-formed."""
    at = 2
    for _ in range(_MAX_PARTS):
        if data[at] != 0xFF:
            raise ValueError("no marker")
        while data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if marker == 0xD9:
            return
        length = struct.unpack_from(">H", data, at + 2)[0]
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise ValueError("cut")
        body = data[at + 4 : end]
        if marker == 0xDA:
            following = _JPEG_NEXT.search(data, end)
            if following is None:
                raise ValueError("no end")
            end = following.end() - 2
        yield marker, body, data[at:end]
        at = end
    raise _endless("JPEG")


def _check_scans(data: bytes, pixels: int) -> None:
    """Each scan of a JPEG is work for every pixel: a few bytes can ask for hours of it."""
    try:
        scans = sum(marker == 0xDA for marker, _, _ in _jpeg_parts(data))
    except (ValueError, IndexError, struct.error) as error:
        if isinstance(error, ImageRefused):
            raise
        scans = data.count(b"\xff\xda")
    if scans * pixels > _MAX_SCANNED:
        raise _endless("JPEG")


def _endless(kind: str) -> ImageRefused:
    return ImageRefused("broken", f"This {kind} is built of too many parts to be read: save it anew and send it again.")


def _jpeg_segment(marker: int, body: bytes, whole: bytes) -> bytes:
    if marker == 0xE0:
        if not body.startswith(b"JFIF\0") or len(body) < 14:
            return b""  # a thumbnail
        return whole if len(body) == 14 else b"\xff\xe0\x00\x10" + body[:12] + b"\0\0"
    if marker == 0xEE:
        return whole if body.startswith(b"Adobe") and len(body) == 12 else b""
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        return b""
    if marker in (0xC0, 0xC1, 0xC2):
        if body[0] != 8 or body[5] not in (1, 3):
            raise ValueError("not 8 bit grey or colour")
        return whole
    if marker in (0xC4, 0xDA, 0xDB, 0xDD):
        return whole
    raise ValueError("an uncommon kind of JPEG")


def _plain_png(data: bytes) -> bytes:
    kept = [_PNG]
    for name, chunk in _png_chunks(data):
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise ValueError("checksum")
        if name == b"IHDR" and chunk[16] > 8:
            raise ValueError("16 bit")
        if name in _PNG_KEPT:
            kept.append(chunk)
    if not kept[-1].startswith(b"\0\0\0\0IEND"):
        raise ValueError("cut")
    return b"".join(kept)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, the chunk with length and checksum) up to IEND or to the end of a cut file. Raises ImageRefused."""
    at = 8
    for _ in range(_MAX_PARTS):
        if at + 12 > len(data):
            return
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        yield name, data[at:end]
        if name == b"IEND" or end > len(data):
            return
        at = end
    raise _endless("PNG")


# ------------------------------------------------------------------------------------------------ colours


def _is_srgb(image: Image.Image) -> bool:
    """True when the image has no colour profile, or sRGB itself."""
    profile = image.info.get("icc_profile")
    if not profile:
        return True
    try:
        said = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return True  # unreadable: renderers ignore it too
    return "srgb" in said.lower()


def _upright_srgb(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """8 bit RGB, or RGBA where something is transparent, in sRGB, upright, with no metadata left."""
    profile = None if _is_srgb(image) else bytes(image.info["icc_profile"])
    image = _eight_bit(image)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema() == (255, 255):
            alpha = None
        image = image.convert("RGB")
    image = _to_srgb(image, profile)
    if alpha is not None:
        image.putalpha(alpha)
    if turn is not None:
        image = image.transpose(turn)
    image.info = {}
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Deep grey (16 or 32 bit, floating point) as 8 bit; other modes as they are."""
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    deep = image.convert("F")
    low, high = (float(number) for number in deep.getextrema() if isinstance(number, int | float))
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    scale = 255.0 / ((high - low) or 1.0)
    return deep.point(lambda value: value * scale + -low * scale).convert("L")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile is not None and image.mode in ("RGB", "L", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(
                image,
                source,
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            made = None  # the profile does not fit the picture: read it as sRGB
        if made is not None:
            return made
    return image if image.mode == "RGB" else image.convert("RGB")


def _flat(image: Image.Image) -> Image.Image:
    """Transparent parts on white."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


# ------------------------------------------------------------------------------------------------ writing

_QUALITIES = (95, 90, 85, 75, 65, 55)


def _write_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _write_jpeg(image: Image.Image, max_bytes: int) -> bytes:
    size = 0
    for quality in _QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2, optimize=True)
        size = out.tell()
        if size <= max_bytes:
            return out.getvalue()
    raise ImageRefused(
        "too_large_after_conversion",
        f"This image of {image.width} x {image.height} pixels still has {megabytes(size)} as a JPEG of low quality; at "
        f"most {megabytes(max_bytes)} are taken. Scale it down.",
    )
