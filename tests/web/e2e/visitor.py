"""A person in front of a browser. What the page's console complains about is a failure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.web.driver import PageBot

#: Milliseconds until something has to be seen: rendering and a browser share two cores with other tests.
WITHIN = 40_000
expect.set_options(timeout=WITHIN)
#: What is written while the bot is away, and when a newer preview takes the place of one under way.
_EXPECTED = ("net::ERR_", "htmx:sseError", "htmx:sendError", "[object Event]", "htmx:sendAbort", "htmx:afterRequest")

_PLAYS = """async (video) => {
    video.muted = true;
    await video.play();
    await new Promise((done, failed) => {
        video.addEventListener("timeupdate", () => { if (video.currentTime > 0.2) done(); });
        video.addEventListener("error", () => failed(video.error.message));
    });
    video.pause();
    return [video.videoWidth, video.videoHeight, Math.round(video.duration)];
}"""

_DROPS = """async ([target, files]) => {
    const carrier = new DataTransfer();
    for (const [name, data] of files) {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        carrier.items.add(new File([bytes], name, { type: "image/png" }));
    }
    const to = document.querySelector(target);
    for (const kind of ["dragenter", "dragover", "drop"]) {
        to.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carrier }));
    }
}"""


class Visitor:
    """Someone at the page, who looks for things as people do: by their words."""

    def __init__(self, page: Page, bot: PageBot) -> None:
        self.page, self.bot = page, bot
        self.complaints: list[str] = []
        page.on("console", lambda said: self._heard(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._heard(str(error)))

    def _heard(self, words: str) -> None:
        if not any(expected in words for expected in _EXPECTED):
            self.complaints.append(words)

    @property
    def text(self) -> Locator:
        """The composer's text."""
        return self.page.get_by_label("Message to the channel videos")

    @property
    def preview(self) -> Locator:
        """What is shown before anything is sent."""
        return self.page.locator("#preview")

    async def come(self) -> None:
        """Load the page."""
        await self.page.goto(self.bot.url)
        await expect(self.text).to_be_visible()

    async def be(self, name: str) -> None:
        """Become another of the people here."""
        await self.page.get_by_role("button", name=name).first.click()
        await expect(self.page.get_by_role("button", name=name).first).to_have_attribute("aria-pressed", "true")

    async def ask(self, text: str) -> None:
        """Type, and press Enter."""
        await self.text.fill(text)
        await self.text.press("Enter")
        await expect(self.text).to_have_value("")

    async def drop(self, *files: tuple[str, bytes]) -> None:
        """Drop pictures onto the page."""
        import base64

        given = [[name, base64.b64encode(data).decode()] for name, data in files]
        await self.page.evaluate(_DROPS, ["body", given])

    def video(self, number: int = 0) -> Locator:
        """One of the videos, from above."""
        return self.page.locator("video").nth(number)

    async def plays(self, number: int = 0) -> list[int]:
        """Play it; its width, height and length."""
        await expect(self.video(number)).to_be_visible()
        return list(await self.video(number).evaluate(_PLAYS))

    async def picture_of(self, path: Path) -> None:
        """A screenshot."""
        await self.page.screenshot(path=path)


@asynccontextmanager
async def visiting(browser: Browser, bot: PageBot, *, width: int = 1200, height: int = 900) -> AsyncIterator[Visitor]:
    """Somebody who visits the page."""
    context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    visitor = Visitor(await context.new_page(), bot)
    await visitor.come()
    yield visitor
    await context.close()
    assert not visitor.complaints, visitor.complaints
