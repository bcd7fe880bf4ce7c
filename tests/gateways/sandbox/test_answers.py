"""The shapes of the answers: create, status, account, refusals, limits, ids that replay."""

from __future__ import annotations

import math
import random

import pytest

from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.prices import price_usd
from adapters.gateways.sandbox.render_time import draw_seconds, median_seconds


async def test_toapis_from_create_to_result(start, clock) -> None:
    client = await start(speed=1)
    answer = await client.create(mode="pro", duration=10)
    made = answer.json()
    assert made == {
        "id": made["id"],
        "object": "generation.task",
        "model": "kling-2-6",
        "status": "queued",
        "progress": 0,
        "created_at": 1_800_000_000,
        "metadata": {},
    }
    assert made["id"].startswith("video_")
    due = client.sandbox.tasks()[0]["due_at"]
    seen = []
    for part in (0, 0.2, 0.5, 0.8, 0.99):
        clock.now = 1_800_000_000 + part * (due - 1_800_000_000)
        look = (await client.status(made["id"])).json()
        seen.append((look["status"], look["progress"]))
        assert "result" not in look
    assert [word for word, _ in seen] == ["queued", *["in_progress"] * 4]
    percents = [percent for _, percent in seen]
    assert percents == sorted(percents)
    assert percents[-1] <= 99
    clock.now = due
    done = (await client.status(made["id"])).json()
    assert done["status"] == "completed"
    assert done["progress"] == 100
    assert done["completed_at"] == int(due)
    assert done["expires_at"] == int(due) + 86_400
    assert done["result"]["type"] == "video"
    (item,) = done["result"]["data"]
    assert item == {"url": f"{client.sandbox.url}/files/videos/{made['id']}.mp4", "format": "mp4"}
    assert client.sandbox.balance("toapis") == pytest.approx(100 - 0.625)
    assert client.sandbox.balance("apimart") == 100
    clock.now = done["expires_at"]
    assert (await client.http.get(item["url"])).status_code == 404


async def test_apimart_from_create_to_result(start, clock) -> None:
    client = await start(speed=1)
    made = (await client.create("apimart")).json()
    task_id = made["data"][0]["task_id"]
    assert made == {"code": 200, "data": [{"status": "submitted", "task_id": task_id}]}
    look = (await client.status(task_id, "apimart")).json()
    assert look == {
        "code": 200,
        "data": {
            "id": task_id,
            "status": "pending",
            "progress": 0,
            "created": 1_800_000_000,
            "estimated_time": 600,
        },
    }
    due = client.sandbox.tasks("apimart")[0]["due_at"]
    clock.now = (1_800_000_000 + due) / 2
    assert (await client.status(task_id, "apimart")).json()["data"]["status"] == "processing"
    clock.now = due
    data = (await client.status(task_id, "apimart")).json()["data"]
    assert data["status"] == "completed"
    assert data["actual_time"] == int(due - 1_800_000_000)
    assert data["cost"] == pytest.approx(0.184)
    assert data["credits_cost"] == pytest.approx(1.84)
    (item,) = data["result"]["videos"]
    assert item["expires_at"] == int(due) + 86_400
    assert (await client.http.get(item["url"][0])).headers["content-type"] == "video/mp4"
    thumbnail = await client.http.get(data["result"]["thumbnail_url"])
    assert thumbnail.content.startswith(b"\xff\xd8")
    assert client.sandbox.balance("apimart") == pytest.approx(100 - 0.184)


