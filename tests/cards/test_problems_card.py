"""All problems at once, with a way on."""

from adapters.cards.card import Button, Look, Said, Verb, Words, plain
from adapters.cards.problems import OptionLine, problems
from adapters.cards.problems_card import problems_card
from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.request import VideoRequest

CATALOG = Catalog.build()
ASKED = check(VideoRequest(prompt="waves", model="v3", mode="ultra", duration=7), CATALOG)
assert ASKED.proposal is not None
WORKS = check(ASKED.proposal, CATALOG)
IMAGE = OptionLine("image", "This file is no image: send a JPEG or PNG.", name="cat.png")


def test_each_problem_names_its_option_and_a_proposal_has_its_price() -> None:
    card = problems_card(problems(ASKED), asked=ASKED.request, works=WORKS, use="d1", form="d2")
    assert plain(card) == (
        "This cannot be made as asked, for 2 reasons:\n"
        'mode: Kling v3 has no "ultra" mode: choose std or pro.\n'
        "duration: 7 seconds is not a length Kling v3 makes: choose 5, 10 or 15 seconds, or ask an admin to set the "
        'dialect of toapis/v3 to "roles".\n'
        "This would work: std mode, 5 seconds, for about $0.34."
    )
    assert [(b.label, b.verb, b.subject) for b in card.buttons if isinstance(b, Button)] == [
        ("Use this", Verb.START, "d1"),
        ("Open the form", Verb.FORM, "d2"),
    ]


def test_an_image_is_named_as_the_person_knows_it_and_stands_apart_from_the_proposal() -> None:
    card = problems_card([*problems(ASKED), IMAGE], asked=ASKED.request, works=WORKS, form="d2")
    words = plain(card).split("\n")
    assert words[0] == "This cannot be made as asked, for 3 reasons:"
    assert words[3] == "image (cat.png): This file is no image: send a JPEG or PNG."
    assert words[4] == "Apart from the image, this would work: std mode, 5 seconds, for about $0.34."
    assert [button.verb for button in card.buttons if isinstance(button, Button)] == [Verb.FORM]


def test_what_was_typed_and_how_a_file_is_called_is_escaped() -> None:
    typed = check(VideoRequest(prompt="waves", model="<@1> @everyone"), CATALOG)
    card = problems_card([*problems(typed), IMAGE], asked=typed.request)
    for line in card.body[1:]:
        ours = "".join(piece.text for piece in line.pieces if isinstance(piece, Words))  # type: ignore[union-attr]
        assert "@" not in ours
        assert "cat.png" not in ours
    assert Words("model", Look.CODE) in card.body[1].pieces  # type: ignore[union-attr]
    assert Said("cat.png") in card.body[2].pieces  # type: ignore[union-attr]


def test_one_problem_is_not_counted_and_very_many_have_an_end() -> None:
    assert plain(problems_card([IMAGE], asked=ASKED.request)).startswith("This cannot be made as asked:\n")
    card = problems_card([IMAGE] * 40, asked=ASKED.request)
    assert plain(card).endswith("and 32 more.")
    assert len(plain(card)) < 3000
