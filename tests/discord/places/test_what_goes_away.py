"""Whatever goes away while a video is made: the job ends where its requester can see it, once."""

from collections.abc import Callable

import pytest

from bot.generation.job import Job, JobState
from tests.discord.driver import OpenBot, picture, texts
from tests.discord.stage import MIB, POST
from tests.fakes.discord import Channel, DirectMessages, Thread, permissions

pytestmark = pytest.mark.slow

READ_ONLY = permissions.VIEW_CHANNEL | permissions.READ_MESSAGE_HISTORY


async def asked_in(bot: OpenBot, place: Channel, before_the_result: Callable[[], object], prompt: str = "waves") -> Job:
    """A job asked for in a place to which something happens while its result is on the way; as it ended."""
    result = bot.discord.hold("POST", POST)
    await bot.slash("video", place=place, prompt=prompt)
    await result.wait_reached()
    before_the_result()
    result.release()
    return await bot.ended(await bot.only_job())


def direct(bot: OpenBot) -> DirectMessages:
    """Anna's direct messages."""
    return bot.discord.dm(bot.anna)


async def is_kept(bot: OpenBot, job: Job, why: str) -> None:
    """Nobody could be told, so the video is kept, and /jobs shows it with the reason."""
    assert job.state is JobState.UNDELIVERABLE
    assert job.video is not None
    bot.anna.open_dms()
    answer = await bot.slash("jobs", place=direct(bot))
    assert answer.private
    assert job.id in answer.text
    assert why in answer.text


async def test_in_an_archived_thread_the_result_opens_it(bot: OpenBot) -> None:
    thread = bot.channel.add_thread("ideas")
    job = await asked_in(bot, thread, thread.archive)
    assert job.state is JobState.DELIVERED
    assert len(bot.results(thread)) == 1
    assert not thread.archived
    await bot.until(lambda: "Done" in bot.posts(thread)[0].text)
    assert bot.posts() == []


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (Thread.lock, "The thread is locked, so it is here."),
        (Thread.delete, "The thread is gone, so it is here."),
    ],
)
async def test_without_its_thread_the_result_comes_to_the_channel(
    bot: OpenBot, happens: Callable[[Thread], None], why: str
) -> None:
    thread = bot.channel.add_thread("ideas", owner_id=bot.anna.id)
    job = await asked_in(bot, thread, lambda: happens(thread))
    assert job.state is JobState.DELIVERED
    assert bot.results(thread) == []
    [result] = bot.results()
    assert why in result.text
    assert result.mentions == [bot.anna]


async def test_in_a_locked_thread_the_status_of_a_failure_moves_to_the_channel(bot: OpenBot) -> None:
    thread = bot.channel.add_thread("ideas", owner_id=bot.anna.id)
    await bot.slash("video", place=thread, prompt="waves [[sandbox:slow=30]] [[sandbox:fail_late=no]]")
    thread.lock()
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.FAILED
    await bot.until(lambda: "The gateway could not make this video" in texts(bot.posts()))
    [told] = bot.posts()
    assert "The thread is locked, so it is here." in told.text


async def test_without_its_channel_the_result_comes_as_a_direct_message(bot: OpenBot) -> None:
    job = await asked_in(bot, bot.channel, bot.channel.delete)
    assert job.state is JobState.DELIVERED
    [result] = bot.results(direct(bot))
    assert "The channel is gone, so it is here." in result.text


async def test_with_closed_direct_messages_too_it_is_kept_and_shown(bot: OpenBot) -> None:
    def everything_goes() -> None:
        bot.channel.delete()
        bot.anna.close_dms()

    job = await asked_in(bot, bot.channel, everything_goes)
    await is_kept(bot, job, "the channel is gone and your direct messages are closed to me")


async def test_where_the_bot_may_not_write_any_more_the_result_comes_as_a_direct_message(bot: OpenBot) -> None:
    def lose() -> None:
        bot.channel.bot_permissions = READ_ONLY

    job = await asked_in(bot, bot.channel, lose)
    assert job.state is JobState.DELIVERED
    [result] = bot.results(direct(bot))
    assert "I may not write in the channel, so it is here." in result.text


