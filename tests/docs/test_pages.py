"""The pages hold together: links lead somewhere, nothing that looks like a command escapes, every command is told."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator

import pytest
import yaml

from adapters.slack.admin import USAGE
from bot.settings import Settings, env_name
from tests.commands_page import PAGE as COMMANDS
from tests.commands_page import page as commands_page
from tests.docs.collecting import Found, Kind, Where, collected
from tests.docs.pages import ROOT, anchor, page_of, pages
from tests.docs.ruling import name_of
from tests.docs.shell import is_whole, leaves, path_of, words_of
from tests.docs.test_shell_commands import RULES

PAGES = {page.path: page for page in pages()}
FOUND = collected()
SETTING = re.compile(r"\b(?:VIDEOBOT|DISCORD|SLACK|TOAPIS|APIMART)_[A-Z0-9_]+\b")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_link_leads_somewhere(page: object) -> None:
    for target, at in page.links:  # type: ignore[attr-defined]
        if "://" in target:
            continue
        name, _, part = target.partition("#")
        path = (ROOT / at.page).parent / name if name else ROOT / at.page
        assert path.resolve().is_relative_to(ROOT), f"{at}: {target} leads out of the project"
        assert path.exists(), f"{at}: there is no {target}"
        if part:
            assert part in page_of(path.resolve()).anchors, f"{at}: {target} names no heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, todo = set(), ["README.md"]
    while todo:
        name = todo.pop()
        if name not in seen and name in PAGES:
            seen.add(name)
            folder = (ROOT / name).parent
            links = [target.partition("#")[0] for target, _ in PAGES[name].links if "://" not in target]
            todo += [str((folder / link).resolve().relative_to(ROOT)) for link in links if link.endswith(".md")]
    assert set(PAGES) <= seen


def test_no_command_is_without_a_rule() -> None:
    for found in FOUND:
        if found.kind is Kind.SHELL:
            assert found.text.split()[0].rpartition("/")[2] in RULES, found


def test_every_videobot_command_exists_and_is_whole_where_people_would_copy_it() -> None:
    for found in FOUND:
        if found.text.split()[0].endswith("videobot"):
            words = words_of(found.text)
            assert found.is_mention or (path_of(words) and is_whole(words)), found


def test_every_command_of_the_shell_is_told_with_an_example() -> None:
    typed = [found for found in FOUND if found.text.split()[0].endswith("videobot")]
    told = {path_of(words_of(found.text)) for found in typed if found.at.page != "docs/commands.md"}
    assert set(leaves()) <= told


def test_the_page_of_commands_is_the_code() -> None:
    assert COMMANDS.read_text(encoding="utf-8") == commands_page()


def test_every_admin_command_of_slack_has_an_example_on_the_page_for_admins() -> None:
    shown = {name_of(found.text) for found in _for_admins(Where.SLACK)}
    assert {name_of(f"/ {how}") for how, _ in USAGE} <= shown


def test_every_setting_that_is_named_is_one() -> None:
    known = {env_name(field) for field in Settings.model_fields}
    for path in PAGES:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert set(SETTING.findall(text)) - known - PREFIXES == set(), path


#: Beginnings of names, as sentences use them.
PREFIXES = {"VIDEOBOT_", "DISCORD_", "SLACK_", "TOAPIS_", "APIMART_"}


def test_every_limit_has_an_example_on_each_surface() -> None:
    whom = {
        Where.DISCORD: ("user:", "role:", "channel:", "model:", "this server", "everyone together", "each user",
                        "each channel", "each server", "each model"),
        Where.SLACK: ("@anna", "@editors", "#clips", "model v3", "workspace ", "everyone", "each user", "each channel",
                      "each workspace", "each model"),
    }  # fmt: skip
    counted = {
        Where.DISCORD: ("US dollars", "unit: videos", "seconds of video", "videos at once", "pause between"),
        Where.SLACK: ("$", "videos", "seconds", "jobs", "cooldown"),
    }
    times = ("hour", "day", "week", "month", "24h")
    for where, names in whom.items():
        examples = [found.text for found in _for_admins(where) if name_of(found.text) == "quota set"]
        for word in (*names, *counted[where], *times):
            assert any(word in example for example in examples), (where, word)
    options = {option for param in leaves()["limits set"].params for option in param.opts} - {"--json", "--help"}
    typed = " ".join(found.text for found in FOUND if found.text.startswith("videobot limits set"))
    assert {option for option in options if option not in typed.split()} == set()


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_blocks_of_data_can_be_read(page: object) -> None:
    for block in page.blocks:  # type: ignore[attr-defined]
        text = "\n".join(block.lines)
        match block.language:
            case "json":
                json.loads(text)
            case "yaml":
                yaml.safe_load(text)
            case "toml":
                fields = set(tomllib.loads(text))
                known = {env_name(field).removeprefix("VIDEOBOT_").lower() for field in Settings.model_fields}
                assert fields <= known, block.at
            case "ini":
                names = {line.partition("=")[0] for line in block.lines if "=" in line and not line.startswith("#")}
                assert names <= {env_name(field) for field in Settings.model_fields} | {"POSTGRES_PASSWORD"}, block.at


def test_anchors_are_those_of_github() -> None:
    assert anchor("Connect it, in five steps") == "connect-it-in-five-steps"
    assert anchor("What the bot may do, and why") == "what-the-bot-may-do-and-why"


def _for_admins(where: Where) -> list[Found]:
    return [found for found in FOUND if found.where is where and found.at.page == "docs/admin.md"]


NAMED = re.compile(r"(?:bot|adapters|storage|tests|docs|requirements)/[\w./-]+")
#: Quoted words of a page, and the parts between what changes.
QUOTED = re.compile(r'"([^"]+)"')


def test_every_file_that_is_named_is_there() -> None:
    for page in PAGES.values():
        for code in page.codes:
            if NAMED.fullmatch(code.text) and not code.text.endswith(".env"):  # people write those themselves
                assert (ROOT / code.text).exists(), f"{code.at}: there is no {code.text}"


@pytest.mark.slow
def test_every_message_on_the_page_about_troubles_is_one_the_bot_writes() -> None:
    said = list(_sentences())
    lines = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8").splitlines()
    for line in lines:
        for message in QUOTED.findall(line.split("|")[1]) if line.startswith("|") else ():
            for part in filter(None, (piece.strip() for piece in message.split("..."))):
                assert any(part in sentence for sentence in said), part


def _sentences() -> Iterator[str]:
    """Every text in the code."""
    for folder in ("bot", "adapters", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
