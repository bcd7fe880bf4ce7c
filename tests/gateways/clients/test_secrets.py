"""Canaries: neither the key nor the prompt is in a log record, an exception, its whole chain, or a repr."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator

import pytest

from adapters.gateways.apimart import ApiMart
from adapters.gateways.toapis import ToApis
from bot.generation.ports import GatewayError
from tests.gateways.clients.pair import Clients, hurry
from tests.gateways.clients.script import (
    BODY,
    HEAD,
    KEY,
    PROMPT,
    Act,
    Script,
    answer,
    close,
    raw,
    reset,
    silence,
    then,
)

Either = ToApis | ApiMart
ECHO = f"cannot do '{PROMPT}' with key {KEY} (Bearer {KEY})"
ACTS: dict[str, Act] = {
    "closed": close,
    "reset": reset,
    "silence": silence,
    "half": then(raw(HEAD + b"Content-Length: 500\r\n\r\n{" + ECHO.encode()), close),
    "no HTTP": raw(ECHO.encode() + b"\r\n\r\n"),
    "bad header": raw(b"HTTP/1.1 200 OK\r\n" + ECHO.encode() + b"\r\n\r\n"),
    "bad encoding": answer(ECHO.encode(), headers={"Content-Encoding": "gzip"}),
    "HTML": answer(ECHO, 504),
    "not JSON": answer(ECHO.encode()),
    **{str(s): answer({"error": {"code": ECHO, "message": ECHO}}, s) for s in (400, 401, 402, 403, 404, 413, 422, 429)},
    **{f"{s} flat": answer({"code": s, "message": ECHO}, s) for s in (200, 400, 500, 503)},
    "build": answer({"error": {"message": f"build_request_failed: {ECHO}"}}, 500),
    "refused": answer({"success": False, "message": ECHO}),
    "failed": answer({"id": "v", "status": "failed", "error": {"code": ECHO, "message": ECHO}}),
    "good": answer({"id": "v", "status": "completed", "message": ECHO, "error": ECHO}),
}


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "aiohttp", "asyncio", "videobot.gateways", *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything that hangs on it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [e for e in (one.__cause__, one.__context__) if e is not None]


@pytest.mark.parametrize("case", ACTS)
async def test_no_canary_gets_out(
    client: Either, gateway: Script, everything_logged: pytest.LogCaptureFixture, case: str
) -> None:
    said: list[str] = [repr(client), str(vars(client)), str(vars(client._calls)), str(vars(client._calls._account))]
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: client.create(BODY, "att_1"),
        lambda: client.look("v"),
        lambda: client.upload_image(b"x", "image/png"),
        client.balance,
        client.models,
    ]
    if case == "silence":
        hurry(client)
    for call in calls:
        gateway.play(ACTS[case])
        try:
            said.append(repr(await call()))
        except GatewayError as error:
            for one in chain(error):
                said += [str(one), repr(one), repr(one.args), "".join(traceback.format_exception(one))]
    said += [r.getMessage() + repr(r.args) + (r.exc_text or "") for r in everything_logged.records]
    assert any("videobot.gateways" in r.name for r in everything_logged.records)
    for text in said:
        assert KEY not in text
        assert "zeppelin" not in text


async def test_what_a_debug_line_says(
    clients: Clients, gateway: Script, everything_logged: pytest.LogCaptureFixture
) -> None:
    gateway.play(answer({"id": "v", "status": "queued"}))
    await clients.toapis(gateway.url).look("v")
    lines = [r.getMessage() for r in everything_logged.records if r.name == "videobot.gateways"]
    assert len(lines) == 1
    assert lines[0].startswith("toapis: GET /v1/videos/generations/v -> 200 in ")
