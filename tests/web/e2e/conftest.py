"""A real browser (Debian's Chromium) in front of a whole bot whose sandbox renders real videos."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.web.conftest import migrated, open_page

__all__ = ["browser", "migrated", "open_page"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()