async def test_a_failed_task_in_both_shapes(client) -> None:
    prompt = "x [[sandbox:moderation_late]]"
    toapis = (await client.status(await client.make(prompt=prompt))).json()
    assert (toapis["status"], toapis["progress"]) == ("failed", 0)
    message = "Generation failed: Content violates the content policy"
    assert toapis["error"] == {"code": "generation_failed", "message": message}
    task_id = await client.make("apimart", prompt=prompt)
    apimart = (await client.status(task_id, "apimart")).json()["data"]
    assert (apimart["status"], apimart["progress"]) == ("failed", 100)
    assert apimart["error"] == {"message": "sensitive content detected", "code": ""}
    assert client.sandbox.balance("toapis") == client.sandbox.balance("apimart") == 100


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", "sandbox-key", "Basic sandbox-key"])
async def test_a_wrong_key(client, header: str | None) -> None:
    client.http.headers.pop("Authorization")
    headers = {} if header is None else {"Authorization": header}
    for path in ("/v1/videos/generations/x", "/v1/balance", "/v1/models"):
        answer = await client.http.get(client.base["toapis"] + path, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"] == {
            "code": 401,
            "message": "Invalid API key provided",
            "type": "authentication_error",
        }
    answer = await client.http.get(client.base["apimart"] + "/v1/balance", headers=headers)
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert (error["code"], error["param"], error["type"]) == ("", "", "apimart_error")
    assert error["message"].startswith("invalid API key (request id: ")
    assert (await client.create(headers=headers)).status_code == 401
    answer = await client.http.post(
        client.base["apimart"] + "/v1/uploads/images", files={"file": b"x"}, headers=headers
    )
    assert answer.status_code == 401


async def test_no_money_is_402_on_every_call(client) -> None:
    task_id = await client.make()
    client.sandbox.set_balance(0)
    for answer in (await client.create(), await client.status(task_id), await client.upload(b"x")):
        assert answer.status_code == 402
        assert answer.json()["error"]["code"] == "insufficient_quota"
    created = await client.create("apimart")
    assert (created.status_code, created.json()["error"]["type"]) == (402, "payment_required")
    flat = await client.status("task_x", "apimart")
    assert flat.status_code == flat.json()["code"] == 402
    assert flat.json()["message"]
    client.sandbox.set_balance(0.1, "toapis")
    assert (await client.create()).status_code == 402  # 0.184 is asked
    assert (await client.status(task_id)).status_code == 200


async def test_balance_and_models(client) -> None:
    await client.make(mode="pro")
    for gateway, left, used in (("toapis", 99.6875, 0.3125), ("apimart", 100, 0)):
        answer = (await client.http.get(client.base[gateway] + "/v1/balance")).json()
        assert answer["success"] is True
        assert answer["remain_balance"] == pytest.approx(left)
        assert answer["used_balance"] == pytest.approx(used)
        assert answer["unlimited_quota"] is False
    client.sandbox.set_balance(math.inf, "apimart")
    answer = (await client.http.get(client.base["apimart"] + "/v1/balance")).json()
    assert (answer["remain_balance"], answer["unlimited_quota"]) == (-1, True)
    await client.make("apimart")
    listed = (await client.http.get(client.base["toapis"] + "/v1/models?type=video")).json()
    assert [row["id"] for row in listed["data"]] == ["kling-2-6", "kling-v2-6", "kling-v3", "kling-video-o1"]
    listed = (await client.http.get(client.base["apimart"] + "/v1/models?category=video")).json()
    assert [row["id"] for row in listed["data"]] == ["kling-v2-6", "kling-v3", "kling-video-o1"]
    assert not (await client.http.get(client.base["toapis"] + "/v1/models?type=image")).json()["data"]


async def test_unknown_tasks_and_other_keys_tasks(start) -> None:
    client = await start(keys=("sandbox-key", "second"))
    answer = await client.status("video_none")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "task_not_found")
    answer = await client.status("task_none", "apimart")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 404)
    task_id = await client.make()
    assert (await client.status(task_id, "apimart")).status_code == 404
    client.http.headers["Authorization"] = "Bearer second"
    assert (await client.status(task_id)).status_code == 404


async def test_unknown_paths(client) -> None:
    for base in client.base.values():
        for method, path in (("GET", "/v1/tasks"), ("DELETE", "/v1/videos/generations/x"), ("POST", "/videos")):
            answer = await client.http.request(method, base + path)
            assert answer.status_code == 404
            assert path in answer.json()["error"]["message"]
    assert [record.route for record in client.sandbox.requests()] == ["unknown"] * 6


async def test_toapis_rate_limits(client, clock) -> None:
    answer = await client.create()
    assert answer.headers["X-RateLimit-Limit"] == "300"
    assert answer.headers["X-RateLimit-Remaining"] == "49"
    assert answer.headers["X-RateLimit-Category"] == "create"
    assert int(answer.headers["X-RateLimit-Reset"]) == clock.now + 1
    for _ in range(49):
        answer = await client.create(prompt="")
    assert answer.status_code == 400
    refused = await client.create()
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    clock.now += 0.2
    assert (await client.create()).status_code == 200
    status = await client.status("video_x")
    assert status.status_code == 404
    assert (await client.create("apimart")).headers.get("X-RateLimit-Limit") is None


