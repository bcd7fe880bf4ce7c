"""A gateway, a Discord and a Slack that outlive the bots, the bots, and everything that happens to them."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, text

from adapters.gateways.sandbox import SandboxGateway
from storage import open_database
from storage.database import Database
from tests.chaos.jumping_clock import JumpingClock, make_jumps
from tests.chaos.schedule import CHANNELS, PEOPLE, Ask, Trouble
from tests.fakes.clocks import FastClock
from tests.fakes.discord import FakeDiscord, TextChannel
from tests.fakes.discord import Person as DiscordPerson
from tests.fakes.discord.faults import Hold as DiscordHold
from tests.fakes.slack import Channel, FakeSlack, Team
from tests.fakes.slack import Person as SlackPerson
from tests.fakes.slack.faults import Hold as SlackHold
from tests.fakes.slack.people import SlackSays

KEY = "sandbox-key"
RENDERS = 80.0  # how much faster than life videos are made, whatever the clocks do
STARTED_WITHIN = 60.0  # real seconds
ANSWERED_WITHIN = 4.0  # real seconds; Discord lets an application answer within three
ASKED_AGAIN = 1.0  # real seconds until somebody who got no answer asks again
_CREATING = text("SELECT id, lease_owner FROM jobs WHERE state = 'creating'")
_UNFINISHED = text("SELECT id || ' ' || state FROM jobs WHERE finished_at IS NULL AND state <> 'uncertain'")
_UNANSWERED = text("SELECT key || ' unanswered' FROM intake WHERE state = 'received'")


@dataclass
class Bot:
    """One process, and the machine it runs on."""

    machine: int
    roles: tuple[str, ...] = ()  # none: all
    process: asyncio.subprocess.Process | None = None
    is_taken: bool = False  # something is done to it already

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)


@dataclass
class City:
    """All of it. `in_the_air`: jobs whose create was under way when their process was killed or stopped."""

    folder: Path
    times: float
    since: float
    sandbox: SandboxGateway
    discord: FakeDiscord
    slack: FakeSlack
    team: Team
    discord_people: list[DiscordPerson]
    discord_channels: list[TextChannel]
    slack_people: list[SlackPerson]
    slack_channels: list[Channel]
    url: str
    database: Database
    bots: list[Bot] = field(default_factory=list)
    asked: dict[str, Ask | None] = field(default_factory=dict)  # by prompt; None: nobody acknowledged it
    in_the_air: set[str] = field(default_factory=set)
    happened: dict[str, int] = field(default_factory=dict)
    doubts: int = 0  # faults of the gateway that leave a create in doubt
    starts: int = 0
    kills: int = 0

    # ------------------------------------------------------------------------------------------------ the bots

    def settings(self) -> dict[str, str]:
        """What every process is told."""
        return {
            **os.environ,
            "VIDEOBOT_DATA_DIR": str(self.folder),
            "VIDEOBOT_DATABASE_URL": self.url,
            "VIDEOBOT_ALLOW_PRIVATE_LINKS": "true",
            "VIDEOBOT_USER_VIDEOS_PER_DAY": "none",
            "VIDEOBOT_USER_USD_PER_DAY": "none",
            "VIDEOBOT_USER_JOBS_AT_ONCE": "none",
            "VIDEOBOT_EVERYONE_USD_PER_DAY": "none",
            "VIDEOBOT_MAX_RUNNING": "1000",
            "TOAPIS_API_KEY": KEY,
            "TOAPIS_BASE_URL": self.sandbox.toapis_url,
            "TOAPIS_SEND_CLIENT_ID": "true",
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_BASE": self.discord.api_base,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_BOT_TOKEN": self.team.bot_token,
            "SLACK_API_BASE": self.slack.api_base,
            "SLACK_FILE_HOSTS": self.slack.files_base.removeprefix("http://"),
        }

    async def start(self, bot: Bot) -> None:
        """Start this one, and wait until it is ready."""
        self.starts += 1
        with (self.folder / f"bot-{bot.machine}.log").open("ab") as said:
            bot.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.serving_process"),
                *(str(self.folder / "jumps"), str(bot.machine), str(self.times), str(self.since), *bot.roles),
                env=self.settings(),
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        assert bot.process.stdout is not None
        async with asyncio.timeout(STARTED_WITHIN):
            line = await bot.process.stdout.readline()
        assert line or bot.process.returncode in (None, -signal.SIGKILL), self.said()

    async def stop(self, bot: Bot) -> int:
        """SIGTERM, as a container is stopped: its exit code."""
        assert bot.process is not None
        if bot.runs:
            bot.send(signal.SIGTERM)
        return await asyncio.wait_for(bot.process.wait(), STARTED_WITHIN)

    def said(self) -> str:
        """What all processes wrote to stderr."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("bot-*.log")))

    async def freeze(self, bot: Bot) -> None:
        """Stop this process where it is, and note which creates it has under way."""
        bot.send(signal.SIGSTOP)
        await asyncio.sleep(0.1)  # a commit that the database has begun is done by then
        owner = f"{socket.gethostname()}:{bot.process.pid}" if bot.process else ""
        rows = await self.database.read(lambda conn: [tuple(row) for row in conn.execute(_CREATING)])
        self.in_the_air |= {job for job, of in rows if of == owner}

    async def open_ends(self) -> list[str]:
        """The jobs that have not ended, and the requests that have no answer yet."""

        def ask(conn: Connection) -> list[str]:
            return [word for query in (_UNFINISHED, _UNANSWERED) for word in conn.execute(query).scalars()]

        return await self.database.read(ask)

    # ------------------------------------------------------------------------------------------- what happens

    async def ask(self, ask: Ask) -> None:
        """Somebody asks for a video, and again, as people do, until the bot acknowledges it."""
        prompt, number = ask.prompt, 1
        while not await self._is_heard(ask, prompt):
            self.asked[prompt] = None
            number += 1
            prompt = f"{ask.prompt}, asked {number} times"  # an answer that was lost may still have made a job
            await asyncio.sleep(ASKED_AGAIN)
        self.asked[prompt] = ask

    async def _is_heard(self, ask: Ask, prompt: str) -> bool:
        if ask.platform == "slack":
            try:
                await self.slack_people[ask.user].slash("/video", prompt, self.slack_channels[ask.channel])
            except SlackSays:
                return False
            return True
        channel = self.discord_channels[ask.channel]
        if not self.discord.gateway.reaches(channel.guild.id):
            return False
        used = await self.discord_people[ask.user].slash("video", channel, {"prompt": prompt}, wait=False)
        try:
            await used.answered(ANSWERED_WITHIN)
        except AssertionError:
            return False
        return True

    def reads(self, platform: str, user: int) -> list[str]:
        """Every message of the bot that is meant for this person, or for everybody."""
        if platform == "slack":
            person = self.slack_people[user]
            rooms = [*self.slack_channels, self.team.dm(person)]
            return [message.text_read for room in rooms for message in room.seen_by(person) if message.author is None]
        reader = self.discord_people[user]
        mine = [message for message in self.discord.messages.values() if message.by_bot]
        return [
            message.text
            for message in mine
            if reader in (message.ephemeral_for, *message.mentions) or message.channel is self.discord.dm(reader)
        ]

    async def suffer(self, trouble: Trouble) -> None:
        """Let it happen."""
        self.happened[trouble.kind] = self.happened.get(trouble.kind, 0) + 1
        what = trouble.what
        match trouble.kind:
            case "gateway":
                fault, route, argument, is_doubtful, times = what
                self.sandbox.inject(fault, route=route, argument=argument, times=times)
                self.doubts += times if is_doubtful else 0
            case "discord":
                (method, route), how, times = what
                self.discord.fault(method, route, times=times, **how)
            case "slack":
                method, how, times = what
                self.slack.fault(method, times=times, **how)
            case "disconnect":
                await self._disconnect(what[0])
            case "jump":
                machine, seconds = what
                JumpingClock(self.folder / "jumps", machine, self.times, self.since).jump(seconds)
            case "kill":
                await self._kill(self.bots[what[0]], *what[1:])
            case "stop":
                await self._pause(self.bots[what[0]], what[1])

    async def _disconnect(self, what: str) -> None:
        if what == "slack":
            self.slack.sockets.drop()
        elif what == "slack refresh":
            await self.slack.sockets.refresh()
        else:
            self.discord.drop_gateway(resumable=what == "discord resumable")

    async def _kill(self, bot: Bot, pause: float, at: str) -> None:
        """Kill it `at` a post that has just taken effect on this platform ("": at once), and start it again."""
        if not bot.runs or bot.is_taken:
            return
        bot.is_taken = True
        hold = await self._next_post(at) if at else None
        await self.freeze(bot)
        bot.send(signal.SIGKILL)
        self.kills += 1
        if hold is not None:
            hold.drop()  # another process may have posted it: its answer is lost
        assert bot.process is not None
        await bot.process.wait()
        await asyncio.sleep(pause)
        bot.is_taken = False
        await self.start(bot)

    async def _next_post(self, platform: str) -> DiscordHold | SlackHold:
        """The next message is posted, and nobody has heard of it yet; none within a second is well, too."""
        if platform == "slack":
            hold: DiscordHold | SlackHold = self.slack.hold("chat.postMessage", after=True)
        else:
            hold = self.discord.hold("POST", "/channels/{channel_id}/messages", after=True)
        with contextlib.suppress(TimeoutError):
            await hold.wait_reached(1.0)
        for holds in (self.slack.troubles.holds, self.discord.troubles.holds):
            holds[:] = [other for other in holds if other is not hold]
        return hold

    async def _pause(self, bot: Bot, pause: float) -> None:
        if not bot.runs or bot.is_taken:
            return
        bot.is_taken = True
        await self.freeze(bot)
        await asyncio.sleep(pause)
        if bot.runs:
            bot.send(signal.SIGCONT)
        bot.is_taken = False

    async def is_reached(self) -> None:
        """Wait until somebody listens on both platforms."""
        await self.discord.until(lambda: self.discord.gateway.connected, timeout=STARTED_WITHIN)
        await self.slack.until(lambda: self.slack.sockets.connections, timeout=STARTED_WITHIN)

    def calm(self) -> None:
        """Nothing goes wrong any more, and all clocks are set right: what one that ran ahead has dated is due later."""
        for bot in self.bots:
            JumpingClock(self.folder / "jumps", bot.machine, self.times, self.since).set_right()
        self.sandbox.clear_faults()
        self.discord.troubles.faults.clear()
        self.slack.troubles.faults.clear()

    async def end(self) -> None:
        """Leave no process behind."""
        for bot in self.bots:
            if bot.runs:
                bot.send(signal.SIGKILL)
            if bot.process is not None:
                await bot.process.wait()


