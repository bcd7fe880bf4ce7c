"""The way in and the only way out: every error becomes one sentence on stderr and an exit code."""

import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from typer.main import get_command

from bot.cli.commands import build
from bot.cli.errors import BAD_INPUT, INTERRUPTED, CommandError, explain, unexpected
from bot.cli.root import Root

if TYPE_CHECKING:
    from bot.generation.ports import Clock

_RANGE = re.compile(r"^Invalid value for '([^']+)': Input should be ")
_NUMBER = re.compile(r"^Invalid value for '([^']+)': Input should be a valid integer.*$", re.DOTALL)

#: Options of `videobot` itself, and what stands behind each.
_IN_FRONT = {"--config": " bot.toml", "--verbose": "", "--version": ""}


def main(args: Sequence[str] | None = None, *, clock: "Clock | None" = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted.

    `args` without the name of the program, None = those of this process; `clock` for tests.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without the letter must not stop a paid job
    root = Root(as_json="--json" in (sys.argv[1:] if args is None else args), clock=clock)
    try:
        result = get_command(build()).main(args=args, prog_name="videobot", standalone_mode=False, obj=root)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`videobot jobs list | head`): not an error, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (typer.Abort, KeyboardInterrupt):
        root.screen.tell("Stopped.")
        return INTERRUPTED
    except typer.TyperException as error:
        if not error.format_message():
            return BAD_INPUT  # a group without a command: its help was shown
        return _end(root, _usage(error))
    except Exception as error:  # noqa: BLE001 - the last line of defence: a sentence instead of a traceback
        known = explain(error)
        if root.verbose and not isinstance(error, CommandError):
            root.screen.tell(root.hidden.clean("".join(traceback.format_exception(error))).rstrip())
        return _end(root, known or unexpected(error, verbose=root.verbose))
    return result if isinstance(result, int) else 0


def _end(root: Root, error: CommandError) -> int:
    root.screen.tell(error.sentence, style="red")
    for line in error.details:
        root.screen.tell(line, whole=line.startswith("  "))  # a command, to be copied
    if root.as_json:
        root.screen.document({"ok": False, "error": error.sentence, **error.data})
    if error.code == INTERRUPTED and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said; a second signal must not change the exit code
    return error.code


def _usage(error: typer.TyperException) -> CommandError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "videobot"
    option = getattr(error, "option_name", None)
    if option in _IN_FRONT and not getattr(error, "possibilities", None):
        program, _, rest = command.partition(" ")
        right = f"{program} {option}{_IN_FRONT[option]} {rest}"
        return CommandError(f"No such option: {option}. Write it in front: {right}", code=BAD_INPUT)
    sentence = _NUMBER.sub(r"\1 needs a whole number", error.format_message().strip())
    sentence = _RANGE.sub(r"\1 should be ", sentence)
    if not sentence.endswith((".", "?", "!", ")")):
        sentence += "."
    return CommandError(f"{sentence} See: {command} --help", code=BAD_INPUT)
