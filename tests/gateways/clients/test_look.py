"""Looking at a task: every shape a status was ever seen in (gateways.md section 3), and every way it can go wrong."""

import asyncio
import json
import ssl
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.gateways import errors, wire
from adapters.gateways.apimart import ApiMart
from adapters.gateways.toapis import ToApis
from bot.generation.job import Failure, Output
from bot.generation.ports import GatewayError, TaskLook, TaskNotFoundError, TaskState
from tests.gateways.clients.pair import Clients, hurry
from tests.gateways.clients.script import (
    HEAD,
    HTML_504,
    NOW,
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
URL = "https://files.toapis.com/videos/x.mp4"
DONE = {"id": "video_x", "status": "completed", "progress": 100}


async def look(client: Either, gateway: Script, body: object) -> TaskLook:
    gateway.play(answer(body))
    return await client.look("video_x")


# ------------------------------------------------------------------------------------------- the pages' own examples


async def test_toapis_running(clients: Clients, gateway: Script) -> None:
    body = {"id": "video_x", "object": "generation.task", "model": "kling-2-6", "status": "in_progress", "progress": 65}
    assert await look(clients.toapis(gateway.url), gateway, body) == TaskLook(TaskState.RUNNING, "video_x", 65)
    assert (gateway.seen[0].method, gateway.seen[0].target) == ("GET", "/v1/videos/generations/video_x")


async def test_toapis_completed(clients: Clients, gateway: Script) -> None:
    body = {
        "id": "video_x",
        "object": "generation.task",
        "status": "completed",
        "progress": 100,
        "created_at": 1768380222,
        "completed_at": 1768380400,
        "expires_at": 1768466800,
        "result": {"type": "video", "data": [{"url": URL, "format": "mp4"}]},
    }
    expected = TaskLook(TaskState.COMPLETED, "video_x", 100, (Output(URL, 1768466800.0),))
    assert await look(clients.toapis(gateway.url), gateway, body) == expected


async def test_toapis_failed(clients: Clients, gateway: Script) -> None:
    said = "Generation failed: Content violates the content policy"
    body = {"id": "video_x", "status": "failed", "progress": 0, "error": {"code": "generation_failed", "message": said}}
    sentence = "The gateway refused this prompt or image: Content violates the content policy. Change it and try again."
    expected = TaskLook(TaskState.FAILED, "video_x", 0, failure=Failure("content_refused", sentence))
    assert await look(clients.toapis(gateway.url), gateway, body) == expected


async def test_apimart_running(clients: Clients, gateway: Script) -> None:
    task = {"id": "task_x", "status": "processing", "progress": 91, "created": 1765000891, "estimated_time": 600}
    expected = TaskLook(TaskState.RUNNING, "task_x", 91)
    assert await look(clients.apimart(gateway.url), gateway, {"code": 200, "data": task}) == expected
    assert gateway.seen[0].target == "/v1/tasks/video_x?language=en"


async def test_apimart_completed(clients: Clients, gateway: Script) -> None:
    url, picture = "https://upload.apimart.ai/f/video/x.mp4", "https://upload.apimart.ai/f/image/x.jpg"
    task = {
        "id": "task_x",
        "status": "completed",
        "progress": 100,
        "cost": 0.15,
        "credits_cost": 1.5,
        "result": {"thumbnail_url": picture, "videos": [{"url": [url], "expires_at": 1762940095}]},
    }
    outputs = (Output(url, 1762940095.0, picture),)
    expected = TaskLook(TaskState.COMPLETED, "task_x", 100, outputs, bill_micros=150_000)
    assert await look(clients.apimart(gateway.url), gateway, {"code": 200, "data": task}) == expected


async def test_apimart_failed(clients: Clients, gateway: Script) -> None:
    task = {"id": "task_x", "status": "failed", "progress": 100, "error": {"message": "content rejected", "code": ""}}
    seen = await look(clients.apimart(gateway.url), gateway, {"code": 200, "data": task})
    assert seen.state is TaskState.FAILED
    assert seen.failure == Failure(
        "generation_failed",
        "The gateway could not make this video: content rejected. Try again, or change the prompt first.",
    )


# ------------------------------------------------------------------------------------------- words, progress, errors


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *[(w, TaskState.COMPLETED) for w in ("completed", "success", "succeeded", "SUCCESS", " Completed ")],
        *[
            (w, TaskState.FAILED)
            for w in ("failed", "failure", "error", "cancelled", "canceled", "rejected", "FAILURE")
        ],
        *[
            (w, TaskState.RUNNING)
            for w in ("queued", "submitted", "pending", "processing", "in_progress", "running", "in_queue")
        ],
        *[(w, TaskState.RUNNING) for w in ("brand_new_word", "完成", 3, True, {"a": 1}, ["failed"])],
        *[(w, TaskState.RUNNING) for w in (None, "")],
    ],
)
async def test_every_status_word(client: Either, gateway: Script, word: object, state: TaskState) -> None:
    for body in (
        {"id": "v", "status": word},
        {"code": 200, "data": {"id": "v", "status": word}},
        {"code": 200, "data": [{"task_id": "v", "status": word}]},
        [{"id": "v", "status": word}],
    ):
        seen = await look(client, gateway, body)
        assert (seen.state, seen.task_id) == (state, "v")


