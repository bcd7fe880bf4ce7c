"""Erasing a person at the desk: asked once, files too, and gone on with when the process died in between."""

from pathlib import Path

from adapters.cards.card import Verb, plain
from adapters.desk import Actor
from bot.generation.job import JobState, Requester
from bot.generation.request import Frame, FrameRole
from bot.tidying import tidy
from tests.desk.conftest import ANNA, BEN, ROOT, Front, open_front, subject, verbs, words


async def test_it_is_asked_once_and_says_what_stays(front: Front) -> None:
    await front.done()
    asked = await front.desk.forget_me(ANNA)
    assert asked.private
    assert verbs(asked.card) == [Verb.FORGET_SURE]
    said = plain(asked.card)
    for stays in ("stays counted", "posted in a chat stay", "gateway's own rule", "A ban"):
        assert stays in said
    assert len(await front.house.app.service.jobs(user=ANNA.key)) == 1
    done = await front.desk.forget_pressed(ANNA, subject(asked.card, Verb.FORGET_SURE))
    assert words(done).startswith("Erased: 1 video and all else kept of you.")
    assert await front.house.app.service.jobs(user=ANNA.key) == []
    assert await front.house.books_agree()


async def test_the_files_go_but_not_a_picture_that_somebody_else_has(front: Front) -> None:
    media = front.house.app.media
    own, shared = await media.store.put(b"mine", ".jpg"), await media.store.put(b"ours", ".png")
    first, last = Frame(role=FrameRole.FIRST_FRAME, source=own), Frame(role=FrameRole.LAST_FRAME, source=shared)
    job = await front.house.submit(requester=ANNA.requester, frames=(first,))
    await front.desk.cancel(job.id, ANNA)
    for actor in (ANNA, BEN):
        await front.house.submit(requester=actor.requester, frames=(last.model_copy(update={"role": first.role}),))
    done = await front.house.run((await front.house.submit(requester=ANNA.requester)).id)
    assert done.video is not None
    await front.desk.forget_me(ANNA, sure=True)
    assert not media.store.video_path(done.id).exists()
    assert not media.store.path(own).exists()
    assert media.store.path(shared).exists()


async def test_a_process_that_dies_before_the_files_is_finished_by_the_next(front: Front) -> None:
    app = front.house.app
    job = await front.done()
    await app.service.forget(ANNA.key, ANNA.key)  # and here it dies
    assert app.media.store.video_path(job.id).exists()
    await tidy(app.settings, app.store, app.media, app.clock)
    assert not app.media.store.video_path(job.id).exists()
    assert await app.store.to_erase(0, 10) == []


async def test_while_a_video_is_being_made_nothing_is_erased_or_cancelled(front: Front) -> None:
    waits = await front.job()
    busy = await front.house.run((await front.job()).id, until=JobState.RUNNING)
    said = words(await front.desk.forget_me(ANNA, sure=True))
    assert said == f"Video {busy.id} is not finished yet, so nothing was erased: ask again when it is done."
    assert (await front.house.job(waits.id)).state is JobState.QUEUED


async def test_only_operators_erase_others_where_ids_are_the_same_everywhere(front: Front) -> None:
    here = Requester("chat", "root", "w1")
    admin = Actor(here, "Root", is_admin=True, is_operator=False)
    await front.done()
    for actor in (BEN, admin):
        assert (await front.desk.forget_user(actor, ANNA.key, sure=True)).card.tone == "warning"
        assert (await front.audit())[-1] == (actor.key, "refused: forget", f"user:{ANNA.key}")
    of_here = await front.desk.forget_user(admin, "chat:w1:anna")
    assert verbs(of_here.card) == [Verb.FORGET_SURE]
    assert words(await front.desk.forget_user(ROOT, ANNA.key, sure=True)).startswith("Erased: 1 video")


async def test_again_and_edit_of_a_video_whose_words_are_erased_say_so(tmp_path: Path) -> None:
    async with open_front(tmp_path, keep_prompts_days=1) as front:
        job = await front.done()
        app = front.house.app
        front.house.clock.time += 2 * 86_400.0
        await tidy(app.settings, app.store, app.media, app.clock)
        assert "no longer kept" in words(await front.desk.again(job.id, ANNA, front.address()))
        form = await front.desk.form(job.id, ANNA)
        assert "no longer kept" in words(form)  # type: ignore[arg-type]


async def test_the_offer_says_that_an_admin_must_approve(tmp_path: Path) -> None:
    async with open_front(tmp_path, confirm_above_usd="0.01", approve_above_usd="0.01") as front:
        offer = await front.ask()
        assert "An admin must approve it before it is made" in plain(offer.card)
        started = await front.press(offer.card, Verb.START)
        assert started.job is not None
        assert started.job.state is JobState.AWAITING_APPROVAL
    async with open_front(tmp_path / "2", confirm_above_usd="0.01") as front:
        assert "approve" not in plain((await front.ask()).card)
