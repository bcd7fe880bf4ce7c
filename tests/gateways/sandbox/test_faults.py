"""Every fault of the table once."""

from __future__ import annotations

import asyncio
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from adapters.gateways.sandbox import FAULTS, UnknownFault
from adapters.gateways.sandbox.faults import read_markers


def marked(name: str, rest: str = "") -> str:
    return f"A cat [[sandbox:{name}{rest}]]"


@pytest.mark.parametrize(
    ("name", "toapis", "apimart"),
    [
        ("moderation", (422, "content_policy_violation"), (500, "content moderation failed")),
        ("image_rejected", (400, "resolution or aspect ratio"), (500, "build_request_failed: The resolution")),
        ("no_money", (402, "insufficient_quota"), (402, "payment_required")),
        ("rate_limited", (429, "rate_limit_exceeded"), (429, "429")),
        ("idempotency_unavailable", (503, "idempotency_unavailable"), (503, "idempotency_unavailable")),
        ("idempotency_in_progress", (409, "idempotency_in_progress"), (409, "idempotency_in_progress")),
        ("channel_failed", (400, "get_channel_failed"), (400, "get_channel_failed")),
        ("server_error", (500, "internal_error"), (500, "internal_error")),
        ("http", (403, "forbidden"), (403, "forbidden")),
        ("html_504", (504, "504 Gateway Time-out"), (504, "504 Gateway Time-out")),
        ("error_200", (200, "upstream error"), (200, "upstream error")),
        ("rate_unavailable", (503, "rate_limit_unavailable"), (503, "rate_limit_unavailable")),
    ],
)
async def test_refused_creates(client, name: str, toapis: tuple[int, str], apimart: tuple[int, str]) -> None:
    prompt = marked(name)
    for gateway, (status, word) in (("toapis", toapis), ("apimart", apimart)):
        answer = await client.create(gateway, prompt=prompt)
        assert (answer.status_code, word in answer.text) == (status, True), answer.text
        if status == 429:
            assert answer.headers["Retry-After"] == "2"
        again = await client.create(gateway, prompt=prompt)
        lasting = name in ("moderation", "image_rejected")
        assert again.status_code == (status if lasting else 200)
    assert len(client.sandbox.tasks()) == (0 if name in ("moderation", "image_rejected") else 2)


@pytest.mark.parametrize("status", [400, 401, 402, 404, 413, 422, 429, 500, 502, 503])
async def test_http_statuses(client, status: int) -> None:
    for gateway in ("toapis", "apimart"):
        answer = await client.create(gateway, prompt=marked("http", f"={status}"))
        assert answer.status_code == status
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "error", "made"),
    [
        ("lost_answer", httpx.RemoteProtocolError, 1),
        ("lost_request", httpx.RemoteProtocolError, 0),
        ("reset", httpx.ReadError, 0),
        ("reset_made", httpx.ReadError, 1),
        ("half_answer", httpx.RemoteProtocolError, 1),
        ("timeout", httpx.ReadTimeout, 1),
        ("timeout_lost", httpx.ReadTimeout, 0),
    ],
)
async def test_lost_creates(client, name: str, error: type[Exception], made: int) -> None:
    client.http.timeout = httpx.Timeout(20, read=0.2 if error is httpx.ReadTimeout else 20)
    with pytest.raises(error):
        await client.create(prompt=marked(name))
    while not client.sandbox.requests() or len(client.sandbox.tasks()) < made:
        await asyncio.sleep(0)
    assert len(client.sandbox.tasks()) == made
    (record,) = client.sandbox.requests(route="create")
    assert record.status is None
    assert (record.task_id is not None) == (made == 1)
    assert record.body["model"] == "kling-2-6"


async def test_a_held_answer_comes_in_the_end(client) -> None:
    answer = await client.create(prompt=marked("timeout", "=0"))
    assert answer.json()["status"] == "queued"


