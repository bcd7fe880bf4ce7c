"""The pictures of the README: `make screenshots`. A bot with two weeks behind it, a real browser, phone and desktop."""

import asyncio
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from adapters.gateways.sandbox import SandboxGateway
from bot.cli.cityscape import draw_city
from bot.generation.job import Address, JobState, Requester
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.request import VideoRequest
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY
from tests.web.driver import PageBot, until

DAYS = 14
DAY = 86_400.0
DESKTOP, PHONE = (1280, 1240), (360, 780)
PEOPLE = ("web:anna", "web:ben", "discord:mira", "discord:tom", "slack:T1:U7")
PROMPTS = ("Waves at night", "A fox in the snow", "Rain on a tin roof", "A tram in the fog [[sandbox:moderation]]")
#: Settings of the bot that is shown.
OPTIONS = {"everyone_usd_per_day": 6, "user_videos_per_day": 12, "user_jobs_at_once": 3, "confirm_above_usd": 5}


class MovedClock(FastClock):
    """A clock whose past can be written: it begins `behind` seconds before now, and is moved on by hand."""

    def __init__(self, times: float, behind: float) -> None:
        super().__init__(times, time.time())
        self.behind = behind

    def now(self) -> float:
        return super().now() - self.behind


async def history(folder: Path) -> None:
    """Two weeks of other people's videos."""
    chance, clock = random.Random(26), MovedClock(200.0, DAYS * DAY)
    async with SandboxGateway(
        keys=(KEY,), speed=1.0, seed=7, rate_limits=False, render=False, clock=clock.now
    ) as sandbox:
        bot = PageBot(folder, sandbox, {**OPTIONS, "everyone_usd_per_day": None}, clock=clock)
        await bot.open()
        for day in range(DAYS):
            clock.behind = min(clock.behind, (DAYS - 1 - day) * DAY + 8 * 3600.0)
            for _ in range(chance.choice((3, 4, 5, 6, 8))):
                platform, _, user = chance.choice(PEOPLE).partition(":")
                request = VideoRequest(
                    prompt=chance.choice(PROMPTS),
                    mode=chance.choice(("std", "std", "pro")),
                    duration=chance.choice((5, 5, 10)),
                )
                address = Address("web", channel="elsewhere")
                await bot.app.service.submit(request, Requester(platform, user), address)
            await until(lambda: _all_done(bot), "the day's videos", within=60)
        await bot.shut()
        await _forget_messages(folder)


async def _all_done(bot: PageBot) -> bool:
    return not await bot.app.store.unfinished()


async def _forget_messages(folder: Path) -> None:
    """What stood in the channel then is not part of the picture."""
    from storage import open_database
    from storage.tables import web_messages

    database = await open_database(f"sqlite:///{folder / 'videobot.db'}")
    await database.write(lambda conn: conn.execute(web_messages.delete()))
    await database.close()


async def scene(folder: Path, browser: Browser, out: Path) -> None:
    """A few videos on the page, and the pictures."""
    clock = FastClock(30.0, time.time())
    city = await asyncio.to_thread(_city, folder)
    async with SandboxGateway(keys=(KEY,), speed=1.0, seed=3, rate_limits=False, clock=clock.now) as sandbox:
        bot = PageBot(folder, sandbox, OPTIONS, clock=clock)
        await bot.open()
        cap = Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.USD, Window.DAY, 6_000_000)
        await bot.app.service.set_limit(cap, "web:ada")
        desk = await _page(browser, bot, DESKTOP)
        await _ask(desk, "/video A paper boat sails down a rainy street, 5s, 16:9")
        await bot.job(JobState.DELIVERED)
        await _be(desk, "Ben")
        await desk.set_input_files("#files", [str(path) for path in city])
        await desk.locator(".composer .picture").nth(1).wait_for()
        await _ask(desk, "/video The day ends over the city, windows light up one by one, pro")
        await bot.job(JobState.DELIVERED)
        await _be(desk, "Anna")
        await _ask(desk, "/video A lighthouse in a storm, pro, 10s")
        await desk.get_by_text("Making the video: ").wait_for()
        await desk.get_by_text(re.compile("Making the video: [4-9][0-9] %")).wait_for()
        await desk.get_by_label("Message to the channel videos").fill("/video a fox in the snow, pro, 10s, with sound")
        await desk.locator("#preview p").first.wait_for()
        await _shot(desk, out / "chat.png")
        await desk.emulate_media(color_scheme="dark")
        await _shot(desk, out / "chat-dark.png")
        await desk.emulate_media(color_scheme="light")
        await desk.get_by_role("button", name="Open the form").click()
        await desk.get_by_role("button", name="Make it").wait_for()
        await _shot(desk, out / "form.png")
        await desk.keyboard.press("Escape")
        await desk.get_by_label("Message to the channel videos").fill("")
        phone = await _page(browser, bot, PHONE)
        await phone.wait_for_timeout(500)
        await _shot(phone, out / "chat-phone.png")
        await phone.get_by_role("button", name="Open the form").click()
        await phone.get_by_role("button", name="Make it").wait_for()
        await _shot(phone, out / "form-phone.png")
        await phone.keyboard.press("Escape")
        sandbox.inject("lost_answer")
        await _ask(desk, "/video A kite over the dunes")
        await bot.job(JobState.UNCERTAIN)
        await _be(desk, "Ada")
        await desk.goto(f"{bot.url}/dashboard")
        await _shot(desk, out / "dashboard.png", full=True)
        await desk.emulate_media(color_scheme="dark")
        await _shot(desk, out / "dashboard-dark.png", full=True)
        await _be(phone, "Ada")
        await phone.goto(f"{bot.url}/dashboard")
        await _shot(phone, out / "dashboard-phone.png", full=True)
        await bot.shut()


def _city(folder: Path) -> Sequence[Path]:
    return [draw_city(folder / f"{name}.png", night=name == "night") for name in ("day", "night")]


async def _page(browser: Browser, bot: PageBot, size: tuple[int, int]) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=1.5, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.on("console", lambda said: sys.stderr.write(f"{said.type}: {said.text}\n") if said.type == "error" else None)
    await page.goto(bot.url)
    return page


async def _ask(page: Page, text: str) -> None:
    await page.get_by_label("Message to the channel videos").fill(text)
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(300)


async def _be(page: Page, name: str) -> None:
    await page.locator(".who button", has_text=name).click()
    await page.locator(".who button[aria-pressed=true]", has_text=name).wait_for()


async def _shot(page: Page, to: Path, *, full: bool = False) -> None:
    if full:
        await _load_pictures(page)
    await page.wait_for_timeout(400)
    await page.screenshot(path=to, full_page=full)
    await asyncio.to_thread(_smaller, to)


async def _load_pictures(page: Page) -> None:
    """Those below are loaded only when somebody comes near."""
    for picture in await page.locator("img[loading=lazy]").all():
        await picture.scroll_into_view_if_needed()
        await picture.evaluate("picture => picture.decode()")
    await page.evaluate("scrollTo(0, 0)")


def _smaller(picture: Path) -> None:
    """A third of the bytes; nobody sees the difference in a README."""
    with Image.open(picture) as image:
        image.convert("RGB").quantize(256).save(picture, optimize=True)


async def main(out: Path) -> None:
    """Take all pictures."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="videobot-pictures-") as folder:
        await history(Path(folder))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            await scene(Path(folder), browser, out)
            await browser.close()


if __name__ == "__main__":
    to = Path(sys.argv[1])
    to.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(to))
