"""Cards as messages of Components V2."""

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cards.card import (
    Button,
    Card,
    Line,
    Link,
    LinkButton,
    Person,
    Said,
    Table,
    Tone,
    Verb,
    Weight,
    line,
    point,
    quote,
    small,
    title,
)
from adapters.discord.button import JobButton
from adapters.discord.layout import NOBODY, allowed, mark_of, shot, view_of
from bot.generation.job import Purpose
from tests.discord.reader import components, length, live, seen, texts

ANNA = "123456789012345678"


def room(view: discord.ui.LayoutView) -> int:
    """Units of all texts of a view."""
    return sum(length(text) for text in texts(view))


async def test_a_card_reads_well_from_top_to_bottom() -> None:
    card = Card(
        (
            title("Making your video"),
            quote("a cat\non a *hot* roof"),
            line("Making the video: 40 %."),
            point("first"),
            point("second"),
            small("For ", Person(ANNA), "."),
        )
    )
    assert texts(view_of(card)) == [
        "### Making your video\n> a cat\n> on a \\*hot\\* roof\nMaking the video: 40 %.",
        "- first\n- second",
        f"-# For <@{ANNA}>.",
    ]


async def test_a_table_is_a_list_that_a_phone_can_show() -> None:
    table = Table(("Who", "Videos", "Cost"), (("anna", "5", "$1.00"), ("together", "7", "")))
    assert texts(view_of(Card((table,)))) == ["- **anna**: Videos 5, Cost $1.00\n- **together**: Videos 7"]


async def test_the_colour_tells_how_the_news_is() -> None:
    colours = {tone: view_of(Card((line("x"),), tone=tone)).to_components()[0]["accent_color"] for tone in Tone}
    assert colours[Tone.NEUTRAL] is None
    assert len(set(colours.values())) == len(Tone)


async def test_buttons_carry_what_they_do_and_on_what() -> None:
    card = Card(
        (line("x"),),
        (
            Button("Again", Verb.AGAIN, "K3X9", Weight.MAIN),
            Button("Delete", Verb.DELETE_SURE, "K3X9", Weight.DANGER),
            LinkButton("See it", "https://a.example"),
            Button("Again", Verb.AGAIN, "K3X9"),
        ),
    )
    buttons = [part for part in components(view_of(card)) if part["type"] == discord.ComponentType.button.value]
    assert [(b["label"], b["style"], b.get("custom_id"), b.get("url")) for b in buttons] == [
        ("Again", 1, "v1:again:K3X9", None),
        ("Delete", 4, "v1:delete-sure:K3X9", None),
        ("See it", 5, None, "https://a.example"),
    ]


async def test_a_view_lasts_and_needs_no_memory() -> None:
    view = view_of(Card((line("x"),), (Button("Again", Verb.AGAIN, "K3X9"), LinkButton("See", "https://a.example"))))
    assert view.timeout is None
    assert view.is_persistent() or all(
        isinstance(item, JobButton) or not item.is_dispatchable() for item in view.walk_children()
    )


async def test_many_buttons_stand_in_rows_of_five() -> None:
    card = Card((line("x"),), tuple(Button(str(n), Verb.START, f"D{n}") for n in range(60)))
    rows = [part for part in components(view_of(card)) if part["type"] == discord.ComponentType.action_row.value]
    assert [len(row["components"]) for row in rows] == [5] * 5
    assert len(list(components(view_of(card)))) <= 40


async def test_a_long_label_is_cut() -> None:
    card = Card((line("x"),), (Button("😀" * 60, Verb.START, "D1"),))
    [button] = [part for part in components(view_of(card)) if part["type"] == discord.ComponentType.button.value]
    assert button["label"] == "😀" * 39 + "…"


async def test_a_link_too_long_for_a_button_is_a_line() -> None:
    url = "https://a.example/" + "x" * 600
    assert texts(view_of(Card((line("Done."),), (LinkButton("Open it", url),)))) == [f"Done.\n[Open it]({url})"]


async def test_only_the_person_of_the_card_is_notified_and_is_named() -> None:
    card = Card((quote("@everyone <@42> look"),), notify=ANNA)
    assert allowed(card).to_dict() == {"parse": [], "users": [int(ANNA)]}
    assert texts(view_of(card))[0].startswith(f"<@{ANNA}>\n")
    assert allowed(Card((line(Person(ANNA)),))).to_dict() == {"parse": []}
    assert NOBODY.to_dict() == {"parse": []}


