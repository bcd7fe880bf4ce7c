"""What will be made and what it costs, before it is made."""

from collections.abc import Sequence

from adapters.cards.card import Button, Card, Line, Look, Said, Tone, Verb, Weight, Words, line, point, quote, small
from adapters.cards.price import quote_beside, what_line
from adapters.cards.problems import OptionLine
from bot.generation.check import Checked


def confirm_card(
    checked: Checked,
    draft: str,
    *,
    notes: Sequence[OptionLine] = (),
    understood: str = "",
    asks_above: int | None = None,
    needs_approval: bool = False,
) -> Card:
    """The price, what will be made, what is worth knowing, and the button that starts it.

    `draft` is the draft both buttons stand for; `understood` what was read out of the text; `asks_above` the setting
    (micro-dollars) where the price is above it, None where the press is asked for anyway; `needs_approval`: an admin
    decides after the press.
    """
    price = checked.quote.words if checked.quote is not None else ""
    body: list[Line] = []
    if asks_above is not None and checked.quote is not None:
        price = quote_beside(checked.quote, asks_above)
        body.append(line("This costs ", Words(price, Look.STRONG), ", so it starts only when you press Start."))
    else:
        body.append(line("This is what will be made, ", Words(_for(price), Look.STRONG), ". Press Start to make it."))
    if needs_approval:
        body.append(line("An admin must approve it before it is made; nothing is spent until then."))
    body.append(quote(checked.request.prompt))
    body.append(line(f"{what_line(checked)}."))
    if checked.request.negative_prompt:
        body.append(small("To leave out: ", Said(checked.request.negative_prompt)))
    if understood:
        body.append(small(Said(understood)))
    body += note_points(notes)
    start = Button(f"Start · {price}", Verb.START, draft, Weight.MAIN)
    return Card(tuple(body), (start, Button("Open the form", Verb.FORM, draft)), Tone.NEUTRAL)


def notes_card(notes: Sequence[OptionLine]) -> Card | None:
    """What is worth knowing about a video that was accepted, for its requester alone; None when there is nothing."""
    if not notes:
        return None
    return Card((line("Accepted. Worth knowing:"), *note_points(notes)))


def note_points(notes: Sequence[OptionLine]) -> list[Line]:
    """Each note with its option. Some name what was typed, so all are escaped."""
    return [point(Words(note.option, Look.CODE), ": ", Said(note.sentence)) for note in notes]


def _for(price: str) -> str:
    return price if price == "free" else f"for {price}"
