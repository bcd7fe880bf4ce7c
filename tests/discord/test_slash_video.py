"""/video: from words or an image to a video, with everything that can stand in between."""

import asyncio

from adapters.cards.card import Verb
from bot.generation.job import JobState
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, picture, texts
from tests.fakes import folder_databases
from tests.fakes.discord import Upload, permissions


async def test_a_text_becomes_the_status_message_at_once_and_then_the_video(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves at night")
    assert not answer.private
    assert "waves at night" in answer.text
    job = await bot.only_job()
    assert job.requester.user == str(bot.anna.id)
    assert job.address.extra["response"] == str(answer.used.id)
    job = await bot.ended(job)
    assert job.state is JobState.DELIVERED
    await bot.until(lambda: "Done" in answer.message.text)
    statuses_and_results = bot.posts()
    assert len(statuses_and_results) == 2, "one status, which is the response, and one result"
    assert bot.anna.mention in statuses_and_results[-1].raw_text


async def test_all_problems_come_at_once_and_privately_with_the_form(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves", mode="8k", duration=7, audio=True)
    assert answer.private
    assert "mode" in answer.text
    assert "duration" in answer.text
    assert answer.button(Verb.FORM)
    assert await bot.jobs() == []
    assert await bot.open_events() == []


async def test_a_refusal_is_public_where_the_operator_wants_that(open_bot: Opener) -> None:
    async with open_bot(private_refusals=False) as bot:
        answer = await bot.slash("video", prompt="waves", duration=7)
        assert not answer.private


async def test_over_a_limit_it_is_refused_privately(bot: OpenBot) -> None:
    limit = Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 0)
    await bot.app.store.set_limit(limit, "test", bot.app.clock.now())
    answer = await bot.slash("video", prompt="waves")
    assert answer.private
    assert await bot.jobs() == []


async def test_a_price_above_the_setting_waits_for_a_press_that_only_counts_once(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves", mode="pro", duration=10, audio=True)
    assert answer.private
    assert "$" in answer.text
    assert await bot.jobs() == []
    await asyncio.gather(bot.press(answer, Verb.START), bot.press(answer, Verb.START))
    assert len(await bot.jobs()) == 1
    assert answer.button(Verb.START) is None
    await bot.until(bot.posts)
    assert (await bot.only_job()).id in bot.posts()[0].text


async def test_somebody_else_cannot_start_it(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves", mode="pro", duration=10, audio=True)
    custom_id = answer.button(Verb.START)
    assert custom_id is not None
    pressed = await bot.press_raw(custom_id, user=bot.ben)
    assert "Only the person who asked" in pressed.text
    assert await bot.jobs() == []


async def test_with_an_image_the_first_answer_is_private_and_the_status_a_message_of_its_own(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="it snows", image=picture())
    assert answer.private
    assert "On its way" in answer.text
    job = await bot.only_job()
    assert job.request.first_frame is not None
    assert job.request.first_frame.source.endswith((".png", ".jpg"))
    await bot.until(lambda: "it snows" in texts(bot.posts()))
    assert (await bot.ended(job)).state is JobState.DELIVERED


async def test_a_bad_image_and_a_bad_option_are_told_together(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="it snows", duration=7, image=Upload("cat.png", b"no image"))
    assert answer.private
    assert "cat.png" in answer.text
    assert "duration" in answer.text
    assert await bot.jobs() == []


async def test_first_and_last_frame(bot: OpenBot) -> None:
    images = {"image": picture("a.png", "red"), "last_frame": picture("b.png", "blue")}
    await bot.slash("video", prompt="a change", mode="pro", **images)
    job = await bot.only_job()
    assert job.request.first_frame is not None
    assert job.request.last_frame is not None
    assert job.request.first_frame.source != job.request.last_frame.source


async def test_spoiler_and_the_other_options_reach_the_job(bot: OpenBot) -> None:
    await bot.slash(
        "video",
        prompt="waves",
        model="v3",
        mode="pro",
        duration=10,
        aspect_ratio="9:16",
        negative_prompt="text",
        gateway="toapis",
        spoiler=True,
    )
    answered = await bot.jobs()
    if not answered:  # its price asks first
        await bot.press(bot.last_answer, Verb.START)
    job = await bot.only_job()
    assert (job.model, job.mode, job.duration, job.gateway) == ("v3", "pro", 10, "toapis")
    assert (job.request.aspect_ratio, job.request.negative_prompt) == ("9:16", "text")
    assert job.address.extra["spoiler"] == "yes"


async def test_the_same_interaction_twice_is_one_job_and_one_answer(bot: OpenBot) -> None:
    used = await bot.unanswered("video", prompt="waves")
    bot.discord.gateway.send("INTERACTION_CREATE", used.payload(), bot.guild.id)
    await used.answered()
    await bot.slash("quota")  # what came before it was taken or passed over
    assert len(bot.discord.asked("POST", "/interactions/{interaction_id}/{interaction_token}/callback")) == 2
    assert len(await bot.jobs()) == 1


async def test_in_a_channel_that_is_not_allowed_nothing_is_taken(open_bot: Opener) -> None:
    async with open_bot(channels=["other"]) as bot:
        answer = await bot.slash("video", prompt="waves")
        assert answer.private
        assert f"channels/{bot.guild.id}/{bot.other_channel.id}" in answer.text
        assert await bot.jobs() == []
        assert (await bot.say(f"{bot.mention} waves")).components
        assert await bot.open_events() == []


async def test_in_a_server_that_is_not_allowed_nothing_works(open_bot: Opener) -> None:
    async with open_bot(servers=["999999999999999999"]) as bot:
        for command in ("video", "quota"):
            answer = await bot.slash(command)
            assert "does not work in this server" in answer.text


async def test_where_the_bot_may_not_post_nothing_is_accepted(bot: OpenBot) -> None:
    bot.channel.bot_permissions = permissions.VIEW_CHANNEL
    answer = await bot.slash("video", prompt="waves")
    assert answer.private
    assert "Send Messages" in answer.text
    assert await bot.jobs() == []


async def test_when_the_database_does_not_answer_nothing_is_accepted(bot: OpenBot) -> None:
    async with folder_databases.held(bot.folder):
        answer = await bot.slash("video", prompt="waves")
        assert answer.private
        assert "Nothing was accepted" in answer.text
    assert await bot.jobs() == []


async def test_in_a_direct_message(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves", place=bot.discord.dm(bot.anna))
    job = await bot.only_job()
    assert job.address.workspace == ""
    assert job.address.extra["dm"] == "yes"
    assert "waves" in answer.text


async def test_autocomplete_narrows_by_what_is_chosen(bot: OpenBot) -> None:
    assert await bot.complete("video", "mode", model="2.6") == ["std", "pro"]
    assert await bot.complete("video", "mode", model="2.6", audio=True) == ["pro"]
    assert await bot.complete("video", "duration", model="v3") == [5, 10, 15]
    with_image = await bot.complete("video", "duration", model="v3", image=picture("a.png"))
    assert with_image == [5, 10]
    assert await bot.complete("video", "duration", model="nonsense") == [5, 10]


async def test_quota_jobs_and_help_answer_privately(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    for command in ("quota", "jobs", "help"):
        answer = await bot.slash(command)
        assert answer.private
        assert len(answer.text) > 20
    assert "waves" in (await bot.slash("jobs")).text
