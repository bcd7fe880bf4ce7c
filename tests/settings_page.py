"""docs/settings.md is written from the code: `python -m tests.settings_page`."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings, env_name

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """# Settings

From the environment, a `.env` file, or a TOML file (`--config FILE.toml`; there the names are in lower case, without
`VIDEOBOT_`). The environment wins over `.env`, and that over the TOML file. `none` means no limit. `videobot check`
shows what is in force, with secrets masked. Written from the code by `python -m tests.settings_page`.

| setting | default | what it does |
|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    lines = []
    for field, info in Settings.model_fields.items():
        assert info.description, f"{field} has no description"
        lines.append(f"| `{env_name(field)}` | {_default(info.default)} | {info.description} |")
    return HEAD + "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, Mapping):
        return f"`{json.dumps(dict(value))}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return (
        f"`{value}`" if isinstance(value, str | int | float) or str(value)[0].isdigit() else "`~/.local/share/videobot`"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
