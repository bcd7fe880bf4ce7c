"""Webhooks of the gateways: real HTTP from the sandbox. Time stands still, so that only a hint brings a look."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.operations.hooks import LARGEST
from tests.fakes.ports import free_port
from tests.fakes.postgres import PostgresServer
from tests.operations.stage import Stage, StoppedClock, stage, until

SECRET = "whsec-of-the-operator"


def webhooks(**more: Any) -> dict[str, Any]:
    """Settings and options of a bot whose gateways send webhooks."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    return {
        "clock": StoppedClock(),
        "http_port": port,
        "public_url": url,
        "toapis_webhook_secret": SECRET,
        "apimart_webhooks": True,
        "sandbox": {"speed": 0.001, "webhook_origin": url, "webhook_secret": SECRET},
        **more,
    }


async def running(bot: Stage, gateway: str) -> Any:
    """A job that runs at the gateway, and its task."""
    job = await bot.submit(gateway=gateway)

    async def runs() -> bool:
        found = await bot.app.store.job(job.id)
        return found is not None and found.state == "running"

    await until(runs)
    return job, bot.sandbox.tasks(gateway)[-1]


@pytest.mark.parametrize("gateway", ["toapis", "apimart"])
async def test_a_webhook_brings_the_next_look_at_once(tmp_path: Path, gateway: str) -> None:
    async with stage(tmp_path, **webhooks()) as bot:
        job, task = await running(bot, gateway)
        assert task["looks"] == 0
        bot.sandbox.set_outcome(task["id"], "finish")
        assert (await bot.ended(job)).state == "delivered"
        assert [sent.status for sent in bot.sandbox.webhooks_sent()] == [204]
        found = await bot.metrics()
    assert found[f'videobot_gateway_webhooks_total{{gateway="{gateway}",outcome="taken"}}'] == 1


async def test_what_a_webhook_says_is_not_believed(tmp_path: Path) -> None:
    async with stage(tmp_path, **webhooks()) as bot:
        job, task = await running(bot, "apimart")
        answer = await bot.pages.post(
            path_of(task["body"]["webhook"]) + "/callback", json={"id": task["id"], "status": "failed"}
        )
        assert answer.status_code == 204

        async def looked() -> bool:
            return bot.sandbox.tasks("apimart")[-1]["looks"] == 1

        await until(looked)
        found = await bot.app.store.job(job.id)
    assert found is not None
    assert found.state == "running"


async def test_a_guessed_address_a_wrong_signature_and_an_old_one_are_refused_alike(tmp_path: Path) -> None:
    clock = StoppedClock()
    async with stage(tmp_path, **webhooks(clock=clock)) as bot:
        _, task = await running(bot, "toapis")
        path = path_of(task["body"]["callback_url"])
        body = b'{"type":"generation.completed"}'
        good = signed(bot, body)
        guessed = path[:-1] + ("0" if path[-1] != "0" else "1")
        refused = [
            await bot.pages.post(guessed, content=body, headers=good),
            await bot.pages.post(path, content=body),
            await bot.pages.post(path, content=body + b" ", headers=good),
            await bot.pages.post(path, content=body, headers=good | {"X-ToAPIs-Webhook-Signature": "v1=zz,v2="}),
            await bot.pages.post(path, content=b"x" * (LARGEST + 1), headers=good),
            await bot.pages.post("/hooks/someone/att/code", content=body, headers=good),
        ]
        clock.time += 301
        refused.append(await bot.pages.post(path, content=body, headers=good))
        assert {(answer.status_code, answer.text) for answer in refused} == {(404, "Not found.")}
        clock.time -= 301
        assert bot.sandbox.tasks("toapis")[-1]["looks"] <= 1  # the clock was moved once past the first look
        assert (await bot.pages.post(path, content=body, headers=good)).status_code == 204


async def test_an_older_secret_beside_the_new_one_is_fine_while_it_is_changed(tmp_path: Path) -> None:
    async with stage(tmp_path, **webhooks()) as bot:
        body = b'{"type":"endpoint.test"}'
        headers = signed(bot, body)
        headers["X-ToAPIs-Webhook-Signature"] = f"v1={'0' * 64},{headers['X-ToAPIs-Webhook-Signature']}"
        assert (await bot.pages.post("/hooks/toapis", content=body, headers=headers)).status_code == 204
        assert (await bot.pages.post("/hooks/apimart", content=body, headers=headers)).status_code == 404


async def test_many_hints_of_one_job_are_one_look(tmp_path: Path) -> None:
    await one_look_for_many_hints(tmp_path)


@pytest.mark.slow
async def test_many_hints_of_one_job_are_one_look_on_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    url = await postgres.fresh()
    await one_look_for_many_hints(tmp_path, database_url=SecretStr(url))
    await postgres.drop(url)


async def one_look_for_many_hints(tmp_path: Path, **database: Any) -> None:
    async with stage(tmp_path, **webhooks(**database)) as bot:
        _, task = await running(bot, "apimart")
        path = path_of(task["body"]["webhook"])
        for _ in range(20):
            assert (await bot.pages.post(f"{path}/callback", json={})).status_code == 204

        async def looked() -> bool:
            return bot.sandbox.tasks("apimart")[-1]["looks"] >= 1

        await until(looked)
        assert bot.sandbox.tasks("apimart")[-1]["looks"] == 1


async def test_without_the_settings_no_gateway_is_asked_to_call(tmp_path: Path) -> None:
    async with stage(tmp_path, public_url="https://bot.example.org") as bot:
        for gateway in ("toapis", "apimart"):
            await bot.ended(await bot.submit(gateway=gateway))
        bodies = [task["body"] for task in bot.sandbox.tasks()]
    assert len(bodies) == 2
    assert all("callback_url" not in body and "webhook" not in body for body in bodies)


def path_of(url: str) -> str:
    return httpx.URL(url).path


def signed(bot: Stage, body: bytes) -> dict[str, str]:
    """The headers ToAPIs would send with this body."""
    sender = bot.sandbox._webhooks
    assert sender is not None
    return sender.signature(body)
