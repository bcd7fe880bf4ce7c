"""A folder that several machines share, or a bucket with a folder of each machine in front of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.media.bucket import Bucket, BucketAddress
from adapters.media.store import MediaStore
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, S3Server


def address(server: S3Server, *, bucket: str = "", secret: str = SECRET_KEY, access: str = ACCESS_KEY) -> BucketAddress:
    """The address of the server's bucket; tried twice at most."""
    name = bucket or server.bucket
    return BucketAddress(name, "bot/media", server.url, "eu-test-1", access, secret, attempts=2)


@dataclass
class Places:
    """Makes the stores of several machines over the same media."""

    folder: Path
    server: S3Server | None

    def store(self, name: str, now: Callable[[], float], cache_bytes: int = 10**9) -> MediaStore:
        """The store of one machine."""
        if self.server is None:
            return MediaStore(self.folder / "media", now=now)
        self.server.now = now
        return MediaStore(self.folder / name, now=now, bucket=Bucket(address(self.server)), cache_bytes=cache_bytes)

    def elsewhere(self, now: Callable[[], float], name: str = "elsewhere") -> MediaStore:
        """The store of another machine."""
        return self.store(name, now)
