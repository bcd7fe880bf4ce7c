"""Which gateway new jobs go to: health, and an admin's switches."""

from pathlib import Path

import pytest

from bot.generation.ports import Balance
from bot.generation.service import InvalidRequestError
from bot.operations.standing import LINE_FAILURES, Standing
from bot.operations.steering import LastGatewayError
from tests.operations.stage import stage, until

ADMIN = "shell:root"


async def test_new_jobs_go_to_the_next_gateway_when_the_first_refuses_the_key(tmp_path: Path) -> None:
    async with stage(tmp_path, gateway="toapis", toapis_api_key="wrong-key-of-somebody") as bot:

        async def moved() -> bool:
            return bot.app.operations.steering.order == ("apimart", "toapis")

        await until(moved)
        job = await bot.ended(await bot.submit())
    assert (job.gateway, job.state) == ("apimart", "delivered")


async def test_an_empty_account_is_passed_over_until_there_is_money_again(tmp_path: Path) -> None:
    async with stage(tmp_path, gateway="toapis") as bot:
        steering = bot.app.operations.steering
        bot.sandbox.set_balance(0.0, "toapis")
        await bot.app.gateways["toapis"].balance()
        assert steering.standing("toapis").trouble == "out_of_credit"
        assert (await bot.submit()).gateway == "apimart"
        bot.sandbox.set_balance(5.0, "toapis")
        await bot.app.gateways["toapis"].balance()
        assert (await bot.submit()).gateway == "toapis"


@pytest.mark.slow
async def test_a_job_stays_at_its_gateway_when_that_is_switched_off(tmp_path: Path) -> None:
    async with stage(tmp_path, gateway="toapis", sandbox={"speed": 0.001}) as bot:
        job = await bot.submit()

        async def runs() -> bool:
            found = await bot.app.store.job(job.id)
            return found is not None and found.state == "running"

        await until(runs)
        await bot.app.operations.steering.turn_off("toapis", ADMIN)
        bot.sandbox.set_outcome(bot.sandbox.tasks("toapis")[0]["id"], "finish")
        done = await bot.ended(job)
        assert (done.gateway, done.state) == ("toapis", "delivered")
        assert (await bot.submit()).gateway == "apimart"


async def test_a_gateway_that_is_off_takes_nothing_even_by_name(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        await bot.app.operations.steering.turn_off("toapis", ADMIN)
        with pytest.raises(InvalidRequestError, match="There is no gateway"):
            await bot.submit(gateway="toapis")
        await bot.app.operations.steering.turn_on("toapis", ADMIN)
        assert (await bot.submit(gateway="toapis")).gateway == "toapis"


async def test_the_last_gateway_cannot_be_switched_off(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        steering = bot.app.operations.steering
        await steering.turn_off("toapis", ADMIN)
        with pytest.raises(LastGatewayError, match="only gateway"):
            await steering.turn_off("apimart", ADMIN)


async def test_switches_outlive_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path, gateway="toapis") as bot:
        await bot.app.operations.steering.prefer("apimart", ADMIN)
        assert (await bot.submit()).gateway == "apimart"
    async with stage(tmp_path, gateway="toapis") as bot:
        assert bot.app.operations.steering.order == ("apimart", "toapis")


async def test_a_switch_of_another_process_is_noticed(tmp_path: Path) -> None:
    async with stage(tmp_path, gateway="toapis") as bot, stage(tmp_path, gateway="toapis") as command:
        await command.app.operations.steering.prefer("apimart", ADMIN)

        async def noticed() -> bool:
            return bot.app.operations.steering.order == ("apimart", "toapis")

        await until(noticed)


def test_five_failures_in_a_row_are_trouble_and_one_answer_ends_it() -> None:
    standing = Standing("toapis")
    for second in range(LINE_FAILURES):
        assert standing.trouble is None
        standing.note("look", "unreachable", float(second))
    assert standing.trouble == "unreachable"
    assert standing.errors(10.0) == (LINE_FAILURES, LINE_FAILURES)
    standing.note("look", "task_not_found", 11.0)  # an answer, too
    assert standing.trouble is None
    assert standing.errors(608.0) == (0, 1)


def test_a_refused_prompt_says_nothing_against_a_gateway() -> None:
    standing = Standing("toapis")
    for second in range(20):
        standing.note("create", "content_refused", float(second))
    assert standing.trouble is None
    assert standing.errors(20.0) == (0, 20)


def test_out_of_credit_ends_with_more_money_or_a_create_that_goes_through() -> None:
    standing = Standing("toapis")
    standing.note("create", "out_of_credit", 1.0)
    standing.note_balance(Balance(20_000, 0), 2.0)  # two cents are left: too little for a video
    assert standing.trouble == "out_of_credit"
    standing.note_balance(Balance(5_020_000, 0), 3.0)
    assert standing.trouble is None
    standing.note("create", "out_of_credit", 4.0)
    standing.note("create", "ok", 5.0)
    assert standing.trouble is None
