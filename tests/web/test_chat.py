"""The channel over HTTP: asking, answers, threads, notes, and what is there after a restart."""

import asyncio
import html
import io
import json
import re

import pytest
from PIL import Image

from adapters.web.stream import THREADS
from bot.generation.job import JobState
from tests.web.conftest import Opener
from tests.web.driver import PageBot, Person, until


def png(colour: str = "teal", size: tuple[int, int] = (640, 360)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def note_button(page: str, verb: str) -> dict[str, str]:
    """What the page's button of this verb would send."""
    for found in re.findall(r"hx-vals='({[^']*})'", page):
        values = json.loads(html.unescape(found))
        if values.get("verb") == verb:
            return values
    raise AssertionError(f"no button {verb}")


async def test_a_video_is_asked_for_and_comes_into_the_thread_it_was_asked_in(bot: PageBot, anna: Person) -> None:
    answer = await anna.say("/video a paper boat in the rain, 10s")
    assert answer.status_code == 200, "the composer is cleared"
    page = await anna.sees("your video is ready")
    job = await bot.job()
    assert (job.duration, job.request.prompt) == (10, "a paper boat in the rain")
    assert job.requester.key == "web:anna"
    order = [page.index(f'id="{name}-{job.id}"') for name in ("ask", "status", "result")]
    assert order == sorted(order)
    assert page.count("<video ") == 1
    for words in ("/video a paper boat in the rain, 10s", "See the video", "Again", "Edit", "Extend", "Delete"):
        assert words in page


async def test_the_same_message_sent_twice_is_one_video(bot: PageBot, anna: Person) -> None:
    key = await anna.composer_key()
    await asyncio.gather(*(anna.post("/send", key=key, text="/video waves") for _ in range(3)))
    await anna.sees("your video is ready")
    assert len(await bot.jobs()) == 1


async def test_the_price_and_every_problem_are_shown_before_anything_is_sent(bot: PageBot, anna: Person) -> None:
    fine = (await anna.post("/preview", text="/video waves, pro, 10s")).text
    assert "Kling 2.6 on ToAPIs, pro (1080p), 10 seconds" in fine
    assert "$" in fine
    assert "Understood: pro mode, 10 seconds." in fine
    near = html.unescape((await anna.post("/preview", text="/video waves pro 10s")).text)
    assert '"pro 10s" is read as part of the prompt; did you mean ", pro, 10s"?' in near
    wrong = html.unescape((await anna.post("/preview", text="/video waves --7s --std --audio --4:3")).text)
    for option in ("duration", "audio", "aspect_ratio"):
        assert f"<code>{option}</code>" in wrong
    assert await bot.jobs() == []


@pytest.mark.slow
async def test_what_is_not_right_is_told_to_the_person_alone_and_can_be_used_as_proposed(
    bot: PageBot, anna: Person
) -> None:
    await anna.say("/video waves --7s")
    page = await anna.sees("Only you can see this.")
    async with bot.person("ben") as ben:
        assert "Only you can see this." not in await ben.look()
    await anna.post("/press", **note_button(page, "start"))
    await anna.sees("your video is ready")
    assert "Only you can see this." not in await anna.look()


@pytest.mark.slow
async def test_an_answer_to_a_picture_animates_it(bot: PageBot, anna: Person) -> None:
    key = await anna.composer_key()
    await anna.post("/send", key=key, text="look at this", **await anna.picture(png()))
    assert await bot.jobs() == []
    async with bot.person("ben") as ben:
        page = await ben.sees("look at this")
        assert "Animate" in page
        assert "make it snow" not in page
        preview = await ben.post("/preview", text="make it snow", reply_to=f"said-{key}")
        assert "Kling 2.6" in preview.text
        await ben.say("make it snow", reply_to=f"said-{key}")
        await ben.sees("your video is ready")
    job = await bot.job()
    assert job.request.first_frame is not None
    assert (job.request.first_frame.width, job.request.prompt) == (640, "make it snow")
    assert job.address.thread == f"said-{key}"


@pytest.mark.slow
@pytest.mark.real_video
async def test_an_answer_to_a_video_goes_on_from_its_last_picture(bot: PageBot, anna: Person) -> None:
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    first = await bot.job()
    await anna.say("and now it snows", reply_to=f"result-{first.id}")
    await until(lambda: _count(bot, 2), "a second video")
    second = await bot.job()
    assert second.request.first_frame is not None
    assert second.address.thread == f"ask-{first.id}"


async def test_what_asks_for_nothing_is_a_message_and_an_unknown_command_is_told(bot: PageBot, anna: Person) -> None:
    await anna.say("good morning <b>all</b>")
    page = await anna.look()
    assert "good morning &lt;b&gt;all&lt;/b&gt;" in page
    answer = await anna.say("/vidoe waves")
    assert answer.status_code == 204, "what was typed stays in the composer"
    await anna.sees("There is no command /vidoe")
    assert await bot.jobs() == []


async def test_quota_jobs_and_help_answer_the_person_alone(bot: PageBot, anna: Person) -> None:
    await anna.say("/help")
    await anna.sees("Make a video")
    await anna.say("/quota")
    page = await anna.sees("Only you can see this.")
    assert page.count("Only you can see this.") == 1, "one answer makes way for the next"
    await anna.say("/jobs")
    name = re.search(r'id="(note-[a-z0-9]+)"', await anna.look())
    assert name is not None
    async with bot.person("ben") as ben:
        await ben.post("/dismiss", name=name[1])
    await anna.sees("Only you can see this.")
    await anna.post("/dismiss", name=name[1])
    assert "Only you can see this." not in await anna.look()


@pytest.mark.slow
async def test_only_the_requester_or_an_admin_can_delete_a_video(bot: PageBot, anna: Person) -> None:
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    job = await bot.job()
    async with bot.person("ben") as ben:
        await ben.press("delete", job.id, f"result-{job.id}")
        await ben.sees("Only the person who asked for this video, or an admin, can delete it.")
        await ben.press("delete-sure", job.id, f"result-{job.id}")
    assert "<video " in await anna.look()
    async with bot.person("ada") as ada:
        await ada.press("delete", job.id, f"result-{job.id}")
        page = await ada.look()
        await ada.post("/press", **note_button(page, "delete-sure"))
        page = await ada.sees("The video was deleted later")
    assert "<video " not in page
    assert f'id="result-{job.id}"' not in page


async def test_a_full_limit_refuses_with_its_reason_before_and_after_sending(open_page: Opener) -> None:
    async with open_page(user_videos_per_day=1) as bot, bot.person() as anna:
        await anna.say("/video waves")
        await anna.sees("your video is ready")
        preview = (await anna.post("/preview", text="/video more waves")).text
        assert "1 video a day" in preview
        await anna.say("/video more waves")
        await anna.sees("1 video a day")
        assert len(await bot.jobs()) == 1


async def test_a_dear_video_waits_for_a_press(open_page: Opener) -> None:
    async with open_page(confirm_above_usd=0) as bot, bot.person() as anna:
        await anna.say("/video waves")
        page = await anna.sees("so it starts only when you press Start")
        assert await bot.jobs() == []
        values = note_button(page, "start")
        await asyncio.gather(anna.post("/press", **values), anna.post("/press", **values))
        await anna.sees("your video is ready")
        assert len(await bot.jobs()) == 1


async def test_a_waiting_video_is_cancelled_by_one_press(open_page: Opener) -> None:
    async with open_page(max_running=1, sandbox_speed=1.0) as bot, bot.person() as anna:
        await anna.say("/video waves")
        await bot.job(JobState.RUNNING)
        await anna.say("/video more waves")
        page = await anna.sees("yours starts next")
        waiting = (await bot.jobs())[0]
        assert "Cancel" in page
        await anna.press("cancel", waiting.id, f"status-{waiting.id}")
        await anna.sees("Cancelled. It cost nothing.")


CHOSEN = {"model": "2.6", "mode": "std", "duration": "10", "aspect_ratio": "16:9"}


async def form_of(person: Person, verb: str, job_id: str) -> str:
    """The sealed subject of the form that a button opens."""
    form = (await person.press(verb, job_id, f"result-{job_id}")).text
    sealed = re.search(r'name="subject" value="([^"]+)"', form)
    assert sealed is not None, form
    return sealed[1]


@pytest.mark.slow
async def test_again_and_edit_make_new_videos_in_the_same_thread(bot: PageBot, anna: Person) -> None:
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    first = await bot.job()
    await anna.press("again", first.id, f"result-{first.id}")
    await until(lambda: _count(bot, 2), "a second video")
    sealed = await form_of(anna, "edit", first.id)
    await anna.post("/form/send", subject=sealed, prompt="waves at night", **CHOSEN)
    await until(lambda: _count(bot, 3), "a third video")
    edited = await bot.job()
    assert (edited.duration, edited.request.prompt) == (10, "waves at night")
    assert {job.address.thread or f"ask-{job.id}" for job in await bot.jobs()} == {f"ask-{first.id}"}


@pytest.mark.slow
@pytest.mark.real_video
async def test_extend_begins_with_the_last_picture_and_a_form_sent_twice_is_one_video(
    bot: PageBot, anna: Person
) -> None:
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    first = await bot.job()
    sealed = await form_of(anna, "extend", first.id)
    sending = (anna.post("/form/send", subject=sealed, prompt="a ship comes", **CHOSEN) for _ in range(2))
    await asyncio.gather(*sending)
    await until(lambda: _count(bot, 2), "a second video")
    extended = await bot.job()
    assert extended.request.first_frame is not None
    assert extended.address.thread == f"ask-{first.id}"


@pytest.mark.slow
async def test_after_a_restart_everything_is_there_and_the_page_goes_on(bot: PageBot, anna: Person) -> None:
    await anna.say("/video waves")
    await anna.say("good morning")
    await anna.say("/video waves --7s")
    await anna.sees("your video is ready")
    before = await anna.look()
    await bot.shut()
    await bot.open()
    assert names(await anna.look()) == names(before)
    await anna.say("/video more waves")
    await until(lambda: _count(bot, 2), "a video of the page that was open before")


@pytest.mark.slow
async def test_what_is_further_up_is_shown_when_asked_for(bot: PageBot, anna: Person) -> None:
    for number in range(THREADS + 2):
        await anna.post("/send", key=f"{number:024x}", text=f"message {number}.")
    page = await anna.look()
    assert "message 1." not in page
    before = re.search(r'hx-get="/earlier\?before=(\d+)"', page)
    assert before is not None
    earlier = (await anna.client.get(f"/earlier?before={before[1]}")).text
    assert "message 0." in earlier
    assert "message 1." in earlier
    assert "Show earlier" not in earlier
    assert (await anna.client.get("/earlier?before=x")).status_code == 400


def names(page: str) -> list[str]:
    """What stands in the channel, with the marks of how it looks."""
    return re.findall(r'name="have" value="([^"]+)"', page)


async def _count(bot: PageBot, number: int) -> bool:
    jobs = await bot.jobs()
    return len(jobs) == number and all(job.state is JobState.DELIVERED for job in jobs)
