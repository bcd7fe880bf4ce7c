"""Small parts without a server: cards as text, seals, cards as HTML."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cards.card import (
    Button,
    Card,
    Line,
    Link,
    LinkButton,
    Look,
    Moment,
    Person,
    Said,
    Table,
    Tone,
    Verb,
    Weight,
    Words,
    line,
    point,
    quote,
    small,
    title,
)
from adapters.web.card_text import card_of, text_of
from adapters.web.seals import Seals
from adapters.web.templating import make_environment

FULL = Card(
    (
        title("Title"),
        line(Words("strong", Look.STRONG), Words("code", Look.CODE), Said("<i>said</i>"), Person("anna")),
        point("one"),
        point("two"),
        Table(("Whose", "Limit"), (("each user", "5 videos"),)),
        quote("a <b>prompt</b>"),
        small(Link("outside", "https://example.org/x"), Link("not one", "javascript:alert(1)")),
        line(Moment(1_795_000_000.0, "today")),
    ),
    (
        Button("Delete", Verb.DELETE, "job'1\"", Weight.DANGER),
        LinkButton("See", "/#result-1"),
        LinkButton("Bad", "data:text/html,x"),
    ),
    Tone.WARNING,
    notify="anna",
)


def test_a_card_comes_back_from_its_text_as_it_was() -> None:
    assert card_of(text_of(FULL)) == FULL


@given(st.text(), st.text(), st.sampled_from(list(Tone)))
def test_whatever_was_typed_comes_back(words: str, more: str, tone: Tone) -> None:
    card = Card((line(Said(words)), Line((Words(more),))), tone=tone)
    assert card_of(text_of(card)) == card


def test_a_card_as_html_escapes_what_was_said_and_follows_no_odd_link() -> None:
    template = make_environment(UTC).from_string('{% from "card.html" import show with context %}{{ show(card, "m") }}')
    page = template.render(card=FULL)
    assert "&lt;i&gt;said&lt;/i&gt;" in page
    assert "<blockquote>a &lt;b&gt;prompt&lt;/b&gt;</blockquote>" in page
    assert "<ul><li>one</li><li>two</li></ul>" in page
    assert '<a href="https://example.org/x" target="_blank" rel="noreferrer noopener">outside</a>' in page
    assert "javascript:" not in page
    assert "data:text" not in page
    assert '<th scope="row">each user</th><td>5 videos</td>' in page
    assert '<span class="mention">@Anna</span>' in page
    assert 'datetime="2026-11-18T' in page
    assert "<i>" not in page


def test_a_seal_opens_only_for_its_purpose_unchanged_and_with_its_secret() -> None:
    seals = Seals(b"s" * 32)
    sealed = seals.seal("form", {"a": ["ä", 1]})
    assert seals.open("form", sealed) == {"a": ["ä", 1]}
    assert seals.open("picture", sealed) is None
    assert Seals(b"t" * 32).open("form", sealed) is None
    assert seals.open("form", "x" + sealed) is None


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "e30."])
def test_what_is_no_seal_opens_to_nothing(text: str) -> None:
    assert Seals(b"s" * 32).open("form", text) is None