async def test_lost_answers_replay_by_id(client) -> None:
    prompt = marked("lost_answer")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.create(prompt=prompt, client_business_id="a")
    lost = client.sandbox.tasks()[0]["id"]
    assert await client.make(prompt=prompt, client_business_id="a") == lost
    with pytest.raises(httpx.RemoteProtocolError):
        await client.create("apimart", prompt=prompt, headers={"Idempotency-Key": "k"})
    answer = await client.create("apimart", prompt=prompt, headers={"Idempotency-Key": "k"})
    assert answer.json()["data"][0]["task_id"] == client.sandbox.tasks("apimart")[0]["id"]


@pytest.mark.parametrize("name", ["idempotency_indeterminate", "html_200", "no_id"])
async def test_made_but_not_told(client, name: str) -> None:
    for gateway in ("toapis", "apimart"):
        answer = await client.create(gateway, prompt=marked(name))
        assert answer.status_code == (409 if name.startswith("idem") else 200)
        assert client.sandbox.tasks(gateway)[0]["id"] not in answer.text
        if name == "no_id":
            assert '"status": "' in answer.text


async def test_bursts_cycle_per_prompt(client) -> None:
    prompt = marked("server_error", "=503 x2") + marked("server_error", "=502")
    seen = [(await client.create(prompt=prompt)).status_code for _ in range(8)]
    assert seen == [503, 503, 502, 200] * 2
    assert (await client.create("apimart", prompt=prompt)).status_code == 503


async def test_create_words_and_ids(client) -> None:
    answer = (await client.create(prompt=marked("create_word") + marked("id_prefix"))).json()
    assert answer["status"] == "pending"
    assert answer["id"].startswith("tsk_vid_")


async def test_slow_and_stuck(client, clock) -> None:
    slow = await client.make(prompt=marked("slow", "=900"))
    stuck = await client.make(prompt=marked("stuck", "=42"))
    for second, words in ((0, ["queued"] * 2), (600, ["in_progress"] * 2), (900, ["completed", "in_progress"])):
        clock.now = 1_800_000_000 + second
        assert [(await client.status(task)).json()["status"] for task in (slow, stuck)] == words
    assert (await client.status(stuck)).json()["progress"] == 42
    clock.now += 10**6
    assert (await client.status(stuck)).json()["status"] == "in_progress"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fail_late", "Generation failed"),
        ("fail_late=The model tripped", "The model tripped"),
        ("moderation_late", "Generation failed: Content violates the content policy"),
        ("risk_control", "Failure to pass the risk control system"),
        ("image_rejected_late", "The resolution or aspect ratio of the input image is invalid"),
    ],
)
async def test_late_failures(client, name: str, message: str) -> None:
    status = (await client.status(await client.make(prompt=f"x [[sandbox:{name}]]"))).json()
    assert (status["status"], status["error"]["message"]) == ("failed", message)
    assert client.sandbox.balance("toapis") == 100


async def test_vanished_and_not_found(client) -> None:
    task_id = await client.make(prompt=marked("vanish", "=2"))
    assert [(await client.status(task_id)).status_code for _ in range(5)] == [200, 200, 404, 404, 404]
    task_id = await client.make(prompt=marked("not_found", "=3"))
    assert [(await client.status(task_id)).status_code for _ in range(5)] == [404, 404, 404, 200, 200]
    answer = await client.status(await client.make("apimart", prompt=marked("not_found")), "apimart")
    assert answer.json()["error"]["message"]


async def test_concatenated(client) -> None:
    for gateway in ("toapis", "apimart"):
        text = (await client.status(await client.make(gateway, prompt=marked("concatenated")), gateway)).text
        first, end = json.JSONDecoder().raw_decode(text)
        second, _ = json.JSONDecoder().raw_decode(text, end)
        assert "completed" in str(first)
        assert second["error"]["type"] == "new_api_panic"


async def test_completed_without_a_url(client) -> None:
    for gateway in ("toapis", "apimart"):
        task_id = await client.make(gateway, prompt=marked("no_url", "=2"))
        looks = [(await client.status(task_id, gateway)).text for _ in range(3)]
        assert ["completed" in look for look in looks] == [True] * 3
        assert [".mp4" in look for look in looks] == [False, False, True]


