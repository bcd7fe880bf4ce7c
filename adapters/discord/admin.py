"""/video-admin: limits, use, pause, and decisions about uncertain videos; beside it, what `gatekeeping` adds.

Hidden from members by Discord; the desk asks again who it is, because a server may show the commands to anybody.
"""

from typing import Any

import discord
from discord import app_commands

from adapters.desk import Desk
from adapters.discord.admin_acting import Acting, Answer
from adapters.discord.admin_gateways import Gateways
from adapters.discord.admin_options import (
    AMOUNT,
    REASON,
    UNIT,
    USER,
    WINDOW,
    amount_of,
    scope_of,
    user_key,
    whose,
    window_of,
)
from adapters.discord.gatekeeping import Gatekeeping
from adapters.discord.options import Given, Option, slash
from adapters.discord.rules import DiscordRules
from bot.generation.catalog import Catalog
from bot.generation.job import JobState
from bot.generation.limits import Scope, ScopeKind, Unit, Window
from bot.generation.ports import Resolution, Store

_USAGE_BY = tuple(
    app_commands.Choice(name=by.replace("workspace", "server"), value=by)
    for by in ("user", "model", "gateway", "channel", "workspace", "day")
)
_OUTCOMES = (
    app_commands.Choice(name="it runs: watch the task_id", value=Resolution.TASK.value),
    app_commands.Choice(name="it was billed and cannot be found", value=Resolution.BILLED.value),
    app_commands.Choice(name="it was never made", value=Resolution.NOT_CREATED.value),
    app_commands.Choice(name="it was never made: make it now", value=Resolution.AGAIN.value),
)
_UNDECIDED = frozenset({JobState.UNCERTAIN, JobState.LOST})
_EVERYONE = Scope(ScopeKind.EVERYONE, "*")


class Admin:
    """The group of commands. `answer` shows what the desk says."""

    def __init__(self, rules: DiscordRules, catalog: Catalog, desk: Desk, store: Store, answer: Answer) -> None:
        self._catalog, self._desk = catalog, desk
        self._acting = Acting(rules, store, answer)
        self._gatekeeping = Gatekeeping(catalog, desk, store, self._acting)

    def group(self) -> app_commands.Group:
        """/video-admin with everything below it."""
        top = app_commands.Group(
            name="video-admin",
            description="Limits, use and decisions, for admins of this bot",
            default_permissions=discord.Permissions(manage_guild=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        )
        quota = app_commands.Group(name="quota", description="See and set what may be spent", parent=top)
        for command in self._quota():
            quota.add_command(command)
        for command in (*self._others(), Gateways(self._desk, self._acting).command(), *self._gatekeeping.commands()):
            top.add_command(command)
        top.add_command(self._gatekeeping.rules())
        return top

    def _quota(self) -> tuple[app_commands.Command[Any, ..., None], ...]:
        of_whom = whose(self._catalog)
        return (
            slash("show", "Show the limits, or what one person may still take", self._show, (USER,)),
            slash("set", "Set a limit", self._set, (AMOUNT, UNIT, WINDOW, *of_whom)),
            slash("clear", "Take a limit away", self._clear, (UNIT, WINDOW, *of_whom)),
            slash(
                "grant",
                "Give more on top of a limit until its present time ends",
                self._grant,
                (AMOUNT, UNIT, WINDOW, *whose(self._catalog, grant=True), REASON),
            ),
            slash(
                "reset",
                "Forgive what one person has used",
                self._reset,
                (Option("user", "Whose use is forgiven", discord.User, required=True), REASON),
            ),
        )

    def _others(self) -> tuple[app_commands.Command[Any, ..., None], ...]:
        return (
            slash(
                "usage",
                "What was made and what it cost",
                self._usage,
                (
                    Option("by", "Added up by; left out: user", str, choices=_USAGE_BY),
                    Option("days", "Of so many days; left out: 30", app_commands.Range[int, 1, 366]),
                    Option("top", "Only the so many that cost most", app_commands.Range[int, 1, 20]),
                ),
            ),
            slash(
                "pause",
                "Take and start no new videos; what is being made is finished",
                self._pause,
                (Option("reason", "Why; people who ask are told", app_commands.Range[str, 1, 200], required=True),),
            ),
            slash("resume", "End the pause, or the drain", self._resume),
            slash(
                "drain",
                "The same as a pause, until the bot is started again",
                self._drain,
                (Option("reason", "Why; people who ask are told", app_commands.Range[str, 1, 200]),),
            ),
            slash(
                "resolve",
                "Decide about videos of which nobody knows what became; without options: list them",
                self._resolve,
                (
                    Option("job", "The video's id", app_commands.Range[str, 1, 40], complete=self._jobs),
                    Option("outcome", "What became of it", str, choices=_OUTCOMES),
                    Option("task_id", "The task's id at the gateway, if it runs", app_commands.Range[str, 1, 200]),
                ),
            ),
        )

    async def _show(self, interaction: discord.Interaction[Any], given: Given) -> None:
        user = user_key(given["user"]) if "user" in given else None
        await self._acting.say(interaction, self._desk.limits(self._acting.actor(interaction), user))

    async def _set(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        read = await self._acting.read(interaction, lambda: (scope_of(actor, given), window_of(given)), _DEFAULT)
        if read is not None:
            scope, window = read
            setting = self._desk.set_limit(actor, scope, Unit(given["unit"]), window, amount_of(given))
            await self._acting.say(interaction, setting)

    async def _clear(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        read = await self._acting.read(interaction, lambda: (scope_of(actor, given), window_of(given)), _DEFAULT)
        if read is not None:
            scope, window = read
            await self._acting.say(interaction, self._desk.clear_limit(actor, scope, Unit(given["unit"]), window))

    async def _grant(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)

        def meant() -> tuple[Scope, Window]:
            return scope_of(actor, given, left_out="everyone"), window_of(given)

        read = await self._acting.read(interaction, meant, _DEFAULT)
        if read is not None:
            scope, window = read
            amount, reason = amount_of(given), given.get("reason", "")
            granting = self._desk.grant(actor, scope, Unit(given["unit"]), window, amount, reason)
            await self._acting.say(interaction, granting)

    async def _reset(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        resetting = self._desk.reset(actor, user_key(given["user"]), given.get("reason", ""))
        await self._acting.say(interaction, resetting)

    async def _usage(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        by, days, top = given.get("by", "user"), given.get("days", 30), given.get("top")
        await self._acting.say(interaction, self._desk.usage(actor, by=by, days=days, top=top))

    async def _pause(self, interaction: discord.Interaction[Any], given: Given) -> None:
        await self._acting.say(interaction, self._desk.pause(self._acting.actor(interaction), given["reason"]))

    async def _resume(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._acting.say(interaction, self._desk.resume_all(self._acting.actor(interaction)))

    async def _drain(self, interaction: discord.Interaction[Any], given: Given) -> None:
        await self._acting.say(interaction, self._desk.drain(self._acting.actor(interaction), given.get("reason", "")))

    async def _resolve(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor, task_id = self._acting.actor(interaction), given.get("task_id")
        outcome = given.get("outcome", Resolution.TASK.value if task_id else None)
        if "job" not in given or outcome is None:
            await self._acting.say(interaction, self._desk.uncertain(actor))
            return
        await self._acting.say(interaction, self._desk.resolve(actor, given["job"], Resolution(outcome), task_id))

    async def _jobs(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        return await self._acting.jobs(interaction, current, _UNDECIDED)


#: What a member is refused who gave options that cannot be read.
_DEFAULT = (_EVERYONE, Window.DAY)
