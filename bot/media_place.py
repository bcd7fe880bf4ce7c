"""Where this process has its media, and that it is the place its database belongs to."""

from pathlib import Path
from uuid import uuid4

from adapters.media.bucket import Bucket, BucketAddress
from adapters.media.marker import MARKER, make_marker, marker_in
from bot.generation.ports import Store
from bot.settings import Settings, SettingsError

_NAME = "media.marker"


async def open_media_place(settings: Settings, store: Store) -> Bucket | None:
    """The bucket behind the media folder, if the settings name one.

    The first start writes a marker into a place that several machines share, and its id into the database; from then
    on no process of this database works on another place. Raises SettingsError, MediaError, StoreError.
    """
    bucket = None
    if settings.media_url is not None and settings.media_url.startswith("s3://"):
        bucket = Bucket(_address(settings, settings.media_url))
    await _check(settings.media if bucket is None else bucket, settings, store)
    return bucket


async def _check(place: Path | Bucket, settings: Settings, store: Store) -> None:
    known = await store.remembered(_NAME)
    if known is None:
        if settings.media_url is None:
            return
        marker = await make_marker(place, lambda: uuid4().hex)
        known = await store.remember_once(_NAME, marker)
    said = await marker_in(place)
    if said == known:
        return
    why = "is missing" if said is None else "is of another one"
    shown = place.address if isinstance(place, Bucket) else place
    raise SettingsError(
        f"The media at {shown} are not those of this database (the file {MARKER} there {why}): mount the shared "
        "folder or correct VIDEOBOT_MEDIA_URL; whoever moves the files moves this one with them."
    )


def _address(settings: Settings, url: str) -> BucketAddress:
    access, secret = settings.media_access_key, settings.media_secret_key
    return BucketAddress.parse(
        url,
        endpoint=settings.media_endpoint,
        region=settings.media_region,
        access_key=access.get_secret_value() if access is not None else None,
        secret_key=secret.get_secret_value() if secret is not None else None,
    )
