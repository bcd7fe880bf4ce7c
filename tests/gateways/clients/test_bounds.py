"""Answers are bounded in size and time before they are believed, and nothing of the environment changes the line."""

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest

from adapters.gateways.http import MAX_ANSWER, make_client
from bot.generation.ports import GatewayError, TaskState
from tests.gateways.clients.pair import Clients, hurry
from tests.gateways.clients.script import HEAD, Act, Script, answer, close, raw, then

TASK = {"id": "v", "status": "queued"}
GOOD = json.dumps(TASK).encode()
BOMB = gzip.compress(bytes(200 * 1024 * 1024), 9)


def encoded(body: bytes, coding: str) -> Act:
    return answer(body, headers={"Content-Encoding": coding})


@pytest.mark.parametrize(
    "act",
    [
        encoded(gzip.compress(GOOD), "gzip"),
        encoded(gzip.compress(GOOD), "X-GZIP"),
        encoded(zlib.compress(GOOD), "deflate"),
        encoded(GOOD, "identity"),
        raw(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + GOOD[:5] + b"\r\n",
            b"%x\r\n" % len(GOOD[5:]) + GOOD[5:] + b"\r\n0\r\n\r\n",
        ),
        then(raw(HEAD + b"Connection: close\r\n\r\n" + GOOD), close),
        answer(GOOD + b" " * (MAX_ANSWER - len(GOOD))),
    ],
)
async def test_answers_within_the_bounds(clients: Clients, gateway: Script, act: Act) -> None:
    gateway.play(act)
    assert (await clients.toapis(gateway.url).look("v")).state is TaskState.RUNNING
    assert gateway.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "act",
    [
        answer(GOOD + b" " * MAX_ANSWER),
        raw(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"),
        encoded(BOMB, "gzip"),
        encoded(gzip.compress(GOOD + b" " * MAX_ANSWER), "gzip"),
        encoded(gzip.compress(GOOD)[:-9], "gzip"),
        encoded(GOOD, "gzip"),
        encoded(gzip.compress(gzip.compress(GOOD)), "gzip, gzip"),
        encoded(GOOD, "zstd"),
    ],
)
async def test_answers_beyond_the_bounds(clients: Clients, gateway: Script, act: Act) -> None:
    gateway.play(act)
    with pytest.raises(GatewayError) as caught:
        await clients.toapis(gateway.url).look("v")
    assert caught.value.code == "bad_answer"


async def test_a_gzip_bomb_is_never_unpacked_whole(clients: Clients, gateway: Script) -> None:
    assert len(BOMB) < MAX_ANSWER
    gateway.play(encoded(BOMB, "gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(GatewayError):
            await clients.toapis(gateway.url).look("v")
        assert tracemalloc.get_traced_memory()[1] < 8 * MAX_ANSWER
    finally:
        tracemalloc.stop()


async def test_giant_headers_are_an_error(clients: Clients, gateway: Script) -> None:
    gateway.play(raw(HEAD + b"X-Big: " + b"a" * 100_000 + b"\r\n\r\n"))
    with pytest.raises(GatewayError) as caught:
        await clients.toapis(gateway.url).look("v")
    assert caught.value.code in {"bad_answer", "connection_lost"}


async def test_the_line_still_works_after_a_bad_answer(clients: Clients, gateway: Script) -> None:
    client = clients.toapis(gateway.url)
    gateway.play(answer(GOOD + b" " * MAX_ANSWER), answer(TASK))
    with pytest.raises(GatewayError):
        await client.look("v")
    assert (await client.look("v")).state is TaskState.RUNNING


async def test_many_looks_at_once_share_the_numbered_connections(clients: Clients, gateway: Script) -> None:
    async with make_client(max_connections=5) as kept:
        clients.kept = kept
        client = clients.toapis(gateway.url)
        gateway.play(answer(TASK))
        looks = await asyncio.gather(*(client.look(f"v{n}") for n in range(60)))
    assert all(look.state is TaskState.RUNNING for look in looks)
    assert len(gateway.seen) == 60
    assert gateway.connections <= 5


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    clients: Clients, gateway: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    gateway.play(answer(TASK))
    async with make_client() as kept:
        clients.kept = kept
        assert (await clients.toapis(gateway.url).look("v")).state is TaskState.RUNNING


async def test_no_cookie_is_kept(clients: Clients, gateway: Script) -> None:
    gateway.play(answer(TASK, headers={"Set-Cookie": "a=b; Path=/"}))
    for _ in range(2):
        await clients.toapis(gateway.url).look("v")
    assert "cookie" not in gateway.seen[1].headers


async def test_a_redirect_is_not_followed(clients: Clients, gateway: Script) -> None:
    gateway.play(answer(b"", 302, {"Location": gateway.url + "/elsewhere"}))
    with pytest.raises(GatewayError):
        await clients.toapis(gateway.url).look("v")
    assert len(gateway.seen) == 1


async def test_a_look_ends_within_its_time_whatever_comes(clients: Clients, gateway: Script) -> None:
    async def drop_by_drop(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await asyncio.sleep(0.02)

    gateway.play(drop_by_drop)
    client = clients.toapis(gateway.url)
    hurry(client)
    started = time.monotonic()
    with pytest.raises(GatewayError) as caught:
        await client.look("v")
    assert caught.value.code == "timeout"
    assert time.monotonic() - started < 5.0
