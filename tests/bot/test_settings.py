"""Settings: where they come from, and the one sentence a wrong one gets."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.generation.limits import FRESH_LIMITS
from bot.settings import OUR_PREFIXES, SHARED_PREFIXES, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(OUR_PREFIXES + SHARED_PREFIXES):
            monkeypatch.delenv(name)


def refused(config: Path | None = None, env_file: Path | None = None) -> str:
    with pytest.raises(SettingsError) as error:
        load_settings(config, env_file)
    return str(error.value)


def test_nothing_set_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    settings = load_settings(env_file=None)
    assert settings.gateways == ()
    assert settings.database == "sqlite:////somewhere/videobot/videobot.db"
    assert settings.media == Path("/somewhere/videobot/media")
    assert set(settings.fresh_limits()) == set(FRESH_LIMITS)


def test_the_environment_wins_over_dotenv_and_that_over_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml, dotenv = tmp_path / "videobot.toml", tmp_path / ".env"
    toml.write_text(
        'default_model = "v3"\nmax_running = 1\nkeep_videos_days = 1\n[dialects]\n"toapis/o1" = "unified"\n'
    )
    dotenv.write_text("VIDEOBOT_MAX_RUNNING=2\nVIDEOBOT_KEEP_VIDEOS_DAYS=2\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("VIDEOBOT_KEEP_VIDEOS_DAYS", "3")
    settings = load_settings(toml, dotenv)
    assert (settings.default_model, settings.max_running, settings.keep_videos_days) == ("v3", 2, 3)
    assert settings.dialects == {"toapis/o1": "unified"}


def test_a_misspelt_name_is_named_with_the_one_that_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBOT_GATWAY", "toapis")
    assert refused() == "There is no setting VIDEOBOT_GATWAY (in the environment); did you mean VIDEOBOT_GATEWAY?"
    monkeypatch.delenv("VIDEOBOT_GATWAY")
    dotenv, toml = tmp_path / ".env", tmp_path / "x.toml"
    dotenv.write_text("TOAPIS_API_KY=abc\n")
    assert refused(env_file=dotenv).endswith("did you mean TOAPIS_API_KEY?")
    toml.write_text('gatewy = "toapis"\n')
    assert refused(toml).endswith("did you mean gateway?")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VIDEOBOT_GATEWAY", "sandbx", "'toapis', 'apimart' or 'sandbox'"),
        ("VIDEOBOT_GATEWAY", "toapis", "TOAPIS_API_KEY is not set"),
        ("VIDEOBOT_MAX_RUNNING", "0", "greater than or equal to 1"),
        ("VIDEOBOT_TIME_ZONE", "Mars/Olympus", "Europe/Berlin"),
        ("VIDEOBOT_DIALECTS", "unified", "JSON"),
        ("TOAPIS_LOOK_UP", "true", "TOAPIS_SEND_CLIENT_ID"),
        ("VIDEOBOT_CONFIRM_ABOVE_USD", "-1", "greater than or equal to 0"),
        ("DISCORD_ADMINS", "bob", '"bob" is not an id of Discord; those are 17 to 20 digits'),
        ("DISCORD_CHANNELS", "[1", "write a list as a, b, c"),
        ("DISCORD_SHARD_IDS", "0,1", "needs DISCORD_SHARD_COUNT"),
    ],
)
def test_an_impossible_value_names_the_setting_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    sentence = refused()
    assert name in sentence
    assert says in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "written", ["123456789012345678, 223456789012345678", '["123456789012345678", 223456789012345678]']
)
def test_a_list_of_ids_is_written_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("DISCORD_SERVERS", written)
    assert load_settings(env_file=None).discord_servers == ("123456789012345678", "223456789012345678")


def test_shards_have_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_SHARD_COUNT", "2")
    monkeypatch.setenv("DISCORD_SHARD_IDS", "0,2")
    assert "with 2 they are 0 to 1" in refused()


def test_names_of_other_programs_are_left_alone_but_a_misspelt_token_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_WEBHOOK_URL", "https://example.com")
    monkeypatch.setenv("SLACK_CHANNEL_FOR_ALERTS", "C1")
    load_settings(env_file=None)
    monkeypatch.setenv("DISCORD_TOKN", "abc")
    assert refused() == "There is no setting DISCORD_TOKN (in the environment); did you mean DISCORD_TOKEN?"


def test_a_settings_file_that_is_not_there_or_not_toml_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("x =")
    assert "is not valid TOML" in refused(broken)


def test_a_limit_can_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBOT_USER_VIDEOS_PER_DAY", "none")
    monkeypatch.setenv("VIDEOBOT_EVERYONE_USD_PER_DAY", "7.5")
    amounts = {limit.unit: limit.amount for limit in load_settings(env_file=None).fresh_limits()}
    assert "videos" not in amounts
    assert 7_500_000 in {limit.amount for limit in load_settings(env_file=None).fresh_limits()}


def test_the_preferred_gateway_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOAPIS_API_KEY", "a-key-of-toapis")
    monkeypatch.setenv("APIMART_API_KEY", "a-key-of-apimart")
    assert load_settings(env_file=None).gateways == ("toapis", "apimart")
    monkeypatch.setenv("VIDEOBOT_GATEWAY", "apimart")
    assert load_settings(env_file=None).gateways == ("apimart", "toapis")


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOAPIS_API_KEY", "sk-canary-0123456789")
    monkeypatch.setenv("SLACK_TOKEN_KEYS", "canary-key-1-sk-canary,canary-key-2-sk-canary")
    settings = load_settings(env_file=None)
    shown = repr(settings) + str(settings.describe()) + settings.model_dump_json()
    assert "sk-canary" not in shown
    assert ("TOAPIS_API_KEY", "…6789", True) in settings.describe()
    assert ("SLACK_TOKEN_KEYS", "…nary, …nary", True) in settings.describe()


def test_money_is_exact() -> None:
    assert Settings(confirm_above_usd=Decimal("0.1")).confirm_above_micros == 100_000


def test_each_fault_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBOT_HTTP_PORT", "abc")
    monkeypatch.setenv("VIDEOBOT_KEEP_AUDIT_DAYS", "1.5")
    monkeypatch.setenv("VIDEOBOT_GATWAY", "sandbox")
    assert refused().split("\n") == [
        "There is no setting VIDEOBOT_GATWAY (in the environment); did you mean VIDEOBOT_GATEWAY?",
        "VIDEOBOT_HTTP_PORT cannot be used: it has to be a whole number.",
        "VIDEOBOT_KEEP_AUDIT_DAYS cannot be used: it has to be a whole number.",
    ]
