"""What has to be so before a command of the shell can be tried, and what its example words stand for."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from typer.main import get_command

from bot.cli.commands import build
from tests.docs.installation import Installation


@lru_cache(maxsize=1)
def _tree() -> Any:
    """The commands as they are typed."""
    return get_command(build())


#: Words that stand for an id, by the command they are given to; elsewhere a job that is done.
_WHICH = {
    "approve": "waiting",
    "decline": "waiting",
    "jobs resolve": "uncertain",
    "jobs cancel": "queued",
    "jobs resume": "queued",
}
_ID = re.compile(r"ID|JOB|8d3k2m9q1xzt|K3X9|k3x9qdg2mb4t")
_MEANT = {"PROMPT": "waves", "USER": "discord:42", "NAME": "toapis", "PATTERN": "dragons"}
#: Commands that serve until they are told to stop, with the beginning of the line they say when they are ready.
SERVING = {"run": "Running.", "sandbox": "The sandbox gateway listens", "demo": ""}


def words_of(text: str) -> list[str]:
    """The arguments of `videobot`, without where its output goes."""
    words = shlex.split(text)
    for end in (">", "|"):
        words = words[: words.index(end)] if end in words else words
    return words[1:]


def path_of(words: Sequence[str]) -> str:
    """The name of the command: "limits set". Raises AssertionError for one that there is not."""
    node = _tree()
    path: list[str] = []
    for word in words:
        if not hasattr(node, "commands"):
            break
        if word.startswith("-"):
            continue
        assert word in node.commands, f"there is no command {word}: {sorted(node.commands)}"
        node = node.commands[word]
        path.append(word)
    return " ".join(path)


def is_whole(words: Sequence[str]) -> bool:
    """Whether nothing is missing that the command needs: a subcommand, an argument, a required option."""
    node = _tree()
    path = path_of(words).split()
    for word in path:
        node = node.commands[word]
    if hasattr(node, "commands"):
        return bool(node.invoke_without_command)
    given = [word for word in words[len(path) :] if not word.startswith("-")]
    needed = [each for each in node.params if each.required and each.param_type_name == "argument"]
    return len(given) >= len(needed) and not _lacks_an_option(path, words[len(path) :])


def _lacks_an_option(path: Sequence[str], more: Sequence[str]) -> bool:
    """Some say what they need only when they run: an option or two."""
    needs = {"limits set": 2, "limits clear": 2, "limits grant": 2, "open": 1, "jobs resolve": 1}
    return sum(word.startswith("--") for word in more) < needs.get(" ".join(path), 0)


def meant(words: Sequence[str], installation: Installation) -> list[str]:
    """The words with what stands for something put in."""
    path = path_of(words)
    job = installation.ids[_WHICH.get(path, "done")]
    known = {**_MEANT, "TASK_ID": installation.ids["task"], "RULE": installation.ids["rule"]}
    known["k3x9qd"] = installation.ids["rule"]
    words = [job if _ID.fullmatch(word) else known.get(word, word) for word in words]
    return [_in(installation.folder, word) for word in words]


def _in(folder: Path, word: str) -> str:
    """Paths of a container, of a home and of a temporary folder lie in the installation's own folder."""
    for place in ("/data/", "/tmp/", "~/"):
        if word.startswith(place):
            return str(folder / word.removeprefix(place))
    return word


#: What is typed before, so that there is something to do: from the words of the command.
_BEFORE: Mapping[str, Callable[[list[str]], list[list[str]]]] = {
    "unban": lambda words: [["ban", *words[1:]]],
    "open": lambda words: [["close", *words[1:]]],
    "limits clear": lambda words: [["limits", "set", *_with_amounts(words[2:])]],
    "limits grant": lambda words: [["limits", "set", *_without(words[2:], "--reason")]],
    "resume": lambda _words: [["pause", "--reason", "the bill"]],
    "drain": lambda words: [["drain"]] if "--end" in words else [],
    "gateways on": lambda words: [["gateways", "off", *words[2:]]],
    "restore": lambda words: [["backup", *words[1:]]],
}


def before(words: Sequence[str]) -> list[list[str]]:
    """The commands that are typed before this one."""
    return _BEFORE.get(path_of(words), lambda _words: [])(list(words))


def _with_amounts(words: Sequence[str]) -> list[str]:
    """What is cleared is named without an amount."""
    found: list[str] = []
    for word in words:
        found += [word, "5"] if word in ("--videos", "--seconds", "--usd", "--jobs") else [word]
        found += ["1h"] if word == "--cooldown" else []
    return found


def _without(words: Sequence[str], option: str) -> list[str]:
    if option not in words:
        return list(words)
    at = list(words).index(option)
    return [*words[:at], *words[at + 2 :]]


def leaves() -> dict[str, Any]:
    """Every command by its name."""
    found = {}

    def walk(node: object, path: str) -> None:
        for name, inner in getattr(node, "commands", {}).items():
            walk(inner, f"{path} {name}".strip())
        if not hasattr(node, "commands") or getattr(node, "invoke_without_command", False):
            found[path] = node

    for name, inner in _tree().commands.items():
        walk(inner, name)
    return found
