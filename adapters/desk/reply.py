"""What the desk answers."""

from dataclasses import dataclass
from enum import StrEnum

from adapters.cards.card import Card
from bot.generation.job import Job
from bot.generation.ports import Draft


class Outcome(StrEnum):
    """Whether what was wished could be done; a chat shows the card alone, a program has to know."""

    DONE = "done"
    NOT_THERE = "not there"  # nothing was there to take away
    NOT_MEANT = "not meant"  # what was said cannot be meant


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `private`: only the person who acted may see it.

    `job` is set when something happened to a job: it was accepted (then `card` is its status message, which can be the
    immediate response), its cancel was wished, its video was deleted, it was decided about. A second press on the same
    button gets a private card without `job`, because the job's status message is there already.
    `draft` is what a form opens with, where the card offers one. `aside` is for the person alone, beside the card: what
    is worth knowing about an accepted video. A platform that cannot show it leaves it out.
    """

    card: Card
    private: bool
    job: Job | None = None
    draft: Draft | None = None
    aside: Card | None = None
    outcome: Outcome = Outcome.DONE
