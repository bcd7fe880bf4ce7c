"""One process listens to a chat, another runs the jobs: people see what they would see from one."""

import signal
from pathlib import Path

import httpx
import pytest

from bot.generation.job import JobState
from tests.fakes.discord import FakeDiscord, FakeMessage, TextChannel, transcript
from tests.fakes.ports import free_port
from tests.fakes.slack import Channel, FakeSlack, Message
from tests.web.driver import Person
from tests.web.test_stream import stream_of
from tests.workers.crew import WAIT, crew

pytestmark = pytest.mark.slow


def with_video(channel: TextChannel) -> list[FakeMessage]:
    return [m for m in channel.messages if m.by_bot and any(a.filename.endswith(".mp4") for a in m.attachments)]


def ours(channel: Channel, purpose: str) -> list[Message]:
    return [
        message
        for message in channel.from_bot
        if message.metadata and message.metadata["event_payload"].get("purpose") == purpose
    ]


async def test_a_worker_delivers_for_a_process_that_only_listens_to_discord(tmp_path: Path, url: str) -> None:
    async with FakeDiscord() as discord, crew(tmp_path, url) as team:
        guild = discord.add_guild("Studio")
        general, anna = guild.add_text_channel("general"), guild.add_member("anna")
        team.on_discord(discord)
        chat, worker = await team.run("discord"), await team.run("worker")
        await chat.is_ready()
        await worker.is_ready()
        assert set(await chat.ready()) == {"database", "discord"}
        assert set(await worker.ready()) == {"database", "engine", "gateways", "discord"}
        assert discord.gateway.identifies == 1  # the worker is not connected
        used = await anna.slash("video", general, {"prompt": "waves"})
        assert used.message is not None
        await discord.until(lambda: with_video(general), timeout=WAIT)
        await discord.until(lambda: "Done" in used.message.text, timeout=WAIT)
        assert len([m for m in general.messages if m.by_bot]) == 2, transcript(general)
        # The buttons of the result are the listener's business, and the video they ask for the worker's again.
        (result,) = with_video(general)
        await anna.press(result, "Again")
        await discord.until(lambda: len(with_video(general)) == 2, timeout=WAIT)
        async with team.office() as office:
            await discord.until(lambda: sum("Done" in m.text for m in general.messages if m.by_bot) == 2, timeout=WAIT)
            assert {job.state for job in await office.store.jobs()} == {JobState.DELIVERED}
            assert list(await office.store.check_ledger()) == []
        assert [await chat.end(), await worker.end()] == [0, 0]
        assert [member.said.read_text().count("Traceback") for member in team.members] == [0, 0]
        assert discord.complaints == []


async def test_a_worker_delivers_for_a_process_that_only_listens_to_slack(tmp_path: Path, url: str) -> None:
    async with FakeSlack() as slack, crew(tmp_path, url) as team:
        acme = slack.add_team("Acme")
        anna, general = acme.add_user("anna"), acme.add_channel("general")
        team.on_slack(slack, acme)
        port = free_port()
        chat = await team.run("slack", SLACK_SIGNING_SECRET=slack.signing_secret, SLACK_PORT=str(port))
        workers = [await team.run("worker"), await team.run("worker")]
        for member in (chat, *workers):
            await member.is_ready()
        assert set(await chat.ready()) == {"database", "slack"}
        slack.deliver_over_http(f"http://127.0.0.1:{port}/slack/events")
        for prompt in ("waves", "a boat", "the sea"):
            await anna.slash("/video", prompt, general)
        await slack.until(lambda: sum(bool(m.files) for m in ours(general, "result")) == 3, timeout=WAIT)
        await slack.until(lambda: sum("Done" in m.text_read for m in ours(general, "status")) == 3, timeout=WAIT)
        assert [len(ours(general, purpose)) for purpose in ("status", "result")] == [3, 3], slack.everything_said()
        assert [await member.end() for member in (chat, *workers)] == [0, 0, 0]
        assert [member.said.read_text().count("Traceback") for member in team.members] == [0, 0, 0]
        assert slack.complaints == []


async def test_the_status_messages_go_on_when_the_worker_that_kept_them_is_killed(tmp_path: Path, url: str) -> None:
    async with FakeSlack() as slack, crew(tmp_path, url) as team:
        acme = slack.add_team("Acme")
        anna, general = acme.add_user("anna"), acme.add_channel("general")
        team.on_slack(slack, acme)
        port = free_port()
        chat = await team.run("slack", SLACK_SIGNING_SECRET=slack.signing_secret, SLACK_PORT=str(port))
        await chat.is_ready()
        slack.deliver_over_http(f"http://127.0.0.1:{port}/slack/events")
        first = await team.run("worker")
        await first.is_ready()
        await anna.slash("/video", "waves", general)
        await slack.until(lambda: ours(general, "status"), timeout=WAIT)
        second = await team.run("worker")
        await second.is_ready()
        await first.end(signal.SIGKILL)
        await anna.slash("/video", "a boat", general)
        await slack.until(lambda: sum("Done" in m.text_read for m in ours(general, "status")) == 2, timeout=WAIT)
        assert [len(ours(general, purpose)) for purpose in ("status", "result")] == [2, 2], slack.everything_said()
        assert [await member.end() for member in (chat, second)] == [0, 0]


async def test_a_worker_delivers_for_a_process_that_only_serves_the_page(tmp_path: Path, url: str) -> None:
    port = free_port()
    async with crew(tmp_path, url) as team:
        team.env |= {"VIDEOBOT_WEB": "true", "VIDEOBOT_WEB_PORT": str(port)}
        page, worker = await team.run("web"), await team.run("worker")
        await page.is_ready()
        await worker.is_ready()
        assert set(await page.ready()) == {"database", "web"}
        place = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=place, headers={"Origin": place}, timeout=20) as client:
            person = Person(client)
            await person.look()
            async with stream_of(person) as stream:
                await stream.says([])
                await person.say("/video waves at night")
                await stream.change("<video")  # nobody looked at the page again
            assert "waves at night" in await person.look()
        assert [await page.end(), await worker.end()] == [0, 0]
        assert [member.said.read_text().count("Traceback") for member in team.members] == [0, 0]
