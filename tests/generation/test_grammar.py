"""Options said inside a text: what counts, what stays in the prompt, what is a problem, as docs/grammar.md promises."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.generation.catalog import Catalog
from bot.generation.check import normalized
from bot.generation.grammar import MOST_CHARS, Parsed, parse, spell
from bot.generation.request import VideoRequest
from bot.generation.table import MODE_ALIASES, MODELS, RATIO_ALIASES, RESOLUTIONS, ROWS

CATALOG = Catalog.build()
WITH_4K = Catalog.build(dialects={"apimart/v3": "image_urls"}, model_ids={"toapis/2.6": "kling-fast"})
CATALOGS = st.sampled_from((CATALOG, WITH_4K, Catalog.build(gateways=("sandbox",))))
OPTIONS = ("model", "gateway", "mode", "duration", "aspect_ratio", "audio", "negative_prompt", "watermark")

_PAGE = (Path(__file__).parents[2] / "docs" / "grammar.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\| `([^`]*)` \| (?:`([^`]*)` )?\|(.*)\|$", _PAGE.partition("## Examples")[2], re.MULTILINE)
WRONG = re.findall(r"^\| `([^`]*)` \| ([^`|]+\.) \|$", _PAGE.partition("what is wrong")[2], re.MULTILINE)
SAYINGS = [
    (row[0], saying, column == 2)
    for row in re.findall(r"^\| (\w+) \|(.*)\|(.*)\|$", _PAGE.partition("## With dashes")[0], re.MULTILINE)
    for column in (1, 2)
    for saying in re.findall(r"`([^`]*)`", row[column])
]


def options(parsed: Parsed) -> str:
    return " ".join(f"{said.option}={said.value}" for said in parsed.understood)


# ------------------------------------------------------------------------------------ the page


@pytest.mark.parametrize(("text", "prompt", "said"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_the_examples_of_the_page(text: str, prompt: str, said: str) -> None:
    parsed = parse(text, CATALOG)
    assert (parsed.request.prompt, options(parsed), parsed.problems) == (prompt, said.strip(), ())


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[text for text, _ in WRONG])
def test_what_the_page_calls_wrong(text: str, sentence: str) -> None:
    assert [problem.message for problem in parse(text, CATALOG).problems] == [sentence]


@pytest.mark.parametrize(("option", "saying", "is_plain"), SAYINGS, ids=[saying for _, saying, _ in SAYINGS])
def test_every_saying_of_the_page(option: str, saying: str, is_plain: bool) -> None:
    saying = saying.replace("...", "blur")
    parsed = parse(f"a cat, {saying}" if is_plain else f"{saying} a cat", CATALOG)
    if not is_plain and saying == "--negative blurry":
        parsed = parse(f"a cat {saying}", CATALOG)
    assert [said.option for said in parsed.understood] == [option]
    assert (parsed.request.prompt, parsed.problems) == ("a cat", ())


def test_the_page_was_read() -> None:
    assert (len(EXAMPLES), len(WRONG)) == (29, 6)
    assert {option for option, _, _ in SAYINGS} == set(OPTIONS)


# ------------------------------------------------------------------------------------ the words


@pytest.mark.parametrize("name", [*MODELS, *MODELS.values(), *sorted({row.wire_id for row in ROWS})])
def test_every_model_of_the_table_is_understood(name: str) -> None:
    flag = parse(f'a cat --model "{name}"', CATALOG).request.model
    assert flag in MODELS
    assert parse(f"a cat, {name}", CATALOG).request.model == flag
    assert parse(f"a cat --{name.replace(' ', '-')} runs", CATALOG).request == VideoRequest(
        prompt="a cat runs", model=flag
    )


#: Alone they are words of style as well.
STYLE = {"portrait", "landscape", "square", "standard", "professional"}
SHAPES = [*RATIO_ALIASES, *sorted({ratio for row in ROWS for ratio in row.aspect_ratios})]


@pytest.mark.parametrize("word", [*RESOLUTIONS, *MODE_ALIASES])
def test_every_mode_of_the_table_is_understood(word: str) -> None:
    mode = MODE_ALIASES.get(word, word)
    assert parse(f"a cat --{word}", CATALOG).request.mode == mode
    assert parse(f"a cat, {word} mode", WITH_4K).request.mode == mode
    assert parse(f"a cat, {word.upper()}", WITH_4K).request.mode == (None if word in STYLE else mode)


@pytest.mark.parametrize("word", SHAPES)
def test_every_ratio_of_the_table_is_understood(word: str) -> None:
    wanted = VideoRequest(prompt="a cat", aspect_ratio=RATIO_ALIASES.get(word, word))
    said = f"ratio {word}" if word in STYLE else word
    for text in (f"a cat --{word}", f"a cat, {said}", f"{said}: a cat", f"{said}\na cat"):
        assert parse(text, CATALOG).request == wanted


@pytest.mark.parametrize("word", [*sorted(STYLE), "silent"])
def test_a_word_of_style_stays_in_the_prompt_and_hides_no_option(word: str) -> None:
    parsed = parse(f"a woman, 10s, {word}", CATALOG)
    assert (parsed.request.prompt, parsed.request.duration) == (f"a woman, {word}", 10)


def test_4k_is_a_mode_only_where_a_model_has_it() -> None:
    assert parse("a cat, pro video, 4k", CATALOG).request == VideoRequest(prompt="a cat, pro video, 4k")
    assert parse("a cat, pro video, 4k", WITH_4K).request == VideoRequest(prompt="a cat, pro video", mode="4k")
    assert parse("a cat, 4k, cinematic", WITH_4K).request == VideoRequest(prompt="a cat, 4k, cinematic")
    assert parse("a cat --4k", CATALOG).request.mode == "4k"


def test_a_name_of_the_settings_is_a_model() -> None:
    assert parse("a cat --kling-fast", WITH_4K).request.model == "2.6"
    assert parse("a cat --model kling-fast", WITH_4K).request.model == "2.6"


@pytest.mark.parametrize(
    "text",
    ["video 3", "3", "2 6", "a cat, 3", "1980s", "0s", "のo1", "1,000 cats", "cat--dog", "---pro", "a - b", "no text:",
     "no people", "a cat; no text", "mode: dreamy, a cat", "the sound", "on the sofa", "a cat (pro)", "-pro"],
)  # fmt: skip
def test_words_that_only_resemble_an_option_are_prompt(text: str) -> None:
    assert parse(text, CATALOG) == Parsed(VideoRequest(prompt=text), (), ())


@pytest.mark.parametrize(
    ("text", "negative"),
    [
        ("a cat --negative 'don\\'t blur, text' runs", "don't blur, text"),
        ("a cat --negative 'don’t blur' runs", "don’t blur"),
        ("a cat --negative=„blur” runs", "blur"),
        ('a cat --negative: "a \\"b\\" \\\\ c" runs', 'a "b" \\ c'),
        ("a cat runs --negative \"it's", "\"it's"),
        ("a cat runs --negative blur — fog", "blur — fog"),
    ],
)
def test_quotes_of_every_kind(text: str, negative: str) -> None:
    assert parse(text, CATALOG).request == VideoRequest(prompt="a cat runs", negative_prompt=negative)


def test_the_words_are_kept_as_typed() -> None:
    parsed = parse("A cat, 9X16, Kling  2.6, NO TEXT: Fog, —Pro!", CATALOG)
    assert [said.words for said in parsed.understood] == ["9X16", "Kling  2.6", "NO TEXT: Fog", "—Pro"]
    assert parsed.request.prompt == "A cat"


def test_flags_that_stand_inside_or_against_each_other() -> None:
    assert parse('a cat --ratio="9:16"--10s', CATALOG).request == VideoRequest(
        prompt="a cat", aspect_ratio="9:16", duration=10
    )
    parsed = parse("a cat, pro --10s mode", CATALOG)
    assert parsed.request == VideoRequest(prompt="a cat", mode="pro", duration=10)
    assert [said.words for said in parsed.understood] == ["pro mode", "--10s"]


# ------------------------------------------------------------------------------------ problems


def test_an_unknown_flag_stays_in_the_prompt_and_the_other_options_count() -> None:
    parsed = parse("a cat --prp runs, 10s --portrit", CATALOG)
    assert parsed.request == VideoRequest(prompt="a cat --prp runs, --portrit", duration=10)
    assert [(problem.option, problem.allowed) for problem in parsed.problems] == [
        ("mode", ("--pro",)),
        ("aspect_ratio", ("--portrait",)),
    ]


def test_an_option_said_again_with_the_same_value_is_no_problem() -> None:
    assert parse("a cat --pro, 1080p", CATALOG).problems == ()


def test_the_last_of_several_values_counts_and_is_a_problem() -> None:
    parsed = parse("a cat, 5s, 6s, 7s --8s", CATALOG)
    assert parsed.request.duration == 8
    assert [p.message for p in parsed.problems] == [
        'The duration is said more than once, as "5s", "6s" and "--8s": say it once.'
    ]


def test_an_impossible_value_is_left_to_the_check() -> None:
    request = parse("a cat, 99s --ratio 7:5 --model sora --mode turbo --gateway aws", CATALOG).request
    assert request == VideoRequest(
        prompt="a cat", duration=99, aspect_ratio="7:5", model="sora", mode="turbo", gateway="aws"
    )


def test_a_very_long_text_is_a_prompt_as_a_whole() -> None:
    parsed = parse("a, pro," * MOST_CHARS, CATALOG)
    assert parsed.request == VideoRequest(prompt="a, pro," * MOST_CHARS)
    assert [problem.code for problem in parsed.problems] == ["text_too_long"]


HOSTILE = [
    *(
        ",",
        "-",
        "--",
        "1",
        " ",
        "\n",
        "“",
        "'",
        "\\",
        "\x1a",
        "— ",
        "—pro",
        "--a",
        "--a ",
        "--=",
        "--audio=",
        "--x\x1a,",
    ),
    *("a:", ": ", "a: ", "pro,", "pro: ", "8k,", "kling ", "no text: a;", "no text: a,", "no text: "),
    *("--pro ", "--pro, 10s;", "--prompt “a” ", "--model kling ", "--negative a ", "--negative a;"),
    *('--negative "', '--negative "\\', "--negative 'a"),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_read_quickly(hostile: str) -> None:
    text = (hostile * MOST_CHARS)[:MOST_CHARS]
    began = time.process_time()
    parsed = parse(text, CATALOG)
    parse(text * 5, CATALOG)
    assert time.process_time() - began < 3
    assert len(parsed.problems) <= 20


# ------------------------------------------------------------------------------------ properties

PIECES = st.sampled_from(
    [
        *("a cat", "runs", "pro", "10s", "10", "seconds", "9:16", "v3", "kling", "2.6", "4k", "8k", "portrait", "mode"),
        *("with sound", "no text: x", "without:", "--pro", "--10s", "—v3", "--prp", "--negative y", "--negative"),
        *("--model", "--ratio=", "--audio=off", '"q, r"', "“s", "'t'", "--", "—", "-", ".", "!", ")", "é😀"),
        *("\n", ", ", "; ", ": ", ",", ";", ":", " ", "\0", "\x1a", "\u3000", "、"),
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60)
)


def words_of(text: str) -> list[str]:
    return sorted(re.findall(r"\w+", text))


@settings(max_examples=1500, deadline=None)
@given(text=TEXTS, catalog=CATALOGS)
def test_every_word_is_in_the_prompt_or_understood_once(text: str, catalog: Catalog) -> None:
    assume("prompt" not in text.lower())  # `--prompt` is the one word that goes: it says that the rest is prompt
    parsed = parse(text, catalog)
    kept = " ".join((parsed.request.prompt, *(said.words for said in parsed.understood)))
    assert words_of(kept) == words_of(text.replace("\0", ""))


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(text=TEXTS, catalog=CATALOGS)
def test_the_prompt_says_nothing_more(text: str, catalog: Catalog) -> None:
    parsed = parse(text, catalog)
    assume(not parsed.problems)
    again = parse(parsed.request.prompt, catalog)
    assert replace(again, notes=()) == Parsed(VideoRequest(prompt=parsed.request.prompt), (), ())


@settings(max_examples=500, deadline=None)
@given(text=TEXTS, catalog=CATALOGS)
def test_a_text_without_options_is_the_prompt_as_it_was_typed(text: str, catalog: Catalog) -> None:
    parsed = parse(text, catalog)
    if not parsed.understood:
        assert parsed.request.prompt == VideoRequest(prompt=text).prompt.strip()


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(text=TEXTS.map(str.upper), catalog=CATALOGS)
def test_big_and_small_letters_are_the_same(text: str, catalog: Catalog) -> None:
    assume(text.isascii() and '"' not in text)
    big, small = (parse(one, catalog) for one in (text, text.lower()))
    names = [name for name in OPTIONS if name not in ("negative_prompt", "model", "mode", "gateway", "aspect_ratio")]
    assert [getattr(big.request, name) for name in names] == [getattr(small.request, name) for name in names]
    assert big.request.prompt.lower() == small.request.prompt


def typed(*values: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values) | st.text(min_size=1, max_size=8)


REQUESTS = st.builds(
    VideoRequest,
    prompt=TEXTS,
    model=st.none() | st.sampled_from((*MODELS, "sora", 'an odd "one\\')),
    gateway=st.none() | st.sampled_from(("toapis", "apimart", "sandbox", "a b")),
    mode=typed(*RESOLUTIONS, "turbo"),
    duration=st.none() | st.integers(1, 999),
    aspect_ratio=typed("16:9", "2.35:1", "wide one"),
    audio=st.none() | st.booleans(),
    negative_prompt=typed("blur, text", "a \"b\" 'c' \\", "x\ny; --pro"),
    watermark=st.none() | st.booleans(),
).map(normalized)


@settings(max_examples=1500, deadline=None)
@given(request=REQUESTS, catalog=CATALOGS)
def test_a_request_that_was_spelled_reads_back_as_itself(request: VideoRequest, catalog: Catalog) -> None:
    parsed = parse(spell(request), catalog)
    assert parsed.problems == ()
    assert parsed.request == request


def test_a_request_is_spelled_as_a_person_would() -> None:
    request = VideoRequest(
        prompt="a cat", model="v3", mode="pro", duration=10, aspect_ratio="9:16", audio=False, negative_prompt="fog"
    )
    assert spell(request) == 'a cat --v3 --pro --10s --9:16 --no-audio --negative "fog"'
    assert spell(VideoRequest(prompt='a "poster", 4k')) == '--prompt "a \\"poster\\", 4k"'
    assert spell(VideoRequest(prompt="")) == ""


@pytest.mark.parametrize(
    ("text", "stands", "better"),
    [
        ("a boat, pro, 11s, sound", "pro, 11s, sound", ", pro, 11s, with sound"),
        ("a boat pro 10s", "pro 10s", ", pro, 10s"),
        ("a boat, v3 pro sound", "v3 pro sound", ", v3, pro, with sound"),
        ("a boat, pro, 10s, moody", "pro, 10s, moody", ", moody, pro, 10s"),
    ],
)
def test_options_that_were_nearly_said_are_noted_and_stay_in_the_prompt(text: str, stands: str, better: str) -> None:
    parsed = parse(text, CATALOG)
    assert (parsed.request.prompt, parsed.understood, parsed.problems) == (text, (), ())
    assert [note.message for note in parsed.notes] == [
        f'"{stands}" is read as part of the prompt; did you mean "{better}"?'
    ]
    assert parse(f"a boat{better.replace(', moody', '')}", CATALOG).notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "a golf pro",
        "a boat, 16:9, sailing",
        "pro 10s",
        "a woman, portrait, soft light",
        'a boat --prompt "pro 10s"',
        "",
    ],
)
def test_what_is_most_likely_a_prompt_has_no_note(text: str) -> None:
    assert parse(text, CATALOG).notes == ()
