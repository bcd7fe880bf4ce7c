"""/video-admin: limits, use, pause, and decisions about uncertain videos.

Hidden from members by Discord; the desk asks again who it is, because a server may show the commands to anybody.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands

from adapters.desk import Actor, Desk, Reply
from adapters.discord.actors import actor_of
from adapters.discord.options import MOST_CHOICES, Given, Option, slash
from adapters.discord.rules import DiscordRules
from bot.generation.job import JobState
from bot.generation.limits import Scope, ScopeKind, Unit, Window
from bot.generation.ports import Resolution, Store, StoreError

Answer = Callable[[discord.Interaction[Any], Awaitable[Reply]], Awaitable[None]]

_UNITS = (
    app_commands.Choice(name="US dollars", value=Unit.USD.value),
    app_commands.Choice(name="videos", value=Unit.VIDEOS.value),
    app_commands.Choice(name="seconds of video", value=Unit.SECONDS.value),
    app_commands.Choice(name="videos at once", value=Unit.JOBS.value),
)
_WINDOWS = (
    app_commands.Choice(name="a day", value=Window.DAY.value),
    app_commands.Choice(name="a month", value=Window.MONTH.value),
)
_EVERYONE, _EACH = "everyone", "each"
_WHOM = (
    app_commands.Choice(name="each user (who has no limit of their own)", value=_EACH),
    app_commands.Choice(name="everyone together", value=_EVERYONE),
)
_USER = Option("user", "One person; leave it out for the limits of all", discord.User)
_UNIT = Option("unit", "What is counted", str, required=True, choices=_UNITS)
_WINDOW = Option("per", "For how long; a day when left out", str, choices=_WINDOWS)
_WHO = Option("whom", "Whose use counts, when no user is named: each user's when left out", str, choices=_WHOM)
_AMOUNT = Option("amount", "Dollars, videos or seconds", app_commands.Range[float, 0, 100_000_000], required=True)
_USAGE_BY = tuple(app_commands.Choice(name=by, value=by) for by in ("user", "model", "gateway", "day"))
_OUTCOMES = (
    app_commands.Choice(name="it runs: watch the task_id", value=Resolution.TASK.value),
    app_commands.Choice(name="it was billed and cannot be found", value=Resolution.BILLED.value),
    app_commands.Choice(name="it was never made", value=Resolution.NOT_CREATED.value),
    app_commands.Choice(name="it was never made: make it now", value=Resolution.AGAIN.value),
)
_UNDECIDED = frozenset({JobState.UNCERTAIN, JobState.LOST})


class Admin:
    """The group of commands. `answer` shows what the desk says."""

    def __init__(self, rules: DiscordRules, desk: Desk, store: Store, answer: Answer) -> None:
        self._rules, self._desk, self._store, self._answer = rules, desk, store, answer

    def group(self) -> app_commands.Group:
        """/video-admin with everything below it."""
        top = app_commands.Group(
            name="video-admin",
            description="Limits, use and decisions, for admins of this bot",
            default_permissions=discord.Permissions(manage_guild=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        )
        quota = app_commands.Group(name="quota", description="See and set what may be spent", parent=top)
        for command in (
            slash("show", "Show the limits, or what one person may still take", self._show, (_USER,)),
            slash("set", "Set a limit", self._set, (_AMOUNT, _UNIT, _USER, _WINDOW, _WHO)),
            slash("clear", "Take a limit away", self._clear, (_UNIT, _USER, _WINDOW, _WHO)),
            slash(
                "grant",
                "Give more on top of a limit until its day or month ends",
                self._grant,
                (
                    _AMOUNT,
                    _UNIT,
                    Option("user", "Who gets it; leave it out for everyone together", discord.User),
                    _WINDOW,
                    Option("reason", "Why; noted in the audit trail", app_commands.Range[str, 1, 200]),
                ),
            ),
        ):
            quota.add_command(command)
        for command in (
            slash(
                "usage",
                "What was made and what it cost",
                self._usage,
                (
                    Option("by", "Added up by; user when left out", str, choices=_USAGE_BY),
                    Option("days", "Of so many days; 30 when left out", app_commands.Range[int, 1, 366]),
                ),
            ),
            slash(
                "pause",
                "Take and start no new videos; what is being made is finished",
                self._pause,
                (Option("reason", "Why; people who ask are told", app_commands.Range[str, 1, 200], required=True),),
            ),
            slash("resume", "End the pause", self._resume),
            slash(
                "resolve",
                "Decide about videos of which nobody knows what became; without options: list them",
                self._resolve,
                (
                    Option(
                        "job",
                        "The id of the video (on its message: Job ...)",
                        app_commands.Range[str, 1, 40],
                        complete=self._jobs,
                    ),
                    Option("outcome", "What became of it", str, choices=_OUTCOMES),
                    Option("task_id", "The task's id at the gateway, if it runs", app_commands.Range[str, 1, 200]),
                ),
            ),
        ):
            top.add_command(command)
        return top

    def _actor(self, interaction: discord.Interaction[Any]) -> Actor:
        return actor_of(interaction, self._rules)

    async def _show(self, interaction: discord.Interaction[Any], given: Given) -> None:
        user = _user_key(given["user"]) if "user" in given else None
        await self._answer(interaction, self._desk.limits(self._actor(interaction), user))

    async def _set(self, interaction: discord.Interaction[Any], given: Given) -> None:
        setting = self._desk.set_limit(
            self._actor(interaction), _scope(given), Unit(given["unit"]), _window(given), _amount(given)
        )
        await self._answer(interaction, setting)

    async def _clear(self, interaction: discord.Interaction[Any], given: Given) -> None:
        clearing = self._desk.clear_limit(self._actor(interaction), _scope(given), Unit(given["unit"]), _window(given))
        await self._answer(interaction, clearing)

    async def _grant(self, interaction: discord.Interaction[Any], given: Given) -> None:
        everyone = Scope(ScopeKind.EVERYONE, "*")
        granting = self._desk.grant(
            self._actor(interaction),
            _scope(given) if "user" in given else everyone,
            Unit(given["unit"]),
            _window(given),
            _amount(given),
            given.get("reason", ""),
        )
        await self._answer(interaction, granting)

    async def _usage(self, interaction: discord.Interaction[Any], given: Given) -> None:
        asking = self._desk.usage(self._actor(interaction), by=given.get("by", "user"), days=given.get("days", 30))
        await self._answer(interaction, asking)

    async def _pause(self, interaction: discord.Interaction[Any], given: Given) -> None:
        await self._answer(interaction, self._desk.pause(self._actor(interaction), given["reason"]))

    async def _resume(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._answer(interaction, self._desk.resume_all(self._actor(interaction)))

    async def _resolve(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor, task_id = self._actor(interaction), given.get("task_id")
        outcome = given.get("outcome", Resolution.TASK.value if task_id else None)
        if "job" not in given or outcome is None:
            await self._answer(interaction, self._desk.uncertain(actor))
            return
        await self._answer(interaction, self._desk.resolve(actor, given["job"], Resolution(outcome), task_id))

    async def _jobs(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        """The videos that wait for a decision; nothing for a member."""
        if not self._actor(interaction).is_admin:
            return []
        try:
            jobs = await self._store.jobs(states=_UNDECIDED, limit=MOST_CHOICES)
        except StoreError:
            return []
        return [
            app_commands.Choice(name=f"{job.id}: {job.state.value}, {job.model} at {job.gateway}", value=job.id)
            for job in jobs
            if job.id.lower().startswith(current.strip().lower())
        ]


def _user_key(user: discord.abc.Snowflake) -> str:
    return f"discord:{user.id}"


def _scope(given: Given) -> Scope:
    if "user" in given:
        return Scope(ScopeKind.USER, _user_key(given["user"]))
    return Scope(ScopeKind.EVERYONE if given.get("whom") == _EVERYONE else ScopeKind.USER, "*")


def _window(given: Given) -> Window:
    return Window.NOW if given["unit"] == Unit.JOBS.value else Window(given.get("per", Window.DAY.value))


def _amount(given: Given) -> str:
    """As people say it: 2.5, and 5 without a point."""
    return f"{given['amount']:.6f}".rstrip("0").rstrip(".")
