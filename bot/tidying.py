"""What is removed every hour: files and rows older than they are kept, and files of people who were forgotten."""

import logging

from adapters.media.erasing import erase_files
from adapters.media.library import LocalMedia
from bot.generation.ports import Clock, MediaError, Retention, Store, StoreError
from bot.settings import Settings

log = logging.getLogger("videobot.app")

EVERY = 3600.0  # seconds
DAY = 86_400.0
#: Rows of each kind in one transaction: few enough that nobody waits for it.
AT_ONCE = 500
#: Transactions in one hour; what is left then goes in the next.
MOST_BATCHES = 200
PAUSE = 0.05  # seconds between two of them, so that others get their turn


async def tidy_for_ever(settings: Settings, store: Store, media: LocalMedia, clock: Clock) -> None:
    """Tidy at once, then every hour."""
    while True:
        await tidy(settings, store, media, clock)
        await clock.sleep(EVERY)


async def tidy(settings: Settings, store: Store, media: LocalMedia, clock: Clock) -> None:
    """Remove what the settings no longer keep. What cannot be removed now is tried again in the next hour."""
    try:
        await erase_files(store, media)
    except (StoreError, MediaError) as error:
        log.warning("files of people who were forgotten were not removed: %s", error)
    try:
        in_use = await store.media_in_use()
        swept = await media.sweep(clock.now(), settings.keep_inputs_days * DAY, settings.keep_videos_days * DAY, in_use)
        if swept.files:
            log.info("removed %d old files, %d bytes", swept.files, swept.bytes)
    except (StoreError, MediaError) as error:
        log.warning("old media files were not removed: %s", error)
    try:
        rows = await _purge(settings, store, clock)
        if rows:
            log.info("erased %d old rows", rows)
    except StoreError as error:
        log.warning("old rows were not erased: %s", error)


async def _purge(settings: Settings, store: Store, clock: Clock) -> int:
    kept = Retention(settings.keep_prompts_days, settings.keep_audit_days, settings.keep_intake_days)
    rows = 0
    for _ in range(MOST_BATCHES):
        done = await store.purge(kept, clock.now(), AT_ONCE)
        if not done:
            break
        rows += done
        await clock.sleep(PAUSE)
    return rows