@pytest.mark.parametrize(
    ("given_progress", "expected"),
    [
        (65, 65),
        (65.9, 65),
        ("50%", 50),
        (" 50 %", 50),
        ("7", 7),
        (0, 0),
        (100, 100),
        (101, None),
        (-1, None),
        ("half", None),
        (None, None),
        (True, None),
        ([50], None),
        (10**80, None),
    ],
)
async def test_progress(client: Either, gateway: Script, given_progress: object, expected: int | None) -> None:
    assert (await look(client, gateway, {"id": "v", "status": "x", "progress": given_progress})).progress == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"error": {"code": 5001, "message": "sensitive content detected"}},
        {"error": {"code": "x", "message": "sensitive content detected"}},
        {"error": {"code": "", "message": "sensitive content detected", "param": ""}},
        {"error": {"code": None, "msg": "sensitive content detected"}},
        {"error": "sensitive content detected"},
        {"fail_reason": "sensitive content detected"},
        {"error": None, "message": "sensitive content detected"},
        {"error": {}, "error_message": "sensitive content detected"},
    ],
)
async def test_a_failure_keeps_the_gateways_reason(client: Either, gateway: Script, fields: dict[str, Any]) -> None:
    for body in ({"id": "v", "status": "failed", **fields}, {"data": {"id": "v", "status": "failed", **fields}}):
        failure = (await look(client, gateway, body)).failure
        assert failure is not None
        assert failure.code == "content_refused"
        assert "sensitive content detected" in failure.message


@pytest.mark.parametrize("error", [None, "", {}, [], 7, {"message": ""}, {"message": 5}])
async def test_a_failure_without_a_reason_still_has_a_sentence(client: Either, gateway: Script, error: object) -> None:
    failure = (await look(client, gateway, {"id": "v", "status": "failed", "error": error})).failure
    assert failure == Failure("generation_failed", errors.sentence("generation_failed"))


# ------------------------------------------------------------------------------------------- links

PLACES: dict[str, dict[str, object]] = {
    "result.data[].url": {"result": {"data": [{"url": URL}]}},
    "result.videos[].url": {"result": {"videos": [{"url": URL}]}},
    "result.videos[].url[]": {"result": {"videos": [{"url": [URL]}]}},
    "result.videos[]": {"result": {"videos": [URL]}},
    "result.url": {"result": {"url": URL}},
    "result": {"result": URL},
    "video_url": {"video_url": URL},
    "url": {"url": URL},
    "data.urls[]": {"data": {"urls": [URL]}},
    "result.type image": {"result": {"type": "image", "data": [{"url": URL}]}},
    "twice": {"result": {"data": [{"url": URL}]}, "video_url": URL},
    "spaces": {"url": f" {URL}\n"},
}


@pytest.mark.parametrize("place", PLACES)
async def test_every_place_of_the_link(client: Either, gateway: Script, place: str) -> None:
    task = {**DONE, **PLACES[place]}
    bodies: list[object] = [task, {"code": 200, "data": task}, {"code": 200, "data": [task]}]
    for body in bodies:
        assert (await look(client, gateway, body)).outputs == (Output(URL),)


