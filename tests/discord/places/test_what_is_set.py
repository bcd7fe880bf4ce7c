"""What the operator set: threads, public refusals, servers and channels, the message-content intent, shards."""

import asyncio

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from bot.serving import serving
from bot.side import SideError
from tests.discord.conftest import Opener
from tests.discord.driver import ELSEWHERE, SERVER, WITHIN, OpenBot, picture
from tests.fakes.discord import FakeDiscord, permissions

REGISTERED = ("PUT", "/applications/{application_id}/commands")


async def test_each_video_gets_a_thread_of_its_own(open_bot: Opener) -> None:
    async with open_bot(thread_per_job=True) as bot:
        answer = await bot.slash("video", prompt="waves at night")
        job = await bot.ended(await bot.only_job())
        assert job.state is JobState.DELIVERED
        thread = answer.message.thread
        assert thread is not None
        assert thread.name == "waves at night"
        [result] = bot.results(thread)
        assert result.mentions == [bot.anna]
        await bot.until(lambda: "Done" in answer.message.text)
        [link] = answer.message.buttons
        assert link.url == f"https://discord.com/channels/{bot.guild.id}/{thread.id}/{result.id}"
        assert bot.posts() == [answer.message]


async def test_asked_for_in_a_thread_the_video_stays_there(open_bot: Opener) -> None:
    async with open_bot(thread_per_job=True) as bot:
        thread = bot.channel.add_thread("ideas")
        await bot.slash("video", prompt="waves", place=thread)
        await bot.ended(await bot.only_job())
        assert len(bot.results(thread)) == 1
        assert bot.guild.threads == [thread]


async def test_where_it_may_open_no_threads_the_channel_takes_the_video(open_bot: Opener) -> None:
    async with open_bot(thread_per_job=True) as bot:
        bot.channel.bot_permissions = permissions.MEMBER & ~permissions.CREATE_PUBLIC_THREADS
        await bot.slash("video", prompt="waves")
        assert (await bot.ended(await bot.only_job())).state is JobState.DELIVERED
        assert len(bot.results()) == 1
        assert "so it is here" not in bot.results()[0].text


async def test_in_direct_messages_there_are_no_threads(open_bot: Opener) -> None:
    async with open_bot(thread_per_job=True) as bot:
        direct = bot.discord.dm(bot.anna)
        await bot.slash("video", prompt="waves", place=direct)
        assert (await bot.ended(await bot.only_job())).state is JobState.DELIVERED
        assert len(bot.results(direct)) == 1


async def test_refusals_are_public_where_that_is_set(open_bot: Opener) -> None:
    async with open_bot(private_refusals=False) as bot:
        refused = await bot.slash("video", prompt="waves", duration=7)
        pictured = await bot.slash("video", prompt="waves", duration=7, image=picture())
        assert bot.posts() == [refused.message, pictured.message]
        offered = await bot.slash("video", prompt="waves", mode="pro", duration=10, audio=True)
        assert offered.private, "a price is for the person who pays it"
        for private in ("quota", "jobs", "help"):
            assert (await bot.slash(private)).private


