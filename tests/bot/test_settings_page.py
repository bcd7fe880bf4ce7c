"""The settings page says what the code says."""

from tests.settings_page import PAGE, page


def test_the_page_is_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
