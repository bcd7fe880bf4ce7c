"""What admins see without asking: which chat is told of what, once, and what happens when a chat cannot be reached."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.cards.card import Card, plain
from adapters.cards.told import told
from bot.announcing import Announcing, News
from bot.app import App, open_app
from bot.generation.job import Address, Job, Requester
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import ChatError
from bot.generation.request import VideoRequest
from bot.settings import Settings
from tests.fakes.clocks import FastClock

ANNA = Requester("discord", "42", workspace="1", channel="2")


@dataclass
class Wall:
    """A side that hangs up cards. `rooms`: the workspaces that have an admins' channel; `troubles` come first."""

    platform: str
    rooms: tuple[str, ...] = ("1",)
    cards: dict[str, str] = field(default_factory=dict)
    troubles: list[ChatError] = field(default_factory=list)
    tries: int = 0

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        self.tries += 1
        if self.troubles:
            raise self.troubles.pop(0)
        references = [f"{room}/{len(self.cards)}" for room in self.rooms if workspace in ("", room)]
        self.cards |= dict.fromkeys(references, plain(card))
        return references

    async def amend(self, reference: str, card: Card) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.cards[reference] = plain(card)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """A bot without chats, in which everything waits for an approval."""
    settings = Settings(
        data_dir=tmp_path,
        gateway="sandbox",
        discord_admin_channels=("100000000000000001",),
        slack_admin_channels=("C0ADMINS",),
        user_videos_per_day=None,
        user_usd_per_day=None,
        user_jobs_at_once=None,
        everyone_usd_per_day=None,
    )
    async with open_app(settings, run_jobs=False, clock=FastClock(50.0, time.time())) as app:
        yield app


async def ask(app: App, requester: Requester = ANNA) -> Job:
    request, to = VideoRequest(prompt="waves"), Address(requester.platform, workspace=requester.workspace)
    return await app.service.submit(request, requester, to, needs_approval=True)


async def until(seen: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not seen():
            await asyncio.sleep(0.01)


async def rounds(announcing: Announcing, wall: Wall) -> None:
    """Wait until the wall was served once more."""
    before = len(wall.cards)
    announcing.tell(News(lambda _platform: told("mark"), wall.platform))
    await until(lambda: len(wall.cards) > before)


async def test_an_approval_is_told_to_its_own_chat_and_workspace_once(app: App) -> None:
    here, there = Wall("discord", ("1", "9")), Wall("slack")
    announcing = Announcing(app, [here, there])
    await announcing.start()
    job = await ask(app)
    await until(lambda: here.cards)
    assert list(here.cards) == ["1/0"]
    assert "@42 asks for" in here.cards["1/0"]
    await rounds(announcing, here)
    assert sum("asks for" in card for card in here.cards.values()) == 1
    await app.service.approve(job.id, "slack:T:U")
    await until(lambda: "Approved by slack:T:U." in here.cards["1/0"])
    assert there.cards == {}
    await announcing.stop()


async def test_a_request_of_the_shell_is_told_to_every_chat(app: App) -> None:
    walls = [Wall("discord", ("1", "9")), Wall("slack")]
    announcing = Announcing(app, walls)
    await announcing.start()
    await ask(app, Requester("shell", "root"))
    await until(lambda: all(wall.cards for wall in walls))
    assert [len(wall.cards) for wall in walls] == [2, 1]
    assert all("shell:root asks for" in card for wall in walls for card in wall.cards.values())
    await announcing.stop()


async def test_a_chat_without_admins_channels_is_left_alone(app: App) -> None:
    app.settings.slack_admin_channels = ()
    discord, slack = Wall("discord"), Wall("slack")
    announcing = Announcing(app, [discord, slack])
    await announcing.start()
    await ask(app, Requester("slack", "T:U", workspace="T"))
    await rounds(announcing, discord)
    assert slack.tries == 0
    assert not any("asks for" in card for card in discord.cards.values())
    await announcing.stop()


async def test_a_chat_that_cannot_be_reached_is_told_later_and_one_that_refuses_never(app: App) -> None:
    wall = Wall("discord", troubles=[ChatError("away"), ChatError("away")])
    announcing = Announcing(app, [wall])
    await announcing.start()
    await ask(app)
    await until(lambda: wall.cards)
    assert wall.tries == 3
    wall.troubles = [ChatError("forbidden", gone=True)]
    await ask(app)
    await until(lambda: not wall.troubles)
    await rounds(announcing, wall)
    assert sum("asks for" in card for card in wall.cards.values()) == 1
    await announcing.stop()


async def test_the_next_process_neither_repeats_nor_forgets(app: App) -> None:
    wall = Wall("discord")
    first = Announcing(app, [wall])
    await first.start()
    job = await ask(app)
    await until(lambda: wall.cards)
    await rounds(first, wall)
    await first.stop()
    await app.service.decline(job.id, "discord:7", "no")
    second = Announcing(app, [wall])
    await second.start()
    await until(lambda: "Declined by @7. Reason: No." in wall.cards["1/0"])
    assert sum(job.id in card for card in wall.cards.values()) == 1
    await until_forgotten(app)
    await second.stop()


async def until_forgotten(app: App) -> None:
    async with asyncio.timeout(10):
        while await app.store.remembered("approvals announced: discord") != "{}":
            await asyncio.sleep(0.01)


async def test_nearly_full_limits_of_many_and_of_a_person_are_told_once_where_they_concern(app: App) -> None:
    wall = Wall("discord", ("1", "9"))
    announcing = Announcing(app, [wall])
    await announcing.start()
    for scope in (Scope(ScopeKind.WORKSPACE, "discord:1"), Scope(ScopeKind.USER, "*")):
        await app.service.set_limit(Limit(scope, Unit.VIDEOS, Window.DAY, 6), "shell:root")
    for _ in range(6):
        await app.service.submit(VideoRequest(prompt="waves"), ANNA, Address("discord", workspace="1"))
    await rounds(announcing, wall)
    told_of = {reference: card for reference, card in wall.cards.items() if card != "mark"}
    assert [reference.partition("/")[0] for reference in told_of] == ["1", "1"]
    person, workspace = sorted(told_of.values(), reverse=True)
    assert person.startswith("discord:42 has taken 83 % of 6 videos a day (5) until tomorrow at 00:00 UTC. When it is")
    assert "their requests are refused; raise the limit for each user, or grant more for now." in person
    assert workspace.startswith("Workspace discord:1 has taken 83 % of 6 videos a day")
    await announcing.stop()