async def test_who_is_named_already_is_not_named_twice() -> None:
    card = Card((line(Person(ANNA), ", your video is ready."),), notify=ANNA)
    assert texts(view_of(card)) == [f"<@{ANNA}>, your video is ready."]


async def test_long_texts_of_people_are_cut_before_anything_else() -> None:
    card = Card((title("Done"), quote("é" * 3000), line("It said: ", Said("&" * 2500)), small("Job K3X9.")))
    view = view_of(card)
    assert 3900 < room(view) <= 4000
    shown = "\n".join(texts(view))
    assert shown.startswith("### Done\n> ééé")
    assert shown.endswith("…\n-# Job K3X9.")
    assert "It said: &&&" in shown


async def test_short_texts_stay_whole_beside_long_ones() -> None:
    card = Card((quote("x" * 9000), line(Said("short"))))
    assert texts(view_of(card))[0].endswith("…\nshort")


async def test_a_table_too_long_says_how_much_is_missing() -> None:
    table = Table(("Who", "Videos"), tuple((f"person number {n}", "5") for n in range(500)))
    view = view_of(Card((title("Use"), table, small("Times are UTC."))))
    shown = texts(view)
    assert room(view) <= 4000
    assert shown[1].count("\n") > 80
    kept = shown[1].count("\n") + 1
    assert shown[2] == f"-# … and {500 - kept} more.\n-# Times are UTC."


async def test_a_card_without_a_word_is_still_a_message() -> None:
    assert texts(view_of(Card(()))) == ["\u200b"]


async def test_a_gallery_has_words_for_who_does_not_see_it_and_can_be_hidden(tmp_path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x")
    file = discord.File(path, "video-K3X9.mp4", spoiler=True)
    view = view_of(Card((line("x"),)), gallery=(shot(file, "é" * 2000, spoiler=True),))
    file.close()
    [gallery] = [part for part in components(view) if part["type"] == discord.ComponentType.media_gallery.value]
    [item] = gallery["items"]
    assert item["media"]["url"] == "attachment://SPOILER_video-K3X9.mp4"
    assert item["spoiler"] is True
    assert length(item["description"]) == 1024


async def test_each_message_of_each_job_has_a_mark_of_its_own() -> None:
    marks = {mark_of(f"K{number}", purpose) for number in range(2000) for purpose in Purpose}
    assert len(marks) == 4000
    assert all(1000 < mark < 2**31 for mark in marks)
    assert view_of(Card((line("x"),)), mark=mark_of("K1", Purpose.STATUS)).to_components()[0]["id"] in marks


PIECES = st.one_of(
    st.text(max_size=300).map(Said),
    st.text(max_size=50).map(lambda text: line(text).pieces[0]),
    st.just(Person(ANNA)),
    st.just(Link("there", "https://a.example/x")),
)
LINES = st.builds(
    lambda pieces, shape: Line(tuple(pieces), shape),
    st.lists(PIECES, max_size=4),
    st.sampled_from(list(type(title("x").shape))),
)
TABLES = st.builds(
    lambda rows: Table(("Who", "What"), tuple(rows)),
    st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=200),
)


@given(st.lists(st.one_of(LINES, TABLES), max_size=40))
def test_no_card_has_more_text_than_a_message_takes(body: list[Line | Table]) -> None:
    from adapters.discord.paragraphs import paragraphs

    found = paragraphs(body)
    assert sum(length(text) for text in found) <= 4000
    assert all(text.strip() for text in found)
    assert len(found) <= 8


@pytest.mark.parametrize("typed", ["@everyone <@123> [x](javascript:alert(1))", "&" * 2500, "😀" * 2500])
async def test_hostile_prompts_are_harmless(typed: str) -> None:
    view = view_of(Card((quote(typed), line("For ", Person(ANNA), "."))))
    assert room(view) <= 4000
    said, _, ours = texts(view)[0].rpartition("\n")
    assert live(said.removeprefix("> ")) == []
    assert seen(said.removeprefix("> "))[:20] == typed[:20]
    assert ours == f"For <@{ANNA}>."
