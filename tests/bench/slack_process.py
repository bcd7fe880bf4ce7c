"""The fake Slack in a process of its own, with people who use `/video` when told to.

Line by line on stdin: {"url": URL} is where events by HTTP go, and waits for the sockets; {"statuses": N} gives the
references of N messages of the bot, spread over the channels; {"commands": N, "seconds": S, "words": TEXT, "way": WAY}
uses N commands within S seconds over "http" or "sockets"; the answer on stdout is one JSON list of the seconds until
each was acknowledged.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.operations.collector import calm_collector
from tests.fakes.slack import Channel, FakeSlack, Person, Team

CHANNELS, MEMBERS = 50, 200
MOST_WAITED_S = 30.0  # a slow acknowledgement is a figure, not an error


class SlackProcess:
    """The process from the outside: `at` has its addresses, tokens and ids."""

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
def slack_process() -> Iterator[SlackProcess]:
    """Start it; ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.slack_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield SlackProcess(process)
    finally:
        process.terminate()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


async def _serve() -> None:
    async with FakeSlack(ack_timeout_s=MOST_WAITED_S, schemas=False) as slack:
        team = slack.add_team("Studio")
        channels = [team.add_channel(f"channel-{n}") for n in range(CHANNELS)]
        people = [team.add_user(f"member-{n}") for n in range(MEMBERS)]
        about = {
            "api": slack.api_base,
            "files": slack.files_base.removeprefix("http://"),
            "bot_token": team.bot_token,
            "app_token": slack.app_token,
            "signing_secret": slack.signing_secret,
            "team": team.id,
        }
        print(json.dumps(about), flush=True)
        url = ""
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            if "url" in order:
                url = order["url"]
                await slack.until(lambda: slack.sockets.connections, timeout=60)
                print("true", flush=True)
            elif "statuses" in order:
                made = [_status(team, channels[n % CHANNELS]) for n in range(order["statuses"])]
                print(json.dumps(made), flush=True)
            else:
                if order["way"] == "http":
                    slack.deliver_over_http(url)
                else:
                    slack.deliver_over_sockets()
                print(json.dumps(await _use(order, people, channels)), flush=True)


def _status(team: Team, channel: Channel) -> str:
    return f"{channel.id}/{team.post(channel, text='Making the video.').ts}"


async def _use(order: dict[str, Any], people: list[Person], channels: list[Channel]) -> list[float]:
    async def one(number: int) -> float:
        await asyncio.sleep(number * order["seconds"] / order["commands"])
        person, channel = people[number % MEMBERS], channels[number % CHANNELS]
        return (await person.slash("/video", f"{order['words']} {number}", channel)).ack_s

    return list(await asyncio.gather(*(one(number) for number in range(order["commands"]))))


if __name__ == "__main__":
    with calm_collector():  # the pauses measured are the bot's
        asyncio.run(_serve())
