"""A bucket of an S3-compatible store: whole objects in, whole files out, every fault one clear sentence."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.media.errors import MediaAway, MediaError, disk_problem
from adapters.media.files import TEMPORARY, remove

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Store

MB = 1024 * 1024
PART_BYTES = 8 * MB  # what is larger goes up in parts of this size; they become one object at the end, or nothing
_PARTS_AT_ONCE = 4
_PIECE = 1 * MB
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REFUSALS = ("SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied", "ExpiredToken", "RequestTimeTooSkewed")


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Where a bucket is: its name, what every key in it begins with ("" = nothing), and the way to it.

    What is None here comes from the usual AWS_* variables of the environment. `attempts`: requests sent for one call
    at most (the jobs have their own, longer patience).
    """

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    attempts: int = 3

    @classmethod
    def parse(
        cls,
        url: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
    ) -> "BucketAddress":
        """The address in "s3://bucket/prefix". Raises ValueError with one sentence."""
        name, _, prefix = url.removeprefix("s3://").partition("/")
        parts = [part for part in prefix.split("/") if part]
        if not url.startswith("s3://") or not _BUCKET.fullmatch(name) or any(part in (".", "..") for part in parts):
            raise ValueError("it is no bucket: give s3://bucket or s3://bucket/prefix")
        return cls(name, "/".join(parts), endpoint, region, access_key, secret_key)

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}".rstrip("/")

    def __repr__(self) -> str:  # the keys stay out of logs
        return f"BucketAddress({self})"


@dataclass(frozen=True, slots=True)
class Kept:
    """An object of the bucket: its key below the prefix, size in bytes, and when it was put (epoch seconds)."""

    key: str
    bytes: int
    put_at: float


class Bucket:
    """The objects below one prefix of a bucket. Keys are relative paths with forward slashes.

    Every method raises MediaAway when the store does not answer, is out of order, refuses the key or has no such
    bucket: all of it is put right without losing what is kept, so it is worth trying again.
    """

    def __init__(self, address: BucketAddress) -> None:
        self.address = address
        self._objects = _open(address)

    async def put(self, key: str, file: Path | bytes) -> None:
        """Keep a file or bytes under `key`, whole or not at all, in place of what was there."""
        from obstore import put_async

        with self._faults(key):
            await put_async(self._objects, key, file, chunk_size=PART_BYTES, max_concurrency=_PARTS_AT_ONCE)

    async def put_new(self, key: str, data: bytes) -> None:
        """Keep `data` under `key` unless there is something already (where the store can tell, else in its place)."""
        from obstore import put_async
        from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

        with self._faults(key):
            try:
                await put_async(self._objects, key, data, mode="create")
            except (AlreadyExistsError, PreconditionError):
                return
            except NotSupportedError:
                await put_async(self._objects, key, data)

    async def size(self, key: str) -> int | None:
        """Bytes of an object; None when there is none."""
        from obstore import head_async

        try:
            with self._faults(key):
                return (await head_async(self._objects, key))["size"]
        except _NothingThereError:
            return None

    async def read(self, key: str, most: int) -> bytes | None:
        """The first `most` bytes of an object; None when there is none."""
        from obstore import get_async

        try:
            with self._faults(key):
                found = await get_async(self._objects, key, options={"range": (0, most)})
                return bytes(await found.bytes_async())
        except _NothingThereError:
            return None

    async def fetch(self, key: str, to: Path) -> bool:
        """Write an object to the file `to`, whole or not at all; False when there is none.
        Raises MediaFull and MediaError for the disk."""
        from obstore import get_async

        try:
            with self._faults(key):
                found = await get_async(self._objects, key)
                with _appearing(to) as part:
                    async for piece in found.stream(min_chunk_size=_PIECE):
                        await asyncio.to_thread(_append, part, bytes(piece))
                    if part.stat().st_size != found.meta["size"]:
                        raise self._away("it broke off")
        except _NothingThereError:
            return False
        except OSError as error:
            raise disk_problem(error, to.parent) from error
        return True

    async def objects(self, folder: str, after: str = "") -> AsyncIterator[list[Kept]]:
        """The objects in a folder in the order of their keys, page by page, from behind the key `after`."""
        import obstore

        with self._faults(folder):
            pages = obstore.list(self._objects, folder, offset=after or None, chunk_size=1000)
            async for page in pages:
                yield [Kept(one["path"], one["size"], one["last_modified"].timestamp()) for one in page]

    async def delete(self, keys: Collection[str]) -> None:
        """Remove these objects; one that is not there is no fault."""
        from obstore import delete_async

        if not keys:
            return
        try:
            with self._faults(""):
                await delete_async(self._objects, sorted(keys))
        except _NothingThereError:
            return

    # ------------------------------------------------------------------------------------------- faults

    @contextmanager
    def _faults(self, key: str) -> Iterator[None]:
        # Only what is chosen below goes into a sentence: the library's own text quotes requests and answers.
        from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            if getattr(error, "errno", None) is not None:
                raise  # of this machine's disk
            if "NoSuchBucket" in str(error):
                raise self._no_bucket() from None
            raise _NothingThereError(f"{self.address}/{key} is not there (any more).") from None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self._refused(str(error)) from None
        except (BaseError, TimeoutError, ConnectionError) as error:
            text = str(error)
            if "NoSuchBucket" in text:
                raise self._no_bucket() from None
            if any(word in text for word in _REFUSALS):
                raise self._refused(text) from None
            raise self._away(_why(text)) from None

    def _no_bucket(self) -> MediaAway:
        return MediaAway(
            f"The media store has no bucket {self.address.name}: make it, or set VIDEOBOT_MEDIA_URL to another one."
        )

    def _refused(self, text: str) -> MediaAway:
        why = next((word for word in _REFUSALS if word in text), "AccessDenied")
        return MediaAway(
            f"The media store {self.address} refuses the key ({why}): check VIDEOBOT_MEDIA_ACCESS_KEY, "
            "VIDEOBOT_MEDIA_SECRET_KEY and what this key may do."
        )

    def _away(self, why: str) -> MediaAway:
        return MediaAway(
            f"The media store {self.address} cannot be used just now ({why}): try again in a minute; an admin checks "
            "VIDEOBOT_MEDIA_ENDPOINT and that store."
        )


