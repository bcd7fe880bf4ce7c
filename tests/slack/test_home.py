"""App Home: own quota, own videos, own defaults."""

import pytest

from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from tests.slack.driver import SlackBot


@pytest.mark.slow
async def test_home_shows_quota_and_videos_and_makes_one(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    limit = Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 3)
    await bot.app.store.set_limit(limit, "test", bot.clock.now())
    await bot.anna.opens_home()
    home = await bot.until(lambda: bot.anna.home)
    assert "3 of 3 videos" in home.text_read or "3 videos" in home.text_read
    assert "not asked for a video yet" in home.text_read
    opened = await bot.anna.press(home, "Make a video")
    form = await bot.until(lambda: opened.view)
    await bot.anna.submit(form, {"prompt": "a lighthouse", "place": bot.general})
    await bot.result()
    await bot.anna.opens_home()
    await bot.until(lambda: "a lighthouse" in home.text_read)


@pytest.mark.slow
async def test_defaults_are_kept_for_one_person_and_count_where_nothing_is_said(bot: SlackBot) -> None:
    await bot.anna.opens_home()
    home = await bot.until(lambda: bot.anna.home)
    await bot.anna.change(home, "v1:default:model", "v3")
    await bot.until(lambda: home.updates >= 1)
    await bot.anna.change(home, "v1:default:aspect_ratio", "9:16")
    await bot.until(lambda: home.updates >= 2)
    assert home.values["v1:default:model"] == "v3"
    await bot.anna.slash("/video", "a fox", bot.general)
    await bot.result(number=1)
    await bot.ben.slash("/video", "a bear", bot.general)
    await bot.result(number=2)
    bens, annas = await bot.jobs()
    assert (annas.model, annas.request.aspect_ratio) == ("v3", "9:16")
    assert (bens.model, bens.request.aspect_ratio) == ("2.6", None)


@pytest.mark.slow
async def test_a_named_model_leaves_the_defaults_of_another_alone(bot: SlackBot) -> None:
    await bot.anna.opens_home()
    home = await bot.until(lambda: bot.anna.home)
    await bot.anna.change(home, "v1:default:model", "v3")
    await bot.until(lambda: home.updates >= 1)
    await bot.anna.change(home, "v1:default:duration", "15")
    await bot.until(lambda: home.updates >= 2)
    await bot.anna.slash("/video", "a fox --2.6", bot.general)
    await bot.result()
    (job,) = await bot.jobs()
    assert (job.model, job.duration) == ("2.6", 5)


async def test_the_messages_tab_shows_nothing(bot: SlackBot) -> None:
    await bot.anna.opens_home("messages")
    await bot.quiet()
    assert bot.anna.home is None