@pytest.mark.parametrize("fields", [{}, {"result": None}, {"result": {}}, {"result": {"videos": []}}, {"url": ""}])
async def test_completed_without_a_link(client: Either, gateway: Script, fields: dict[str, Any]) -> None:
    seen = await look(client, gateway, {**DONE, **fields})
    assert (seen.state, seen.outputs) == (TaskState.COMPLETED, ())
    assert (await look(client, gateway, {"status": "completed", **fields})).state is TaskState.COMPLETED


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://x.example/x.mp4",
        "//x.example/x.mp4",
        "x.mp4",
        "https://",
        "https:///x.mp4",
        "https://x.example/a b.mp4",
        "https://x.example/\u202egpm.4",
        "https://x.example/a\r\nX: y",
        "https://[::1/x",
        "https://x.example:99999/x",
        "https://x.example/" + "a" * 5000,
        7,
    ],
)
async def test_a_link_that_is_no_safe_link_is_ignored(client: Either, gateway: Script, url: object) -> None:
    seen = await look(client, gateway, {**DONE, "result": {"data": [{"url": url}, {"url": URL}]}})
    assert [o.url for o in seen.outputs] == [URL]


async def test_a_running_task_has_no_outputs_and_many_are_bounded(client: Either, gateway: Script) -> None:
    assert (await look(client, gateway, {"id": "v", "status": "running", "url": URL})).outputs == ()
    many = [{"url": f"https://x.example/{n}"} for n in range(500)]
    assert len((await look(client, gateway, {**DONE, "result": {"data": many}})).outputs) == 10


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (1768466800, 1768466800.0),
        ("1768466800", 1768466800.0),
        (1768466800.5, 1768466800.5),
        (1768466800123, 1768466800.123),
        ("1768466800123", 1768466800.123),
        ("2026-01-15T08:46:40Z", 1768466800.0),
        ("2026-01-15T08:46:40", 1768466800.0),
        (0, None),
        (-5, None),
        (3600, None),
        ("", None),
        ("tomorrow", None),
        (True, None),
        (None, None),
        (10**40, None),
    ],
)
async def test_when_the_link_dies(client: Either, gateway: Script, moment: object, seconds: float | None) -> None:
    each = {**DONE, "result": {"videos": [{"url": URL, "expires_at": moment}]}}
    top = {**DONE, "expires_at": moment, "result": {"data": [{"url": URL}]}}
    for body in (each, top):
        assert (await look(client, gateway, body)).outputs[0].expires_at == seconds


async def test_a_videos_own_expiry_wins(client: Either, gateway: Script) -> None:
    body = {**DONE, "expires_at": 1768466800, "result": {"videos": [{"url": URL, "expires_at": 1768466900}]}}
    assert (await look(client, gateway, body)).outputs[0].expires_at == 1768466900.0


# ------------------------------------------------------------------------------------------- the bill


@pytest.mark.parametrize(
    ("cost", "micros"),
    [
        (b"0.15", 150_000),
        (b'"0.15"', 150_000),
        (b"0.1", 100_000),
        (b"1.005", 1_005_000),
        (b"0.29", 290_000),
        (b"1e-1", 100_000),
        (b"2", 2_000_000),
        (b"0", 0),
        (b"0.0000005", 1),
        (b"0.12345649999999999999", 123_456),
        (b"-0.15", None),
        (b"10001", None),
        (b"1e400", None),
        (b"1e999999999999999999999", None),
        (b"NaN", None),
        (b"Infinity", None),
        (b'"NaN"', None),
        (b'"free"', None),
        (b"null", None),
        (b"true", None),
        (b"[0.15]", None),
        (b"0." + b"1" * 5000, None),
        (b"1" * 5000, None),
    ],
)
async def test_the_bill_is_exact(client: Either, gateway: Script, cost: bytes, micros: int | None) -> None:
    gateway.play(answer(b'{"data":{"id":"t","status":"completed","cost":' + cost + b"}}"))
    assert (await client.look("t")).bill_micros == micros


# ------------------------------------------------------------------------------------------- odd bodies


async def test_concatenated_json_keeps_the_first_that_is_a_task(client: Either, gateway: Script) -> None:
    task, panic = json.dumps({**DONE, "url": URL}), json.dumps({"error": {"code": "new_api_panic", "message": "x"}})
    for body in (
        task + panic,
        task + "\n" + panic + panic,
        task + " trailing garbage {",
        "\ufeff" + task,
        panic + task,
    ):
        seen = await look(client, gateway, body.encode())
        assert (seen.state, seen.outputs) == (TaskState.COMPLETED, (Output(URL),))


