"""/healthz, /readyz and `videobot health`."""

import re
from pathlib import Path

from tests.operations.stage import stage, until


async def test_a_bot_that_works_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        live, ready = await bot.pages.get("/healthz"), await bot.pages.get("/readyz")
    assert (live.status_code, live.json()["ok"]) == (200, True)
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert {name: check["ok"] for name, check in ready.json()["checks"].items()} == {
        "database": True,
        "engine": True,
        "gateways": True,
    }


async def test_a_stopped_engine_is_a_reason_to_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        assert bot.app.engine is not None
        await bot.app.engine.stop()
        live, ready = await bot.pages.get("/healthz"), await bot.pages.get("/readyz")
    assert live.status_code == ready.status_code == 503
    assert "restart" in live.json()["checks"]["engine"]["reason"]


async def test_a_pause_and_a_drain_are_told_and_the_bot_is_still_ready(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        assert "pause" not in (await bot.pages.get("/readyz")).json()["checks"]
        for drain, words in ((False, "New videos are paused"), (True, "It is being drained")):
            await bot.app.store.pause("the secret reason", "root", bot.app.clock.now(), drain=drain)
            ready = await bot.pages.get("/readyz")
            assert ready.status_code == 200
            assert ready.json()["checks"]["pause"]["reason"].startswith(words)
            assert "secret" not in ready.text
            await bot.app.store.resume_all("root", bot.app.clock.now())


async def test_a_database_that_is_gone_is_not_ready_but_alive(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        await bot.app.database.close()
        live, ready = await bot.pages.get("/healthz"), await bot.pages.get("/readyz")
        metrics = await bot.metrics()
    assert live.status_code == 200
    assert ready.status_code == 503
    said = ready.json()["checks"]["database"]
    assert not said["ok"]
    assert re.fullmatch(r"The database \S+ is closed\.", said["reason"])
    assert metrics["videobot_database_up"] == 0


async def test_a_wrong_key_is_told_and_with_one_good_gateway_the_bot_is_ready(tmp_path: Path) -> None:
    async with stage(tmp_path, toapis_api_key="wrong-key-of-somebody") as bot:

        async def noticed() -> bool:
            return bot.app.operations.steering.standing("toapis").trouble == "unauthorized"

        await until(noticed)
        ready = await bot.pages.get("/readyz")
    assert ready.status_code == 200
    reason = ready.json()["checks"]["gateways"]["reason"]
    assert "toapis: it does not accept the key" in reason
    assert "apimart: it works" in reason
    assert "wrong-key" not in ready.text


async def test_without_any_working_gateway_the_bot_is_not_ready(tmp_path: Path) -> None:
    wrong = "wrong-key-of-somebody"
    async with stage(tmp_path, toapis_api_key=wrong, apimart_api_key=wrong) as bot:

        async def noticed() -> bool:
            return (await bot.pages.get("/readyz")).status_code == 503

        await until(noticed)


async def test_a_chat_that_is_not_connected_is_named(tmp_path: Path) -> None:
    class Away:
        platform, title, is_connected = "discord", "Discord", False

        async def start(self) -> None: ...
        async def wait(self) -> None: ...
        async def stop(self) -> None: ...

    async with stage(tmp_path) as bot:
        bot.server.sides.append(Away())
        ready, metrics = await bot.pages.get("/readyz"), await bot.metrics()
    assert ready.status_code == 503
    assert ready.json()["checks"]["discord"]["reason"] == "Not connected; it is tried again by itself."
    assert metrics['videobot_platform_up{platform="discord"}'] == 0


async def test_the_pages_tell_nothing_else(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        assert (await bot.pages.get("/")).status_code == 404
        assert (await bot.pages.post("/healthz")).status_code == 405
        assert (await bot.pages.post("/hooks/toapis/x/y")).status_code == 404  # no webhook is asked for
