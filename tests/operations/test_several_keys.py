"""Several keys of one gateway: each is an account of its own, from the create to the last look."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import Job, JobState
from bot.generation.service import InvalidRequestError
from bot.operations.steering import UnknownAccountError
from bot.settings import Settings
from tests.fakes.house import House, open_house, settings_for
from tests.operations.stage import stage, until
from tests.operations.test_balance import watched

MAIN, SPARE = "toapis:main", "toapis:spare"
KEYS = {
    "toapis_api_key": None,
    "toapis_api_keys": {"main": SecretStr("key-main"), "spare": SecretStr("key-spare")},
}


async def running(house: House) -> Job:
    """A job whose task was made."""
    return await house.run((await house.submit()).id, until=JobState.RUNNING)


async def test_a_task_is_looked_at_with_the_key_it_was_made_with(tmp_path: Path) -> None:
    async with open_house(tmp_path, **KEYS) as house:
        house.sandbox.set_keys({"key-main", "key-spare"})
        steering = house.app.operations.steering
        first = await running(house)
        await steering.prefer(SPARE, "shell:root")
        second = await running(house)
        assert (first.gateway, second.gateway) == (MAIN, SPARE)
        for job in (first, second):
            assert (await house.run(job.id)).state is JobState.DELIVERED, "only its own key sees a task"
            assert [one.gateway for one in await house.attempts(job.id)] == [job.gateway]
        assert await house.books_agree()


async def test_a_key_without_money_or_with_a_refusal_sends_new_jobs_to_the_next(tmp_path: Path) -> None:
    async with open_house(tmp_path, **KEYS) as house:
        house.sandbox.set_keys({"key-spare"})
        failed = await house.run((await house.submit()).id)
        assert failed.failure is not None
        assert (failed.gateway, failed.state, failed.failure.code) == (MAIN, JobState.FAILED, "unauthorized")
        assert "tell an admin" in failed.failure.message
        assert house.app.operations.steering.order == (SPARE, "apimart", MAIN)
        done = await house.run((await house.submit(gateway="toapis")).id)
        assert (done.gateway, done.state) == (SPARE, JobState.DELIVERED)


async def test_running_jobs_of_a_withdrawn_key_wait_for_it_and_go_on(tmp_path: Path) -> None:
    async with open_house(tmp_path, **KEYS) as house:
        house.sandbox.set_keys({"key-main", "key-spare"})
        job = await running(house)
        house.sandbox.set_keys({"key-spare"})
        for _ in range(30):
            await house.step(job.id)
        assert (await house.job(job.id)).state is JobState.RUNNING
        assert (await house.submit()).gateway == SPARE
        house.sandbox.set_keys({"key-main", "key-spare"})
        assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_admins_hear_of_jobs_whose_key_was_taken_out_of_the_settings(tmp_path: Path) -> None:
    async with watched(tmp_path, **KEYS) as bot:
        bot.house.sandbox.set_keys({"key-main", "key-spare"})
        job = await running(bot.house)
    less = {**KEYS, "toapis_api_keys": {"spare": SecretStr("key-spare")}}
    async with watched(tmp_path, **less) as bot:
        for _ in range(3):
            await bot.later()
        assert (await bot.house.step(job.id)).state is JobState.RUNNING
        assert (MAIN, "no_key", "discord") in bot.told
        assert len([account for account, _, _ in bot.told if account == MAIN]) == 1


async def test_the_single_key_stays_valid_beside_labelled_ones(tmp_path: Path) -> None:
    async with SandboxGateway(render=False) as sandbox:
        settings = settings_for(tmp_path, sandbox, toapis_api_keys={"spare": SecretStr("key-spare")}, gateway="apimart")
    assert settings.gateways == ("apimart", "toapis")
    assert settings.accounts == ("apimart", "toapis", SPARE)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"Main key": "k"}, "a label is 1 to 20 small letters, digits and hyphens"),
        ({"main": " "}, 'the key "main" is empty'),
        ({"a": "same", "b": "same"}, "has one key twice"),
    ],
)
def test_keys_that_cannot_be_meant_are_named(keys: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        Settings(toapis_api_keys=keys)
    assert "same" not in str(refused.value)


async def test_a_key_is_switched_by_its_name(tmp_path: Path) -> None:
    async with open_house(tmp_path, **KEYS) as house:
        steering = house.app.operations.steering
        assert [steering.named(name) for name in ("Spare", "toapis:main", "APIMart")] == [SPARE, MAIN, "apimart"]
        with pytest.raises(UnknownAccountError, match="has several keys: name one of toapis:main or toapis:spare"):
            steering.named("ToAPIs")
        with pytest.raises(UnknownAccountError, match="There is no gateway"):
            steering.named("")
        await steering.turn_off(MAIN, "shell:root")
        assert (await house.submit(gateway="toapis")).gateway == SPARE
        await steering.turn_off(SPARE, "shell:root")
        with pytest.raises(InvalidRequestError, match="There is no gateway"):
            await house.submit(gateway="toapis")


async def test_metrics_and_limits_of_pace_are_per_key(tmp_path: Path) -> None:
    async with stage(tmp_path, sandbox={"keys": ("key-main", "key-spare", "sandbox-key")}, **KEYS) as bot:

        async def asked() -> bool:
            return f'videobot_gateway_balance_dollars{{gateway="{SPARE}"}}' in await bot.metrics()

        await until(asked)
        assert set(bot.app.worker.budgets) == {MAIN, SPARE, "apimart"}
        assert (await bot.ended(await bot.submit())).gateway == MAIN
