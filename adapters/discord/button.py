"""Buttons that work after any restart: what they do and on what is in their id, and nothing is kept in memory."""

import logging
import re
from collections.abc import Awaitable
from typing import Any, Protocol, Self, runtime_checkable

import discord

from adapters.cards.card import Button, Verb, Weight
from adapters.discord.markup import clusters, cut

log = logging.getLogger("videobot.discord")

LABEL_UNITS = 80  # of a button's label (https://docs.discord.com/developers/components/reference, "Button")

_STYLE = {
    Weight.MAIN: discord.ButtonStyle.primary,
    Weight.QUIET: discord.ButtonStyle.secondary,
    Weight.DANGER: discord.ButtonStyle.danger,
}
_VERBS = "|".join(re.escape(verb) for verb in Verb)


@runtime_checkable
class Presses(Protocol):
    """A client that knows what to do when a button is pressed."""

    def on_press(self, interaction: discord.Interaction[Any], verb: Verb, subject: str, /) -> Awaitable[None]:
        """`subject` is the id of the job or draft. Answers the interaction itself, within three seconds."""
        ...


def label(text: str) -> str:
    """A button's label, cut where it is too long."""
    return cut(list(clusters(text)), LABEL_UNITS)


def button_id(verb: Verb, subject: str) -> str:
    """The custom id of a button: "v1:again:K3X9"."""
    return f"v1:{verb}:{subject}"


class JobButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"v1:(?P<verb>{_VERBS}):(?P<subject>[A-Za-z0-9_.~-]{{1,40}})",
):
    """A button about a job or a draft. Registered once with `client.add_dynamic_items(JobButton)`; what a press does
    is the client's `on_press` (see Presses)."""

    def __init__(self, item: discord.ui.Button[Any], verb: Verb, subject: str) -> None:
        super().__init__(item)
        self.verb, self.subject = verb, subject

    @classmethod
    def of(cls, button: Button) -> Self:
        """The button as the card has it."""
        item: discord.ui.Button[Any] = discord.ui.Button(
            style=_STYLE[button.weight],
            label=label(button.label),
            custom_id=button_id(button.verb, button.subject),
        )
        return cls(item, button.verb, button.subject)

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed, made from its id alone."""
        assert isinstance(item, discord.ui.Button)  # noqa: S101 - only buttons are sent under such ids
        return cls(item, Verb(match["verb"]), match["subject"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press to the client."""
        client = interaction.client
        if isinstance(client, Presses):
            await client.on_press(interaction, self.verb, self.subject)
        else:
            log.error("a button was pressed, and this client does not know what buttons do")
