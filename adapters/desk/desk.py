"""The whole desk in one object."""

from adapters.desk.forgetting import Forgetting
from adapters.desk.keeping import Keeping
from adapters.desk.ordering import Ordering
from adapters.desk.ruling import Ruling
from adapters.desk.switching import Switching


class Desk(Ordering, Keeping, Ruling, Switching, Forgetting):
    """Everything a chat platform can ask for on behalf of one person. Every answer is a `Reply` with a card that the
    platform lays out; a database that cannot be used is an answer, too, never an exception."""