async def test_refusals_are_private_else(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves", duration=7)
    await bot.slash("video", prompt="waves", duration=7, image=picture())
    assert bot.posts() == []


async def test_only_in_the_channels_that_are_set_and_their_threads(open_bot: Opener) -> None:
    async with open_bot(channels=["other"]) as bot:
        thread = bot.other_channel.add_thread("ideas")
        assert not (await bot.slash("video", prompt="waves", place=bot.other_channel)).private
        assert not (await bot.slash("video", prompt="waves", place=thread)).private
        refused = await bot.slash("video", prompt="waves")
        assert "[#other]" in refused.message.raw_text
        opened = await bot.menu("Animate", await bot.ben.says(bot.channel, attachments=[picture()]))
        assert opened.modal is None
        assert len(await bot.jobs()) == 2


async def test_only_in_the_servers_that_are_set(open_bot: Opener) -> None:
    async with open_bot(servers=[SERVER], more_servers=True) as bot:
        [elsewhere] = [guild for guild in bot.discord.guilds.values() if guild.name == ELSEWHERE]
        far, eve = elsewhere.add_text_channel("far"), elsewhere.add_member("eve")
        refused = await bot.slash("video", prompt="waves", user=eve, place=far)
        assert "does not work in this server" in refused.text
        said = await eve.says(far, "@videobot waves")
        await bot.discord.until(lambda: [post for post in bot.posts(far) if post.reply_to is said])
        assert await bot.jobs() == []
        assert not (await bot.slash("video", prompt="waves")).private


async def test_with_the_message_content_intent_it_sees_the_picture_that_is_replied_to(open_bot: Opener) -> None:
    async with open_bot(discord_message_content=True, arrange=FakeDiscord.allow_message_content) as bot:
        above = await bot.ben.says(bot.channel, attachments=[picture()])
        offer = await bot.say(f"{bot.mention} make it snow", reply_to=above)
        await bot.press(offer, Verb.START)
        assert (await bot.only_job()).request.first_frame is not None


async def test_without_it_the_way_to_animate_is_told(bot: OpenBot) -> None:
    above = await bot.ben.says(bot.channel, attachments=[picture()])
    told = await bot.say(f"{bot.mention} make it snow", reply_to=above)
    assert "Apps > Animate" in told.text
    await bot.say_in_vain("nothing for a bot", reply_to=above)


async def test_an_intent_that_is_set_and_not_granted_ends_the_bot_with_a_sentence(open_bot: Opener) -> None:
    async with open_bot() as bot:
        settings = bot.settings().model_copy(update={"discord_message_content": True})
        await bot.shut()
        async with serving(settings, clock=bot.clock) as server:
            with pytest.raises(SideError, match="Message Content Intent is off"):
                await asyncio.wait_for(server.until(asyncio.Event()), WITHIN)


async def test_the_commands_are_registered_again_only_when_they_changed(bot: OpenBot) -> None:
    await bot.restart()
    assert len(bot.discord.asked(*REGISTERED)) == 1
    ids = {command["name"]: command["id"] for command in bot.discord.commands.of(None)}
    await bot.restart(discord_direct_messages=False)
    assert len(bot.discord.asked(*REGISTERED)) == 2
    assert {command["name"]: command["id"] for command in bot.discord.commands.of(None)} == ids
    await bot.restart()
    assert len(bot.discord.asked(*REGISTERED)) == 2


async def test_when_the_commands_cannot_be_registered_it_serves_with_those_of_before(bot: OpenBot) -> None:
    bot.discord.fault(*REGISTERED, status=403, code=50001)
    await bot.restart(discord_direct_messages=False)
    assert not (await bot.slash("video", prompt="waves")).private
    await bot.restart()
    assert len(bot.discord.asked(*REGISTERED)) == 3


@pytest.mark.slow
async def test_one_shard_of_two_serves_its_own_servers(open_bot: Opener) -> None:
    for number in (0, 1):
        async with open_bot(discord_shard_count=2, discord_shard_ids=(number,), more_servers=True) as bot:
            [session] = bot.discord.gateway.connected
            assert session.shard == (number, 2)
            shards = {(guild.id >> 22) % 2: guild for guild in bot.discord.guilds.values()}
            mine = shards[number].channels[0] if shards[number].channels else shards[number].add_text_channel("far")
            await bot.slash("video", prompt="waves", user=shards[number].add_member("eve"), place=mine)
            assert (await bot.ended(await bot.only_job())).state is JobState.DELIVERED
            assert len(bot.results(mine)) == 1


@pytest.mark.slow  # discord.py waits five seconds between two shards
async def test_two_shards_in_one_process(open_bot: Opener) -> None:
    def two(discord: FakeDiscord) -> None:
        discord.shards = 2

    async with open_bot(arrange=two, more_servers=True) as bot:
        assert sorted(session.shard for session in bot.discord.gateway.connected) == [(0, 2), (1, 2)]
        for guild in bot.discord.guilds.values():
            place = guild.channels[0] if guild.channels else guild.add_text_channel("far")
            await bot.slash("video", prompt="waves", user=guild.add_member("eve"), place=place)
            [job] = [job for job in await bot.jobs() if job.address.workspace == str(guild.id)]
            assert (await bot.ended(job)).state is JobState.DELIVERED
            assert len(bot.results(place)) == 1
