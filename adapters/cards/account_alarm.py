"""What admins are told by themselves about an account at a gateway: it runs dry, or its key is no good any more."""

from collections.abc import Sequence

from adapters.cards.card import Card, Tone, line
from adapters.cards.words import account_title, counted
from bot.generation.prices import dollars


def runs_dry_card(account: str, left_micros: int | None, daily_micros: int) -> Card:
    """`daily_micros`: booked a day, over the last seven days; `left_micros` None: the gateway says "out of credit"."""
    title = _started(account)
    if left_micros is None or left_micros <= 0:
        text = f"{title}: the account is out of credit, so no video is made with it. Add money there."
        return Card((line(text),), tone=Tone.BAD)
    text = f"{title}: the account runs dry, {dollars(left_micros)} is left."
    if daily_micros > 0:
        days = left_micros / daily_micros
        lasts = "less than a day" if days < 1 else f"about {counted(round(days), 'day')}"
        text += f" The last 7 days took {dollars(daily_micros)} a day, so that lasts for {lasts}."
    return Card((line(f"{text} Add money there."),), tone=Tone.WARNING)


def bad_key_card(account: str, words: str, waiting: int, others: Sequence[str]) -> Card:
    """`words` follow the name: "it does not accept the key"; `waiting`: unfinished videos of this account; `others`:
    the accounts that take new videos now."""
    text = f"{_started(account)}: {words}; set a good key, or look at the account there."
    if waiting:
        text += (
            f" {counted(waiting, 'video')} {'is' if waiting == 1 else 'are'} on the way there: what was sent waits for "
            "the key; what was not fails and says so."
        )
    well = [one for one in others if one != account]
    if well:
        text += f" New videos go to {account_title(well[0])}."
    else:
        text += " There is no other gateway: new videos fail until then."
    return Card((line(text),), tone=Tone.BAD)


def _started(account: str) -> str:
    title = account_title(account)
    return title[0].upper() + title[1:]
