"""What `videobot demo` makes, and the demo on the command line alone."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Sample:
    """One video of the demo: what it is, its prompt, its pictures, where it goes, how high it is (pixels)."""

    title: str
    prompt: str
    target: Path
    height: int
    first: Path | None = None
    last: Path | None = None
    mode: str | None = None


async def samples(out: Path, data: Path) -> tuple[Sample, Sample]:
    """The two videos; their pictures are drawn into `data`. Raises CommandError for a folder that cannot be made."""
    folder = _folder(out)
    first = await asyncio.to_thread(draw_city, data / "day.png", night=False)
    last = await asyncio.to_thread(draw_city, data / "night.png", night=True)
    return (
        Sample(
            "From words",
            "A paper boat sails down a rainy street, the camera close behind it",
            folder / "from-words.mp4",
            720,
        ),
        Sample(
            "From a first and a last picture",
            "The day ends over the city, windows light up one by one",
            folder / "from-day-to-night.mp4",
            1080,
            first,
            last,
            "pro",
        ),
    )


def _folder(out: Path) -> Path:
    folder = out.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"The folder {folder} cannot be made ({error.strerror}); choose another with --out."
        ) from error
    return folder


async def show_off(root: Root, out: Path) -> int:
    """Make both videos and check the files; each path is told as it is saved."""
    began = time.monotonic()
    root.clock = FasterClock(SPEED)
    say = root.screen.say
    say(f"A demo on the built-in sandbox gateway: no key, no cost, {SPEED:.0f} times faster than life.")
    with tempfile.TemporaryDirectory(prefix="videobot-demo-") as data:
        settings = Settings(gateway="sandbox", data_dir=Path(data), sandbox_speed=SPEED)
        made = await samples(out, Path(data))
        with interruptible() as stop:
            async with root.open(settings, run_jobs=True) as app:
                for sample in made:
                    say()
                    say(sample.title, style="bold")
                    job = await accept(app, root, _wish(sample), sample.target.parent, stop)
                    await see_job(app, root, job.id, stop)
                    await verify(sample)
    say()
    conclude(root, began)
    return 0


def conclude(root: Root, began: float) -> None:
    """The last words: what was proven."""
    root.screen.say(
        f"Both play, and have the size, shape and length that was asked for. It took {time.monotonic() - began:.0f} s."
    )


async def verify(sample: Sample) -> None:
    """The file is what was asked for. Raises CommandError."""
    from adapters.media.video import probe

    found = await probe(sample.target)
    wanted = (round(sample.height * 16 / 9), sample.height)
    if (found.width, found.height) != wanted or abs(found.seconds - 5) > _LENGTH_SLACK:
        raise CommandError(
            f"{sample.target} is not what was asked for: {found.width}x{found.height} and {found.seconds:.1f} s, not "
            f"{wanted[0]}x{wanted[1]} and 5 s."
        )


def _wish(sample: Sample) -> Wish:
    return Wish(
        prompt=sample.prompt,
        image=None if sample.first is None else str(sample.first),
        last_frame=None if sample.last is None else str(sample.last),
        mode=sample.mode,
        duration=5,
        aspect_ratio="16:9",
        output=str(sample.target),
        yes=True,
    )
