"""How a job is shown while it runs: a bar that moves on a terminal, a line per step elsewhere, or nothing."""

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, Self

from adapters.cards.status import status_line, step_words, usual_words
from adapters.cards.words import span
from bot.cli.screen import Screen
from bot.generation.job import JobState
from bot.generation.ports import JobView

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID
    from rich.text import Text

#: Without a terminal a line is printed each time the percentage has grown by so much.
_PERCENT_STEP = 25


class Show(Protocol):
    """Something that shows views of one job."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def update(self, view: JobView) -> None:
        """The job looks like this now."""
        ...


def show_for(screen: Screen, *, quiet: bool) -> Show:
    """The best way this terminal has; `quiet`: a bar or nothing."""
    if screen.is_live:
        return BarShow(screen)
    return NoShow() if quiet else LineShow(screen)


class NoShow:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, view: JobView) -> None:
        """Nothing."""


class LineShow:
    """A line on stderr for each step."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._said, self._percent = screen, "", 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, view: JobView) -> None:
        """Print the status when the step changed, or the percentage by enough."""
        if view.job.state.is_final or view.job.state in (JobState.UNCERTAIN, JobState.AWAITING_APPROVAL):
            return  # how it ended is said by whoever asked for it
        percent = view.job.progress or 0
        key = f"{view.job.state} {view.position} {view.taking_longer} {view.job.failure}"
        if key == self._said and percent - self._percent < _PERCENT_STEP:
            return
        self._said, self._percent = key, percent
        self._screen.tell(status_line(view))


class BarShow:
    """A bar with the gateway's own percentage; it only pulses while the gateway gives none."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._longer = False

    def __enter__(self) -> Self:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        class SoFar(TextColumn):
            """How long it has taken: the gateway's percentage stands still at times, this moves."""

            def render(self, task: "Task") -> "Text":
                from rich.text import Text

                return Text(f"{span(task.elapsed or 0)} so far")

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[percent]}", markup=False),
            SoFar(""),
            TextColumn("{task.fields[hint]}", style="dim", markup=False),
            console=self._screen.err,
            transient=True,
        )
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            with suppress(OSError):
                self._progress.stop()

    def update(self, view: JobView) -> None:
        """Move the bar."""
        if self._progress is None or view.job.state.is_final:
            return
        making = view.job.state is JobState.RUNNING
        percent = view.job.progress if making else None
        hint = ("longer than usual" if view.taking_longer else usual_words(view)) if making else ""
        shown = "" if percent is None else f"{percent:3d} %"
        if self._task is None:
            self._task = self._progress.add_task(step_words(view), total=None, percent=shown, hint=hint)
        self._progress.update(
            self._task,
            description=step_words(view),
            total=None if percent is None else 100,
            completed=percent or 0,
            percent=shown,
            hint=hint,
        )
        if view.taking_longer and not self._longer:
            self._longer = True
            self._screen.tell(status_line(view))
