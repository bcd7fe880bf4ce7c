"""The hourly tidy, by a clock that the test moves: each kind of data has days of its own."""

from pathlib import Path

from bot.tidying import DAY, tidy
from tests.desk.conftest import ANNA, open_front


async def test_files_words_and_the_trail_go_each_after_its_own_days(tmp_path: Path) -> None:
    kept = {"keep_videos_days": 2, "keep_inputs_days": 1, "keep_prompts_days": 4, "keep_audit_days": 6}
    async with open_front(tmp_path, **kept) as front:
        app, clock = front.house.app, front.house.clock
        picture = app.media.store.path(await app.media.store.put(b"a picture", ".png"))
        job = await front.done()
        video = app.media.store.video_path(job.id)
        await app.service.pause("lunch", ANNA.key)

        async def left() -> tuple[bool, bool, bool, bool]:
            await tidy(app.settings, app.store, app.media, clock)
            words = (await front.house.job(job.id)).request.prompt
            return picture.exists(), video.exists(), bool(words), bool(await app.service.audit_rows())

        seen = [await left()]
        for days in (1.5, 1.0, 2.0, 2.0):
            clock.time += days * DAY
            seen.append(await left())
        assert seen == [
            (True, True, True, True),
            (False, True, True, True),
            (False, False, True, True),
            (False, False, False, True),
            (False, False, False, False),
        ]
        assert await front.house.books_agree()
        assert len(await app.store.ledger(job.id)) > 0
