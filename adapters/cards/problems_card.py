"""Everything that is wrong with a request, in one card, with a way on."""

from collections.abc import Sequence

from adapters.cards.card import Button, Card, Line, Look, Said, Tone, Verb, Weight, Words, line, point, small
from adapters.cards.problems import OptionLine, changes
from bot.generation.catalog import listed
from bot.generation.check import Checked
from bot.generation.request import VideoRequest

#: More problems than this are counted, not listed: a card has an end.
_MOST = 8


def problems_card(
    wrong: Sequence[OptionLine],
    *,
    asked: VideoRequest,
    works: Checked | None = None,
    use: str | None = None,
    form: str | None = None,
    understood: str = "",
) -> Card:
    """All problems at once, each with its option.

    `works` is the nearest request that passes the check, where there is one; `use` the draft that starts it (None when
    it cannot be started as it is) and `form` the draft with what was typed. `understood` is what was read
    out of a text.
    """
    head = (
        "This cannot be made as asked:"
        if len(wrong) == 1
        else f"This cannot be made as asked, for {len(wrong)} reasons:"
    )
    body: list[Line] = [line(Words(head, Look.STRONG)), *(_point(one) for one in wrong[:_MOST])]
    if len(wrong) > _MOST:
        body.append(point(f"and {len(wrong) - _MOST} more."))
    if understood:
        body.append(small(Said(understood)))
    if works is not None and works.quote is not None:
        body.append(line(_works(wrong, asked, works)))
    buttons = []
    if use is not None:
        buttons.append(Button("Use this", Verb.START, use, Weight.MAIN))
    if form is not None:
        buttons.append(Button("Open the form", Verb.FORM, form))
    return Card(tuple(body), tuple(buttons), Tone.WARNING)


def _point(one: OptionLine) -> Line:
    name = (" (", Said(one.name), ")") if one.name else ()
    return point(Words(one.option, Look.CODE), *name, ": ", Said(one.sentence))


def _works(wrong: Sequence[OptionLine], asked: VideoRequest, works: Checked) -> str:
    """ "This would work: 5 seconds, std mode, for about $0.21."."""
    left = list(dict.fromkeys(one.option.replace("_", " ") for one in wrong if not one.change))
    head = f"Apart from the {listed(left, 'and')}, this would work" if left else "This would work"
    price = works.quote.words if works.quote is not None else ""
    for_price = "free" if price == "free" else f"for {price}"
    changed = ", ".join(changes(asked, works.request))
    return f"{head}: {changed}, {for_price}." if changed else f"{head}, {for_price}."
