"""Log lines on stderr, without secrets and prompts."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.cli.screen import Screen

#: Shorter words would be hidden inside innocent ones.
_SHORTEST = 6


@dataclass
class Hidden:
    """Words that must not be seen in logs and tracebacks; a last net under the rule that nobody logs them."""

    words: set[str] = field(default_factory=set)

    def add(self, words: Iterable[str]) -> None:
        """From now on these are hidden."""
        self.words.update(word for word in words if len(word) >= _SHORTEST)

    def clean(self, text: str) -> str:
        """The text without them."""
        for word in sorted(self.words, key=len, reverse=True):
            text = text.replace(word, "[hidden]")
        return text


class _ToScreen(logging.Handler):
    """Prints through the console, which keeps a progress bar below the line."""

    def __init__(self, screen: Screen, hidden: Hidden) -> None:
        super().__init__()
        self._screen, self._hidden = screen, hidden

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.tell(self._hidden.clean(self.format(record)))


@contextmanager
def logging_to(screen: Screen, hidden: Hidden, *, level: int) -> Iterator[None]:
    """Log lines of the bot from `level` on to stderr, those of other libraries only when they warn."""
    handler = _ToScreen(screen, hidden)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    base, ours = logging.getLogger(), logging.getLogger("videobot")
    levels = base.level, ours.level
    base.addHandler(handler)
    base.setLevel(logging.WARNING)
    ours.setLevel(level)
    try:
        yield
    finally:
        base.removeHandler(handler)
        base.setLevel(levels[0])
        ours.setLevel(levels[1])
