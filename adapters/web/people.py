"""Who can sit at the page: three people on this machine, so that everything can be tried, sharing included."""

from dataclasses import dataclass

from adapters.desk import Actor
from bot.generation.job import Requester

PLATFORM = "web"
CHANNEL = "videos"  # the one channel


@dataclass(frozen=True, slots=True)
class Person:
    """One of them, as they are at this page; the platform knows them by `id`."""

    id: str
    name: str
    is_admin: bool = False

    @property
    def actor(self) -> Actor:
        """The person at the desk."""
        return Actor(Requester(PLATFORM, self.id, channel=CHANNEL), self.name, is_admin=self.is_admin)


PEOPLE = (Person("anna", "Anna"), Person("ben", "Ben"), Person("ada", "Ada", is_admin=True))
_BY_ID = {person.id: person for person in PEOPLE}


def person_of(person_id: str) -> Person:
    """The person of this id; the first one for an unknown id."""
    return _BY_ID.get(person_id, PEOPLE[0])


def name_of(person_id: str) -> str:
    """How a person of this id is called."""
    known = _BY_ID.get(person_id)
    return known.name if known is not None else person_id
