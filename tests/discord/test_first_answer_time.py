"""How long people wait for the first answer is measured."""

from tests.discord.driver import OpenBot


async def test_each_command_is_measured_once(bot: OpenBot) -> None:
    registry = bot.app.operations.meters.registry
    for prompt in ("waves at night", "a cat on a roof"):
        await bot.slash("video", prompt=prompt)
    labels = {"platform": "discord"}
    assert registry.get_sample_value("videobot_first_answer_seconds_count", labels) == 2
    seconds = registry.get_sample_value("videobot_first_answer_seconds_sum", labels)
    assert seconds is not None
    assert seconds > 0
