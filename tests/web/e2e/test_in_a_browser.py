"""What a person does in a browser, from the first word to the video that plays."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from bot.generation.job import JobState
from bot.generation.request import FrameRole
from tests.web.conftest import Opener
from tests.web.e2e.visitor import visiting
from tests.web.test_chat import png

pytestmark = [pytest.mark.slow, pytest.mark.real_video]


async def test_a_video_from_words_plays(browser: Browser, open_page: Opener) -> None:
    async with open_page(sandbox_speed=1.0) as bot, visiting(browser, bot) as anna:
        await anna.text.fill("/video a paper boat in the rain, 5s")
        await expect(anna.preview).to_contain_text("Kling 2.6 on ToAPIs, std (720p), 5 seconds")
        await anna.text.press("Enter")
        await expect(anna.page.get_by_text(re.compile(r"Making the video: \d+ %"))).to_be_visible()
        assert await anna.plays() == [1280, 720, 5]
        await expect(anna.page.get_by_role("link", name="Save the video")).to_be_visible()
        poster = await anna.video().get_attribute("poster")
        assert (await anna.page.request.get(bot.url + str(poster))).headers["content-type"] == "image/jpeg"


async def test_dropped_pictures_become_the_first_and_the_last_one(browser: Browser, open_page: Opener) -> None:
    async with open_page() as bot, visiting(browser, bot) as anna:
        await anna.drop(("day.png", png("skyblue")))
        await expect(anna.page.get_by_label("What day.png is for")).to_have_value("first_frame")
        await anna.text.fill("/video the day ends, pro")
        await expect(anna.preview).to_contain_text("shape of the image")
        await anna.drop(("night.png", png("midnightblue")))
        await expect(anna.page.get_by_label("What night.png is for")).to_have_value("last_frame")
        await anna.text.press("Enter")
        assert (await anna.plays())[1] == 1080
        frames = (await bot.job()).request.frames
        assert [frame.role for frame in frames] == [FrameRole.FIRST_FRAME, FrameRole.LAST_FRAME]
        await expect(anna.page.locator(".given img")).to_have_count(2)


async def test_an_answer_to_somebody_elses_picture_animates_it(browser: Browser, open_page: Opener) -> None:
    async with open_page() as bot, visiting(browser, bot) as anna, visiting(browser, bot) as ben:
        await ben.be("Ben")
        await anna.drop(("cat.png", png("orange")))
        await expect(anna.page.get_by_label("What cat.png is for")).to_be_visible()
        await anna.ask("look at this")
        await ben.page.get_by_role("button", name="Animate").click()
        await expect(ben.page.get_by_text("Animating Anna's picture")).to_be_visible()
        await ben.text.fill("make it snow, 5s")
        await expect(ben.preview).to_contain_text("Kling 2.6")
        await ben.text.press("Enter")
        await ben.plays()
        await expect(anna.video()).to_be_visible()
        assert (await bot.job()).requester.key == "web:ben"


async def test_an_impossible_combination_cannot_be_chosen_and_says_why(browser: Browser, open_page: Opener) -> None:
    async with open_page(confirm_above_usd=5) as bot, visiting(browser, bot) as anna:
        await anna.text.fill("/video waves, std, with sound")
        await expect(anna.preview).to_contain_text("Audio needs pro mode")
        await anna.text.fill("/video waves")
        await anna.page.get_by_role("button", name="Open the form").click()
        dialog = anna.page.get_by_role("dialog")
        sound = dialog.get_by_label("With sound")
        await expect(sound).to_be_disabled()
        await expect(sound).to_have_accessible_description(re.compile("Audio needs pro mode"))
        await _choose(dialog, "pro (1080p)")
        await expect(sound).to_be_enabled()
        await sound.check()
        await expect(dialog.get_by_label("std (720p)")).to_be_disabled()
        await expect(dialog.locator(".finish .price")).to_contain_text("with sound")
        await dialog.get_by_role("button", name="Make it").click()
        await expect(dialog).to_be_hidden()
        await anna.plays()
        job = await bot.job()
        assert (job.mode, job.audio) == ("pro", True)


async def test_a_running_video_is_cancelled_after_it_said_what_that_costs(browser: Browser, open_page: Opener) -> None:
    async with open_page(sandbox_speed=1.0) as bot, visiting(browser, bot) as anna:
        await anna.ask("/video waves")
        await bot.job(JobState.RUNNING)
        await anna.page.get_by_role("button", name="Cancel").click()
        note = anna.page.locator(".message.private")
        await expect(note).to_contain_text("billed")
        await note.locator("button.danger").click()
        await expect(anna.page.locator(".status")).to_contain_text("it is not posted")
        await expect(note).to_have_count(0)
        await expect(anna.video()).to_have_count(0)


async def test_again_edit_and_extend(browser: Browser, open_page: Opener) -> None:
    async with open_page(user_videos_per_day=9) as bot, visiting(browser, bot) as anna:
        await anna.ask("/video waves")
        await anna.plays()
        result = anna.page.locator(".result").first
        await result.get_by_role("button", name="Again").click()
        await anna.plays(1)
        await result.get_by_role("button", name="Edit").click()
        dialog = anna.page.get_by_role("dialog")
        await expect(dialog.get_by_label("What happens in the video")).to_have_value("waves")
        await dialog.get_by_label("What happens in the video").fill("waves at night")
        await _choose(dialog, "9:16 portrait")
        await dialog.get_by_role("button", name="Make it").click()
        assert await anna.plays(2) == [720, 1280, 5]
        await result.get_by_role("button", name="Extend").click()
        await expect(dialog).to_contain_text("begins with the last picture of the other one")
        await dialog.get_by_label("What happens in the video").fill("a ship comes")
        await dialog.get_by_role("button", name="Make it").click()
        await anna.plays(3)
        assert (await bot.job()).request.first_frame is not None
        await expect(anna.page.locator(".thread")).to_have_count(1)


async def test_another_member_cannot_delete_it_and_its_owner_can(browser: Browser, open_page: Opener) -> None:
    async with open_page() as bot, visiting(browser, bot) as anna, visiting(browser, bot) as ben:
        await ben.be("Ben")
        await anna.ask("/video waves")
        await anna.plays()
        await ben.page.get_by_role("button", name="Delete").click()
        await expect(ben.page.locator(".message.private")).to_contain_text("Only the person who asked for this video")
        await expect(anna.page.locator(".message.private")).to_have_count(0)
        await anna.page.get_by_role("button", name="Delete").click()
        await anna.page.locator(".message.private button.danger").click()
        for visitor in (anna, ben):
            await expect(visitor.video()).to_have_count(0)
            await expect(visitor.page.locator(".status")).to_contain_text("was deleted later")


async def test_what_is_typed_while_a_message_is_under_way_is_not_lost(browser: Browser, open_page: Opener) -> None:
    async with open_page() as bot, visiting(browser, bot) as anna:
        arrived, goes_on = asyncio.Event(), asyncio.Event()

        async def slow(route: Route) -> None:
            arrived.set()
            await goes_on.wait()
            await route.continue_()

        await anna.page.route("**/send", slow)
        await anna.text.fill("good morning")
        await anna.text.press("Enter")
        await arrived.wait()
        await anna.page.keyboard.type("and good night")
        await anna.page.keyboard.press("Enter")
        arrived.clear()
        goes_on.set()
        await expect(anna.page.locator("article")).to_have_count(2)
        await expect(anna.page.locator("article").first).to_contain_text("good morning")
        await expect(anna.page.locator("article").last).to_contain_text("and good night")
        await expect(anna.text).to_have_value("")
        await expect(anna.text).to_be_focused()
        goes_on.clear()
        arrived.clear()
        await anna.text.fill("/nonsense")
        await anna.text.press("Enter")
        await arrived.wait()
        await anna.text.fill("/video waves")
        goes_on.set()
        await expect(anna.page.locator(".message.private")).to_contain_text("There is no command /nonsense")
        await expect(anna.preview).to_contain_text("5 seconds")
        await expect(anna.text).to_have_value("/video waves")


async def test_a_full_quota_is_told_with_its_reason(browser: Browser, open_page: Opener) -> None:
    async with open_page(user_videos_per_day=1) as bot, visiting(browser, bot) as anna:
        await anna.ask("/video waves")
        await anna.plays()
        await anna.text.fill("/video more waves")
        await expect(anna.preview.locator(".problems")).to_contain_text("1 video a day")
        await anna.text.press("Enter")
        await expect(anna.page.locator(".message.private")).to_contain_text("1 video a day")
        await expect(anna.video()).to_have_count(1)
        await anna.ask("/quota")
        await expect(anna.page.locator(".message.private").last).to_contain_text("a day")


async def test_a_restart_in_the_middle_goes_on_before_the_open_page(browser: Browser, open_page: Opener) -> None:
    async with open_page(sandbox_speed=1.0) as bot, visiting(browser, bot) as anna:
        await anna.ask("/video waves")
        await bot.job(JobState.RUNNING)
        await bot.shut()
        await expect(anna.page.get_by_role("alert")).to_contain_text("cannot be reached")
        await bot.open()
        await expect(anna.page.get_by_role("alert")).to_be_hidden()
        await anna.plays()
        await expect(anna.page.locator("article")).to_have_count(3)
        await anna.ask("and hello again")
        await expect(anna.page.get_by_text("and hello again")).to_be_visible()


async def test_the_keyboard_alone_does_everything(browser: Browser, open_page: Opener) -> None:
    async with open_page(confirm_above_usd=0) as bot, visiting(browser, bot, width=360, height=740) as anna:
        keys = anna.page.keyboard
        await keys.press("Tab")
        await expect(anna.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await keys.press("Enter")
        await keys.type("/video waves")
        await keys.press("Enter")
        start = anna.page.get_by_role("button", name=re.compile("^Start"))
        await expect(start).to_be_visible()
        await _tab_to(start, keys.press, back=True)
        await keys.press("Enter")
        await expect(anna.video()).to_be_visible()
        await anna.text.focus()
        await _tab_to(anna.page.get_by_role("button", name="Open the form"), keys.press)
        await keys.press("Enter")
        await expect(anna.page.get_by_label("What happens in the video")).to_be_focused()
        await keys.type("a ship")
        await expect(anna.page.locator(".finish .price")).to_contain_text("std")
        await _tab_to(anna.page.get_by_label("std (720p)"), keys.press)
        await keys.press("ArrowRight")
        await expect(anna.page.locator(".finish .price")).to_contain_text("pro")
        await expect(anna.page.get_by_label("pro (1080p)")).to_be_focused()
        await keys.press("Escape")
        await expect(anna.page.get_by_role("dialog")).to_be_hidden()
        overflow = await anna.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, "nothing is wider than the phone"


async def _choose(dialog: Locator, label: str) -> None:
    """Choose a radio button by its words, and wait for the form to have taken it."""
    await dialog.get_by_label(label).check()
    await expect(dialog.locator("#form-options:not(.htmx-request)")).to_be_visible()
    await expect(dialog.get_by_label(label)).to_be_checked()


async def _tab_to(wanted: Locator, press: Callable[[str], Awaitable[None]], *, back: bool = False) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        if await wanted.evaluate("(element) => element === document.activeElement"):
            return
        await press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"the keyboard does not get to {wanted}")
