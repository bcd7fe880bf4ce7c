"""Log lines on stderr, without secrets and prompts: text for people, or one JSON object a line for machines."""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.cli.screen import Screen
from bot.generation.about import JOB

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


class _Text(logging.Formatter):
    """A line for people; it names the job it is about, also where the message does not."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """See logging.Formatter."""
        job = JOB.get()
        line = super().formatMessage(record)
        return line if job is None or job in record.message else f"{line} [job {job}]"


class _Json(logging.Formatter):
    """One object: time (UTC, ISO 8601), level, logger, message; job where the line is about one; error, a traceback."""

    def __init__(self, hidden: Hidden) -> None:
        super().__init__()
        self._hidden = hidden

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        clean = self._hidden.clean
        made = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": made.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        job = JOB.get()
        if job is not None:
            line["job"] = job
        if record.exc_info:
            line["error"] = clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class _ToScreen(logging.Handler):
    """Prints through the console, which keeps a progress bar below the line."""

    def __init__(self, screen: Screen, hidden: Hidden) -> None:
        super().__init__()
        self._screen, self._hidden = screen, hidden
        self.setFormatter(_Text())

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.tell(self._hidden.clean(self.format(record)))


@contextmanager
def logging_to(screen: Screen, hidden: Hidden, *, level: int, as_json: bool = False) -> Iterator[None]:
    """Log lines of the bot from `level` on to stderr, those of other libraries only when they warn."""
    handler: logging.Handler = _ToScreen(screen, hidden)
    if as_json:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Json(hidden))
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