async def test_where_files_are_forbidden_meanwhile_the_link_is_shown_in_the_channel(bot: OpenBot) -> None:
    def lose() -> None:
        bot.channel.bot_permissions = permissions.MEMBER & ~permissions.ATTACH_FILES

    job = await asked_in(bot, bot.channel, lose)
    assert job.state is JobState.DELIVERED
    assert "I am not allowed to attach files here." in bot.posts()[-1].text
    assert direct(bot).messages == []


async def test_kicked_it_brings_the_result_as_a_direct_message(bot: OpenBot) -> None:
    job = await asked_in(bot, bot.channel, bot.guild.kick_bot)
    assert job.state is JobState.DELIVERED
    assert len(bot.results(direct(bot))) == 1


async def test_kicked_without_direct_messages_it_is_kept_and_shown(bot: OpenBot) -> None:
    def everything_goes() -> None:
        bot.guild.kick_bot()
        bot.anna.close_dms()

    job = await asked_in(bot, bot.channel, everything_goes)
    await is_kept(bot, job, "your direct messages are closed to me")


async def test_a_deleted_status_message_is_posted_once_more(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves [[sandbox:slow=60]]")
    bot.discord.delete_message(answer.message)
    await bot.until(bot.posts)
    [status] = bot.posts()
    assert "waves" in status.text
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    await bot.until(lambda: "Done" in status.text)
    assert len(bot.posts()) == 2
    assert bot.results()[0].reply_to is status


async def test_a_status_message_deleted_again_is_not_forced_on_anybody(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves [[sandbox:slow=60]]")
    bot.discord.delete_message(answer.message)
    await bot.until(bot.posts)
    bot.discord.delete_message(bot.posts()[0])
    assert (await bot.ended(await bot.only_job())).state is JobState.DELIVERED
    assert bot.posts() == bot.results()
    assert len(bot.results()) == 1


async def test_after_its_token_died_a_text_goes_on_by_bot_token(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves [[sandbox:slow=30]]")
    answer.used.expire()  # 15 minutes pass
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    await bot.until(lambda: "Done" in answer.message.text)
    assert len(bot.results()) == 1


async def test_when_the_token_dies_during_the_thinking_the_video_shows_itself(bot: OpenBot) -> None:
    reading = bot.discord.hold("GET", "/cdn/*")
    used = await bot.unanswered("video", prompt="it snows [[sandbox:slow=60]]", image=picture())
    await used.answered()
    await reading.wait_reached()
    used.expire()  # 15 minutes pass
    reading.release()
    await bot.until_async(bot.jobs)
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    await bot.until(lambda: "Done" in bot.posts()[0].text)
    assert len(bot.posts()) == 2
    assert await bot.no_open_events()


async def test_when_the_token_dies_during_the_thinking_a_refusal_is_told_in_the_channel(bot: OpenBot) -> None:
    reading = bot.discord.hold("GET", "/cdn/*")
    used = await bot.unanswered("video", prompt="it snows", duration=7, image=picture())
    await used.answered()
    await reading.wait_reached()
    used.expire()
    reading.release()
    await bot.until(bot.posts)
    [told] = bot.posts()
    assert "duration" in told.text
    assert told.mentions == [bot.anna]
    assert await bot.jobs() == []


async def test_too_large_although_discord_said_it_takes_it_a_smaller_copy_is_sent(bot: OpenBot) -> None:
    def lose_a_boost() -> None:
        bot.guild.upload_limit = 8 * MIB

    job = await asked_in(bot, bot.channel, lose_a_boost, "waves [[sandbox:oversize=9]]")
    assert job.state is JobState.DELIVERED
    assert job.video is not None
    assert job.video.size > 8 * MIB
    assert [seen.status for seen in bot.discord.asked("POST", POST)] == [413, 200]
    [result] = bot.results()
    assert result.attachments[0].size <= 8 * MIB
    assert "smaller copy" in result.text
