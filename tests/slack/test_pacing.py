"""Calls keep to Slack's published rates, and obey what it answers."""

import json
import re
from itertools import pairwise

import pytest
from slack_sdk.http_retry.response import HttpResponse

from adapters.slack.clients import retry_after
from adapters.slack.pacing import DISTRIBUTED_RATES, RATES, TIER_1, TIER_2, TIER_3, TIER_4, Limiter
from adapters.slack.trouble import Kind, TroubleError
from tests.fakes.clocks import ManualClock
from tests.fakes.slack.schemas import conformance
from tests.slack.room import Room, a_room  # noqa: F401

TIERS = {TIER_1: 1, TIER_2: 20, TIER_3: 50, TIER_4: 100}


async def moments(clock: ManualClock, limiter: Limiter, method: str, count: int, *, team: str = "T1") -> list[float]:
    """When so many calls may leave."""
    found = []
    for number in range(count):
        await limiter.turn(method, team, f"C{number}")
        found.append(clock.now())
    return found


@pytest.mark.parametrize("method", ["chat.update", "files.info", "users.info", "usergroups.list"])
async def test_no_minute_has_more_calls_than_the_tier_allows(method: str) -> None:
    clock = ManualClock()
    most = {TIER_2: 20, TIER_3: 50, TIER_4: 100}[RATES[method]]
    sent = await moments(clock, Limiter(clock), method, 300)
    for first in sent:
        assert sum(first <= at < first + 60 for at in sent) <= most
    assert sent[-1] - sent[0] < 300 / most * 60 * 1.3


async def test_one_message_a_second_in_a_channel_and_workspaces_apart() -> None:
    clock = ManualClock()
    limiter = Limiter(clock)
    sent = []
    for _ in range(5):
        await limiter.turn("chat.postMessage", "T1", "C1")
        sent.append(clock.now())
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(sent))
    now = clock.now()
    await limiter.turn("chat.postMessage", "T1", "C2")
    await limiter.turn("chat.postMessage", "T2", "C1")
    assert clock.now() == now


async def test_a_retry_after_holds_every_call_of_the_method_in_that_workspace_only() -> None:
    clock = ManualClock()
    limiter = Limiter(clock)
    limiter.close("chat.update", "T1", 30)
    now = clock.now()
    await limiter.turn("chat.update", "T2", "C1")
    await limiter.turn("files.info", "T1", "C1")
    assert clock.now() == now
    await limiter.turn("chat.update", "T1", "C1")
    assert clock.now() >= now + 30


async def test_a_turn_that_is_more_than_a_minute_away_fails_at_once_and_takes_nothing() -> None:
    clock = ManualClock()
    limiter = Limiter(clock)
    limiter.close("chat.update", "T1", 600)
    for _ in range(50):
        with pytest.raises(TroubleError) as told:
            await limiter.turn("chat.update", "T1", "C1")
        assert told.value.kind is Kind.LATER
    clock.move(600)
    now = clock.now()
    await limiter.turn("chat.update", "T1", "C1")
    assert clock.now() - now < 2


async def test_apps_for_other_peoples_workspaces_read_once_a_minute() -> None:
    clock = ManualClock()
    began = clock.now()
    for _ in range(2):
        await Limiter(clock).turn("conversations.history", "T1")
    assert clock.now() == began
    limiter = Limiter(clock, distributed=True)
    await limiter.turn("conversations.history", "T1")
    await limiter.turn("conversations.history", "T1")
    assert clock.now() >= began + 60


async def test_what_is_remembered_stays_bounded() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, remembered=40)
    limiter.close("chat.update", "T0", 2000)
    for minute in range(6):
        for number in range(30):
            await limiter.turn("chat.postMessage", f"T{number}", f"C{minute}")
        clock.move(140)
        assert len(limiter._used) <= 3 * 60
    with pytest.raises(TroubleError):  # a pause that Slack asked for is not forgotten
        await limiter.turn("chat.update", "T0")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "30"}, 30.0), ({"retry-after": "7"}, 7.0), ({}, 1.0), ({"Retry-After": "soon"}, 1.0)],
)
def test_retry_after(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(HttpResponse(status_code=429, headers=headers)) == seconds


def test_the_tiers_are_those_of_the_methods_own_pages() -> None:
    path = conformance("slack-method-docs.json")
    if path is None:
        pytest.skip("the conformance folder is not there")
    pages = json.loads(path.read_text())
    for method, rate in RATES.items():
        label = pages[method]["rate_limit"]["label"]
        numbers = re.match(r"Tier (\d)", label)
        if numbers is None:
            assert label.startswith("Special")
            continue
        assert TIERS.get(rate) == {"1": 1, "2": 20, "3": 50, "4": 100}[numbers[1]], method
    assert set(DISTRIBUTED_RATES) == {"conversations.history", "conversations.replies"}


async def test_calls_of_both_ways_are_paced(room: Room) -> None:
    client = await room.clients.of(room.team.id)
    began = room.clock.now()
    for _ in range(4):
        await client.chat_postMessage(channel=room.general.id, text="hello")
    assert room.clock.now() - began >= 3
    began = room.clock.now()
    for _ in range(30):
        await client.conversations_info(channel=room.general.id)
    assert room.clock.now() - began >= 20


async def test_a_new_token_is_used_at_once(room: Room) -> None:
    client = await room.clients.of(room.team.id)
    room.team.token_state = "token_revoked"
    room.team.reinstall()
    fresh = await room.clients.of(room.team.id)
    assert fresh.token != client.token
    assert (await fresh.auth_test())["team_id"] == room.team.id
    assert room.slack.complaints == []
