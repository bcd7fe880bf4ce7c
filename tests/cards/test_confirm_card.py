"""The price before it is paid."""

from adapters.cards.card import Button, Said, Verb, plain
from adapters.cards.confirm_card import confirm_card, notes_card
from adapters.cards.problems import OptionLine
from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.request import VideoRequest

CATALOG = Catalog.build()
DEAR = check(VideoRequest(prompt="waves", mode="pro", duration=10), CATALOG)
NOTE = OptionLine("image", "It was turned upright.")


def test_a_price_above_the_setting_waits_for_a_press() -> None:
    card = confirm_card(DEAR, "d1", asks_above=500_000, notes=(NOTE,))
    assert plain(card) == (
        "This costs $0.63, so it starts only when you press Start.\n"
        "waves\n"
        "Kling 2.6 on ToAPIs, pro (1080p), 10 seconds, 16:9, silent.\n"
        "image: It was turned upright."
    )
    assert [(b.label, b.verb, b.subject) for b in card.buttons if isinstance(b, Button)] == [
        ("Start · $0.63", Verb.START, "d1"),
        ("Open the form", Verb.FORM, "d1"),
    ]


def test_what_was_understood_is_shown_before_anything_starts() -> None:
    asked = check(VideoRequest(prompt="waves", model="v3", negative_prompt="letters"), CATALOG)
    card = confirm_card(asked, "d1", understood="Understood: v3, no text: letters.")
    assert plain(card) == (
        "This is what will be made, for about $0.34. Press Start to make it.\n"
        "waves\n"
        "Kling v3 on ToAPIs, std (720p), 5 seconds, 16:9.\n"
        "To leave out: letters\n"
        "Understood: v3, no text: letters."
    )
    typed = [piece for line in card.body for piece in line.pieces if isinstance(piece, Said)]  # type: ignore[union-attr]
    assert [piece.text for piece in typed] == ["waves", "letters", "Understood: v3, no text: letters."]


def test_what_costs_nothing_is_free() -> None:
    free = check(VideoRequest(prompt="waves"), Catalog.build(gateways=("sandbox",)))
    card = confirm_card(free, "d1")
    assert plain(card).startswith("This is what will be made, free. Press Start to make it.")
    assert card.buttons[0].label == "Start · free"


def test_notes_stand_beside_the_status_message_not_in_it() -> None:
    card = notes_card((NOTE,))
    assert card is not None
    assert plain(card) == "Accepted. Worth knowing:\nimage: It was turned upright."
    assert notes_card(()) is None
