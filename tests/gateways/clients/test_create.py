"""A create has exactly three outcomes, and leaves this machine at most once."""

import asyncio
import json
import socket
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.abc import AbstractResolver

from adapters.gateways.apimart import ApiMart
from adapters.gateways.http import Answer, Fault, exchange, make_client, make_create_client
from adapters.gateways.toapis import ToApis
from bot.generation.ports import Accepted, NotCreated, Uncertain
from tests.gateways.clients.pair import Clients, hurry
from tests.gateways.clients.script import (
    BODY,
    GOOD_APIMART,
    GOOD_TOAPIS,
    HEAD,
    HTML_504,
    KEY,
    PROMPT,
    Act,
    Script,
    answer,
    close,
    drip,
    raw,
    reset,
    silence,
    then,
)

Either = ToApis | ApiMart

# ------------------------------------------------------------------------------------------- what is sent


async def test_toapis_sends_the_exact_body_with_the_key(clients: Clients, gateway: Script) -> None:
    gateway.play(answer(GOOD_TOAPIS))
    body = {**BODY, "prompt": "Zwölf Boxkämpfer 🥊 <<<image_1>>>", "metadata": {"image_list": [{"image_url": "u"}]}}
    assert await clients.toapis(gateway.url).create(body, "att_1") == Accepted("video_x")
    (seen,) = gateway.seen
    assert (seen.method, seen.target) == ("POST", "/v1/videos/generations")
    assert seen.body == json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["content-type"] == "application/json"
    assert "idempotency-key" not in seen.headers


async def test_apimart_sends_the_exact_body_and_asks_for_no_response_version(clients: Clients, gateway: Script) -> None:
    gateway.play(answer(GOOD_APIMART))
    assert await clients.apimart(gateway.url).create(BODY, "att_1") == Accepted("task_x")
    (seen,) = gateway.seen
    assert (seen.method, seen.target) == ("POST", "/v1/videos/generations")
    assert json.loads(seen.body) == BODY
    assert "x-apimart-response-version" not in seen.headers
    assert "idempotency-key" not in seen.headers


async def test_the_path_of_the_base_url_is_kept(clients: Clients, gateway: Script) -> None:
    gateway.play(answer(GOOD_TOAPIS))
    await clients.toapis(gateway.url + "/toapis/").create(BODY, "att_1")
    assert gateway.seen[0].target == "/toapis/v1/videos/generations"


async def test_toapis_sends_our_id_in_the_body_only_where_the_setting_says_so(
    clients: Clients, gateway: Script
) -> None:
    gateway.play(answer(GOOD_TOAPIS))
    client = clients.toapis(gateway.url, send_client_id=True)
    stored = client.create_body(BODY, "att_1")
    await client.create(stored, "att_1")
    assert json.loads(gateway.seen[0].body) == stored == {**BODY, "client_business_id": "att_1"}
    assert clients.toapis(gateway.url).create_body(BODY, "att_1") == BODY


async def test_apimart_sends_our_id_as_idempotency_key_only_where_the_setting_says_so(
    clients: Clients, gateway: Script
) -> None:
    gateway.play(answer(GOOD_APIMART))
    client = clients.apimart(gateway.url, send_client_id=True)
    assert client.create_body(BODY, "att_1") == BODY
    await client.create(BODY, "att_1")
    assert gateway.seen[0].headers["idempotency-key"] == "att_1"
    assert json.loads(gateway.seen[0].body) == BODY


async def test_a_body_that_is_no_json_is_not_sent(client: Either, gateway: Script) -> None:
    for bad in (float("nan"), "half a pair: \ud83d"):
        outcome = await client.create({**BODY, "x": bad}, "att_1")
        assert isinstance(outcome, NotCreated)
        assert (outcome.code, outcome.retry) == ("invalid_request", False)
    assert gateway.connections == 0


