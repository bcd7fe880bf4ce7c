"""The settings page says what the code says."""

from decimal import Decimal

import pytest
from pydantic import SecretStr

from tests.settings_page import DATA_DIR, PAGE, page, shown


def test_the_page_is_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (SecretStr("sk-1"), ""),
        ((), ""),
        ({}, ""),
        (("files.slack.com", "files.example.com"), "`files.slack.com,files.example.com`"),
        ((0, 1), "`0,1`"),
        ({"toapis/o1": "unified"}, '`{"toapis/o1": "unified"}`'),
        (False, "`false`"),
        (Decimal("0.50"), "`0.50`"),
        (50.0, "`50.0`"),
        ("127.0.0.1", "`127.0.0.1`"),
    ],
)
def test_a_default_is_shown_as_people_would_write_it(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_value_of_an_unknown_kind_stops_the_page() -> None:
    with pytest.raises(TypeError):
        shown(object())


def test_only_the_folder_for_data_is_said_to_be_that_folder() -> None:
    lines = [line for line in page().splitlines() if DATA_DIR in line]
    assert [line.split("|")[1].strip() for line in lines] == ["`VIDEOBOT_DATA_DIR`"]


def test_the_page_tells_defaults_that_were_looked_up_in_the_code_by_hand() -> None:
    cells = [line.split("|") for line in page().splitlines() if line.startswith("| `")]
    defaults = {cell[1].strip(" `"): cell[2].strip() for cell in cells}
    assert defaults["DISCORD_SERVERS"] == defaults["TOAPIS_API_KEYS"] == defaults["SLACK_TOKEN_KEYS"] == ""
    assert defaults["SLACK_FILE_HOSTS"] == "`files.slack.com`"
    assert defaults["VIDEOBOT_CONFIRM_ABOVE_USD"] == "`0.50`"
    assert defaults["VIDEOBOT_WEB_PORT"] == "`8765`"
