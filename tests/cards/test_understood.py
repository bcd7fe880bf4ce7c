"""What was understood, said back."""

import pytest

from adapters.cards.understood import understood_line
from bot.generation.catalog import Catalog
from bot.generation.grammar import parse

CATALOG = Catalog.build()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "a cat --v3 --pro --10s --9:16 --sound",
            "Understood: Kling v3, pro mode, 10 seconds, 9:16, with sound. The rest is the prompt.",
        ),
        ("pro, 5s", "Understood: pro mode, 5 seconds."),
        (
            "waves, no text: blurry, letters, no watermark, on apimart",
            'Understood: nothing of "blurry, letters", no watermark, on APIMart. The rest is the prompt.',
        ),
        ("a cat", ""),
    ],
)
def test_what_was_understood_is_said_in_a_sentence(text: str, line: str) -> None:
    assert understood_line(parse(text, CATALOG)) == line
