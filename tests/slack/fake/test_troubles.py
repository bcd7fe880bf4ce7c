"""What a test can order to go wrong: errors, lost answers, held calls, rate limits."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake.conftest import World
from tests.slack.fake.errors import refusal


async def test_an_ordered_error_comes_once_for_one_workspace(world: World) -> None:
    world.slack.fault("chat.postMessage", error="restricted_action", team=world.slack.add_team("Other"))
    world.slack.fault("chat.postMessage", error="fatal_error", times=2, team=world.team)
    for _ in range(2):
        assert await refusal(world.client.chat_postMessage(channel=world.general.id, text="x")) == "fatal_error"
    await world.client.chat_postMessage(channel=world.general.id, text="x")


async def test_a_lost_answer_leaves_the_message_and_a_lost_request_none(world: World) -> None:
    world.slack.fault("chat.postMessage", lose_answer=True)
    with pytest.raises(aiohttp.ClientError):
        await world.client.chat_postMessage(channel=world.general.id, text="kept")
    world.slack.fault("chat.postMessage", lose_request=True)
    with pytest.raises(aiohttp.ClientError):
        await world.client.chat_postMessage(channel=world.general.id, text="never came")
    assert [message.text for message in world.general.messages] == ["kept"]


async def test_the_sdks_default_retry_posts_twice_after_a_lost_answer(world: World) -> None:
    client = AsyncWebClient(world.team.bot_token, base_url=world.slack.api_base, session=world.client.session)
    world.slack.fault("chat.postMessage", lose_answer=True)
    await client.chat_postMessage(channel=world.general.id, text="paid once")
    assert [message.text for message in world.general.messages] == ["paid once", "paid once"]


async def test_an_html_page_instead_of_an_answer(world: World) -> None:
    world.slack.fault("auth.test", status=503)
    with pytest.raises(SlackApiError) as caught:
        await world.client.auth_test()
    assert caught.value.response.status_code == 503


async def test_every_second_call_is_too_much(world: World) -> None:
    world.slack.rate_limit("chat.postMessage", every=2, retry_after_s=7)
    await world.client.chat_postMessage(channel=world.general.id, text="1")
    with pytest.raises(SlackApiError) as caught:
        await world.client.chat_postMessage(channel=world.general.id, text="2")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    await world.client.chat_postMessage(channel=world.general.id, text="3")
    assert [r.status for r in world.slack.calls("chat.postMessage")] == [200, 429, 200]


async def test_a_storm_passes_and_the_sdks_own_retry_gets_through(world: World) -> None:
    world.slack.rate_limit("auth.test", times=2, retry_after_s=0)
    world.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    await world.client.auth_test()
    assert [r.status for r in world.slack.calls("auth.test")] == [429, 429, 200]
    world.slack.rate_limit("auth.test", every=1)
    world.slack.no_rate_limits()
    await world.client.auth_test()


async def test_a_call_is_held_before_and_after_its_effect(world: World) -> None:
    def post(text: str) -> asyncio.Task[object]:
        return asyncio.create_task(world.client.chat_postMessage(channel=world.general.id, text=text))

    before = world.slack.hold("chat.postMessage")
    task = post("one")
    await before.wait_reached()
    assert world.general.messages == []
    before.release()
    await task
    after = world.slack.hold("chat.postMessage", after=True)
    task = post("two")
    await after.wait_reached()
    assert len(world.general.messages) == 2
    after.drop()
    with pytest.raises(aiohttp.ClientError):
        await task
    never = world.slack.hold("chat.postMessage")
    task = post("three")
    await never.wait_reached()
    never.drop()
    with pytest.raises(aiohttp.ClientError):
        await task
    assert [message.text for message in world.general.messages] == ["one", "two"]
