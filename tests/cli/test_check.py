"""`videobot check`: what works, what does not, and what to set."""

from pathlib import Path

import pytest

from bot.cli.diagnosis import diagnose
from bot.generation.catalog import Catalog
from bot.settings import Settings
from tests.cli.person import Sandbox, Videobot


def test_all_is_well_and_nothing_is_billed(videobot: Videobot, sandbox: Sandbox) -> None:
    done = videobot("check")
    assert done.code == 0, done.out
    assert "ok    Database: opens and can be written." in done.out
    assert "ok    ToAPIs: the key works; $100.00 is left." in done.out
    assert "ok    ToAPIs: Kling 2.6 is there as kling-2-6." in done.out
    assert "sandbox-key" not in done.out
    assert sandbox.creates() == 0


def test_a_wrong_key_fails_in_one_line(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOAPIS_API_KEY", "sk-secret-canary-4711")
    done = videobot("check")
    assert done.code == 1
    assert "FAIL  ToAPIs: The gateway did not accept this bot's key; set TOAPIS_API_KEY to a key from" in done.out
    assert "tell an admin" not in done.out
    assert done.out.count("FAIL") == 1
    assert "secret-canary" not in done.out + done.err


def test_keys_beside_the_sandbox_are_told_to_be_unused(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBOT_GATEWAY", "sandbox")
    done = videobot("check")
    assert done.code == 0
    assert "warn  Gateway: the keys of ToAPIs are not used while VIDEOBOT_GATEWAY is sandbox" in done.out


def test_an_empty_balance_fails(videobot: Videobot, sandbox: Sandbox) -> None:
    sandbox.ask("PUT", "balance", {"usd": 0})
    done = videobot("check")
    assert done.code == 1
    assert "FAIL  ToAPIs:" in done.out
    sandbox.ask("PUT", "balance", {"usd": 0.05})
    poor = videobot("check")
    assert poor.code == 0
    assert "warn  ToAPIs: the key works, but $0.05 is left and the cheapest video costs $0.18" in poor.out


def test_a_model_id_the_gateway_does_not_list_names_the_setting(
    videobot: Videobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEOBOT_MODEL_IDS", '{"toapis/2.6": "kling-9", "toapis/v3": "kling-8"}')
    done = videobot("check")
    assert done.code == 1
    assert "FAIL  ToAPIs: Kling 2.6 is not listed as kling-9. VIDEOBOT_MODEL_IDS says that" in done.out
    assert "warn  ToAPIs: Kling v3 is not listed as kling-8. VIDEOBOT_MODEL_IDS says that: take toapis/v3" in done.out


def test_the_settings_that_fit_are_given_whole() -> None:
    offer = Catalog.build().find("2.6", "toapis")
    settings = Settings(model_ids={"toapis/v3": "x"})
    words = diagnose(offer, {"kling-v2-6"}, settings)
    assert """set VIDEOBOT_DIALECTS='{"toapis/2.6": "roles"}'""" in words
    assert """VIDEOBOT_MODEL_IDS='{"toapis/v3": "x", "toapis/2.6": "kling-v2-6"}'""" in words
    by_hand = diagnose(offer, {"kling-v2-6"}, Settings(model_ids={"toapis/2.6": "kling-9"}))
    assert by_hand.startswith("VIDEOBOT_MODEL_IDS says that")
    assert by_hand.index("VIDEOBOT_MODEL_IDS='") < by_hand.index("VIDEOBOT_DIALECTS='")


def test_settings_are_well_only_when_all_could_be_built(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBOT_MODEL_IDS", '{"toapis/9": "kling-9"}')
    done = videobot("check")
    assert done.code == 1
    assert "ok    Settings" not in done.out
    assert "FAIL  Settings: A setting of the catalog cannot be used" in done.out


def test_a_gateway_that_is_not_there_shows_where_it_was_looked_for(
    videobot: Videobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOAPIS_BASE_URL", "http://127.0.0.1:9")
    done = videobot("check")
    assert done.code == 1
    assert "cannot be reached. It was asked at http://127.0.0.1:9; TOAPIS_BASE_URL sets that." in done.out


def test_the_document_says_the_same(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    document = videobot("check", "--json").document
    assert document["ok"] is True
    assert {check["verdict"] for check in document["checks"]} == {"ok"}
    assert document["settings"]["TOAPIS_API_KEY"]["value"] != "sandbox-key"
    monkeypatch.setenv("VIDEOBOT_TIME_ZONE", "Mars")
    broken = videobot("check", "--json")
    assert broken.code == 1
    assert "Mars" in broken.document["checks"][0]["words"]


def test_a_database_that_cannot_be_opened_fails(
    videobot: Videobot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIDEOBOT_DATABASE_URL", f"sqlite:///{tmp_path}")
    done = videobot("check")
    assert done.code == 1
    assert "FAIL  Database: " in done.out
    assert "Traceback" not in done.err


def test_without_a_key_it_says_what_to_set(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOAPIS_API_KEY")
    assert "FAIL  Gateway: no key is set; set TOAPIS_API_KEY" in videobot("check").out
    monkeypatch.setenv("VIDEOBOT_GATEWAY", "sandbox")
    done = videobot("check")
    assert done.code == 0
    assert "the built-in sandbox" in done.out
