"""Questions that are asked once before something cannot be taken back."""

from adapters.cards.card import Button, Card, Tone, Verb, Weight, line, quote
from adapters.cards.made import price_words
from adapters.cards.words import gateway_title
from bot.generation.job import ChargeState, Job


def cancel_sure_card(job: Job) -> Card:
    """The gateway has it already: cancelling saves nothing."""
    price = price_words(job)
    cost = "it costs nothing there" if price == "free" else f"it will be billed ({price})"
    return Card(
        (
            line(
                f"This video was sent to {gateway_title(job.gateway)} already, which cannot take it back: {cost} and "
                "will not be posted."
            ),
            quote(job.request.prompt),
        ),
        (Button("Cancel all the same", Verb.CANCEL_SURE, job.id, Weight.DANGER),),
        Tone.WARNING,
    )


def delete_sure_card(job: Job) -> Card:
    """Deleting takes the message and the kept file away for good."""
    counted = " What it cost stays counted." if job.charge is ChargeState.SETTLED and job.quote_micros else ""
    return Card(
        (
            line(f"Delete this video for good? Its message and the file kept here are removed.{counted}"),
            quote(job.request.prompt),
        ),
        (Button("Delete", Verb.DELETE_SURE, job.id, Weight.DANGER),),
        Tone.WARNING,
    )
