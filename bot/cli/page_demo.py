"""The demo with the chat page: two videos are asked for as a member would, and the page stays for more."""

import asyncio
import os
import sys
import tempfile
import time
import webbrowser
from functools import partial
from pathlib import Path

from adapters.cards.status import status_line
from adapters.desk import Ask, PictureWish
from adapters.shell.place import place
from adapters.web.composing import address_in
from adapters.web.people import PEOPLE
from bot.cli.errors import INTERRUPTED, CommandError
from bot.cli.faster import FasterClock
from bot.cli.progress import show_for
from bot.cli.root import Root
from bot.cli.showpiece import SPEED, Sample, conclude, samples, verify
from bot.cli.watching import interruptible, watch
from bot.generation.job import Job, JobState
from bot.generation.request import FrameRole, VideoRequest
from bot.http_server import is_free
from bot.serving import Serving, serving
from bot.settings import Settings
from bot.side import SideError
from bot.web_side import WebSide

_HOST = "127.0.0.1"


async def show_page(root: Root, out: Path, port: int) -> int:
    """Serve the page, make both videos on it, check the files. A person at a terminal ends it with Ctrl-C; without one
    it ends by itself, with the paths of the videos."""
    began = time.monotonic()
    root.clock = FasterClock(SPEED)
    say = root.screen.say
    say(f"A demo on the built-in sandbox gateway: no key, no cost, {SPEED:.0f} times faster than life.")
    say("So the clocks on its messages run ahead of yours.")
    if port and not is_free(_HOST, port):
        say(f"Port {port} is in use, so the page takes another one.")
        port = 0
    with tempfile.TemporaryDirectory(prefix="videobot-demo-") as data, interruptible() as stop:
        settings = Settings(
            gateway="sandbox", data_dir=Path(data), sandbox_speed=SPEED, web=True, web_host=_HOST, web_port=port
        )
        made = await samples(out, Path(data))
        try:
            async with serving(settings, clock=root.clock) as server:
                side = _page_of(server)
                say(f"The chat page: {side.url}")
                if _is_attended():
                    await _open_browser(root, side.url)
                for number, sample in enumerate(made):
                    say()
                    say(sample.title, style="bold")
                    if not await _make(root, server, side, sample, number, stop):
                        return INTERRUPTED
                say()
                conclude(root, began)
                for sample in made:
                    say(str(sample.target), whole=True)
                if _is_attended():
                    say()
                    say(f"The page stays open for videos of your own: {side.url} (Ctrl-C ends it)")
                    await server.until(stop)
        except SideError as error:
            raise CommandError(str(error)) from None
    return 0


async def _make(root: Root, server: Serving, side: WebSide, sample: Sample, number: int, stop: asyncio.Event) -> bool:
    """Ask for one video on the page and follow it to its end; False when Ctrl-C came first. Raises CommandError."""
    app = server.app
    job = await _ask(side, server, sample, number)
    last = await watch(app, job.id, show_for(root.screen, quiet=False), stop)
    if last is None:
        return False
    if last.job.state is not JobState.DELIVERED or last.job.video is None:
        raise CommandError(f"The demo did not work: {status_line(last)}")
    kept = await app.media.video_file(last.job.video)
    await asyncio.to_thread(place, kept, sample.target, replace=True)
    await verify(sample)
    root.screen.say("Done.")
    return True


async def _ask(side: WebSide, server: Serving, sample: Sample, number: int) -> Job:
    take = server.app.media.take_image_file
    given = ((FrameRole.FIRST_FRAME, sample.first), (FrameRole.LAST_FRAME, sample.last))
    pictures = tuple(PictureWish(role, path.name, partial(take, path)) for role, path in given if path is not None)
    request = VideoRequest(prompt=sample.prompt, mode=sample.mode, duration=5, aspect_ratio="16:9")
    reply = await side.desk.ask(Ask(PEOPLE[0].actor, address_in(""), request, pictures), f"demo:{number}")
    if reply.job is None:
        raise CommandError("The demo did not work: its video was not accepted.")
    await side.channel.show_request(reply.job)
    return reply.job


async def _open_browser(root: Root, url: str) -> None:
    """Open the page where a browser can be seen; a text browser would take the terminal away."""
    has_screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    opened = bool(has_screen) and await asyncio.to_thread(webbrowser.open, url)
    if not opened:
        root.screen.say("There is no browser to open here: open the address above in one.")


def _is_attended() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _page_of(server: Serving) -> WebSide:
    return next(side for side in server.sides if isinstance(side, WebSide))
