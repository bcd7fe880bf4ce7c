"""What is posted is the gateway's own file, and it says that a machine made it."""

import httpx
import pytest

from tests.discord.driver import OpenBot


@pytest.mark.real_video
@pytest.mark.slow
async def test_the_posted_file_is_the_gateways_byte_for_byte_and_is_called_ai_generated(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    job = await bot.ended(await bot.only_job())
    await bot.until(bot.results)
    (result,) = bot.results()
    assert job.output is not None
    async with httpx.AsyncClient() as client:
        made = await client.get(job.output.url)
    assert len(made.content) > 10_000
    assert result.files[0].data == made.content
    assert "AI-generated" in result.text
    assert result.alt_texts[0].startswith("AI-generated video")
