"""What was understood, said back."""

import pytest

from adapters.cards.understood import understood_line
from bot.generation.catalog import Catalog
from bot.generation.grammar import parse

CATALOG = Catalog.build()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a cat", ""),
        ("", ""),
        (
            "a cat --v3 --pro --10s --9:16 --sound",
            "Understood: Kling v3, pro mode, 10 seconds, 9:16, with sound. The rest is the prompt.",
        ),
        ("pro, 5s", "Understood: pro mode, 5 seconds."),
        (
            "waves, no text: blurry, letters, no watermark, on apimart",
            'Understood: without "blurry, letters", no watermark, on APIMart. The rest is the prompt.',
        ),
        (
            "waves, no sound, pro, pro --watermark",
            "Understood: no sound, pro mode, with watermark. The rest is the prompt.",
        ),
        ("waves, 1 s", "Understood: 1 second. The rest is the prompt."),
        ("waves --model sora --mode turbo", "Understood: sora, turbo mode. The rest is the prompt."),
    ],
)
def test_what_was_understood_is_said_in_a_sentence(text: str, line: str) -> None:
    assert understood_line(parse(text, CATALOG)) == line


def test_an_option_said_twice_is_shown_as_it_stands_in_the_request() -> None:
    assert understood_line(parse("waves, 5s, 10s", CATALOG)) == "Understood: 10 seconds. The rest is the prompt."


def test_what_somebody_typed_freely_is_cut_and_stays_on_one_line() -> None:
    line = understood_line(parse('waves --mode "' + "a\n" * 500 + '"', CATALOG))
    assert len(line) < 120
    assert "\n" not in line
