"""A fake Slack, a real store and real media, and between them the chat that is tested."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.gateways.http import trusted
from adapters.media.library import LocalMedia
from adapters.slack.chat import SlackChat
from adapters.slack.clients import SlackClients, open_session
from adapters.slack.pacing import Limiter
from adapters.slack.place import SlackStatusPlace
from bot.generation.job import Address, Job, Output, Purpose, Requester, StoredVideo
from bot.generation.ports import Clock, JobView
from storage import SqlStore, open_database
from tests.fakes.clocks import ManualClock
from tests.fakes.slack import Channel, FakeSlack, Message, Person, Team
from tests.storage.steps import Steps

VIDEO_BYTES = random.Random(4).randbytes(300_000)
POSTER_BYTES = random.Random(5).randbytes(3_000)
PROMPT = "waves at night"


@dataclass
class OwnTokens:
    """The tokens of the fake's workspaces."""

    slack: FakeSlack

    async def bot_token(self, team_id: str) -> str | None:
        team = self.slack.teams.get(team_id)
        return team.bot_token if team is not None and team.installed else None


@dataclass
class Room:
    """One workspace with a channel and a person, and the bot's chat in it."""

    slack: FakeSlack
    clock: ManualClock
    steps: Steps
    media: LocalMedia
    clients: SlackClients
    team: Team
    anna: Person
    general: Channel
    folder: Path
    join: bool = True
    chat: SlackChat = field(init=False)
    place: SlackStatusPlace = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def store(self) -> SqlStore:
        return self.steps.store

    def restart(self, **options: Any) -> None:
        """Forget what only memory knows, as a new process would."""
        self.chat = SlackChat(self.clients, self.store, self.media, **{"join": self.join, **options})
        self.place = SlackStatusPlace(self.clients, self.chat)

    def direct_client(self) -> AsyncWebClient:
        """A client that nothing paces, for the test's own looks."""
        return AsyncWebClient(self.team.bot_token, base_url=self.slack.api_base, session=self.clients.session)

    # -- jobs

    def address(self, channel: Channel | None = None, thread: Message | None = None, **more: Any) -> Address:
        where = channel or self.general
        extra = {"dm": "yes"} if where.kind == "im" else {}
        return Address("slack", self.team.id, where.id, thread.ts if thread else "", extra=extra, **more)

    async def accepted(self, address: Address | None = None, prompt: str = PROMPT) -> Job:
        where = address or self.address()
        requester = Requester("slack", f"{self.team.id}:{self.anna.id}", self.team.id, where.channel)
        self.steps.now = self.clock.now()
        request = self.steps.new().request.model_copy(update={"prompt": prompt})
        return await self.steps.accepted(request=request, requester=requester, address=where)

    async def delivering(
        self,
        address: Address | None = None,
        prompt: str = PROMPT,
        *,
        video: StoredVideo | None = None,
        saved: bool = True,
    ) -> Job:
        """A job whose video is there, not delivered yet; `saved` False: only the gateway has it."""
        job = await self.steps.begin(await self.accepted(address, prompt))
        job = await self.steps.attach(job.attempt_id, f"task-{job.id}")
        output = Output("https://cdn.example/v.mp4?a=1&b=2", expires_at=self.clock.now() + 86_400)
        completed = await self.store.completed(job, output, None, 60.0, self.clock.now())
        assert completed is not None
        kept = video or (self.keep_video(job.id) if saved else None)
        after = await self.store.saved(completed, kept, None, self.clock.now())
        assert after is not None
        return after

    def keep_video(self, job_id: str, data: bytes = VIDEO_BYTES) -> StoredVideo:
        """A video and its picture in the media folder."""
        folder = self.folder / "videos"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{job_id}.mp4").write_bytes(data)
        (folder / f"{job_id}.jpg").write_bytes(POSTER_BYTES)
        return StoredVideo(
            f"videos/{job_id}.mp4", len(data), 1280, 720, 5.0, has_audio=False, poster=f"videos/{job_id}.jpg"
        )

    async def with_status(self, job: Job) -> Message:
        """The job's status message, posted and written down."""
        await self.store.sending(job.id, Purpose.STATUS, self.clock.now())
        reference = await self.place.show(JobView(job), None)
        await self.store.sent(job.id, Purpose.STATUS, reference, self.clock.now())
        return self.message(reference)

    async def deliver(self, job: Job) -> Message:
        """The result message."""
        return self.message(await self.chat.deliver(JobView(job)))

    def message(self, reference: str) -> Message:
        channel, _, ts = reference.partition("/")
        message = self.team.channels[channel].find(ts)
        assert message is not None, f"no message {reference}\n{self.slack.everything_said()}"
        return message

    def results(self) -> list[Message]:
        """All result messages there are."""
        return [
            message
            for channel in self.team.channels.values()
            for message in channel.from_bot
            if message.metadata and message.metadata["event_payload"]["purpose"] == "result"
        ]

    def uploads(self) -> int:
        """Files whose bytes reached Slack."""
        return len(self.slack.calls("file.upload"))


@asynccontextmanager
async def open_room(folder: Path, clock: Clock | None = None, **options: Any) -> AsyncIterator[Room]:
    """A room in `folder`; `options` are fields of Room."""
    clock = clock or ManualClock()
    database = await open_database(f"sqlite:///{folder / 'videobot.db'}")
    await database.upgrade()
    try:
        async with (
            FakeSlack(clock.now) as slack,
            open_session() as session,
            httpx.AsyncClient(verify=trusted()) as http,
        ):
            team = slack.add_team("Acme")
            anna = team.add_user("anna")
            general = team.add_channel("general")
            media = LocalMedia(folder / "media", http, clock)
            clients = SlackClients(OwnTokens(slack), session, clock, limiter=Limiter(clock), base_url=slack.api_base)
            steps = Steps(database, now=clock.now())
            for limit in await steps.store.limits():
                await steps.store.clear_limit(limit.scope, limit.unit, limit.window, "test", clock.now())
            yield Room(slack, clock, steps, media, clients, team, anna, general, folder / "media", **options)
    finally:
        await database.close()


@pytest.fixture(name="room")
async def a_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as made:
        yield made


def changed(job: Job, **changes: Any) -> Job:
    """The job with another look."""
    return replace(job, **changes)
