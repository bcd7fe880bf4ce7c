"""Every card becomes a message that Slack takes and people can read."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
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
    Shape,
    Table,
    Verb,
    Weight,
    Words,
    line,
    point,
    quote,
    small,
    title,
)
from adapters.slack.layout import ALOUD, BLOCKS, BUDGET, laid_out
from adapters.slack.markup import escaped, units
from tests.fakes.slack.reading import mentions_in, mentions_in_blocks, read_blocks
from tests.fakes.slack.rules import BLOCKS_TEXT, MESSAGE_BLOCKS, texts_in, wrong_with_blocks
from tests.fakes.slack.schemas import wrong_by_schema
from tests.slack.test_markup import typed

ANNA = "T1:U111"

words = st.builds(Words, st.text(max_size=60), st.sampled_from(Look))
pieces = st.one_of(
    words,
    words,
    st.builds(Said, typed),
    st.builds(Link, st.text(max_size=30), st.sampled_from(["https://a.example/?a=1&b=2", "ftp://x", "https://a b"])),
    st.builds(Person, st.sampled_from([ANNA, "T1:U222", "anna"])),
    st.builds(Moment, st.floats(0, 2e9), st.text(max_size=30)),
)
lines = st.builds(Line, st.lists(pieces, max_size=5).map(tuple), st.sampled_from(Shape))
cells = st.text(max_size=20)
tables = st.builds(
    lambda rows: Table(("What", "Used", "Left"), tuple(rows)), st.lists(st.tuples(cells, cells, cells), max_size=60)
)
buttons = st.one_of(
    st.builds(
        Button,
        st.text(min_size=1, max_size=200).filter(str.strip),
        st.sampled_from(Verb),
        st.just("k3f9"),
        st.sampled_from(Weight),
    ),
    st.builds(LinkButton, st.just("Open"), st.sampled_from(["https://a.example", "javascript:x", "https://b.example"])),
)
cards = st.builds(
    Card,
    st.lists(st.one_of(lines, lines, lines, tables), max_size=80).map(tuple),
    st.lists(buttons, max_size=60).map(tuple),
    notify=st.sampled_from([None, ANNA]),
)


def problems(message: Any) -> Iterator[str]:
    yield from wrong_with_blocks(message.blocks, limit=BLOCKS, known=MESSAGE_BLOCKS)
    wrong = wrong_by_schema("chat.postMessage", {"channel": "C1", "text": message.text, "blocks": message.blocks})
    if wrong:
        yield wrong
    if sum(len(part) for part in texts_in(message.blocks)) > BLOCKS_TEXT:
        yield "too long"
    if not message.text.strip() or len(message.text) > 4000:
        yield "no text, or too much"
    for part in texts_in(message.blocks):
        if not part:
            yield "an empty text"


@settings(max_examples=25, deadline=None)
@given(cards)
def test_any_card_is_a_message_slack_takes_and_notifies_only_whom_it_names(card: Card) -> None:
    notifies_only_whom_it_names(card)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(cards)
def test_hundreds_of_cards_are_messages_slack_takes(card: Card) -> None:
    notifies_only_whom_it_names(card)


def notifies_only_whom_it_names(card: Card) -> None:
    for names in ({}, {"T1:U222": "Ben <!channel>"}):
        message = laid_out(card, names=names)
        assert list(problems(message)) == []
        expected = {"U111"} if card.notify else set()
        assert mentions_in_blocks(message.blocks) <= expected
        assert mentions_in(message.text) <= expected


def test_the_person_to_notify_is_mentioned_even_where_the_card_does_not_name_them() -> None:
    message = laid_out(Card((line("Ready."),), notify=ANNA), names={})
    assert mentions_in_blocks(message.blocks) == {"U111"}
    assert message.text == "<@U111>\nReady."


def test_it_reads_like_the_card() -> None:
    card = Card(
        (
            title("Your limits"),
            line("Used ", Words("3", Look.STRONG), " of 5 videos."),
            quote("a cat\nand a dog"),
            point("first"),
            point("second ", Link("page", "https://a.example")),
            small("For ", Person(ANNA), "."),
        ),
        (Button("Again", Verb.AGAIN, "k3", Weight.MAIN), Button("Delete", Verb.DELETE, "k3", Weight.DANGER)),
        notify=ANNA,
    )
    message = laid_out(card, names={})
    assert [block["type"] for block in message.blocks] == ["header", "rich_text", "context", "actions"]
    section, quotation, bullets = message.blocks[1]["elements"]
    assert section["type"] == "rich_text_section"
    assert quotation == {"type": "rich_text_quote", "elements": [{"type": "text", "text": "a cat\nand a dog"}]}
    assert (bullets["type"], len(bullets["elements"])) == ("rich_text_list", 2)
    assert message.blocks[2]["elements"] == [{"type": "mrkdwn", "text": "For <@U111>.", "verbatim": True}]
    again, delete = message.blocks[3]["elements"]
    assert (again["action_id"], again["value"], again["style"]) == ("v1:again:k3", "k3", "primary")
    assert delete["style"] == "danger"
    assert message.text == (
        "Your limits\nUsed 3 of 5 videos.\na cat and a dog\nfirst\nsecond page: https://a.example\nFor <@U111>."
    )


def test_a_table_is_a_list_that_a_phone_has_room_for() -> None:
    table = Table(("Limit", "Used", "Left"), (("5 videos a day", "3", "2"), ("$3 a day", "$1.20", "")))
    assert read_blocks(laid_out(Card((table,))).blocks, None).replace("$3", "\n$3") == (
        "5 videos a day: Used 3, Left 2\n$3 a day: Used $1.20"
    )


def test_small_print_with_what_a_person_typed_is_no_mrkdwn() -> None:
    message = laid_out(Card((small("Said: ", Said("*not bold*")),)))
    assert [block["type"] for block in message.blocks] == ["rich_text"]


def test_what_people_typed_is_cut_first() -> None:
    card = Card((line("Before."), quote("&" * 2500), line("After."), small("Job k3.")))
    message = laid_out(card)
    read = read_blocks(message.blocks, None)
    assert read.startswith("Before.")
    assert "…\n" in read or "…After." in read
    assert "After." in read
    assert "Job k3." in read
    assert BUDGET - 50 < units(read) <= BUDGET
    assert len(message.text) <= ALOUD
    assert message.text.endswith("After.\nJob k3.")
    assert message.text.count("&") == message.text.count("&amp;")


def test_a_list_that_is_too_long_says_how_much_is_missing() -> None:
    card = Card((line("All:"), *(point("x" * 90) for _ in range(200)), line("The end.")))
    read = read_blocks(laid_out(card).blocks, None)
    shown = read.count("x" * 90)
    assert 50 < shown < 200
    assert f"… and {200 - shown} more." in read
    assert "The end." in read


def test_many_turns_of_small_print_stay_within_fifty_blocks() -> None:
    body = tuple(each for number in range(60) for each in (line(f"Line {number}."), small(f"Small {number}.")))
    message = laid_out(Card(body, tuple(Button(f"B{n}", Verb.AGAIN, f"k{n}") for n in range(60))))
    assert list(problems(message)) == []
    assert "Small 59." in read_blocks(message.blocks, None)
    assert sum(len(block["elements"]) for block in message.blocks if block["type"] == "actions") == 60


def test_buttons_that_are_there_twice_or_too_long() -> None:
    card = Card(
        (line("x"),),
        (
            Button("Again", Verb.AGAIN, "k"),
            Button("Once more", Verb.AGAIN, "k"),
            Button("&" * 200, Verb.EDIT, "k"),
            LinkButton("Bad", "javascript:x"),
            LinkButton("See", "https://a.example/?a=1&b=2"),
        ),
    )
    message = laid_out(card)
    first, second, third = message.blocks[-1]["elements"]
    assert first["text"]["text"] == "Again"
    assert second["text"]["text"] == escaped("&" * 14) + "…"
    assert (third["url"], third["action_id"]) == ("https://a.example/?a=1&b=2", "v1:link:2")
    assert list(problems(message)) == []


@pytest.mark.parametrize("card", [Card(()), Card((quote(""), line(), small(""), title("")))])
def test_a_card_without_words_has_a_text_all_the_same(card: Card) -> None:
    message = laid_out(card)
    assert message.text == "…"
    assert list(problems(message)) == []


def test_a_private_reply_mentions_whom_it_names() -> None:
    assert mentions_in_blocks(laid_out(Card((line(Person("T1:U222")),))).blocks) == {"U222"}