async def test_no_url_waits_for_completion(start, clock) -> None:
    client = await start(speed=1)
    task_id = await client.make(prompt=marked("no_url"))
    await client.status(task_id)
    clock.now += 10**5
    assert "result" not in (await client.status(task_id)).json()
    assert "result" in (await client.status(task_id)).json()


@pytest.mark.parametrize("word", ["success", "succeeded", "SUCCESS", "failure", "in_queue", "reticulating splines"])
async def test_status_words(client, word: str) -> None:
    prompt = marked("status_word", f"={word}")
    assert (await client.status(await client.make(prompt=prompt))).json()["status"] == word
    status = await client.status(await client.make("apimart", prompt=prompt), "apimart")
    assert status.json()["data"]["status"] == word


PLACES: list[tuple[str, Any, Any]] = [
    ("result.data", lambda b: b["result"]["data"][0]["url"], lambda d: d["result"]["data"][0]["url"]),
    ("result.videos", lambda b: b["result"]["videos"][0]["url"][0], lambda d: d["result"]["videos"][0]["url"][0]),
    ("result.videos.string", lambda b: b["result"]["videos"][0]["url"], lambda d: d["result"]["videos"][0]["url"]),
    ("result.url", lambda b: b["result"]["url"], lambda d: d["result"]["url"]),
    ("video_url", lambda b: b["video_url"], lambda d: d["video_url"]),
    ("url", lambda b: b["url"], lambda d: d["url"]),
    ("data.urls", lambda b: b["data"]["urls"][0], lambda d: d["urls"][0]),
]


@pytest.mark.parametrize(("place", "toapis", "apimart"), PLACES, ids=[place[0] for place in PLACES])
async def test_url_places(client, place: str, toapis: Any, apimart: Any) -> None:
    prompt = marked("url_place", f"={place}")
    for gateway, find in (("toapis", toapis), ("apimart", apimart)):
        body = (await client.status(await client.make(gateway, prompt=prompt), gateway)).json()
        assert find(body if gateway == "toapis" else body["data"]).endswith(".mp4")
        assert json.dumps(body).count(".mp4") == 1


async def test_odd_status_shapes(client) -> None:
    prompt = marked("progress_text") + marked("type_image") + marked("images_path") + marked("no_cost")
    body = (await client.status(await client.make(prompt=prompt))).json()
    assert body["progress"] == "100%"
    assert body["result"]["type"] == "image"
    url = body["result"]["data"][0]["url"]
    assert "/images/" in url
    assert (await client.http.get(url)).headers["content-type"] == "video/mp4"
    data = (await client.status(await client.make("apimart", prompt=prompt), "apimart")).json()["data"]
    assert (data["progress"], data["result"]["type"]) == ("100%", "image")
    assert "cost" not in data
    prompt = marked("data_list") + marked("no_progress")
    (item,) = (await client.status(await client.make(prompt=prompt))).json()
    assert "progress" not in item
    (item,) = (await client.status(await client.make("apimart", prompt=prompt), "apimart")).json()["data"]
    assert "progress" not in item


async def test_odd_errors(client) -> None:
    prompt = marked("error_text") + marked("fail_late", "=Boom")
    assert (await client.status(await client.make(prompt=prompt))).json()["error"] == "Boom"
    data = (await client.status(await client.make("apimart", prompt=prompt), "apimart")).json()["data"]
    assert data["error"] == "Boom"
    prompt = marked("error_code") + marked("fail_late", "=Boom")
    assert (await client.status(await client.make(prompt=prompt))).json()["error"]["code"] == 1301


@pytest.mark.parametrize("name", ["server_error", "rate_limited", "html_504", "html_200", "error_200", "half_answer"])
async def test_broken_status_looks(client, name: str) -> None:
    task_id = await client.make(prompt=marked(name, "@status x2"))
    for _ in range(2):
        if name == "half_answer":
            with pytest.raises(httpx.RemoteProtocolError):
                await client.status(task_id)
            continue
        assert task_id not in (await client.status(task_id)).text
    assert (await client.status(task_id)).json()["status"] == "completed"


