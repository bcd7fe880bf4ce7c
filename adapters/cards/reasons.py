"""A sentence of ours that holds the words of a failure, taken apart: those may be a gateway's own and are escaped."""

from adapters.cards.card import Piece, Said, Words
from adapters.cards.words import happened, sentence
from bot.generation.job import Failure


def with_reason(text: str, failure: Failure | None) -> tuple[Piece, ...]:
    """`text` as pieces, with the part that comes from the failure as a `Said`."""
    if failure is None:
        return (Words(text),)
    for reason in (sentence(failure.message), happened(failure.message)):
        before, found, after = text.partition(reason)
        if reason and found:
            around = (Words(before) if before else None, Said(reason), Words(after) if after else None)
            return tuple(piece for piece in around if piece is not None)
    return (Words(text),)
