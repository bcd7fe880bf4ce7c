"""One thing understood in a text, and where it stands."""

from dataclasses import dataclass

Value = str | int | bool
#: An option and its value: ("duration", 10).
Meaning = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing understood: the option (a field of VideoRequest), its value, and the words that said it, as typed."""

    option: str
    value: Value
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """Something said, and the piece of the text, `start` to `end`, that said it and leaves the prompt."""

    start: int
    end: int
    said: Said
