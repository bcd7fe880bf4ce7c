"""The control endpoints, health, and starting and stopping."""

from __future__ import annotations

import asyncio
import math

import httpx
import pytest

from adapters.gateways.sandbox import FAULTS, SandboxGateway


async def test_everything_over_http(start) -> None:
    client = await start(speed=1)
    http, control = client.http, client.sandbox.control_url
    assert (await http.get(f"{client.sandbox.url}/healthz")).json() == {"status": "ok"}
    task_id = await client.make()
    await client.make("apimart")
    await client.status(task_id)
    requests = (await http.get(f"{control}/requests?gateway=toapis&route=create")).json()["requests"]
    assert [record["body"]["prompt"] for record in requests] == ["A golden cat"]
    assert requests[0]["path"] == "/v1/videos/generations"
    assert requests[0]["status"] == 200
    assert requests[0]["task_id"] == task_id
    assert "sandbox-key" not in str(requests)
    assert len((await http.get(f"{control}/requests")).json()["requests"]) == 3
    tasks = (await http.get(f"{control}/tasks?gateway=toapis")).json()["tasks"]
    assert [task["id"] for task in tasks] == [task_id]
    assert tasks[0]["state"] == "queued"
    assert (await http.get(f"{control}/tasks/none")).status_code == 404
    done = await http.post(f"{control}/tasks/{task_id}", json={"outcome": "finish"})
    assert done.json()["state"] == "completed"
    assert (await http.get(f"{control}/tasks/{task_id}")).json()["charged"] is True
    failed = await http.post(f"{control}/tasks/{task_id}", json={"outcome": "fail", "message": "no"})
    assert failed.json()["error"] == "no"
    assert (await http.post(f"{control}/tasks/none", json={"outcome": "stick"})).status_code == 404
    counters = (await http.get(f"{control}/counters")).json()
    assert counters == {"toapis": {"create": 1, "status": 1, "tasks": 1}, "apimart": {"create": 1, "tasks": 1}}
    await http.put(f"{control}/balance", json={"usd": 1.5, "gateway": "toapis"})
    assert (client.sandbox.balance("toapis"), client.sandbox.balance("apimart")) == (1.5, 100)
    await http.put(f"{control}/balance", json={"usd": "inf"})
    assert math.isinf(client.sandbox.balance("toapis"))
    await http.put(f"{control}/speed", json={"speed": "inf"})
    assert (await client.status(await client.make())).json()["status"] == "completed"
    await http.delete(f"{control}/requests")
    assert client.sandbox.requests() == []


async def test_faults_over_http(client) -> None:
    control, http = client.sandbox.control_url, client.http
    answer = await http.post(f"{control}/faults", json={"fault": "server_error", "argument": 503, "times": 2})
    assert answer.json()["programmed"] == [
        {"fault": "server_error", "route": "create", "gateway": None, "argument": "503", "left": 2}
    ]
    assert (await client.create()).status_code == 503
    listed = (await http.get(f"{control}/faults")).json()
    assert listed["programmed"][0]["left"] == 1
    assert [row["name"] for row in listed["table"]] == [fault.name for fault in FAULTS]
    await http.delete(f"{control}/faults")
    assert (await client.create()).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", {"fault": "nonsense"}),
        ("POST", "faults", {"fault": "moderation", "route": "download"}),
        ("POST", "faults", {"fault": "stuck", "times": -1}),
        ("POST", "faults", {"fault": "stuck", "surprise": 1}),
        ("POST", "faults", []),
        ("POST", "tasks/x", {"outcome": "explode"}),
        ("PUT", "speed", {"speed": 0}),
        ("PUT", "speed", {"speed": "fast"}),
        ("PUT", "balance", {"usd": "much"}),
    ],
)
async def test_bad_control(client, method: str, path: str, body: object) -> None:
    answer = await client.http.request(method, f"{client.sandbox.control_url}/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_control_needs_json(client) -> None:
    url = f"{client.sandbox.control_url}/faults"
    assert (await client.http.post(url, data={"fault": "stuck"})).status_code == 415
    answer = await client.http.post(url, content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


async def test_start_and_stop() -> None:
    sandbox = SandboxGateway(render=False)
    await sandbox.stop()
    await sandbox.start()
    url, folder = sandbox.url, sandbox._folder
    with pytest.raises(RuntimeError):
        await sandbox.start()
    other = SandboxGateway(port=int(url.rpartition(":")[2]))
    with pytest.raises(OSError):
        await other.start()
    await sandbox.stop()
    assert folder is not None
    assert not folder.exists()
    async with httpx.AsyncClient(verify=False) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{url}/healthz")
    async with sandbox:
        assert sandbox.toapis_url.endswith("/toapis")


async def test_stop_ends_held_answers(client) -> None:
    held = asyncio.create_task(client.create(prompt="x [[sandbox:timeout=600]]"))
    while not client.sandbox.requests():
        await asyncio.sleep(0)
    await client.sandbox.stop()
    answer = (await asyncio.gather(held, return_exceptions=True))[0]
    assert isinstance(answer, httpx.Response | httpx.HTTPError)


@pytest.mark.parametrize("speed", [0, -1, math.nan])
async def test_speed_must_be_above_zero(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        SandboxGateway(speed=speed)
