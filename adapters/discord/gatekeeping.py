"""The admin commands beside limits: approvals, bans, closures, rules about prompts, the time zone, the audit trail."""

from typing import Any

import discord
from discord import app_commands

from adapters.desk import Desk
from adapters.discord.admin_acting import Acting
from adapters.discord.admin_options import (
    EVERYWHERE_TOO,
    channel,
    closure_of,
    models,
    modes,
    place_of,
    user_key,
    zones,
)
from adapters.discord.options import MOST_CHOICES, Given, Option, slash
from bot.generation.barring import EVERYWHERE, Closure, ClosureKind, ClosureRule
from bot.generation.catalog import Catalog
from bot.generation.job import JobState
from bot.generation.ports import Store, StoreError
from bot.generation.prompt_rules import LONGEST_PATTERN, RuleAction, RuleKind

_APPROVE, _DECLINE = "approve", "decline"
_WAITING = frozenset({JobState.AWAITING_APPROVAL})
_DECISIONS = (
    app_commands.Choice(name="approve: make it", value=_APPROVE),
    app_commands.Choice(name="decline: do not make it", value=_DECLINE),
)
_KINDS = (
    app_commands.Choice(name="words or phrases, with commas between them", value=RuleKind.WORDS.value),
    app_commands.Choice(name="a regular expression", value=RuleKind.REGEX.value),
)
_ACTIONS = (
    app_commands.Choice(name="refuse the prompt", value=RuleAction.REFUSE.value),
    app_commands.Choice(name="send it to approval", value=RuleAction.APPROVE.value),
)
_WHO = Option("user", "Who it is about", discord.User, required=True)
#: What a member is refused who named nothing that could be closed.
_NOTHING = Closure(EVERYWHERE, ClosureKind.MODEL, "", ClosureRule.CLOSED)


