"""What a test can order to go wrong."""

import asyncio

import aiohttp
import discord as dpy
import pytest

from tests.discord.fake.conftest import World

MESSAGES = "/channels/{channel_id}/messages"


async def test_a_fault_hits_its_route_so_many_times(world: World) -> None:
    path = f"/channels/{world.general.id}/messages"
    fault = world.fake.fault("POST", MESSAGES, status=403, code=50013, times=2)
    assert await world.refused("POST", path, json={"content": "x"}) == (403, 50013)
    assert await world.call("GET", path) == []
    assert await world.refused("POST", path, json={"content": "x"}) == (403, 50013)
    await world.send({"content": "x"})
    assert fault.used == 2
    world.fake.fault("POST", "/channels/*/messages", status=413, code=40005)
    assert await world.refused("POST", path, json={"content": "x"}) == (413, 40005)
    world.fake.fault("POST", "/channels/*/messages", status=503)
    assert await world.refused("POST", path, json={"content": "x"}) == (503, 0)
    assert [seen.status for seen in world.fake.asked("POST", MESSAGES)] == [403, 403, 200, 413, 503]
    assert len(world.general.messages) == 1
    with pytest.raises(ValueError, match="what goes wrong"):
        world.fake.fault("POST", "*")


@pytest.mark.parametrize(("lost", "kept"), [("lose_answer", 1), ("lose_request", 0)])
async def test_a_lost_answer_leaves_its_effect(world: World, lost: str, kept: int) -> None:
    world.fake.fault("POST", MESSAGES, **{lost: True})
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await world.send({"content": "x"})
    assert len(world.general.messages) == kept
    assert world.fake.asked("POST", MESSAGES)[0].lost
    await world.send({"content": "y"})


async def test_a_429_is_waited_out_unless_the_proxy_sent_it(world: World) -> None:
    world.fake.fault("POST", MESSAGES, status=429, retry_after=0.01)
    await world.send({"content": "x"})
    first, second = world.fake.asked("POST", MESSAGES)
    assert (first.status, second.status) == (429, 200)
    assert first.answer["retry_after"] == 0.01
    world.fake.fault("POST", MESSAGES, status=429, retry_after=0.01, via=False)
    assert await world.refused("POST", f"/channels/{world.general.id}/messages", json={"content": "x"}) == (429, 0)


async def test_a_storm_hits_a_share_of_the_calls(world: World) -> None:
    storm = world.fake.storm(0.5, path_glob="/channels/*", retry_after=0.001)
    for number in range(4):
        await world.send({"content": str(number)})
    assert [message.text for message in world.general.messages] == ["0", "1", "2", "3"]
    assert storm.hits == 3
    storm.end()
    await world.send({"content": "calm"})
    assert storm.hits == 3


async def test_a_held_call_waits_before_or_after_its_effect(world: World) -> None:
    for after in (False, True):
        before = len(world.general.messages)
        hold = world.fake.hold("POST", MESSAGES, after=after)
        sending = asyncio.create_task(world.send({"content": "x"}))
        await hold.wait_reached()
        assert len(world.general.messages) == before + after
        hold.release()
        await sending
        assert len(world.general.messages) == before + 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_held_call_can_be_forgotten(world: World, after: bool) -> None:
    hold = world.fake.hold("POST", MESSAGES, after=after)
    sending = asyncio.create_task(world.send({"content": "x"}))
    await hold.wait_reached()
    hold.drop()
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await sending
    assert len(world.general.messages) == after


async def test_edit_buckets_are_counted_by_the_clock(world: World) -> None:
    world.fake.rate_limits = True
    sent = await world.send({"content": "x"})
    place = f"/channels/{world.general.id}/messages/{sent['id']}"
    headers = {"Authorization": f"Bot {world.fake.token}"}
    async with aiohttp.ClientSession(world.fake.root, headers=headers) as http:
        for left in (4, 3, 2, 1, 0):
            async with http.patch(f"/api/v10{place}", json={"content": str(left)}) as response:
                assert response.headers["X-RateLimit-Remaining"] == str(left)
                assert response.headers["X-RateLimit-Reset-After"] == "5.000"
        world.clock.move(2)
        async with http.patch(f"/api/v10{place}", json={"content": "no"}) as response:
            assert response.status == 429
            assert (await response.json())["retry_after"] == 3.0
            assert response.headers["Via"]
        world.clock.move(3.001)
        async with http.patch(f"/api/v10{place}", json={"content": "yes"}) as response:
            assert response.status == 200
    assert world.general.messages[0].text == "yes"


async def test_tokens_never_reach_the_notes(world: World) -> None:
    await world.send({"content": "x"})
    assert world.fake.token not in repr([(seen, seen.headers, seen.json) for seen in world.fake.requests])
    assert world.fake.requests[-1].headers["Authorization"] == "redacted"


async def test_requests_without_the_token_or_to_nowhere(world: World) -> None:
    async with aiohttp.ClientSession(world.fake.root) as http:
        async with http.get("/api/v10/users/@me") as response:
            assert (response.status, await response.json()) == (401, {"message": "401: Unauthorized", "code": 0})
            assert response.headers["Content-Type"] == "application/json"
        async with http.get("/api/v10/gateway") as response:
            assert (await response.json()) == {"url": world.fake.gateway_url}
        async with http.get("/cdn/attachments/1/2/none.png") as response:
            assert response.status == 404
    with pytest.raises(dpy.NotFound):
        await world.call("GET", "/nowhere")
    assert world.complained("no such route")
