"""Every command that the pages tell people to use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.docs.pages import Block, Page, Place, pages

#: Languages of blocks that are commands, and of those that are data.
COMMANDS = frozenset({"sh", "console"})
DATA = frozenset({"json", "toml", "yaml", "ini", "nginx", "python", "text", "csv", "sql", "promql", "systemd"})
#: Words that begin a command where it stands within a line. A block is read whole.
_PROGRAMS = frozenset(
    {"videobot", ".venv/bin/videobot", "docker", "python", ".venv/bin/python", ".venv/bin/pytest", "pytest", "curl",
     "pg_dump", "pg_restore", "psql", "git", "pip", "export", "sudo", "openssl", "systemctl"}
)  # fmt: skip
_TARGET = re.compile(r"make [a-z]+(-[a-z]+)*( [A-Z]+=\S+)*")
_NAME_WORDS = 3  # that the name of a command has at most
_SLASH = re.compile(r"/[a-z]+(-[a-z]+)*( .*)?", re.DOTALL)
#: What begins with a slash and is no command: addresses of pages, and paths.
NO_COMMANDS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/hooks/", "/data", "/tmp", "/health", "/slack/", "/slack/events"}
)  # fmt: skip


class Kind(StrEnum):
    """Who reads a command."""

    SHELL = "shell"
    CHAT = "chat"


class Where(StrEnum):
    """The chats that know commands; ANY: the page does not say which."""

    DISCORD = "discord"
    SLACK = "slack"
    WEB = "web"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Found:
    """One command, and where it stands first. `is_mention`: within a line, where a sentence may speak of a command
    without all that it needs. `output`: what the page shows of its answer."""

    text: str
    kind: Kind
    at: Place
    where: Where = Where.ANY
    is_mention: bool = False
    output: str = ""

    def __str__(self) -> str:
        return f"{self.at} {self.text}"


def collected() -> list[Found]:
    """Each command once (for each chat), in the order of the pages."""
    found: dict[tuple[str, Where], Found] = {}
    for page in pages():
        for command in _of(page):
            before = found.setdefault((command.text, command.where), command)
            if before.is_mention and not command.is_mention:
                found[command.text, command.where] = command
    return list(found.values())


def _of(page: Page) -> Iterator[Found]:
    for block in page.blocks:
        assert block.language in COMMANDS | DATA | {""}, f"{block.at}: no rule knows blocks of {block.language}"
        if block.language not in DATA:
            for text, output in _typed(block):
                yield Found(text, Kind.SHELL, block.at, output=output)
    for code in page.codes:
        text = code.text.strip()
        if _begins(text):
            yield Found(text, Kind.SHELL, code.at, is_mention=True)
        elif _SLASH.fullmatch(text) and text not in NO_COMMANDS:
            yield Found(text, Kind.CHAT, code.at, _where(code.at, text), is_mention=True)


def _typed(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a block, without comments, continued lines as one, each with what it prints. Where a line begins
    with a prompt, what follows it is output, in which a line that begins as a command does is one, too."""
    lines = "\n".join(block.lines).replace("\\\n", " ").splitlines()
    for number, line in enumerate(lines):
        typed = " ".join(re.sub(r"(^|\s)#.*$", "", line).removeprefix("$ ").split())
        if line.startswith("$ "):
            yield typed, "\n".join(lines[number + 1 :])
        elif typed and (block.language == "sh" or _begins(typed)):
            yield typed, ""


def _begins(typed: str) -> bool:
    return typed.partition(" ")[0] in _PROGRAMS or _TARGET.fullmatch(typed) is not None


def _where(at: Place, text: str) -> Where:
    """The chat a place speaks of: its row in a table, its heading or its page; else the one whose options a command for
    admins is written with."""
    for words in (at.row, at.heading, at.page):
        said = [where for where in (Where.DISCORD, Where.SLACK) if where in words.lower()]
        if len(said) == 1:
            return said[0]
        if "chat page" in words.lower() or "chat-page" in words.lower():
            return Where.WEB
    if text.startswith("/video-admin ") and len(text.split()) > _NAME_WORDS:
        return Where.DISCORD if re.search(r" [a-z_]+: ", text) else Where.SLACK
    return Where.ANY
