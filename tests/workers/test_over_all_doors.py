"""Two Slack replicas by HTTP and two Discord shards on one database: a limit holds over all of them together."""

import asyncio
import itertools
import time
from pathlib import Path
from typing import Any

import pytest

from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from tests.fakes.discord import FakeDiscord
from tests.fakes.ports import free_port
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.delivery import Ack, HttpDelivery, Kind
from tests.workers.crew import WAIT, crew

pytestmark = pytest.mark.slow

REFUSED = "There is no room for one more video"


class Balanced(HttpDelivery):
    """What stands before several replicas: each request goes to the next one."""

    def __init__(self, urls: list[str], *args: Any) -> None:
        super().__init__(urls[0], *args)
        self._next = itertools.cycle(urls)

    async def send(self, kind: Kind, payload: dict[str, Any], *, retry_num: int = 0, retry_reason: str = "") -> Ack:
        self.url = next(self._next)
        return await super().send(kind, payload, retry_num=retry_num, retry_reason=retry_reason)


async def test_fifty_requests_at_once_over_two_slack_replicas_and_two_shards_against_a_limit_of_ten(
    tmp_path: Path, url: str
) -> None:
    async with FakeSlack() as slack, FakeDiscord() as discord, crew(tmp_path, url) as team:
        acme = slack.add_team("Acme")
        general = acme.add_channel("general")
        slackers = [acme.add_user(f"slacker-{number}") for number in range(25)]
        guilds = [discord.add_guild(name) for name in ("Even", "Odd")]
        assert {(guild.id >> 22) % 2 for guild in guilds} == {0, 1}
        rooms = [guild.add_text_channel("general") for guild in guilds]
        chatters = [guilds[number % 2].add_member(f"chatter-{number}") for number in range(25)]
        team.on_discord(discord)
        team.on_slack(slack, acme)
        ports = [free_port(), free_port()]
        for number, port in enumerate(ports):
            await team.run("slack", SLACK_SIGNING_SECRET=slack.signing_secret, SLACK_PORT=str(port))
            await team.run("discord", DISCORD_SHARD_COUNT="2", DISCORD_SHARD_IDS=str(number))
        async with team.office() as office:
            limit = Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.VIDEOS, Window.DAY, 10)
            await office.store.set_limit(limit, "test", time.time())
            for member in team.members:
                await member.is_ready()
            assert discord.gateway.identifies == 2
            urls = [f"http://127.0.0.1:{port}/slack/events" for port in ports]
            slack.http = Balanced(urls, slack.signing_secret, slack.session, slack.ack_timeout_s)
            answers, _ = await asyncio.gather(
                asyncio.gather(
                    *(
                        person.slash("video", rooms[number % 2], {"prompt": "waves"}, timeout=WAIT)
                        for number, person in enumerate(chatters)
                    )
                ),
                asyncio.gather(*(person.slash("/video", "waves", general) for person in slackers)),
            )

            def refused() -> tuple[int, int]:
                here = [message for message in general.messages if message.ephemeral_for is not None]
                return (
                    sum(REFUSED in used.text for used in answers),
                    len({m.ephemeral_for for m in here if m.ephemeral_for and REFUSED in m.text_read}),
                )

            async with asyncio.timeout(WAIT):
                while sum(refused()) < 40:
                    await asyncio.sleep(0.1)
            assert len(await office.store.jobs(limit=100)) == 10
            assert sum(refused()) == 40
            assert list(await office.store.check_ledger()) == []
        assert [await member.end() for member in team.members] == [0] * 4
        assert (discord.complaints, slack.complaints) == ([], [])
