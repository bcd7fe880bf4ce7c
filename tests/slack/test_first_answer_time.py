"""How long Slack waits for an acknowledgement is measured, whichever way events come in."""

from tests.slack.driver import SlackBot


async def test_each_command_is_measured(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    registry, labels = bot.app.operations.meters.registry, {"platform": "slack"}
    before = registry.get_sample_value("videobot_first_answer_seconds_count", labels) or 0
    await bot.anna.slash("/video", "a cat --v3 --7s --5:4", bot.general)
    assert registry.get_sample_value("videobot_first_answer_seconds_count", labels) == before + 1
    assert (registry.get_sample_value("videobot_first_answer_seconds_sum", labels) or 0) > 0
