"""No key and no prompt in any log line or in any sentence shown, whatever goes wrong."""

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.generation.job import JobState
from tests.fakes.house import open_house

KEY = "sandbox-key"  # what the sandbox takes; the wrong one is the second canary
WRONG = "sk-canary-key-0123456789"
PROMPT = "canary-prompt-b1f7"
FAULTS = [
    "lost_answer",
    "moderation",
    "moderation_late",
    "fail_late",
    "image_rejected",
    "server_error",
    "http=403",
    "no_money",
    "rate_limited",
    "html_504",
    "half_answer",
    "error_200",
    "no_id",
    "channel_failed",
    "expired",
    "cut_download",
    "no_url",
    "vanish",
    "timeout_lost=0",
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_neither_key_nor_prompt_leaks(tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(tmp_path) as house:
        for gateway in ("toapis", "apimart"):
            job = await house.submit(f"{PROMPT} [[sandbox:{fault}]]", gateway=gateway, negative_prompt=f"no {PROMPT}")
            done = await house.run(job.id)
            assert done.state.is_final or done.state is JobState.UNCERTAIN
            said = caplog.text + str(done.failure) + str([a.error for a in await house.attempts(job.id)])
            assert PROMPT not in said
            assert KEY not in said


async def test_a_wrong_key_does_not_leak(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(tmp_path, toapis_api_key=SecretStr(WRONG)) as house:
        job = await house.submit(PROMPT)
        done = await house.run(job.id)
        assert done.state is JobState.FAILED
        assert done.failure is not None
        assert done.failure.code == "unauthorized"
        assert WRONG not in caplog.text + done.failure.message
        assert PROMPT not in caplog.text + done.failure.message
        assert await house.books_agree()
