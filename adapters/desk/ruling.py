"""What admins do: limits, grants, use, pauses, and decisions about uncertain videos. A member who tries is refused."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from adapters.cards.card import Card, Said, Tone, line, small
from adapters.cards.gateways_card import taken_lines
from adapters.cards.limits_card import granted_card, limit_cleared_card, limit_set_card, limits_card
from adapters.cards.paused_card import pause_line
from adapters.cards.reasons import with_reason
from adapters.cards.status import status_line
from adapters.cards.uncertain_card import Undecided, uncertain_card
from adapters.cards.usage_card import usage_card
from adapters.cards.words import account_title, clipped, sentence
from adapters.charts.usage_chart import usage_chart
from adapters.desk.actor import Actor
from adapters.desk.amount import amount_of
from adapters.desk.counter import answered
from adapters.desk.gatekeeping import Gatekeeping
from adapters.desk.reply import Reply
from bot.generation.job import Job, JobState, Purpose, Requester
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window, applying, requester_of
from bot.generation.ports import GatewayError, Grant, NotDecidableError, Resolution, TaskNotFoundError
from bot.generation.worker import DECIDE_WITHIN

_UNCHANGED = "Nothing was changed."
_REASON_CHARS = 200
_TASK_CHARS = 200
#: So many jobs with their buttons fit in a message.
_LISTED = 4

By = Literal["user", "model", "gateway", "channel", "workspace", "day"]


class Ruling(Gatekeeping):
    """Every method asks first whether the actor is an admin at this moment; a refusal is private and audited."""

    @answered(_UNCHANGED)
    async def limits(self, actor: Actor, user: str | None = None) -> Reply:
        """All limits; with a `user` (`Requester.key`: "discord:42") what applies to them and its use."""
        if not actor.is_admin:
            return await self._refused(actor, "show limits", user or "all")
        now = self.clock.now()
        uses = await self.service.limit_uses(self._as_here(user, actor)) if user is not None else ()
        limits = [x for x in await self.service.limits() if x.scope.id == "*" or actor.may_touch(x.scope)]
        return Reply(limits_card(limits, user, uses, now, self.zone), private=True)

    @answered(_UNCHANGED)
    async def set_limit(
        self, actor: Actor, scope: Scope, unit: Unit, window: Window, amount: float | str | Decimal
    ) -> Reply:
        """Set or replace a limit. `amount` as people say it: dollars for usd, else a whole number. Jobs are counted at
        once and cooldowns (in seconds) between two, whatever `window` says."""
        if not actor.may_touch(scope):
            return await self._refused(actor, "set limit", _subject(scope))
        try:
            limit = Limit(scope, unit, _window(unit, window), amount_of(unit, amount))
            await self.service.set_limit(limit, actor.key)
        except ValueError as error:
            return self._tell(str(error), Tone.WARNING)
        return Reply(limit_set_card(limit), private=True)

    @answered(_UNCHANGED)
    async def clear_limit(self, actor: Actor, scope: Scope, unit: Unit, window: Window) -> Reply:
        """Take a limit away."""
        if not actor.may_touch(scope):
            return await self._refused(actor, "clear limit", _subject(scope))
        try:
            window = _window(unit, window)
        except ValueError as error:
            return self._tell(str(error), Tone.WARNING)
        was_there = await self.service.clear_limit(scope, unit, window, actor.key)
        return Reply(limit_cleared_card(scope, unit, window, was_there=was_there), private=True)

    @answered(_UNCHANGED)
    async def grant(
        self,
        actor: Actor,
        scope: Scope,
        unit: Unit,
        window: Window,
        amount: float | str | Decimal,
        reason: str,
    ) -> Reply:
        """Give one person (or everyone, a workspace, a channel, a role) more for the present window. `amount` as in
        `set_limit`."""
        if not actor.may_touch(scope):
            return await self._refused(actor, "grant", _subject(scope))
        if scope.kind is ScopeKind.USER and scope.id == "*":
            return self._tell("A grant is for one person, or for everyone together.", Tone.WARNING)
        try:
            grant = Grant(scope, unit, window, amount_of(unit, amount))
            await self.service.grant(grant, clipped(reason, _REASON_CHARS), actor.key, actor.place)
        except ValueError as error:
            return self._tell(str(error), Tone.WARNING)
        limits = await self.service.limits()
        if scope.kind is ScopeKind.USER:
            bound = [limit for limit, counted in applying(limits, self._as_here(scope.id, actor)) if counted == scope]
        else:
            bound = [limit for limit in limits if limit.scope in (scope, Scope(scope.kind, "*"))]
        has_limit = any((x.unit, x.window) == (unit, window) for x in bound)
        return Reply(granted_card(grant, has_limit=has_limit), private=True)

    @answered(_UNCHANGED)
    async def usage(self, actor: Actor, *, by: By = "user", days: int = 30, top: int | None = None) -> Reply:
        """What was asked for in the last `days` days (today is the last of them), added up by user, model, gateway,
        channel, workspace or day; of an admin's own workspace, of all for an operator. `top`: only those that cost
        most."""
        if not actor.is_admin:
            return await self._refused(actor, "usage", by)
        days = max(1, min(days, 366))
        place = None if actor.rules_all else actor.place
        zone = ZoneInfo(await self.service.zone(place or ""))
        today = datetime.fromtimestamp(self.clock.now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)
        # By the calendar, not by 24 hours: the day the clocks change is shorter or longer.
        since = (today.replace(tzinfo=None) - timedelta(days=days - 1)).replace(tzinfo=zone)
        until = self.clock.now() + 1.0
        rows = await self.service.usage(since=since.timestamp(), until=until, by=by, place=place)
        period = "the last day" if days == 1 else f"the last {days} days"
        by_day = rows
        if by != "day":
            by_day = await self.service.usage(since=since.timestamp(), until=until, by="day", place=place)
        chart = usage_chart(f"Use in {period}", since.date(), today.date(), by_day, by, rows)
        card = replace(usage_card(rows, by, period, top), chart=chart)
        if self._panel is not None and actor.rules_all:
            card = card.plus(*map(small, taken_lines(await self._panel.taken(since.timestamp(), until))))
        return Reply(card, private=True)

    @answered(_UNCHANGED)
    async def pause(self, actor: Actor, reason: str) -> Reply:
        """Take and start nothing new until `resume_all`; a pause that is in force stays as it is."""
        if not actor.rules_all:
            return await self._refused(actor, "pause", "")
        now = self.clock.now()
        before = await self.service.paused()
        pause = await self.service.pause(clipped(reason, _REASON_CHARS), actor.key)
        after = "What is being made will be finished; what waits stays, and starts after the pause."
        head = "Paused already." if before is not None else "Paused."
        return Reply(
            Card((line(head), pause_line(pause, now, self.zone), line(after)), tone=Tone.WARNING), private=True
        )

    @answered(_UNCHANGED)
    async def resume_all(self, actor: Actor) -> Reply:
        """End a pause, or a drain."""
        if not actor.rules_all:
            return await self._refused(actor, "resume", "")
        if await self.service.resume_all(actor.key):
            return self._tell("The pause is over: videos are taken and started again.", Tone.GOOD)
        return self._tell("There is no pause.")

    @answered(_UNCHANGED)
    async def uncertain(self, actor: Actor) -> Reply:
        """The videos that wait for an admin's decision, with what to do."""
        if not actor.is_admin:
            return await self._refused(actor, "uncertain", "")
        waiting = await self.service.undecided(None if actor.rules_all else actor.place)
        entries = [await self._undecided(job) for job in waiting[:_LISTED]]
        card = uncertain_card(
            entries, self.clock.now(), self.zone, platform=actor.requester.platform, more=len(waiting) - len(entries)
        )
        return Reply(card, private=True)

    @answered(_UNCHANGED)
    async def resolve(self, actor: Actor, job_id: str, how: Resolution, task_id: str | None = None) -> Reply:
        """An admin's decision about an uncertain or lost video; a task id is looked up first where that is possible.
        `job_id` may be shortened. `Reply.job` is the job as it is then."""
        if not actor.is_admin:
            return await self._refused(actor, "resolve", job_id)
        job, note = await self._job_called(job_id), ""
        if isinstance(job, Reply):
            return job
        if not actor.may_rule(job):
            return await self._refused(actor, "resolve", job.id)
        if how is Resolution.TASK:
            task_id = (task_id or "").strip()
            if not task_id or len(task_id) > _TASK_CHARS or not task_id.isprintable():
                return self._tell("Give the id that the gateway shows for the task.", Tone.WARNING)
            checked = await self._look_for(job, task_id)
            if isinstance(checked, Reply):
                return checked
            note = checked
        try:
            after = await self.service.resolve(job.id, how, actor.key, task_id=task_id)
        except NotDecidableError as error:
            return Reply(Card((line(Said(str(error))),), tone=Tone.WARNING), private=True)
        said_now = with_reason(status_line(self.service.look_at(after)), after.failure)
        body = [line("Decided. Whoever asked for it is told: ", *said_now)]
        if note:
            body.append(line(Said(note)))
        return Reply(Card(tuple(body), tone=Tone.GOOD), private=True, job=after)

    # -------------------------------------------------------------------------------------------- small

    def _as_here(self, user: str, actor: Actor) -> Requester:
        """The user in the actor's workspace; in none, where the user is of another platform."""
        requester = requester_of(user)
        if requester.platform != actor.requester.platform:
            return requester
        return replace(requester, workspace=actor.requester.workspace)

    async def _undecided(self, job: Job) -> Undecided:
        attempts = await self.store.attempts(job.id)
        sent_at = attempts[-1].started_at if attempts else job.accepted_at
        decide_by = sent_at + DECIDE_WITHIN if job.state is JobState.UNCERTAIN else None
        return Undecided(job, sent_at, decide_by, await self._url(job, Purpose.STATUS))

    async def _look_for(self, job: Job, task_id: str) -> str | Reply:
        """Ask the gateway for the task: a mistyped id would be watched in vain, and the job lost. What is worth knowing
        where it does not answer."""
        gateway, name = self._gateways.get(job.gateway), account_title(job.gateway)
        if gateway is None or job.state not in (JobState.UNCERTAIN, JobState.LOST):
            return ""
        try:
            await gateway.look(task_id)
        except TaskNotFoundError:
            return self._tell(f"{name[0].upper()}{name[1:]} knows no such task: copy its id once more.", Tone.WARNING)
        except GatewayError as error:
            return f"Whether {name} has this task could not be checked. {sentence(error.message)}"
        return ""


def _window(unit: Unit, window: Window) -> Window:
    if unit.is_of_now:
        return Window.NOW
    if window == Window.NOW:
        raise ValueError(
            "Videos, seconds and dollars are counted by the day or the month, by the hour or the week, or in the last "
            "hours, such as 24h."
        )
    return window


def _subject(scope: Scope) -> str:
    return f"{scope.kind}:{scope.id}"