class _NothingThereError(MediaError):
    """No object under this key."""


def _open(address: BucketAddress) -> "S3Store":
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    given = {
        "endpoint": address.endpoint,
        "region": address.region,
        "access_key_id": address.access_key,
        "secret_access_key": address.secret_key,
    }
    config: S3Config = {name: value for name, value in given.items() if value is not None}  # type: ignore[assignment]
    client: ClientConfig = {
        "connect_timeout": timedelta(seconds=5),
        "read_timeout": timedelta(seconds=20),
        "timeout": timedelta(minutes=10),  # of one request with its body
        "allow_http": (address.endpoint or os.environ.get("AWS_ENDPOINT_URL", "")).startswith("http://"),
    }
    try:
        return S3Store(
            address.name,
            prefix=address.prefix or None,
            config=config,
            client_options=client,
            retry_config={
                "max_retries": address.attempts - 1,
                "retry_timeout": timedelta(seconds=30),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=50),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )
    except (BaseError, ValueError):
        raise MediaError(
            f"The media store {address} cannot be opened: check VIDEOBOT_MEDIA_ENDPOINT, VIDEOBOT_MEDIA_REGION and "
            "the AWS_ variables of the environment."
        ) from None


def _why(text: str) -> str:
    status = re.search(r"\b(?:status|Status)[^0-9]{0,20}([45][0-9]{2})\b", text)
    if status is not None:
        return f"it answers {status[1]}"
    return "it takes too long" if re.search("timed out|TimedOut", text) else "it does not answer"


@contextmanager
def _appearing(to: Path) -> Iterator[Path]:
    """A new temporary file beside `to`, of this call alone; when the block ends well it becomes `to`. Raises OSError.

    Not synced to the disk: it is a copy of what the bucket has."""
    to.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=to.suffix, dir=to.parent)
    os.close(number)
    part = Path(name)
    try:
        yield part
        part.replace(to)
    except BaseException:
        remove(part)
        raise


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
