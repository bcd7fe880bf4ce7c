"""A terminal of 80 columns: tables keep their names and amounts, sentences break at words."""

import io
import os
import pty
import re
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from pathlib import Path

import pytest

from bot.cli.screen import Screen
from bot.cli.tables import Sheet, add_rows, table
from bot.generation.job import Job
from tests.cli.person import Videobot

NUMBERS = ("Jobs", "Delivered", "Failed", "Seconds", "Quote", "Charged", "Cost", "Bill - quote", "Maybe billed")
AMOUNTS = ("12", "10", "2", "1,250", "$112.50", "$120.25", "$119.75", "+$10.50", "$22.50")
WHO = ("shell:anna", "discord:112233445566778899", "slack:T0123ABCDEF:C0123ABCDEF")


def on_a_terminal(show: Callable[[Screen], None]) -> str:
    """What a terminal of 80 columns is sent, without colours."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream, redirect_stdout(stream):
        show(Screen())  # less than a terminal holds unread
    sent = []
    with suppress(OSError):  # Linux says so where the other end is closed and all is read
        while part := os.read(ours, 4096):
            sent.append(part)
    os.close(ours)
    raw = b"".join(sent).decode()
    return re.sub(r"\x1b\[[0-9;]*m", "", raw).replace("\r\n", "\n")


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


def drawn(sheet: Sheet) -> str:
    with redirect_stdout(io.StringIO()) as out:
        Screen().show(sheet)
    return out.getvalue()


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("columns", [6, 8, 9])
def test_no_table_loses_its_first_column_or_cuts_an_amount(who: str, columns: int) -> None:
    numbers = NUMBERS[:columns]
    shown = drawn(add_rows(table("User", *numbers, right=numbers), [[who, *AMOUNTS[:columns]]] * 2))
    assert max(map(len, shown.splitlines())) <= 80
    words = re.split(r",?\s+", shown)
    for cell in (who, *AMOUNTS[:columns]):
        assert words.count(cell) == 2, shown


@pytest.mark.usefixtures("narrow")
def test_sentences_break_at_words_and_what_is_to_be_copied_stays_whole() -> None:
    sentence = "It costs what the gateways billed, or the quote where they gave no bill; set VIDEOBOT_PRICES to change."
    path = f"/home/anna/{'videos/' * 12}boat.mp4"
    command = f"  videobot jobs resolve 12ab --task {'x' * 60} --yes"

    def show(screen: Screen) -> None:
        screen.say(sentence)
        screen.say(f"  Prompt     {sentence}", hang=13)
        screen.say(f"Saved {path} for you")
        screen.say(command, whole=True)

    shown = on_a_terminal(show)
    plain, prompt, rest = shown.split("\n  Prompt     ")[0], shown.split("Prompt     ")[1].split("\nSaved"), shown
    assert " ".join(plain.split("\n")) == sentence
    assert " ".join(line.strip() for line in prompt[0].split("\n")) == sentence
    assert prompt[0].split("\n")[1].startswith(" " * 13)
    assert f"{path}\nfor you\n{command}\n" in rest


@pytest.mark.usefixtures("narrow")
def test_what_is_no_terminal_gets_one_line_a_sentence() -> None:
    with redirect_stdout(io.StringIO()) as out:
        Screen().say("word " * 50 + "end")
    assert out.getvalue().count("\n") == 1


@pytest.mark.slow
def test_every_list_fits_80_columns(
    videobot: Videobot, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    job = submit("A paper boat sails down a rainy street, the camera close behind it", "anna", audio=True, mode="pro")
    for command in ("jobs list", "report", "usage", "gateways", "limits show", "usage --by channel", "models"):
        done = videobot(*command.split())
        assert done.code == 0, done
        tables = [line for line in done.out.splitlines() if "  " in line]
        assert max(map(len, tables)) <= 80, done.out
        if command in ("jobs list", "report", "usage", "limits show"):
            assert "shell:anna" in done.out
    assert job.id in videobot("jobs", "list").out