# ------------------------------------------------------------------------------------------- accepted


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        (GOOD_TOAPIS, "video_x"),
        (GOOD_TOAPIS | {"status": "pending"}, "video_x"),
        (GOOD_TOAPIS | {"id": "tsk_vid_9"}, "tsk_vid_9"),
        (GOOD_TOAPIS | {"id": 77}, "77"),
        (GOOD_APIMART, "task_x"),
        ({"code": 200, "data": {"status": "submitted", "task_id": "task_x"}}, "task_x"),
        ({"code": 200, "data": {"id": "task_x"}}, "task_x"),
        ([{"status": "submitted", "task_id": "task_x"}], "task_x"),
        ({"task_id": "task_x"}, "task_x"),
        ({"id": "v", "status": "failed", "error": {"message": "content rejected"}}, "v"),
    ],
)
async def test_200_with_a_task_id_is_accepted(client: Either, gateway: Script, body: object, task_id: str) -> None:
    gateway.play(answer(body))
    assert await client.create(BODY, "a") == Accepted(task_id)


async def test_a_panic_behind_a_good_task_does_not_lose_the_task(client: Either, gateway: Script) -> None:
    panic = {"error": {"code": "new_api_panic", "message": "Panic detected", "type": "new_api_panic"}}
    gateway.play(answer((json.dumps(GOOD_TOAPIS) + json.dumps(panic)).encode()))
    assert await client.create(BODY, "a") == Accepted("video_x")


async def test_the_other_2xx_with_a_task_id_are_accepted_too(client: Either, gateway: Script) -> None:
    gateway.play(answer(GOOD_TOAPIS, 202))
    assert await client.create(BODY, "a") == Accepted("video_x")


# ------------------------------------------------------------------------------------------- uncertain

