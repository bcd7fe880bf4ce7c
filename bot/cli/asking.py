"""Questions at the terminal that do not block the event loop."""

import asyncio
import sys

from bot.cli.screen import Screen


async def agrees(screen: Screen, question: str, stop: asyncio.Event | None = None) -> bool:
    """Ask [y/N]; anything but a clear yes is a no: the end of input, and `stop` (Ctrl-C), too."""
    screen.err.print(f"{question} [y/N] ", end="", soft_wrap=True)
    answer = await _line(stop or asyncio.Event())
    if not answer.endswith("\n"):
        screen.tell()
    return answer.strip().lower() in ("y", "yes")


async def _line(stop: asyncio.Event) -> str:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(sys.stdin, ready.set)
    except (NotImplementedError, OSError):  # Windows, or stdin is a file: it answers at once
        return sys.stdin.readline()
    waits = [asyncio.ensure_future(ready.wait()), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(sys.stdin)
        for wait in waits:
            wait.cancel()
    return sys.stdin.readline() if ready.is_set() else ""
