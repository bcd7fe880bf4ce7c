"""A mention under an image, with an image, under the bot's own result; a direct message: the offer comes first."""

import pytest

from tests.fakes.slack import Message
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot, picture


async def start(bot: SlackBot, offer: Message) -> None:
    """Press Start on an offer."""
    label = next(text for text in offer.button_texts if text.startswith("Start"))
    await bot.anna.press(offer, label)


@pytest.mark.slow
async def test_a_mention_under_an_image_offers_to_animate_it(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    root = await bot.ben.says(bot.general, "look", files=[picture()])
    await bot.anna.says(bot.general, "<@BOT> make it snow, pro, 10s", thread=root)
    offer = await bot.posted("starts only when you press")
    assert offer.thread_ts == root.ts
    assert "make it snow" in offer.text_read
    assert "pro mode, 10 seconds" in offer.text_read
    assert await bot.jobs() == []
    await start(bot, offer)
    result = await bot.result()
    assert result.thread_ts == root.ts
    assert all(status.thread_ts == root.ts for status in bot.statuses())
    (job,) = await bot.jobs()
    assert job.request.first_frame is not None
    assert (job.mode, job.duration) == ("pro", 10)


async def test_the_own_image_comes_before_the_threads(bot: SlackBot) -> None:
    root = await bot.ben.says(bot.general, "look", files=[picture("old.png")])
    message = await bot.anna.says(bot.general, "<@BOT> make it rain", thread=root, files=[picture("new.png")])
    await bot.posted("Press Start")
    looked = [call.args["file"] for call in bot.slack.calls("files.info")]
    assert looked == [message.files[0].id]


async def test_a_mention_outside_a_thread_is_answered_below_it(bot: SlackBot) -> None:
    message = await bot.anna.says(bot.general, "<@BOT> a boat on a lake")
    offer = await bot.posted("Press Start")
    assert offer.thread_ts == message.ts


@pytest.mark.slow
@pytest.mark.real_video
async def test_a_mention_under_the_bots_own_result_extends_it(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a boat on a lake", bot.general)
    result = await bot.result()
    await bot.anna.says(bot.general, "<@BOT> now it sinks", thread=result)
    await start(bot, await bot.posted("now it sinks"))
    await bot.result(number=2)
    newest, first = await bot.jobs()
    assert newest.request.first_frame is not None
    assert (newest.request.prompt, first.request.prompt) == ("now it sinks", "a boat on a lake")


@pytest.mark.slow
async def test_a_direct_message_with_an_image(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    direct = bot.team.im(bot.anna)
    await bot.anna.says(direct, "let it dance", files=[picture()])
    await start(bot, await bot.posted("Press Start", direct))
    await bot.result(direct)
    (job,) = await bot.jobs()
    assert job.request.first_frame is not None


async def test_problems_of_a_mention_are_for_the_person_alone(bot: SlackBot) -> None:
    await bot.anna.says(bot.general, "<@BOT> a cat --v3 --7s --5:4")
    problems = await bot.told(bot.anna, "cannot be made as asked")
    assert problems.ephemeral_for is bot.anna


@pytest.mark.slow
async def test_only_who_asked_can_start_it_and_twice_is_once(bot: SlackBot) -> None:
    await bot.anna.says(bot.general, "<@BOT> a boat")
    offer = await bot.posted("Press Start")
    await bot.ben.press(offer, offer.button_texts[0])
    await bot.told(bot.ben, "Only the person who asked")
    label = offer.button_texts[0]
    await bot.anna.press(offer, label)
    await bot.quiet()
    assert "Started" in offer.text_read
    await bot.result()
    assert len(await bot.jobs()) == 1


async def test_a_bare_mention_says_what_the_bot_can_do(bot: SlackBot) -> None:
    await bot.anna.says(bot.general, "<@BOT>")
    assert (await bot.told(bot.anna, "Make a video")).ephemeral_for is bot.anna


async def test_a_mention_that_comes_as_two_events_three_times_is_one_offer(open_bot: Opener) -> None:
    async with open_bot() as bot:
        bot.slack.subscriptions |= {"message.channels"}
        message = await bot.anna.says(bot.general, "<@BOT> a boat")
        assert len(message.events) == 2
        await bot.slack.redeliver(message, times=2)
        offer = await bot.posted("Press Start")
        await bot.quiet()
        assert [m for m in bot.general.from_bot if "Press Start" in m.text_read] == [offer]
        assert await bot.open_events() == 0


async def test_other_peoples_messages_and_edits_do_nothing(open_bot: Opener) -> None:
    async with open_bot() as bot:
        bot.slack.subscriptions |= {"message.channels", "file_shared"}
        message = await bot.anna.says(bot.general, "just talking", files=[picture()])
        await bot.anna.edits(message, "still talking")
        await bot.anna.deletes(message)
        await bot.quiet()
        assert bot.general.from_bot == []
        assert all(event.acked for event in bot.slack.events.sent)
