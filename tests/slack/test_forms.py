"""The form: opened before anything else, narrowed to what is possible, taken once, nothing typed is lost."""

import pytest

from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot, picture


@pytest.mark.slow
async def test_video_alone_opens_the_form_and_its_video_comes_to_the_channel(bot: SlackBot) -> None:
    opened = await bot.anna.slash("/video", "", bot.general)
    form = await bot.until(lambda: opened.view)
    assert form.fields == [
        "prompt",
        "first",
        "v1:pick:model",
        "v1:pick:mode",
        "v1:pick:duration",
        "v1:pick:ratio",
        "negative",
    ]
    sent = await bot.anna.submit(form, {"prompt": "waves at night", "v1:pick:duration": "10", "negative": "text"})
    assert sent.closed
    await bot.result()
    (job,) = await bot.jobs()
    assert (job.request.prompt, job.duration, job.request.negative_prompt) == ("waves at night", 10, "text")


async def test_nothing_is_asked_of_slack_or_the_database_before_the_form_opens(bot: SlackBot) -> None:
    before = len(bot.slack.requests)
    opened = await bot.anna.slash("/video", "", bot.general)
    await bot.until(lambda: opened.view)
    assert bot.slack.requests[before].method == "views.open"


async def test_the_form_follows_the_model_and_keeps_what_was_typed(bot: SlackBot) -> None:
    opened = await bot.anna.slash("/video", "", bot.general)
    form = await bot.until(lambda: opened.view)
    bot.anna.fill(form, {"prompt": "a fox"})
    assert form.options("v1:pick:duration") == ["5", "10"]
    await bot.anna.change(form, "v1:pick:model", "v3")
    await bot.until(lambda: "15" in form.options("v1:pick:duration"))
    assert "v1:pick:audio" not in form.fields
    assert form.values["prompt"] == "a fox"
    await bot.anna.change(form, "v1:pick:model", "2.6")
    await bot.until(lambda: form.options("v1:pick:duration") == ["5", "10"])
    await bot.anna.change(form, "v1:pick:mode", "pro")
    await bot.until(lambda: "v1:pick:audio" in form.fields)
    assert "last" in form.fields
    assert "Price" in form.text_read


@pytest.mark.slow
async def test_pictures_go_in_by_the_form(bot: SlackBot) -> None:
    opened = await bot.anna.slash("/video", "", bot.general)
    form = await bot.until(lambda: opened.view)
    await bot.anna.change(form, "v1:pick:mode", "pro")
    await bot.until(lambda: "last" in form.fields)
    await bot.anna.submit(form, {"prompt": "from here to there", "first": [picture()], "last": [picture("end.png")]})
    await bot.result()
    (job,) = await bot.jobs()
    assert [frame.role.value for frame in job.request.frames] == ["first_frame", "last_frame"]


async def test_what_is_wrong_is_said_below_its_field_while_the_form_stays_open(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    opened = await bot.anna.slash("/video", "", bot.general)
    form = await bot.until(lambda: opened.view)
    await bot.anna.change(form, "v1:pick:mode", "pro")
    await bot.until(lambda: "last" in form.fields)
    sent = await bot.anna.submit(form, {"prompt": "a cat", "last": [picture()]})
    assert list(sent.errors) == ["last"]
    assert not sent.closed
    assert await bot.jobs() == []
    again = await bot.anna.submit(form, {"last": []})
    assert again.closed
    await bot.told(bot.anna, "On its way")


async def test_the_global_shortcut_shows_the_video_where_it_is_told_to(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    opened = await bot.anna.global_shortcut("make_video")
    form = await bot.until(lambda: opened.view)
    await bot.anna.submit(form, {"prompt": "a bird", "place": bot.general})
    assert (await bot.result()).channel is bot.general


@pytest.mark.slow
async def test_without_a_channel_the_video_comes_by_direct_message(bot: SlackBot) -> None:
    opened = await bot.anna.global_shortcut("make_video")
    form = await bot.until(lambda: opened.view)
    await bot.anna.submit(form, {"prompt": "a bird"})
    assert (await bot.result(bot.team.im(bot.anna))).channel.kind == "im"


@pytest.mark.slow
async def test_a_form_is_filled_in_with_ones_defaults(bot: SlackBot) -> None:
    await bot.anna.opens_home()
    home = await bot.until(lambda: bot.anna.home)
    await bot.anna.change(home, "v1:default:model", "v3")
    await bot.until(lambda: home.updates)
    await bot.anna.change(home, "v1:default:mode", "pro")
    await bot.until(lambda: home.updates > 1)
    await bot.restart()
    opened = await bot.anna.slash("/video", "", bot.general)
    form = await bot.until(
        lambda: opened.view if opened.view and opened.view.values.get("v1:pick:model") == "v3" else None
    )
    assert form.values["v1:pick:mode"] == "pro"


@pytest.mark.parametrize("model", ["2.6", "v3", "o1"])
async def test_every_model_has_a_form_slack_takes(open_bot: Opener, model: str) -> None:
    async with open_bot(run_jobs=False) as bot:
        opened = await bot.anna.slash("/video", "", bot.general)
        form = await bot.until(lambda: opened.view)
        if model != "2.6":
            await bot.anna.change(form, "v1:pick:model", model)
            await bot.until(lambda: form.updates)
        assert form.values["v1:pick:model"] == model