async def test_rate_limits_can_be_off(start) -> None:
    client = await start(rate_limits=False)
    for _ in range(60):
        answer = await client.create(prompt="")
    assert answer.status_code == 400
    assert "X-RateLimit-Limit" not in answer.headers


async def test_client_business_id_replays_and_finds(start, clock) -> None:
    client = await start(speed=1)
    first = await client.make(client_business_id="job-1")
    assert await client.make(client_business_id="job-1", prompt="another") == first
    assert await client.make(client_business_id="job-2") != first
    assert len(client.sandbox.tasks()) == 2
    found = (await client.status("job-1")).json()
    assert found["id"] == first
    clock.now += 3600
    assert (await client.create(client_business_id="job-1")).json()["status"] == "completed"


async def test_client_business_id_can_be_off(start) -> None:
    client = await start(business_ids=False)
    assert await client.make(client_business_id="job-1") != await client.make(client_business_id="job-1")
    assert (await client.status("job-1")).status_code == 404


async def test_idempotency_key(client) -> None:
    key = {"Idempotency-Key": "job-1"}
    first = await client.create("apimart", headers=key)
    assert (await client.create("apimart", headers=key)).json() == first.json()
    other = await client.create("apimart", headers=key, prompt="another")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert (await client.create("apimart", headers={"Idempotency-Key": "x" * 192})).status_code == 400
    assert (await client.create("apimart", headers={"Idempotency-Key": "a b"})).status_code == 400
    # a refused create leaves the key free
    key = {"Idempotency-Key": "job-2"}
    assert (await client.create("apimart", headers=key, duration=6)).status_code == 500
    assert (await client.create("apimart", headers=key)).status_code == 200
    assert len(client.sandbox.tasks()) == 2


async def test_idempotency_key_can_be_off(start) -> None:
    client = await start(idempotency_keys=False)
    key = {"Idempotency-Key": "job-1"}
    await client.create("apimart", headers=key)
    await client.create("apimart", headers=key)
    assert len(client.sandbox.tasks()) == 2


async def test_callback_url_needs_a_configured_account(client) -> None:
    answer = await client.create(callback_url="https://example.com/hook")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "webhook_not_configured")
    assert (await client.create("apimart", webhook="https://example.com/hook")).status_code == 200


@pytest.mark.parametrize(
    ("order", "usd"),
    [
        (Order("kling-2-6", "x"), 0.184),
        (Order("kling-v2-6", "x", mode="pro", duration=10), 0.625),
        (Order("kling-2-6", "x", mode="pro", audio=True), 0.625),
        (Order("kling-v3", "x"), 0.336),
        (Order("kling-v3", "x", mode="pro"), 0.448),
        (Order("kling-v3", "x", audio=True), 0.504),
        (Order("kling-v3", "x", mode="pro", audio=True), 0.672),
        (Order("kling-video-o1", "x", mode="pro"), 0.448),
        (Order("kling-video-o1", "x", audio=True), 0.504),
    ],
)
def test_prices(order: Order, usd: float) -> None:
    assert price_usd(order) == pytest.approx(usd)


def test_render_times_are_believable() -> None:
    chance = random.Random(1)
    pro = sorted(draw_seconds(Order("kling-2-6", "x", mode="pro"), chance) for _ in range(2000))
    assert 90 < pro[100] < 105
    assert 230 < pro[1900] < 260
    medians = [
        median_seconds(Order("kling-v3", "x", mode=mode, duration=seconds))
        for mode in ("std", "pro", "4k")
        for seconds in (3, 5, 10)
    ]
    assert all(55 < median < 500 for median in medians)


async def test_seed_and_speed(start, clock) -> None:
    one, two, fast = await start(speed=1), await start(speed=1), await start(speed=10)
    for client in (one, two, fast):
        await client.make()
    first, second, third = (client.sandbox.tasks()[0] for client in (one, two, fast))
    assert first == second
    assert third["due_at"] - clock.now == pytest.approx((first["due_at"] - clock.now) / 10)