async def test_expired_results(client) -> None:
    for status in (403, 404, 410):
        url = await client.video_url(await client.make(prompt=marked("expired", f"={status}")))
        assert [(await client.http.get(url)).status_code for _ in range(2)] == [status, status]


async def cut(http: httpx.AsyncClient, url: str, start: int | None) -> tuple[int, int, bytes]:
    """Status, promised length and what came of a download that must be cut."""
    got = bytearray()
    headers = {} if start is None else {"Range": f"bytes={start}-"}
    async with http.stream("GET", url, headers=headers) as answer:
        chunks = answer.aiter_raw()
        try:
            while True:
                got += await anext(chunks)
        except httpx.RemoteProtocolError:
            return answer.status_code, int(answer.headers["content-length"]), bytes(got)


async def test_a_cut_download_resumes(client) -> None:
    url = await client.video_url(await client.make(prompt=marked("cut_download")))
    status, size, got = await cut(client.http, url, 0)
    assert (status, len(got)) == (206, size // 2)
    rest = await client.http.get(url, headers={"Range": f"bytes={len(got)}-"})
    assert rest.status_code == 206
    assert got + rest.content == (await client.http.get(url)).content


async def test_a_download_that_is_always_cut(client) -> None:
    url = await client.video_url(await client.make(prompt=marked("cut_download", " x0")))
    start = 0
    for _ in range(4):
        start += len((await cut(client.http, url, start))[2])
    assert start > 1000
    status, size, got = await cut(client.http, url, None)
    assert (status, len(got)) == (200, size // 2)


async def test_an_oversize_result_still_plays(client) -> None:
    url = await client.video_url(await client.make(prompt=marked("oversize", "=3")))
    answer = await client.http.get(url)
    assert len(answer.content) >= 3 * 1024 * 1024
    with av.open(io.BytesIO(answer.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 24


async def test_odd_downloads(client) -> None:
    ranged = {"Range": "bytes=0-9"}
    url = await client.video_url(await client.make(prompt=marked("no_range")))
    answer = await client.http.get(url, headers=ranged)
    assert (answer.status_code, len(answer.content) > 1000) == (200, True)
    assert int(answer.headers["content-length"]) == len(answer.content)
    url = await client.video_url(await client.make(prompt=marked("no_length")))
    answer = await client.http.get(url)
    assert "content-length" not in answer.headers
    assert len(answer.content) > 1000
    url = await client.video_url(await client.make(prompt=marked("octet_stream")))
    assert (await client.http.get(url)).headers["content-type"] == "application/octet-stream"
    url = await client.video_url(await client.make(prompt=marked("redirect")))
    assert (await client.http.get(url)).status_code == 302
    assert (await client.http.get(url, follow_redirects=True)).status_code == 200
    for name, status in (("server_error@download=503", 503), ("http@download=401", 401), ("timeout@download=0", 200)):
        url = await client.video_url(await client.make(prompt=f"x [[sandbox:{name}]]"))
        assert (await client.http.get(url)).status_code == status
        assert (await client.http.get(url)).status_code == 200
    url = await client.video_url(await client.make(prompt="x [[sandbox:reset@download]]"))
    with pytest.raises(httpx.ReadError):
        await client.http.get(url)


async def test_upload_and_account_faults(client) -> None:
    inject = client.sandbox.inject
    inject("upload_200")
    inject("upload_no_url", gateway="toapis")
    inject("server_error", route="upload", argument=502)
    image = b"\xff\xd8\xff" + bytes(100)
    answer = await client.upload(image)
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert (await client.upload(image)).json()["data"] == {}
    assert (await client.upload(image)).status_code == 502
    assert (await client.upload(image)).json()["success"] is True
    inject("balance_failed")
    url = client.base["apimart"] + "/v1/balance"
    answer = await client.http.get(url)
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    inject("rate_limited", route="models", argument=7)
    answer = await client.http.get(client.base["apimart"] + "/v1/models")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert client.sandbox.programmed_faults() == []


async def test_injected_faults(client) -> None:
    sandbox = client.sandbox
    sandbox.inject("server_error", argument=503, times=2)
    sandbox.inject("lost_request", gateway="apimart")
    sandbox.inject("stuck", times=1)
    assert [(await client.create()).status_code for _ in range(3)] == [503, 503, 200]
    with pytest.raises(httpx.RemoteProtocolError):
        await client.create("apimart")
    task_id = await client.make()
    sandbox.inject("status_word", argument="rejected", times=0)
    for _ in range(3):
        assert (await client.status(task_id)).json()["status"] == "rejected"
    sandbox.clear_faults()
    assert (await client.status(task_id)).json()["status"] == "completed"
    sandbox.inject("vanish")
    assert [(await client.status(task_id)).status_code for _ in range(3)] == [404] * 3
    with pytest.raises(UnknownFault):
        sandbox.inject("nonsense")
    with pytest.raises(UnknownFault):
        sandbox.inject("moderation", route="status")
    with pytest.raises(ValueError, match="no gateway"):
        sandbox.inject("stuck", gateway="other")


async def test_an_injected_task_fault(client) -> None:
    client.sandbox.inject("fail_late", argument="Boom")
    assert (await client.status(await client.make())).json()["error"]["message"] == "Boom"
    assert (await client.status(await client.make())).json()["status"] == "completed"


async def test_late_success_and_late_failure(client, clock) -> None:
    stuck = await client.make(prompt="x [[sandbox:stuck]]")
    client.sandbox.set_outcome(stuck, "finish")
    assert (await client.status(stuck)).json()["status"] == "completed"
    failed = await client.make(prompt="x [[sandbox:fail_late]]")
    assert (await client.status(failed)).json()["status"] == "failed"
    clock.now += 50
    client.sandbox.set_outcome(failed, "finish")
    status = (await client.status(failed)).json()
    assert (status["status"], status["completed_at"]) == ("completed", int(clock.now))
    assert client.sandbox.balance("toapis") == pytest.approx(100 - 2 * 0.184)
    client.sandbox.set_outcome(failed, "fail", "taken back")
    assert (await client.status(failed)).json()["error"]["message"] == "taken back"
    client.sandbox.set_outcome(stuck, "stick")
    assert (await client.status(stuck)).json()["status"] == "in_progress"
    assert client.sandbox.balance("toapis") == 100
    assert client.sandbox.task(stuck)["due_at"] is None
    with pytest.raises(KeyError):
        client.sandbox.set_outcome("none", "finish")


def test_markers() -> None:
    def read(prompt: str) -> list[tuple[str, str, str, int]]:
        return [(trigger.name, trigger.route, trigger.argument, trigger.left) for trigger in read_markers(prompt)]

    assert read("[[sandbox:slow]] a [[sandbox:slow=5]]") == [("slow", "create", "900", 0), ("slow", "create", "5", 0)]
    assert read("[[sandbox:server_error@status=503 x3]]") == [("server_error", "status", "503", 3)]
    assert read("[[sandbox:not_found=3]]") == read("[[sandbox:not_found x3]]") == [("not_found", "status", "", 3)]
    assert read("[[sandbox:nonsense]] [[sandbox:slow@status]] [[sandbox:]] [sandbox:slow]") == []
    assert math.isclose(read_markers("[[sandbox:slow=nan]]")[0].number(5), 5)


def test_every_fault_has_words_and_was_played() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    for fault in FAULTS:
        assert fault.description
        assert bool(fault.argument) == bool(fault.default)
        assert [trigger.name for trigger in read_markers(fault.usage)] == [fault.name]
        # a list that grows must be played here too
        assert re.search(rf'"{fault.name}[="]', source), fault.name