@asynccontextmanager
async def city(folder: Path, url: str, times: float, seed: int) -> AsyncIterator[City]:
    """A city around an empty database. `times`: how much faster than the world's its clocks run."""
    since = time.time()
    clock = FastClock(times, since)
    database = await open_database(url)
    make_jumps(folder / "jumps")
    try:
        await database.upgrade()
        async with (
            SandboxGateway(
                keys=(KEY,),
                speed=RENDERS / times,
                seed=seed,
                rate_limits=False,
                render=False,
                balance_usd=1e6,
                business_ids=False,  # a second create of one attempt would make, and cost, a second video
                clock=clock.now,
            ) as sandbox,
            FakeDiscord(clock.now, schemas=False) as discord,
            FakeSlack(clock.now, schemas=False) as slack,
        ):
            guild, team = discord.add_guild("Studio"), slack.add_team("Acme")
            slack.no_rate_limits()
            here = City(
                folder,
                times,
                since,
                sandbox,
                discord,
                slack,
                team,
                [guild.add_member(f"anna-{number}") for number in range(PEOPLE)],
                [guild.add_text_channel(f"room-{number}") for number in range(CHANNELS)],
                [team.add_user(f"bert-{number}") for number in range(PEOPLE)],
                [team.add_channel(f"room-{number}") for number in range(CHANNELS)],
                url,
                database,
            )
            try:
                yield here
            finally:
                await here.end()
    finally:
        await database.close()


def chance_of(seed: int) -> random.Random:
    """Where all chance of one run comes from."""
    return random.Random(seed)
