"""What people type is shown as typed, and nothing in it comes alive."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.cards.card import Link, Look, Moment, Person, Said, Words
from adapters.discord.markup import ELLIPSIS, atoms, clusters, cut, marked_up, units
from tests.discord.reader import length, live, seen

MARKS = "\\`*_~|[]<>():@#-+.!&/ \n\t0123456789aé😀👍🏽🇩🇪"
TYPED = st.one_of(st.text(MARKS, max_size=80), st.text(max_size=80)).filter(
    lambda text: not any(unicodedata.category(char) == "Cs" for char in text)
)

NASTY = [
    "@everyone",
    "@here now",
    "<@123456789012345678>",
    "<@!123456789012345678> <@&123456789012345678> <#123456789012345678>",
    "[x](javascript:alert(1))",
    "[free nitro](https://evil.example/x)",
    "https://evil.example/x",
    "# big",
    "-# small",
    "> quoted",
    ">>> all of it",
    "- point",
    "* point",
    "  - deeper",
    "1. first",
    "**bold** __under__ *it* _it_ ~~gone~~ ||secret||",
    "```py\ncode\n```",
    "`code`",
    "<t:1700000000:R>",
    "<:smile:123456789012345678> :smile: <a:wave:123456789012345678>",
    "</video:123456789012345678>",
    "\\*not escaped twice\\*",
    "\\\\<@123456789012345678>",
    "first\n# second\n1. third\n> fourth",
]


@pytest.mark.parametrize("typed", NASTY)
def test_nothing_a_person_types_comes_alive(typed: str) -> None:
    assert live(marked_up(Said(typed))) == []
    assert live("".join(atoms(typed, "\n"))) == []


@given(TYPED)
@example("@\u200beveryone")
@example("\\")
@example("a\u2028# b")
def test_no_text_comes_alive(typed: str) -> None:
    assert live("".join(atoms(typed, "\n"))) == []


@given(TYPED)
def test_what_was_typed_is_what_is_seen(typed: str) -> None:
    shown = seen("".join(atoms(typed, "\n")))
    unseen = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, *range(0x20), *range(0x7F, 0xA0)}
    letters = "".join(char for char in typed if ord(char) not in unseen and not char.isspace())
    assert "".join(char for char in shown if not char.isspace()) == letters


@given(TYPED, st.integers(1, 60))
def test_a_cut_text_never_has_more_units_than_allowed(typed: str, most: int) -> None:
    text = cut(atoms(typed, "\n> "), most)
    assert length(text) <= most
    assert units(text) == length(text)


@given(TYPED, st.integers(1, 60))
def test_a_cut_is_between_two_characters_as_people_see_them(typed: str, most: int) -> None:
    parts = atoms(typed)
    text = cut(parts, most)
    if text != "".join(parts):
        assert text.endswith(ELLIPSIS)
        assert any(text == "".join(parts[:count]) + ELLIPSIS for count in range(len(parts)))
    assert live(text) == []


@pytest.mark.parametrize(
    "one",
    [
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "👍🏽",
        "e\u0301",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "नि",
    ],
)
def test_a_character_of_many_parts_is_one(one: str) -> None:
    assert list(clusters(one * 3)) == [one] * 3
    assert cut(atoms(one * 3), length(one) + 1) == one + ELLIPSIS
    assert cut(atoms(one * 3), length(one)) == ELLIPSIS


def test_2500_ampersands_and_2500_emoji_are_cut_to_the_room() -> None:
    assert length(cut(atoms("&" * 2500), 1000)) == 1000
    emoji = cut(atoms("👨‍👩‍👧" * 2500), 1000)
    assert length(emoji) <= 1000
    assert emoji[:-1] == "👨‍👩‍👧" * (len(emoji) // 5)


def test_an_escape_is_never_cut_in_two() -> None:
    assert cut(atoms("****"), 6) == "\\*\\*" + ELLIPSIS
    assert cut(atoms("@@@"), 4) == "@\u200b" + ELLIPSIS


def test_our_own_words_stand_out_as_they_should() -> None:
    assert marked_up(Words("done ", Look.STRONG)) == "**done** "
    assert marked_up(Words("9:16", Look.CODE)) == "`9:16`"
    assert marked_up(Words("a`b", Look.CODE)) == "`` a`b ``"
    assert live(marked_up(Words("2 * 3 * 4 @everyone <@123456789012345678>"))) == []


def test_people_moments_and_links() -> None:
    assert marked_up(Person("123456789012345678")) == "<@123456789012345678>"
    assert marked_up(Person("T012:U345")) == "@\u200bT012:U345"
    assert marked_up(Moment(1_795_000_000.9, "today")) == "<t:1795000000:f>"
    assert (
        marked_up(Link("Open it", "https://a.example/x?y=(1)&z=%20"))
        == "[Open it](https://a.example/x?y=%281%29&z=%20)"
    )


def test_a_link_that_is_none_of_the_web_is_only_its_label() -> None:
    assert marked_up(Link("Open it", "javascript:alert(1)")) == "Open it"
    assert marked_up(Link("a](b", "https://a.example/ )[c](d")) == "[a\\](b](https://a.example/%20%29%5Bc%5D%28d)"


def test_text_cannot_turn_the_direction_of_what_follows() -> None:
    assert marked_up(Said("abc\u202edef\u2066")) == "abcdef"
