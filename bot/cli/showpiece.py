"""What `videobot demo` does."""

import asyncio
import tempfile
import time
from pathlib import Path

from bot.cli.cityscape import draw_city
from bot.cli.errors import CommandError
from bot.cli.faster import FasterClock
from bot.cli.finishing import see_job
from bot.cli.making import accept
from bot.cli.root import Root
from bot.cli.watching import interruptible
from bot.cli.wish import Wish
from bot.settings import Settings

#: How many times faster than life; a five-second video takes 1-4 minutes in life.
SPEED = 15.0
_LENGTH_SLACK = 0.1  # seconds


async def show_off(root: Root, out: Path) -> int:
    """Make both videos, check the files, and end with their paths."""
    began = time.monotonic()
    root.clock = FasterClock(SPEED)
    folder = _folder(out)
    say = root.screen.say
    say(f"A demo on the built-in sandbox gateway: no key, no cost, {SPEED:.0f} times faster than life.")
    with tempfile.TemporaryDirectory(prefix="videobot-demo-") as data:
        settings = Settings(gateway="sandbox", data_dir=Path(data), sandbox_speed=SPEED)
        first = await asyncio.to_thread(draw_city, Path(data) / "day.png", night=False)
        last = await asyncio.to_thread(draw_city, Path(data) / "night.png", night=True)
        wishes = (
            (
                "From words",
                Wish(
                    prompt="A paper boat sails down a rainy street, the camera close behind it",
                    duration=5,
                    aspect_ratio="16:9",
                    output=str(folder / "from-words.mp4"),
                    yes=True,
                ),
            ),
            (
                "From a first and a last picture",
                Wish(
                    prompt="The day ends over the city, windows light up one by one",
                    image=str(first),
                    last_frame=str(last),
                    mode="pro",
                    duration=5,
                    aspect_ratio="16:9",
                    output=str(folder / "from-day-to-night.mp4"),
                    yes=True,
                ),
            ),
        )
        with interruptible() as stop:
            async with root.open(settings, run_jobs=True) as app:
                for title, wish in wishes:
                    say()
                    say(title, style="bold")
                    job = await accept(app, root, wish, folder, stop)
                    await see_job(app, root, job.id, stop)
                    await _verify(Path(wish.output or ""), height=720 if wish.mode is None else 1080)
    say()
    say(f"Both play, and have the size, shape and length that was asked for. It took {time.monotonic() - began:.0f} s.")
    for _, wish in wishes:
        say(str(wish.output))
    return 0


def _folder(out: Path) -> Path:
    folder = out.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"The folder {folder} cannot be made ({error.strerror}); choose another with --out."
        ) from error
    return folder


async def _verify(video: Path, *, height: int) -> None:
    from adapters.media.video import probe

    found = await probe(video)
    wanted = (round(height * 16 / 9), height)
    if (found.width, found.height) != wanted or abs(found.seconds - 5) > _LENGTH_SLACK:
        raise CommandError(
            f"{video} is not what was asked for: {found.width}x{found.height} and {found.seconds:.1f} s, not "
            f"{wanted[0]}x{wanted[1]} and 5 s."
        )
