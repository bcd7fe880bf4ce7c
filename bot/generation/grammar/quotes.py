"""What stands in quotes, straight or as phones set them, and how to put words into quotes."""

import re

from bot.generation.grammar.marks import SEPARATORS, STOPS

_DOUBLE = '"“”„‟«»＂'
_SINGLE = "'‘’‚‛"
_BOUNDARY = rf"(?=[\s{SEPARATORS}{STOPS}]|$)"
#: A backslash keeps the sign behind it from ending the quote. An apostrophe inside a word ends nothing.
_IN_DOUBLE = re.compile(rf"[{_DOUBLE}]([^\\{_DOUBLE}]*(?:\\.[^\\{_DOUBLE}]*)*)[{_DOUBLE}]", re.DOTALL)
_IN_SINGLE = re.compile(
    rf"[{_SINGLE}]((?:\\.|[^\\{_SINGLE}]|[{_SINGLE}](?!{_BOUNDARY}))*)[{_SINGLE}]{_BOUNDARY}", re.DOTALL
)
_ESCAPED = re.compile(rf"\\([\\{_DOUBLE}{_SINGLE}])")
_TO_ESCAPE = re.compile(rf"([\\{_DOUBLE}])")


class Quotes:
    """The quotes of one text. Looks for the end of each kind only until one is missing, so that it stays linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._unclosed: set[re.Pattern[str]] = set()

    def at(self, place: int) -> tuple[str, int] | None:
        """What is quoted at this place, and where it ends; None where no quote opens, or none closes it."""
        sign = self._text[place : place + 1]
        pattern = _IN_DOUBLE if sign and sign in _DOUBLE else _IN_SINGLE if sign and sign in _SINGLE else None
        if pattern is None or pattern in self._unclosed:
            return None
        found = pattern.match(self._text, place)
        if found is None:
            self._unclosed.add(pattern)
            return None
        return _ESCAPED.sub(r"\1", found[1]), found.end()


def quoted(words: str) -> str:
    """The words in straight quotes, as `Quotes` reads them back."""
    escaped = _TO_ESCAPE.sub(r"\\\1", words)
    return f'"{escaped}"'
