"""The fake Discord in a process of its own, with people who use `/video` when told to.

Line by line on stdin: {"ready": true} waits for the bot; {"statuses": N} gives the references of N messages of the bot,
spread over the channels; {"commands": N, "seconds": S, "words": TEXT} uses N commands within S seconds; the answer on
stdout is one JSON list of the seconds until each first response.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.operations.collector import calm_collector
from tests.fakes.discord import FakeDiscord, FakeMessage, Person, TextChannel
from tests.fakes.discord.messages import COMPONENTS_V2

CHANNELS, MEMBERS = 50, 200


class DiscordProcess:
    """The process from the outside: `at` has its addresses and ids."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self.at: dict[str, Any] = json.loads(self._out.readline())

    async def ask(self, **order: object) -> Any:
        """Give an order and wait for the answer."""
        self._in.write(json.dumps(order) + "\n")
        self._in.flush()
        return json.loads(await asyncio.to_thread(self._out.readline))


@contextmanager
def discord_process() -> Iterator[DiscordProcess]:
    """Start it; ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.discord_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield DiscordProcess(process)
    finally:
        process.terminate()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


async def _serve() -> None:
    async with FakeDiscord(schemas=False) as discord:
        guild = discord.add_guild("Studio")
        channels = [guild.add_text_channel(f"channel-{n}") for n in range(CHANNELS)]
        people = [guild.add_member(f"member-{n}") for n in range(MEMBERS)]
        about = {
            "api": discord.api_base,
            "gateway": discord.gateway_url,
            "token": discord.token,
            "server": str(guild.id),
            "channels": [str(channel.id) for channel in channels],
        }
        print(json.dumps(about), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            if order.get("ready"):
                await discord.until(lambda: discord.gateway.identifies, timeout=60)
                print("true", flush=True)
            elif "statuses" in order:
                print(
                    json.dumps([_status(discord, channels[n % CHANNELS]) for n in range(order["statuses"])]), flush=True
                )
            else:
                print(json.dumps(await _use(order, people, channels)), flush=True)


def _status(discord: FakeDiscord, channel: TextChannel) -> str:
    message = FakeMessage(discord, discord.ids.new(), channel, discord.bot, discord.now(), flags=COMPONENTS_V2)
    discord.post(message)
    return f"{channel.id}/{message.id}"


async def _use(order: dict[str, Any], people: list[Person], channels: list[TextChannel]) -> list[float]:
    async def one(number: int) -> float:
        await asyncio.sleep(number * order["seconds"] / order["commands"])
        person, channel = people[number % MEMBERS], channels[number % CHANNELS]
        used = await person.slash("video", channel, {"prompt": f"{order['words']} {number}"}, timeout=30)
        assert used.latency_s is not None
        return used.latency_s

    return list(await asyncio.gather(*(one(number) for number in range(order["commands"]))))


if __name__ == "__main__":
    with calm_collector():  # the pauses measured are the bot's
        asyncio.run(_serve())
