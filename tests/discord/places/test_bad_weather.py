"""Discord is slow, full, broken or gone for a while: everything arrives, and nothing arrives twice."""

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.answer import Answer, button
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, picture
from tests.discord.stage import EDIT, POST
from tests.fakes.discord import Upload

pytestmark = pytest.mark.slow

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
UNHURRIED = "waves [[sandbox:slow=60]]"  # so that there is something to say before the result


async def delivered(bot: OpenBot, prompt: str = "waves") -> None:
    """A job goes its whole way: one status that says so, one result."""
    await bot.slash("video", prompt=prompt)
    await arrives(bot)


async def arrives(bot: OpenBot) -> None:
    """The only job ends with one status message and one result."""
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    await bot.until(lambda: "Done" in bot.posts()[0].text)
    assert len(bot.posts()) == 2
    assert len(bot.results()) == 1
    assert await bot.no_open_events()


async def test_a_storm_of_429_is_waited_out(bot: OpenBot) -> None:
    storm = bot.discord.storm(0.5, path_glob="/channels/*", retry_after=0.01)
    await delivered(bot)
    assert storm.hits > 0


async def test_429_of_the_proxy_in_front_is_tried_again_later(bot: OpenBot) -> None:
    fault = bot.discord.fault("*", "/channels/*", status=429, retry_after=0.01, via=False, times=3)
    await delivered(bot)
    assert fault.used == 3


@pytest.mark.parametrize(("method", "route"), [("POST", POST), ("PATCH", EDIT)])
async def test_when_discord_is_unavailable_it_is_tried_again(bot: OpenBot, method: str, route: str) -> None:
    fault = bot.discord.fault(method, route, status=503, times=2)
    await delivered(bot)
    assert fault.used == 2


async def test_after_an_internal_error_of_discord_there_is_one_result(bot: OpenBot) -> None:
    bot.discord.fault("POST", POST, status=500)
    await delivered(bot)


async def test_a_result_whose_answer_was_lost_is_looked_up_before_it_would_be_posted_again(bot: OpenBot) -> None:
    bot.discord.fault("POST", POST, lose_answer=True)
    await delivered(bot)
    [post] = bot.discord.asked("POST", POST)
    assert post.lost
    looks = bot.discord.asked("GET", POST)
    assert looks
    assert all(look.at >= post.at for look in looks)


async def test_a_result_that_never_arrived_is_looked_up_and_posted_again(bot: OpenBot) -> None:
    bot.discord.fault("POST", POST, lose_request=True)
    await delivered(bot)
    assert [post.lost for post in bot.discord.asked("POST", POST)] == [True, False]
    assert bot.discord.asked("GET", POST)


async def test_a_first_answer_that_was_lost_on_the_way_back_is_the_status_all_the_same(bot: OpenBot) -> None:
    bot.discord.fault("POST", CALLBACK, lose_answer=True)
    await bot.slash("video", prompt="waves")
    await arrives(bot)


async def test_a_first_answer_that_never_arrived_is_followed_by_a_status_of_its_own(bot: OpenBot) -> None:
    bot.discord.fault("POST", CALLBACK, lose_request=True)
    await bot.unanswered("video", prompt=UNHURRIED)
    await bot.until_async(bot.jobs)
    await bot.until(bot.posts)
    await arrives(bot)


async def test_a_broken_gateway_is_resumed_and_what_was_missed_is_answered(bot: OpenBot) -> None:
    await bot.slash("video", prompt=UNHURRIED)
    bot.discord.gateway.ask_to_reconnect()
    used = await bot.unanswered("quota")
    await used.answered()
    await bot.discord.until(lambda: bot.discord.gateway.resumes == 1)
    assert bot.discord.gateway.identifies == 1
    await arrives(bot)


@pytest.mark.slow  # discord.py waits five seconds before it identifies again
async def test_a_session_that_cannot_be_resumed_is_replaced_and_nothing_is_done_twice(bot: OpenBot) -> None:
    await delivered(bot)
    registered = len(bot.discord.asked("PUT", "/applications/{application_id}/commands"))
    bot.discord.drop_gateway(resumable=False)
    await bot.discord.until(lambda: bot.discord.gateway.identifies == 2, timeout=20)
    answer = await bot.press(bot.results()[0], Verb.AGAIN)
    assert not answer.private
    jobs = await bot.jobs()
    assert len(jobs) == 2
    assert [(await bot.ended(job)).state for job in jobs] == [JobState.DELIVERED] * 2
    assert len(bot.discord.asked("PUT", "/applications/{application_id}/commands")) == registered


async def test_a_crash_before_the_first_answer_is_finished_after_the_restart(bot: OpenBot) -> None:
    hold = bot.discord.hold("POST", CALLBACK)
    await bot.unanswered("video", prompt=UNHURRIED)
    await hold.wait_reached()
    await bot.crash()
    hold.drop()
    await bot.open()
    await bot.until_async(bot.no_open_events)
    await bot.until(bot.posts)
    await arrives(bot)


async def test_a_crash_while_an_image_was_read_is_finished_after_the_restart(bot: OpenBot) -> None:
    hold = bot.discord.hold("GET", "/cdn/*")
    used = await bot.unanswered("video", prompt=f"it snows {UNHURRIED}", image=picture())
    await used.answered()
    await hold.wait_reached()
    await bot.crash()
    hold.drop()
    await bot.open()
    await bot.until(lambda: "On its way" in Answer(used).text)
    await arrives(bot)


async def test_a_crash_whose_token_died_meanwhile_is_told_in_the_channel(bot: OpenBot) -> None:
    hold = bot.discord.hold("GET", "/cdn/*")
    used = await bot.unanswered("video", prompt="it snows", image=Upload("cat.png", b"no image"))
    await used.answered()
    await hold.wait_reached()
    await bot.crash()
    hold.drop()
    used.expire()
    await bot.open()
    await bot.until(bot.posts)
    [told] = bot.posts()
    assert "cat.png" in told.text
    assert told.mentions == [bot.anna]
    assert await bot.jobs() == []
    await bot.until_async(bot.no_open_events)


async def test_a_mention_that_a_crash_left_unanswered_is_answered_after_the_restart(bot: OpenBot) -> None:
    hold = bot.discord.hold("POST", POST)
    said = await bot.anna.says(bot.channel, "@videobot waves at night")
    await hold.wait_reached()
    await bot.crash()
    hold.drop()
    await bot.open()
    await bot.until(bot.posts)
    [offer] = bot.posts()
    assert offer.reply_to is said
    assert button(offer, Verb.START)
    await bot.until_async(bot.no_open_events)


@pytest.mark.slow  # the start waits ten seconds for the log-in
async def test_while_discord_cannot_be_reached_at_the_start_it_waits_and_then_serves(open_bot: Opener) -> None:
    async with open_bot(arrange=lambda discord: discord.fault("GET", "/users/@me", status=503)) as bot:
        await delivered(bot)
