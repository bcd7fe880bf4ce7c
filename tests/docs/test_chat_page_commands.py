"""Every command for the chat page that the pages name, typed on it."""

import html

import pytest

from tests.docs.collecting import Kind, Where, collected
from tests.web.conftest import Opener, migrated, open_page  # noqa: F401

pytestmark = pytest.mark.slow

HERE = [found for found in collected() if found.kind is Kind.CHAT and found.where in (Where.WEB, Where.ANY)]
TYPED = [found for found in HERE if not found.text.startswith("/video-admin")]


async def test_every_command_answers(open_page: Opener) -> None:  # noqa: F811
    async with open_page(confirm_above_usd=100) as bot, bot.person() as anna:
        assert any(found.where is Where.WEB for found in TYPED)
        for found in TYPED:
            before = len(await bot.jobs())
            answer = await anna.say(found.text)
            assert answer.is_success, found
            assert "There is no command" not in html.unescape(await anna.look()), found
            asks = found.text.startswith("/video ")
            assert len(await bot.jobs()) == before + asks, found
