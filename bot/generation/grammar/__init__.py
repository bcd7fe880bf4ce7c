"""How options are said inside a text: "make it snow, pro, 10s" or "a cat --v3 --9:16". See docs/grammar.md."""

from bot.generation.grammar.parse import MOST_CHARS, Parsed, parse
from bot.generation.grammar.said import Said
from bot.generation.grammar.spell import spell

__all__ = ["MOST_CHARS", "Parsed", "Said", "parse", "spell"]
