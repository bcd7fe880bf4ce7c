"""What admins do beside limits: approvals, bans, closures, rules about prompts, resets, time zones, drains, audit."""

from adapters.cards.approval_card import LISTED, approvals_card
from adapters.cards.card import Card, Said, Tone, line
from adapters.cards.paused_card import pause_line
from adapters.cards.reasons import with_reason
from adapters.cards.ruling_cards import (
    MOST_ROWS,
    audit_card,
    banned_card,
    bans_card,
    closed_card,
    closures_card,
    opened_card,
    prompt_rule_card,
    prompt_rule_removed_card,
    prompt_rules_card,
    reset_card,
    unbanned_card,
    zone_card,
)
from adapters.cards.status import status_line
from adapters.cards.words import clipped
from adapters.desk.actor import Actor
from adapters.desk.amount import seconds_of
from adapters.desk.counter import Counter, answered
from adapters.desk.reply import Outcome, Reply
from bot.generation.barring import EVERYWHERE, Closure, ClosureKind
from bot.generation.job import Job
from bot.generation.limits import Scope, ScopeKind
from bot.generation.ports import NotDecidableError
from bot.generation.prompt_rules import RuleAction, RuleKind

_UNCHANGED = "Nothing was changed."
_REASON_CHARS = 200


class Gatekeeping(Counter):
    """Every method asks first whether the actor may at this moment; a refusal is private and audited.

    Without a `place` ("discord:1", or "*" for everywhere) an act holds in the actor's own workspace, and everywhere for
    an operator outside of any.
    """

    # -------------------------------------------------------------------------------------------- approvals

    @answered(_UNCHANGED)
    async def approvals(self, actor: Actor, most: int = LISTED) -> Reply:
        """The videos that wait for an admin, with their buttons."""
        if not actor.is_admin:
            return await self._refused(actor, "approvals", "")
        waiting = [job for job in await self.service.approvals() if actor.may_rule(job)]
        shown = waiting[:most]
        card = approvals_card(
            shown,
            self.clock.now(),
            self.zone,
            platform=actor.requester.platform,
            rules={job.id: rule for job in shown if (rule := await self.service.rule_behind(job)) is not None},
            more=len(waiting) - len(shown),
        )
        return Reply(card, private=True)

    @answered(_UNCHANGED)
    async def approve(self, actor: Actor, job_id: str) -> Reply:
        """Let a video start that waits for an approval. `job_id` may be shortened. `Reply.job` is the job then."""
        job = await self._to_decide(actor, "approve", job_id)
        if isinstance(job, Reply):
            return job
        try:
            after = await self.service.approve(job.id, actor.key)
        except NotDecidableError as error:
            return self._not_decidable(error)
        return self._decided("Approved.", after)

    @answered(_UNCHANGED)
    async def decline(self, actor: Actor, job_id: str, reason: str = "") -> Reply:
        """End a video that waits for an approval; the reason is shown to whoever asked for it."""
        job = await self._to_decide(actor, "decline", job_id)
        if isinstance(job, Reply):
            return job
        try:
            after = await self.service.decline(job.id, actor.key, clipped(reason, _REASON_CHARS))
        except NotDecidableError as error:
            return self._not_decidable(error)
        return self._decided("Declined. Whoever asked for it is told:", after)

    async def _to_decide(self, actor: Actor, act: str, job_id: str) -> Job | Reply:
        if not actor.is_admin:
            return await self._refused(actor, act, job_id)
        job = await self._job_called(job_id)
        if isinstance(job, Job) and not actor.may_rule(job):
            return await self._refused(actor, act, job.id)
        return job

    async def _job_called(self, job_id: str) -> Job | Reply:
        """The one job whose id begins so."""
        found = await self.store.find_jobs(job_id.strip())
        if len(found) == 1:
            return found[0]
        said = "There is no such job." if not found else "Several jobs begin like this: give more of the id."
        return self._not_meant(said)

    def _decided(self, word: str, job: Job) -> Reply:
        said = with_reason(status_line(self.service.look_at(job)), job.failure)
        return Reply(Card((line(f"{word} ", *said),), tone=Tone.GOOD), private=True, job=job)

    def _not_decidable(self, error: NotDecidableError) -> Reply:
        return Reply(Card((line(Said(str(error))),), tone=Tone.WARNING), private=True)

    # -------------------------------------------------------------------------------------------- bans

    @answered(_UNCHANGED)
    async def ban(self, actor: Actor, user: str, reason: str = "", time: str = "", place: str | None = None) -> Reply:
        """Take nothing from a user (`Requester.key`) for a time ("2 h", "3 days"; "": until an admin ends it)."""
        where = self._place(actor, place)
        if not self._rules(actor, where) or not actor.may_touch(Scope(ScopeKind.USER, user)):
            return await self._refused(actor, "ban", f"user:{user}")
        try:
            seconds = seconds_of(time)
        except ValueError as error:
            return self._not_meant(str(error))
        ban = await self.service.ban(user, where, clipped(reason, _REASON_CHARS), actor.key, seconds)
        return Reply(banned_card(ban, self.clock.now(), self.zone), private=True)

    @answered(_UNCHANGED)
    async def unban(self, actor: Actor, user: str, place: str | None = None) -> Reply:
        """End a ban."""
        where = self._place(actor, place)
        if not self._rules(actor, where):
            return await self._refused(actor, "unban", f"user:{user}")
        was_there = await self.service.unban(user, where, actor.key)
        known = await self.service.bans(None if actor.rules_all else actor.place)
        left = [ban.place for ban in known if ban.user == user]
        card = unbanned_card(user, where, was_there=was_there, left=left, platform=actor.requester.platform)
        return Reply(card, private=True, outcome=_taken_away(was_there=was_there))

    @answered(_UNCHANGED)
    async def bans(self, actor: Actor, most: int = MOST_ROWS) -> Reply:
        """Who is banned: in the admin's workspace, or anywhere for an operator."""
        if not actor.is_admin:
            return await self._refused(actor, "show bans", "")
        bans = await self.service.bans(None if actor.rules_all else actor.place)
        return Reply(bans_card(bans, self.clock.now(), self.zone, most=most), private=True)

    # -------------------------------------------------------------------------------------------- closures

    @answered(_UNCHANGED)
    async def close(self, actor: Actor, closure: Closure) -> Reply:
        """Close a channel, a model or a mode in a place, or name it as one of the only open ones there."""
        if not self._rules(actor, closure.place):
            return await self._refused(actor, "close", f"{closure.kind}:{closure.name}")
        wrong = self._unknown(closure)
        if wrong:
            return self._not_meant(wrong)
        await self.service.close(closure, actor.key)
        return Reply(closed_card(closure), private=True)

    @answered(_UNCHANGED)
    async def open(self, actor: Actor, closure: Closure) -> Reply:
        """Take such a rule away, whichever it is."""
        if not self._rules(actor, closure.place):
            return await self._refused(actor, "open", f"{closure.kind}:{closure.name}")
        was_there = await self.service.open(closure, actor.key)
        outcome = _taken_away(was_there=was_there)
        return Reply(opened_card(closure, was_there=was_there), private=True, outcome=outcome)

    @answered(_UNCHANGED)
    async def closures(self, actor: Actor, most: int = MOST_ROWS) -> Reply:
        """What is closed, and what is one of the only open ones."""
        if not actor.is_admin:
            return await self._refused(actor, "show closures", "")
        closures = await self.service.closures(None if actor.rules_all else actor.place)
        return Reply(closures_card(closures, most=most), private=True)

    def _unknown(self, closure: Closure) -> str:
        """A typing mistake would close nothing, or everything."""
        offers = self.service.catalog.offers()
        known = {
            ClosureKind.MODEL: sorted({offer.model for offer in offers}),
            ClosureKind.MODE: sorted({mode for offer in offers for mode in offer.modes()}),
        }.get(closure.kind)
        if known is None or closure.name in known:
            return ""
        return f"There is no such {closure.kind} here: say {', '.join(known)}."

    # -------------------------------------------------------------------------------------------- rules about prompts

    @answered(_UNCHANGED)
    async def add_prompt_rule(
        self, actor: Actor, kind: RuleKind, pattern: str, action: RuleAction, place: str | None = None
    ) -> Reply:
        """Refuse prompts with these words (or this expression), or send them to approval."""
        where = self._place(actor, place)
        if not self._rules(actor, where):
            return await self._refused(actor, "add prompt rule", where)
        try:
            rule = await self.service.add_prompt_rule(where, kind, pattern, action, actor.key)
        except ValueError as error:
            return self._not_meant(str(error))
        return Reply(prompt_rule_card(rule), private=True)

    @answered(_UNCHANGED)
    async def remove_prompt_rule(self, actor: Actor, rule_id: str, place: str | None = None) -> Reply:
        """Take a rule away."""
        where = self._place(actor, place)
        if not self._rules(actor, where):
            return await self._refused(actor, "remove prompt rule", f"rule:{rule_id}")
        was_there = await self.service.remove_prompt_rule(rule_id.strip(), where, actor.key)
        card = prompt_rule_removed_card(clipped(rule_id, 40), was_there=was_there)
        return Reply(card, private=True, outcome=_taken_away(was_there=was_there))

    @answered(_UNCHANGED)
    async def prompt_rules(self, actor: Actor, most: int = MOST_ROWS) -> Reply:
        """The rules about prompts."""
        if not actor.is_admin:
            return await self._refused(actor, "show prompt rules", "")
        rules = await self.service.prompt_rules(None if actor.rules_all else actor.place)
        return Reply(prompt_rules_card(rules, most=most), private=True)

    # -------------------------------------------------------------------------------------------- the rest

    @answered(_UNCHANGED)
    async def reset(self, actor: Actor, user: str, reason: str = "") -> Reply:
        """Forgive what a user (`Requester.key`) has used in every present window."""
        if not actor.may_touch(Scope(ScopeKind.USER, user)):
            return await self._refused(actor, "reset", f"user:{user}")
        videos = await self.service.reset(user, clipped(reason, _REASON_CHARS), actor.key, actor.place)
        return Reply(reset_card(user, videos), private=True)

    @answered(_UNCHANGED)
    async def set_zone(self, actor: Actor, zone: str, workspace: str | None = None) -> Reply:
        """The time zone in which days, weeks and months of a workspace begin: the actor's own, or the one named."""
        where = actor.place if workspace is None else workspace
        if not where or where == EVERYWHERE:
            return self._not_meant("Say which workspace; the time zone of everyone is the setting VIDEOBOT_TIME_ZONE.")
        if not self._rules(actor, where):
            return await self._refused(actor, "set time zone", f"workspace:{where}")
        try:
            await self.service.set_zone(where, zone.strip(), actor.key)
        except ValueError as error:
            return self._not_meant(str(error))
        return Reply(zone_card(where, zone.strip()), private=True)

    @answered(_UNCHANGED)
    async def drain(self, actor: Actor, reason: str = "") -> Reply:
        """Take and start nothing new, so that the process can be replaced; the next one goes on by itself."""
        if not actor.rules_all:
            return await self._refused(actor, "drain", "")
        pause = await self.service.drain(clipped(reason, _REASON_CHARS), actor.key)
        after = "What is being made will be finished; what waits starts when the next process has taken over."
        return Reply(
            Card((pause_line(pause, self.clock.now(), self.zone), line(after)), tone=Tone.WARNING), private=True
        )

    @answered(_UNCHANGED)
    async def audit(
        self, actor: Actor, subject: str | None = None, most: int = MOST_ROWS, *, refusals: bool = False
    ) -> Reply:
        """The last `most` acts, newest first; of one subject, where one is named as the trail names it: of a user with
        the requests that were not taken, which alone are told with `refusals`. Operators only, for it tells of all
        workspaces."""
        if not actor.rules_all:
            return await self._refused(actor, "audit", subject or "")
        rows = await self.service.audit_rows(subject=subject, limit=most + 1, refusals=refusals)
        card = audit_card(rows, self.clock.now(), self.zone, about=subject, most=most, refusals=refusals)
        return Reply(card, private=True)

    # -------------------------------------------------------------------------------------------- who may

    def _place(self, actor: Actor, place: str | None) -> str:
        return place if place is not None else actor.place or EVERYWHERE

    def _rules(self, actor: Actor, place: str) -> bool:
        return actor.rules_all or (actor.is_admin and place == actor.place != "")


def _taken_away(*, was_there: bool) -> Outcome:
    return Outcome.DONE if was_there else Outcome.NOT_THERE