UNCERTAIN: dict[str, tuple[Act, str]] = {
    "closed without an answer": (close, "connection_lost"),
    "reset after the request": (reset, "connection_lost"),
    "no answer in time": (silence, "timeout"),
    "half an answer, then closed": (
        then(raw(HEAD + b'Content-Length: 500\r\n\r\n{"id":"video_x"'), close),
        "connection_lost",
    ),
    "half an answer, then silence": (
        then(raw(HEAD + b'Content-Length: 500\r\n\r\n{"id":"video_x"'), silence),
        "timeout",
    ),
    "half a head, then reset": (then(raw(b"HTTP/1.1 200 OK\r\nConte"), reset), "connection_lost"),
    "half a chunk, then closed": (
        then(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{"), close),
        "connection_lost",
    ),
    "a chunk that is none": (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{"), "bad_answer"),
    "too short for its length": (raw(HEAD + b'Content-Length: 3\r\n\r\n{"id":"video_x"}'), "bad_answer"),
    "a slow drip": (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.05), "timeout"),
    "an endless body": (drip(HEAD + b"Connection: close\r\n\r\n", b" " * 65536, 0), "bad_answer"),
    "an announced giant": (raw(HEAD + b"Content-Length: 999999999999\r\n\r\n"), "bad_answer"),
    "bytes that are no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "bad_answer"),
    "a foreign encoding": (answer(b"\x8b\x01\x80", headers={"Content-Encoding": "br"}), "bad_answer"),
    "200 and HTML": (answer("<html>ok</html>"), "bad_answer"),
    "200 and nothing": (answer(b""), "bad_answer"),
    "200 and half a JSON": (answer(b'{"id":"video_x"'), "bad_answer"),
    "200 without an id": (answer({"status": "queued"}), "bad_answer"),
    "200 with only an error": (answer({"error": {"code": "new_api_panic", "message": "x"}}), "bad_answer"),
    "200 with a flat error": (answer({"code": 402, "message": "no credit"}), "bad_answer"),
    "200 with the id of an error": (answer({"id": "req_1", "error": {"message": "x"}}), "bad_answer"),
    "200 with an id that climbs": (answer({"id": "..", "status": "queued"}), "bad_answer"),
    "200 with an id that is a story": (answer({"id": "x" * 500, "status": "queued"}), "bad_answer"),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "bad_answer"),
    "302": (answer(b"", 302, {"Location": "/elsewhere"}), "bad_answer"),
    "307": (answer(b"", 307, {"Location": "/elsewhere"}), "bad_answer"),
    "404": (answer({"error": {"code": "not_found", "message": "x"}}, 404), "bad_answer"),
    "405": (answer("<html/>", 405), "bad_answer"),
    "408": (answer({"error": {"message": "x"}}, 408), "timeout"),
    "409 in progress": (answer({"error": {"code": "idempotency_in_progress", "message": "x"}}, 409), "conflict"),
    "409 reused": (answer({"error": {"code": "idempotency_key_reused", "message": "x"}}, 409), "conflict"),
    "409 that names a certain word": (answer({"error": {"code": "build_request_failed"}}, 409), "conflict"),
    "500": (answer({"error": {"code": "internal_error", "message": "x"}}, 500), "server_error"),
    "502": (answer("<html>Bad gateway</html>", 502), "server_error"),
    "503": (answer({"error": {"code": "rate_limit_unavailable", "message": "x"}}, 503), "server_error"),
    "504 and HTML": (answer(HTML_504, 504), "server_error"),
    "500 that only quotes a word": (
        answer({"error": {"message": "panic in: a cat says build_request_failed: get_channel_failed"}}, 500),
        "server_error",
    ),
}


@pytest.mark.parametrize("case", UNCERTAIN)
async def test_everything_else_is_uncertain_and_sent_once(clients: Clients, gateway: Script, case: str) -> None:
    act, code = UNCERTAIN[case]
    gateway.play(act)
    client = clients.toapis(gateway.url)
    if code == "timeout":
        hurry(client)
    outcome = await client.create(BODY, "a")
    assert isinstance(outcome, Uncertain)
    assert outcome.code == code
    assert "nothing is sent again" in outcome.message
    assert "ry again" not in outcome.message
    assert len(gateway.seen) == gateway.connections == 1


# ------------------------------------------------------------------------------------------- not created


async def test_a_refused_connection_is_not_created(clients: Clients) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        outcome = await clients.toapis(f"http://127.0.0.1:{reserved.getsockname()[1]}").create(BODY, "a")
    assert outcome == NotCreated(
        "unreachable", "The gateway cannot be reached. Try again in a few minutes.", retry=True
    )


class NoSuchHost(AbstractResolver):
    """A resolver that knows nobody, or never answers."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        await asyncio.sleep(self.pause)
        raise OSError(None, "no such host")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("pause", [0.0, 30.0])
async def test_a_name_that_does_not_resolve_is_not_created(clients: Clients, pause: float) -> None:
    async with (
        make_create_client(connect=0.2, pool=0.2, resolver=lambda: NoSuchHost(pause)) as fresh,
        make_client() as kept,
    ):
        client = ToApis(kept, fresh, **clients.options(base_url="https://nonexistent.invalid"))  # type: ignore[arg-type]
        outcome = await client.create(BODY, "a")
    assert isinstance(outcome, NotCreated)
    assert (outcome.code, outcome.retry) == ("unreachable", True)


@pytest.mark.parametrize("how", [raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), close, reset])
async def test_a_failed_tls_handshake_is_not_created(clients: Clients, how: Act) -> None:
    """https to a port that speaks plain HTTP, hangs up, or resets."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        await how(writer)
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcome = await clients.toapis(f"https://127.0.0.1:{port}").create(BODY, "a")
    assert isinstance(outcome, NotCreated)
    assert (outcome.code, outcome.retry) == ("unreachable", True)
    assert issubclass(aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorError)  # the wrong certificate


async def test_a_handshake_that_never_ends_is_not_created(clients: Clients) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        async with make_create_client(connect=0.2, pool=0.2) as fresh:
            client = ToApis(clients.kept, fresh, **clients.options(base_url=url))  # type: ignore[arg-type]
            outcome = await client.create(BODY, "a")
    assert isinstance(outcome, NotCreated)
    assert outcome.code == "unreachable"


async def test_no_free_connection_in_time_is_not_created(clients: Clients, gateway: Script) -> None:
    gateway.play(silence)
    async with make_create_client(read=0.5, pool=0.1, max_connections=1) as fresh:
        client = ToApis(clients.kept, fresh, **clients.options(base_url=gateway.url))  # type: ignore[arg-type]
        first, second = await asyncio.gather(client.create(BODY, "a"), client.create(BODY, "b"))
    assert isinstance(first, Uncertain)
    assert isinstance(second, NotCreated)
    assert len(gateway.seen) == 1


async def test_an_answer_that_does_not_begin_in_time_is_uncertain(clients: Clients, gateway: Script) -> None:
    """The client's own read timeout, not the bound of the whole call."""
    gateway.play(silence)
    async with make_create_client(read=0.1) as fresh:
        client = ToApis(clients.kept, fresh, **clients.options(base_url=gateway.url))  # type: ignore[arg-type]
        outcome = await client.create(BODY, "a")
    assert isinstance(outcome, Uncertain)
    assert outcome.code == "timeout"


async def test_connections_lost_after_connecting_are_never_taken_for_unreachable() -> None:
    """httpx-aiohttp calls each of these httpx.ConnectTimeout; that name must not be believed."""
    for lost in (aiohttp.ServerDisconnectedError(), aiohttp.ClientOSError(104, "reset")):

        class Losing(httpx.AsyncBaseTransport):
            def __init__(self, error: Exception) -> None:
                self.error = error

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                raise httpx.ConnectTimeout("") from self.error

        async with httpx.AsyncClient(transport=Losing(lost)) as client:
            result = await exchange(client, client.build_request("POST", "http://x/"), 1.0, who="t")
        assert result == Fault("connection_lost", may_have_arrived=True)


# ------------------------------------------------------------------------------------------- fresh connections


async def test_every_create_gets_a_connection_of_its_own(client: Either, gateway: Script) -> None:
    gateway.play(answer({"id": "v", "status": "queued"}))
    for _ in range(2):
        await client.look("v")
    assert gateway.connections == 1
    for _ in range(3):
        await client.create(BODY, "a")
    assert gateway.connections == 4
    assert [s.headers["connection"] for s in gateway.seen[2:]] == ["close"] * 3
    assert len({s.connection for s in gateway.seen[2:]} | {1}) == 4


async def test_a_gateway_that_closes_idle_connections_never_makes_a_create_uncertain(
    client: Either, gateway: Script
) -> None:
    gateway.keep_seconds = 0.03
    gateway.play(answer({"id": "v", "status": "queued"}))
    for pause in (0.0, 0.02, 0.03, 0.04, 0.05):
        await client.look("v")
        await asyncio.sleep(pause)
        assert await client.create(BODY, "a") == Accepted("v")


async def test_not_even_on_a_kept_connection_is_a_post_repeated(clients: Clients, gateway: Script) -> None:
    """aiohttp repeats GETs on a dropped kept connection; a POST, never."""
    gateway.play(answer({}), close)
    kept = clients.kept
    assert isinstance(await exchange(kept, kept.build_request("GET", gateway.url), 1.0, who="t"), Answer)
    result = await exchange(kept, kept.build_request("POST", gateway.url, content=b"{}"), 1.0, who="t")
    assert result == Fault("connection_lost", may_have_arrived=True)
    assert [s.method for s in gateway.seen] == ["GET", "POST"]


async def test_a_mistake_in_the_rate_callback_does_not_lose_the_task(clients: Clients, gateway: Script) -> None:
    def broken(_info: object) -> None:
        raise RuntimeError("defect")

    gateway.play(answer(GOOD_TOAPIS, headers={"X-RateLimit-Remaining": "3"}))
    client = ToApis(clients.kept, clients.fresh, **clients.options(base_url=gateway.url, on_rate=broken))  # type: ignore[arg-type]
    assert await client.create(BODY, "a") == Accepted("video_x")


async def test_a_create_that_is_cancelled_ends_at_once(clients: Clients, gateway: Script) -> None:
    gateway.play(silence)
    task = asyncio.ensure_future(clients.toapis(gateway.url).create(BODY, "a"))
    while not gateway.seen:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_prompt_is_not_in_the_repr_of_an_answer() -> None:
    assert PROMPT not in repr(Answer(200, {"x": PROMPT}, PROMPT.encode()))