NO_ANSWER: dict[str, tuple[Act, str]] = {
    "closed": (close, "connection_lost"),
    "reset": (reset, "connection_lost"),
    "silence": (silence, "timeout"),
    "half an answer": (then(raw(HEAD + b'Content-Length: 500\r\n\r\n{"id":"v"'), close), "connection_lost"),
    "a slow drip": (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.05), "timeout"),
    "an endless body": (drip(HEAD + b"Connection: close\r\n\r\n", b" " * 65536, 0), "bad_answer"),
    "no HTTP": (raw(b"\x15\x03\x03\x00\x02\x02\x28\r\n\r\n"), "bad_answer"),
    "504 and HTML": (answer(HTML_504, 504), "server_error"),
    "502": (answer("", 502), "server_error"),
    "500": (answer({"error": {"code": "x", "message": "get_task_failed"}}, 500), "server_error"),
    "503": (answer({"error": {"code": "rate_limit_unavailable", "message": "x"}}, 503), "server_error"),
    "429": (answer({}, 429, {"Retry-After": "3"}), "rate_limited"),
    "401": (answer({"error": {"message": "x"}}, 401), "unauthorized"),
    "402": (answer({"error": {"message": "x"}}, 402), "out_of_credit"),
    "403": (answer({"error": {"message": "x"}}, 403), "forbidden"),
    "400": (answer({"error": {"message": "x"}}, 400), "invalid_request"),
    "408": (answer({}, 408), "timeout"),
    "418": (answer({}, 418), "bad_answer"),
    "302": (answer(b"", 302, {"Location": "/login"}), "bad_answer"),
    "200 and HTML": (answer("<html>maintenance</html>"), "bad_answer"),
    "200 and nothing": (answer(b""), "bad_answer"),
    "200 and null": (answer(b"null"), "bad_answer"),
    "200 and a number": (answer(b"7"), "bad_answer"),
    "200 and a list": (answer([]), "bad_answer"),
    "200 and nesting": (answer(b"[" * 100_000), "bad_answer"),
    "200 and half a JSON": (answer(b'{"id":"v","status":'), "bad_answer"),
    "200 and no task": (answer({"code": 200, "data": {}}), "bad_answer"),
    "200 and only success": (answer({"status": "success", "data": None}), "bad_answer"),
    "200 and only an error": (answer({"error": {"code": "new_api_panic", "message": "x"}}), "server_error"),
    "200 and an error as text": (answer({"error": "upstream"}), "server_error"),
    "200 and success false": (answer({"success": False, "message": "busy"}), "server_error"),
    "200 and an error with an id": (answer({"id": "req_9", "error": {"message": "x"}}), "server_error"),
    "200 and an error status of the call": (answer({"status": "error", "message": "x"}), "server_error"),
}


@pytest.mark.parametrize("case", NO_ANSWER)
async def test_a_look_that_did_not_work_is_always_worth_another(client: Either, gateway: Script, case: str) -> None:
    act, code = NO_ANSWER[case]
    gateway.play(act)
    if code == "timeout":
        hurry(client)
    with pytest.raises(GatewayError) as caught:
        await client.look("video_x")
    assert not isinstance(caught.value, TaskNotFoundError)
    assert (caught.value.code, caught.value.retry) == (code, True)
    assert caught.value.retry_after == (3.0 if case == "429" else None)
    assert caught.value.__context__ is None  # nothing of httpx or aiohttp, which carry headers, hangs on it


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": {"code": "task_not_found", "message": "task not found"}}),
        (404, "<html>404</html>"),
        (404, b""),
        (400, {"error": {"code": "task_not_exist", "message": "task_not_exist"}}),
        (200, {"error": {"code": "task_not_found", "message": "x"}}),
        (200, {"code": "task_not_exist", "message": "x"}),
    ],
)
async def test_a_task_that_is_not_there(client: Either, gateway: Script, status: int, body: object) -> None:
    gateway.play(answer(body, status))
    with pytest.raises(TaskNotFoundError) as caught:
        await client.look("video_x")
    assert (caught.value.code, caught.value.retry) == ("task_not_found", True)


