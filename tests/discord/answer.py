"""What a person got back from the bot, with the words and buttons that tests ask for."""

from dataclasses import dataclass
from typing import Any

from adapters.cards.card import Verb
from tests.fakes.discord import FakeMessage, Interaction, Modal
from tests.fakes.discord.interactions import DEFERRED_UPDATE


def button(message: FakeMessage, verb: Verb) -> str | None:
    """The custom id of the button with this verb."""
    ids = (each.custom_id for each in message.buttons if each.custom_id)
    return next((each for each in ids if each.startswith(f"v1:{verb}:")), None)


@dataclass(frozen=True)
class Answer:
    """What an interaction was answered with, as it is now."""

    used: Interaction

    @property
    def message(self) -> FakeMessage:
        """The message of the answer."""
        used = self.used
        found = used.followups[0] if used.response_type == DEFERRED_UPDATE and used.followups else used.message
        assert found is not None, used
        return found

    @property
    def private(self) -> bool:
        return self.message.ephemeral

    @property
    def text(self) -> str:
        """The answer and what followed it."""
        return "\n".join(message.text for message in dict.fromkeys([self.message, *self.used.followups]))

    def button(self, verb: Verb) -> str | None:
        """The custom id of the answer's button with this verb."""
        return button(self.message, verb)

    @property
    def modal(self) -> Modal | None:
        """The form that opened."""
        return self.used.modal

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The form's fields by custom id."""
        assert self.modal is not None, self.text
        return self.modal.inputs

    def chosen(self, name: str) -> list[str]:
        """What a choice of the form is filled in with."""
        return [option["value"] for option in self.fields[name]["options"] if option.get("default")]

    def value(self, name: str) -> str:
        """What a text field of the form is filled in with."""
        return str(self.fields[name].get("value", ""))
