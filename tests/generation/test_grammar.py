"""Options said inside a text: what counts, what stays in the prompt, what is a problem, as docs/grammar.md promises."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.catalog import Catalog, Offer
from bot.generation.grammar import MOST_CHARS, parse
from bot.generation.table import ROWS

CATALOG = Catalog.build()
PAGE = (Path(__file__).parents[2] / "docs" / "grammar.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\| `([^`]*)` \| (?:`([^`]*)` )?\|(.*)\|$", PAGE.partition("## Examples")[2], re.MULTILINE)


def options(text: str, catalog: Catalog = CATALOG) -> str:
    return " ".join(f"{said.option}={said.value}" for said in parse(text, catalog).understood)


@pytest.mark.parametrize(("text", "prompt", "said"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_the_examples_of_the_page(text: str, prompt: str, said: str) -> None:
    parsed = parse(text, CATALOG)
    assert (parsed.request.prompt, options(text), parsed.problems) == (prompt, said.strip(), ())


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize(
    ("text", "option", "says"),
    [
        ("a cat --prp", "option", 'There is no option "--prp": did you mean --pro?'),
        ("a cat --zzzzzz", "option", "take the dashes away"),
        ("pro, 5s, 10s", "duration", 'The duration is said twice, as "5s" and as "10s": say it once.'),
        ("a cat --ratio", "aspect_ratio", "The aspect ratio is missing: write it as --ratio 9:16."),
        ("a cat --duration soon", "duration", '"soon" is no duration: write it as --duration 10.'),
    ],
)
def test_an_option_that_cannot_be_meant_is_named(text: str, option: str, says: str) -> None:
    [problem] = parse(text, CATALOG).problems
    assert problem.option == option
    assert says in problem.message


def test_the_same_option_twice_with_the_same_value_is_no_problem() -> None:
    assert parse("a cat --pro, pro", CATALOG).problems == ()


def test_an_impossible_value_is_left_to_the_check() -> None:
    assert parse("a cat, 99s --ratio 7:5 --model sora", CATALOG).request.duration == 99
    assert parse("a cat --model sora", CATALOG).request.model == "sora"


def test_4k_counts_beside_a_model_that_has_it() -> None:
    has_4k = next(o for o in _every_offer() if "4k" in o.modes())
    catalog = Catalog.build(dialects={has_4k.key: has_4k.dialect})
    assert options("a castle, v3, 4k", catalog) == "model=v3 mode=4k"
    assert options("a castle, 4k", catalog) == ""
    assert options("a castle --4k", catalog) == "mode=4k"


def _every_offer() -> Iterator[Offer]:
    for row in ROWS:
        yield from Catalog.build(dialects={row.key: row.dialect}).offers()


def test_a_very_long_text_is_a_prompt_as_a_whole() -> None:
    text = "a, pro," * MOST_CHARS
    assert parse(text, CATALOG).request.prompt == text


@pytest.mark.parametrize("hostile", [",", "-", "--a ", "a:", ": ", "pro,", "“", '--negative "', "without:", "1", "— "])
def test_hostile_texts_are_read_quickly(hostile: str) -> None:
    parsed = parse((hostile * MOST_CHARS)[:MOST_CHARS], CATALOG)
    assert len(parsed.problems) <= 10


PIECES = st.sampled_from(
    ["a cat", "runs", "pro", "10s", "9:16", "v3", "--pro", "--10s", "—v3", "--prp", "with sound", "no text: x",
     "--no y", "4k", "é😀", "\n", ", ", "; ", ": ", " ", "--negative", '"q"', "portrait", ".", "--", "—"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=12).map(" ".join), st.text(max_size=80))


@given(TEXTS)
def test_every_word_is_in_the_prompt_or_understood_or_named(text: str) -> None:
    parsed = parse(text, CATALOG)
    kept = " ".join(
        [parsed.request.prompt, *(said.words for said in parsed.understood), *(p.message for p in parsed.problems)]
        + [str(said.value) for said in parsed.understood]
    )
    for word in re.findall(r"\w+", text.replace("\0", "")):
        assert word.lower() in kept.lower()


@given(TEXTS)
def test_a_text_without_options_is_the_prompt_as_it_was_typed(text: str) -> None:
    parsed = parse(text, CATALOG)
    if not parsed.understood and not parsed.problems:
        assert parsed.request.prompt == text.strip().encode(errors="replace").decode().replace("\0", "")
