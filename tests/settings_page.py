"""docs/settings.md is written from the code: `python -m tests.settings_page`."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings, env_name

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
#: Where data lie unless XDG_DATA_HOME says otherwise; the page must not depend on the machine it is written on.
DATA_DIR = "~/.local/share/videobot"
HEAD = """# Settings

From the environment, a `.env` file, or a TOML file (`--config FILE.toml`; there the names are in lower case, without
`VIDEOBOT_`). The environment wins over `.env`, and that over the TOML file. `none` means no limit. `videobot check`
shows what is in force, with secrets masked. Written from the code by `.venv/bin/python -m tests.settings_page`.

| setting | default | what it does |
|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    lines = []
    for field, info in Settings.model_fields.items():
        assert info.description, f"{field} has no description"
        default = DATA_DIR if field == "data_dir" else info.get_default(call_default_factory=True)
        lines.append(f"| `{env_name(field)}` | {shown(default)} | {info.description} |")
    return HEAD + "\n".join(lines) + "\n"


def shown(value: object) -> str:
    """A default as people would write it, in code; "" for one that is empty. Raises TypeError for a kind of value that
    the page does not know."""
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Mapping):
        return f"`{json.dumps(dict(value))}`" if value else ""
    if isinstance(value, tuple):  # the environment has them with commas
        return f"`{','.join(map(str, value))}`" if value else ""
    if isinstance(value, str | int | float | Decimal):
        return f"`{value}`"
    raise TypeError(f"the page of settings does not know how to show {value!r}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
