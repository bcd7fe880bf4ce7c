"""Removes the files of people who were forgotten; goes on where a process that died left off."""

from adapters.media.library import LocalMedia
from bot.generation.ports import Erasure, ErasureKind, Store

AT_ONCE = 100  # files noted as gone in one transaction


async def erase_files(store: Store, media: LocalMedia) -> int:
    """Remove every file that is named to be removed; how many were there. Raises StoreError, and MediaError for the
    first one that cannot be removed: it and the rest stay named."""
    found, last = 0, 0
    while erasures := await store.to_erase(last, AT_ONCE):
        for erasure in erasures:
            found += await _erase(media, erasure)
        # After the files: one that is named twice does no harm.
        await store.erased([erasure.id for erasure in erasures])
        last = erasures[-1].id
    return found


async def _erase(media: LocalMedia, erasure: Erasure) -> bool:
    if erasure.kind is ErasureKind.VIDEO:
        return await media.delete_video(erasure.name)
    return not erasure.kept and await media.store.delete(erasure.name)