class Gatekeeping:
    """Made by `Admin`, which puts the commands under /video-admin."""

    def __init__(self, catalog: Catalog, desk: Desk, store: Store, acting: Acting) -> None:
        self._catalog, self._desk, self._store, self._acting = catalog, desk, store, acting

    def commands(self) -> tuple[app_commands.Command[Any, ..., None], ...]:
        """Those without a group of their own."""
        things = (channel("One channel"), models(self._catalog), modes(self._catalog))
        return (
            slash(
                "approvals",
                "The videos that wait for an approval; with options: decide about one",
                self._approvals,
                (
                    Option("job", "The video's id", app_commands.Range[str, 1, 40], complete=self._jobs),
                    Option("decision", "What is to become of it", str, choices=_DECISIONS),
                    Option("reason", "Why it is declined; told to who asked", app_commands.Range[str, 1, 200]),
                ),
            ),
            slash(
                "ban",
                "Take no more requests from one person",
                self._ban,
                (
                    _WHO,
                    Option("reason", "Why; the person is told", app_commands.Range[str, 1, 200]),
                    Option("time", "30 min, 2 h, 3 days, 1 week; left out: for ever", app_commands.Range[str, 1, 20]),
                    EVERYWHERE_TOO,
                ),
            ),
            slash("unban", "End the ban of one person", self._unban, (_WHO, EVERYWHERE_TOO)),
            slash("bans", "Who is banned, until when and why", self._bans),
            slash(
                "close",
                "Close a channel, a model or a mode",
                self._close,
                (*things, Option("only", "Close all others of its kind instead", bool), EVERYWHERE_TOO),
            ),
            slash("open", "Take such a rule away", self._open, (*things, EVERYWHERE_TOO)),
            slash("closures", "What is closed, and what is one of the only open ones", self._closures),
            slash(
                "zone",
                "Where the days, weeks and months of this server begin",
                self._zone,
                (
                    Option(
                        "zone",
                        "A time zone such as Europe/Berlin",
                        app_commands.Range[str, 1, 60],
                        required=True,
                        complete=zones,
                    ),
                ),
            ),
            slash("forget", "Erase everything this bot keeps of one person; it asks once", self._forget, (_WHO,)),
            slash(
                "audit",
                "What was done, and by whom; for the bot's operators",
                self._audit,
                (
                    Option("user", "What was done about one person", discord.User),
                    Option("job", "What was done about one video: its id", app_commands.Range[str, 1, 40]),
                ),
            ),
        )

    def rules(self) -> app_commands.Group:
        """The group about prompts."""
        group = app_commands.Group(name="prompt-rules", description="Prompts that are refused or sent to approval")
        for command in (
            slash(
                "add",
                "Refuse prompts, or send them to approval",
                self._add_rule,
                (
                    Option(
                        "pattern",
                        "The words, with commas between them, or the expression",
                        app_commands.Range[str, 1, LONGEST_PATTERN],
                        required=True,
                    ),
                    Option("kind", "What the pattern is; left out: words", str, choices=_KINDS),
                    Option("action", "What the rule does; left out: refuse", str, choices=_ACTIONS),
                    EVERYWHERE_TOO,
                ),
            ),
            slash(
                "remove",
                "Take a rule away",
                self._remove_rule,
                (
                    Option(
                        "rule",
                        "The rule's id",
                        app_commands.Range[str, 1, 40],
                        required=True,
                        complete=self._rule_ids,
                    ),
                    EVERYWHERE_TOO,
                ),
            ),
            slash("list", "The rules about prompts", self._list_rules),
        ):
            group.add_command(command)
        return group

    # -------------------------------------------------------------------------------------------- approvals

    async def _approvals(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor, decision = self._acting.actor(interaction), given.get("decision")
        if "job" not in given or decision is None:
            await self._acting.say(interaction, self._desk.approvals(actor))
        elif decision == _APPROVE:
            await self._acting.say(interaction, self._desk.approve(actor, given["job"]))
        else:
            await self._acting.say(interaction, self._desk.decline(actor, given["job"], given.get("reason", "")))

    async def _jobs(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        return await self._acting.jobs(interaction, current, _WAITING)

    # -------------------------------------------------------------------------------------------- bans, closures

    async def _ban(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor, user = self._acting.actor(interaction), user_key(given["user"])
        reason, time = given.get("reason", ""), given.get("time", "")
        await self._acting.say(interaction, self._desk.ban(actor, user, reason, time, place_of(given)))

    async def _unban(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        await self._acting.say(interaction, self._desk.unban(actor, user_key(given["user"]), place_of(given)))

    async def _bans(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._acting.say(interaction, self._desk.bans(self._acting.actor(interaction)))

    async def _close(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        rule = ClosureRule.ONLY if given.get("only") else ClosureRule.CLOSED
        closure = await self._acting.read(interaction, lambda: closure_of(actor, given, rule), _NOTHING)
        if closure is not None:
            await self._acting.say(interaction, self._desk.close(actor, closure))

    async def _open(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        closure = await self._acting.read(interaction, lambda: closure_of(actor, given), _NOTHING)
        if closure is not None:
            await self._acting.say(interaction, self._desk.open(actor, closure))

    async def _closures(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._acting.say(interaction, self._desk.closures(self._acting.actor(interaction)))

    # -------------------------------------------------------------------------------------------- rules about prompts

    async def _add_rule(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        kind = RuleKind(given.get("kind", RuleKind.WORDS.value))
        action = RuleAction(given.get("action", RuleAction.REFUSE.value))
        adding = self._desk.add_prompt_rule(actor, kind, given["pattern"], action, place_of(given))
        await self._acting.say(interaction, adding)

    async def _remove_rule(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        await self._acting.say(interaction, self._desk.remove_prompt_rule(actor, given["rule"], place_of(given)))

    async def _list_rules(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._acting.say(interaction, self._desk.prompt_rules(self._acting.actor(interaction)))

    async def _rule_ids(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        """The rules of this server, and those of everywhere for an operator; nothing for a member."""
        actor = self._acting.actor(interaction)
        if not actor.is_admin:
            return []
        try:
            rules = await self._store.prompt_rules(actor.place)
        except StoreError:
            return []
        return [
            app_commands.Choice(name=f"{rule.id}: {rule.pattern}"[:100], value=rule.id)
            for rule in rules
            if (actor.rules_all or rule.place == actor.place) and current.strip().lower() in rule.id.lower()
        ][:MOST_CHOICES]

    # -------------------------------------------------------------------------------------------- the rest

    async def _zone(self, interaction: discord.Interaction[Any], given: Given) -> None:
        await self._acting.say(interaction, self._desk.set_zone(self._acting.actor(interaction), given["zone"]))

    async def _forget(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        await self._acting.say(interaction, self._desk.forget_user(actor, user_key(given["user"])))

    async def _audit(self, interaction: discord.Interaction[Any], given: Given) -> None:
        subject = f"user:{user_key(given['user'])}" if "user" in given else given.get("job")
        await self._acting.say(interaction, self._desk.audit(self._acting.actor(interaction), subject))