@pytest.mark.parametrize("task_id", ["a/b", "a?b#c", "a%2Fb", "tsk:vid;1", "a&b=c", "ü"])
async def test_an_opaque_id_stays_one_part_of_the_path(client: Either, gateway: Script, task_id: str) -> None:
    gateway.play(answer({"id": "v", "status": "x"}))
    await client.look(task_id)
    path, _, query = gateway.seen[0].target.partition("?")
    assert unquote(path.rsplit("/", 1)[1]) == task_id
    assert query in {"", "language=en"}


# ------------------------------------------------------------------------------------------- looking up


async def test_look_up_by_our_own_id(clients: Clients, gateway: Script) -> None:
    client = clients.toapis(gateway.url, look_up=True)
    assert client.can_look_up
    gateway.play(answer({"id": "video_x", "client_business_id": "att_1", "status": "queued"}))
    found = await client.look_up("att_1")
    assert found == TaskLook(TaskState.RUNNING, "video_x")
    assert gateway.seen[0].target == "/v1/videos/generations/att_1"
    gateway.play(answer({"error": {"code": "task_not_found", "message": "x"}}, 404))
    assert await client.look_up("att_1") is None
    gateway.play(answer({"status": "queued"}))
    with pytest.raises(GatewayError) as caught:
        await client.look_up("att_1")
    assert caught.value.code == "bad_answer"
    gateway.play(answer(HTML_504, 504))
    with pytest.raises(GatewayError):
        await client.look_up("att_1")


async def test_looking_up_without_the_setting_is_not_asked_of_the_gateway(client: Either, gateway: Script) -> None:
    assert not client.can_look_up
    with pytest.raises(GatewayError) as caught:
        await client.look_up("att_1")
    assert (caught.value.code, caught.value.retry) == ("unsupported", False)
    assert gateway.seen == []


# ------------------------------------------------------------------------------------------- any garbage

words = st.sampled_from(
    ["completed", "failed", "running", "error", "https://x.example/v.mp4", "50%", "1e999", "-1", "", "x"]
)
numbers = st.integers() | st.floats() | st.sampled_from([10**30, 1768466800, 1768466800123, -1])
names = st.sampled_from(
    ["id", "task_id", "status", "progress", "data", "result", "videos", "url", "urls", "video_url"]
) | st.sampled_from(["expires_at", "cost", "error", "code", "message", "success"])
jsonish = st.recursive(
    st.none() | st.booleans() | numbers | words | st.text(max_size=8),
    lambda c: st.lists(c, max_size=3) | st.dictionaries(names, c, max_size=8),
    max_leaves=25,
)
bodies = jsonish.map(lambda v: json.dumps(v).encode()) | st.binary(max_size=80)


@given(st.sampled_from([200, 200, 200, 400, 404, 429, 500]), st.lists(bodies, min_size=1, max_size=3).map(b"".join))
def test_garbage_raises_nothing_but_gateway_errors(tls: ssl.SSLContext, status: int, body: bytes) -> None:
    async def ask() -> None:
        plays = httpx.MockTransport(lambda _request: httpx.Response(status, content=body))
        async with httpx.AsyncClient(transport=plays, verify=tls) as http:
            client = ToApis(http, http, api_key=SecretStr("k"), base_url="http://localhost", look_up=True)
            with suppress(GatewayError):
                found = await client.look("v")
                assert found.progress is None or 0 <= found.progress <= 100
                assert found.bill_micros is None or found.bill_micros >= 0
                assert all(o.url.startswith(("http://", "https://")) for o in found.outputs)
                assert (found.failure is not None) == (found.state is TaskState.FAILED)
            for call in (
                client.look_up("a"),
                client.upload_image(b"x", "image/png"),
                client.balance(),
                client.models(),
            ):
                with suppress(GatewayError):
                    await call

    asyncio.run(ask())


@given(st.text(max_size=40), st.sampled_from(["retry-after", "x-ratelimit-reset", "x-ratelimit-remaining"]))
def test_garbage_in_the_headers_never_breaks_a_reader(text: str, name: str) -> None:
    info = wire.rate_info("g", "look", 200, {name: text}, NOW)
    assert info is None or (info.retry_after or 0.0) >= 0.0
