"""What every admin command stands on: who acts, what they meant, and the answer."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

import discord
from discord import app_commands

from adapters.cards.card import Tone
from adapters.cards.told import told
from adapters.desk import Actor, Reply
from adapters.discord.actors import actor_of
from adapters.discord.options import MOST_CHOICES
from adapters.discord.rules import DiscordRules
from bot.generation.job import JobState
from bot.generation.ports import Store, StoreError

Answer = Callable[[discord.Interaction[Any], Awaitable[Reply]], Awaitable[None]]
T = TypeVar("T")


class Acting:
    """`answer` shows what the desk says."""

    def __init__(self, rules: DiscordRules, store: Store, answer: Answer) -> None:
        self._rules, self._store, self._answer = rules, store, answer

    def actor(self, interaction: discord.Interaction[Any]) -> Actor:
        """Who used the command."""
        return actor_of(interaction, self._rules)

    async def say(self, interaction: discord.Interaction[Any], asking: Awaitable[Reply]) -> None:
        """Answer with what the desk says."""
        await self._answer(interaction, asking)

    async def read(self, interaction: discord.Interaction[Any], meant: Callable[[], T], otherwise: T) -> T | None:
        """What the options mean; None when they cannot be read, which is told. A member gets `otherwise`: the desk
        refuses them, whatever they wrote, and notes it."""
        try:
            return meant()
        except ValueError as error:
            if not self.actor(interaction).is_admin:
                return otherwise
            await self._answer(interaction, _told(str(error)))
            return None

    async def jobs(
        self, interaction: discord.Interaction[Any], current: str, states: Collection[JobState]
    ) -> list[app_commands.Choice[Any]]:
        """For autocomplete: the videos in these states that are this admin's to decide; nothing for a member."""
        actor = self.actor(interaction)
        if not actor.is_admin:
            return []
        try:
            jobs = await self._store.jobs(states=states, limit=MOST_CHOICES)
        except StoreError:
            return []
        return [
            app_commands.Choice(
                name=f"{job.id}: {job.state.replace('_', ' ')}, {job.model} at {job.gateway}", value=job.id
            )
            for job in jobs
            if actor.may_rule(job) and job.id.lower().startswith(current.strip().lower())
        ]


async def _told(text: str) -> Reply:
    return Reply(told(text, Tone.WARNING), private=True)
