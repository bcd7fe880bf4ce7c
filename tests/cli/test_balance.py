"""`videobot usage --balance`, and `videobot gateways` with several keys."""

import asyncio
import time

import pytest

from bot.app import open_app
from bot.settings import load_settings
from tests.cli.person import Videobot


async def read(*dollars: float) -> None:
    """The running bot has read these balances, a minute apart."""
    async with open_app(load_settings(), run_jobs=False) as app:
        for minutes, left in enumerate(reversed(dollars)):
            await app.operations.balances.note("toapis", round(left * 1e6), time.time() - 60.0 * (minutes + 1))


def test_what_the_gateway_took_beside_what_was_booked(videobot: Videobot) -> None:
    assert "No balance was read twice in this time" in videobot("usage", "--balance").out
    asyncio.run(read(10.0, 9.0, 29.0, 28.5))
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400))
    done = videobot("usage", "--balance", "--since", since)
    assert done.code == 0
    row = next(line for line in done.out.splitlines() if line.startswith("ToAPIs"))
    assert row.split()[1:] == ["$10.00", "$20.00", "$28.50", "$1.50", "$0.00", "+$1.50"]
    (account,) = videobot("usage", "--balance", "--since", since, "--json").document["accounts"]
    assert (account["account"], account["taken_micros"], account["difference_micros"]) == ("toapis", 1500000, 1500000)


def test_keys_are_switched_by_their_labels(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOAPIS_API_KEYS", '{"spare": "sk-spare-canary-4711"}')
    assert videobot("gateways", "prefer", "spare").out == "New jobs go to ToAPIs (spare), then ToAPIs.\n"
    listed = videobot("gateways")
    assert "ToAPIs (spare)" in listed.out
    assert "it does not accept the key" in " ".join(listed.out.split())
    wrong = videobot("gateways", "off", "bananas")
    assert (wrong.code, "the gateways here are toapis and toapis:spare" in wrong.err) == (2, True)
    checked = videobot("check")
    assert 'set TOAPIS_API_KEYS["spare"] to a key from its console' in checked.out
    assert "canary" not in checked.out
