"""docs/commands.md is written from the code: `python -m tests.commands_page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from bot.cli.commands import build

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """# Every command of the shell

What is left out has a default; `--help` behind any command says more. With `--json` a command prints one JSON document
and nothing else. The exit code is 0 when it worked, 2 for bad input, 1 for a failure (and where the ban, closure, rule
or limit that is to go is not there), 130 after Ctrl-C. In front of a command stand `--config FILE.toml` (settings from
a file, too) and `--verbose`. Written from the code by `.venv/bin/python -m tests.commands_page`.
"""


def page() -> str:
    """The page as it should be."""
    panels: dict[str, list[str]] = {}
    for name, command in get_command(build()).commands.items():
        panels.setdefault(getattr(command, "rich_help_panel", ""), []).extend(_sections(name, command))
    parts = [HEAD]
    for title, sections in panels.items():
        parts += [f"## {title}\n", *sections]
    return "\n".join(parts)


def _sections(name: str, command: Any) -> Iterator[str]:
    """A command, and those below it."""
    if not hasattr(command, "commands") or command.invoke_without_command:
        yield _section(name, command)
    for inner, below in getattr(command, "commands", {}).items():
        yield from _sections(f"{name} {inner}", below)


def _section(name: str, command: Any) -> str:
    shown = [param for param in command.params if not param.hidden and param.name != "as_json"]
    arguments = [param for param in shown if param.param_type_name == "argument"]
    rows = [f"| {_name(param)} | {_help(param)} |" for param in shown if param.name != "help"]
    takes = "".join(f" {_metavar(param)}" for param in arguments)
    says = " ".join((command.help or "").split())
    json = "" if any(param.name == "as_json" for param in command.params) else " It takes no `--json`."
    table = ["", "| | |", "|---|---|", *rows] if rows else []
    return "\n".join([f"### videobot {name}{takes}\n", f"{_cell(says)}{json}", *table, ""])


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"`{_metavar(param)}`"
    names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
    return names if param.is_flag or not param.metavar else f"{names} `{_cell(param.metavar)}`"


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _help(param: Any) -> str:
    return _cell(" ".join((param.help or "").split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
