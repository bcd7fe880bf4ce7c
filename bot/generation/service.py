"""GenerationService: the one door for every adapter - quote, submit, cancel, again, jobs, usage, and what admins do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.generation import learned
from bot.generation.about import about
from bot.generation.accounts import first_of_each, gateway_of
from bot.generation.barring import Ban, Barred, Closure, ForbiddenPrompt, NotAllowedError, WrongPlace
from bot.generation.catalog import Catalog
from bot.generation.cheaper import charge_of, cheapest_change
from bot.generation.check import Checked, check
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.limits import Limit, LimitUse, Policy, Refusal, Scope, Unit, Window, fits, place_of, window_start
from bot.generation.ports import (
    AuditRow,
    Clock,
    Forgotten,
    Grant,
    Ids,
    JobView,
    LimitWarning,
    NewJob,
    NotDecidableError,
    Pause,
    PausedError,
    ReportLine,
    Resolution,
    Store,
    StoreError,
    UsageRow,
)
from bot.generation.prompt_rules import PromptRule, RuleAction, RuleKind, judge
from bot.generation.refused import why
from bot.generation.request import VideoRequest

log = logging.getLogger("videobot.service")

BILLS_EVERY = 60.0  # seconds between looks at the bills that prices are learned from
PRESS = 10.0  # seconds in which "again" pressed twice by the same person on the same job means one job


class InvalidRequestError(Exception):
    """The request breaks rules of the model: `checked.problems` has all of them, `checked.proposal` a change."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(" ".join(problem.message for problem in checked.problems))
        self.checked = checked


class OverLimitError(Exception):
    """The request is fine but does not fit in a limit. `cheaper`: a change that fits, None when only waiting helps."""

    def __init__(self, refusal: Refusal, checked: Checked, cheaper: Checked | None) -> None:
        super().__init__("over a limit")
        self.refusal, self.checked, self.cheaper = refusal, checked, cheaper


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a request would be and cost, and whether it fits in the requester's limits at this moment."""

    checked: Checked
    uses: tuple[LimitUse, ...]
    over: tuple[LimitUse, ...]
    cheaper: Checked | None
    ask_first: bool  # the price is above the setting: ask for a press before it is spent
    needs_approval: bool = False  # an admin has to approve it before anything is spent


@dataclass(frozen=True, slots=True)
class Approval:
    """When a request waits for an admin: above a price in micro-dollars (0 = never by price), for so many seconds."""

    above_micros: int = 0
    seconds: float = 86_400.0


@dataclass
class GenerationService:
    """Everything a platform may ask for. It knows none of them."""

    store: Store
    catalog: Catalog
    clock: Clock
    ids: Ids
    default_gateway: str | None
    default_model: str
    policy: Policy
    confirm_above_micros: int
    wake: Callable[[Job], None]
    look_at: Callable[[Job], JobView]
    on_pause: Callable[[Pause | None], None] = lambda _pause: None  # told when one began, and None when it ended
    on_warnings: Callable[[Sequence[LimitWarning]], None] = lambda _warnings: None  # nearly full limits, each once
    on_approval: Callable[[Job], None] = lambda _job: None  # told of each job that waits for an admin
    approval: Approval = field(default_factory=Approval)
    accounts: Mapping[str, str] = field(default_factory=dict)  # gateway -> its account that takes new jobs
    age_restricted_only: bool = False  # take requests only from channels marked as age-restricted
    _learned: Catalog | None = None
    _learned_at: float = float("-inf")
    _presses: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def limits_zone(self) -> str:
        """The operator's time zone, where a workspace has none of its own."""
        return self.policy.zone

    @property
    def priced(self) -> Catalog:
        """The catalog with the prices that the gateways' bills taught."""
        return self._learned or self.catalog

    async def learn(self) -> None:
        """Look at the latest bills again, at most once a minute."""
        now = self.clock.now()
        if 0 <= now - self._learned_at < BILLS_EVERY:
            return
        self._learned_at = now
        bills = await self.store.bills()  # first: the catalog may become another one meanwhile
        self._learned = learned.corrected(self.catalog, bills, now)

    def check(self, request: VideoRequest) -> Checked:
        """All problems of a request at once, its notes, its price."""
        return check(request, self.priced, default_model=self.default_model, default_gateway=self.default_gateway)

    def offer(self, catalog: Catalog, accounts: Sequence[str]) -> None:
        """From now on new jobs are chosen from this catalog, and go to the first of these accounts that is at their
        gateway; at the gateway of the first one where they name none."""
        self.catalog, self.default_gateway = catalog, gateway_of(accounts[0])
        self.accounts = first_of_each(accounts)
        self._learned, self._learned_at = None, float("-inf")

    async def quote(self, request: VideoRequest, requester: Requester, address: Address | None = None) -> Quoted:
        """What this request would cost this person now, from the catalog corrected by the gateways' bills. Raises
        InvalidRequestError, NotAllowedError, StoreError. Without an `address` nothing is said about the place."""
        await self.learn()
        checked = self._valid(request)
        rule = await self._judged(checked, requester, address)
        await self._let_in(checked, requester)
        charge, models = charge_of(checked), self._models(checked)
        uses = tuple(await self.store.limit_uses(requester, self.policy, self.clock.now(), models, charge))
        over = fits(uses, charge)
        cheaper = self._cheaper(checked, uses) if over else None
        price = checked.quote.micros if checked.quote else 0
        waits = rule is not None or self._is_dear(price)
        return Quoted(checked, uses, over, cheaper, price > self.confirm_above_micros, waits)

    async def submit(
        self,
        request: VideoRequest,
        requester: Requester,
        address: Address,
        *,
        intake_key: str | None = None,
        needs_approval: bool = False,
    ) -> Job:
        """Accept a request: from here on it is never lost. The same `intake_key` again gives the same job.

        With `needs_approval`, above the price of the setting, or by a prompt rule, the job waits for an admin. Each of
        NotAllowedError, OverLimitError and PausedError leaves a row in the audit trail.
        Raises those, InvalidRequestError, StoreError.
        """
        try:
            return await self._submit(request, requester, address, intake_key, needs_approval)
        except (NotAllowedError, OverLimitError, PausedError) as error:
            await self.note_refused(error, requester)
            raise

    async def note_refused(self, error: NotAllowedError | OverLimitError | PausedError, requester: Requester) -> None:
        """Leave a row in the audit trail about a request that was not taken, so that an admin can say why; for whoever
        refuses it before `submit` does. Never for a mere quote. A store that is away is only logged: the person gets
        their answer all the same."""
        if isinstance(error, NotAllowedError):
            facts = why(error.barred, requester)
        elif isinstance(error, PausedError):
            facts = why(error.pause, requester)
        else:
            facts = why(error.refusal, requester)
        try:
            await self.store.audit_refusal(requester.key, facts.reason, facts.detail, self.clock.now())
        except StoreError as away:
            log.warning("a refusal is not in the audit trail: %s", away)

    async def _submit(
        self,
        request: VideoRequest,
        requester: Requester,
        address: Address,
        intake_key: str | None,
        needs_approval: bool,
    ) -> Job:
        if intake_key is not None and (before := await self.store.job_of_intake(intake_key)) is not None:
            return self._woken(before)
        await self.learn()
        checked = self._valid(request)
        rule = await self._judged(checked, requester, address)
        offer, quote, effective = checked.offer, checked.quote, checked.effective
        if offer is None or quote is None or effective is None:
            raise InvalidRequestError(checked)
        now = self.clock.now()
        waits = needs_approval or rule is not None or self._is_dear(quote.micros)
        new = NewJob(
            id=self.ids.job_id(),
            request=checked.request,
            requester=requester,
            address=address,
            gateway=self.accounts.get(offer.gateway, offer.gateway),
            model=offer.model,
            dialect=offer.dialect,
            mode=effective.mode,
            duration=effective.duration,
            audio=effective.audio,
            quote_micros=quote.micros,
            held_micros=quote.held_micros,
            quote_is_estimate=quote.estimate,
            intake_key=intake_key,
            needs_approval=waits,
            approve_by=now + self.approval.seconds if waits else None,
        )
        accepted = await self.store.accept(new, self.policy, now)
        if isinstance(accepted, Refusal):
            models = self._models(checked)
            uses = await self.store.limit_uses(requester, self.policy, now, models, accepted.charge)
            raise OverLimitError(accepted, checked, self._cheaper(checked, uses))
        self.wake(accepted)
        await self._tell_of(accepted)
        return accepted

    async def again(self, job_id: str, requester: Requester, address: Address, *, intake_key: str | None = None) -> Job:
        """The same request once more, as a new job of whoever asks. Without an `intake_key`, two presses within ten
        seconds give the same job. Raises LookupError and what `submit` raises."""
        job = await self.store.job(job_id)
        if job is None:
            raise LookupError(f"There is no job {job_id}.")
        if intake_key is not None:
            return await self.submit(job.request, requester, address, intake_key=intake_key)
        async with self._presses:  # one press at a time, so that the second sees the job of the first
            now = self.clock.now()
            press, before = (f"again:{job_id}:{requester.key}:{int(now // PRESS) - back}" for back in (0, 1))
            made = await self.store.job_of_intake(before)
            if made is not None and now - made.accepted_at < PRESS:
                return made
            return await self.submit(job.request, requester, address, intake_key=press)

    async def job(self, job_id: str) -> JobView | None:
        """A job as it is now; None when there is none."""
        job = await self.store.job(job_id)
        return None if job is None else self.look_at(job)

    async def jobs(
        self, *, states: Collection[JobState] | None = None, user: str | None = None, limit: int = 50
    ) -> Sequence[Job]:
        """Jobs, newest first."""
        return await self.store.jobs(states=states, user=user, limit=limit)

    async def undecided(self, place: str | None = None, limit: int = 50) -> Sequence[Job]:
        """Jobs that wait for an admin's decision, newest first; of one workspace ("discord:1"), or of all."""
        return await self.store.undecided(place, limit)

    async def cancel(self, job_id: str, by: str) -> Job:
        """Store the wish: free while nothing was sent, later "will be billed, not posted". Raises NotDecidableError."""
        return self._woken(await self.store.want_cancel(job_id, by, self.clock.now()))

    async def resume(self, job_id: str, by: str) -> Job:
        """Make a job due now. Raises NotDecidableError."""
        return self._woken(await self.store.resume(job_id, by, self.clock.now()))

    async def resolve(self, job_id: str, how: Resolution, by: str, *, task_id: str | None = None) -> Job:
        """An admin's decision about an uncertain or lost job. Raises NotDecidableError."""
        return self._woken(await self.store.resolve(job_id, how, by, self.clock.now(), task_id=task_id))

    # ------------------------------------------------------------------------------------------------ approval

    async def rule_behind(self, job: Job) -> PromptRule | None:
        """The rule about prompts, as the rules are now, that sends this job to approval; None where its price does."""
        return await self._rule_about(job.request, job.requester)

    async def approve(self, job_id: str, by: str) -> Job:
        """Let a job start that waits for an approval, unless a rule that came after it refuses its prompt. Raises
        NotDecidableError."""
        job = await self.store.job(job_id)
        if job is not None and job.state is JobState.AWAITING_APPROVAL:
            rule = await self._rule_about(job.request, job.requester)
            if rule is not None and rule.action is RuleAction.REFUSE:
                raise NotDecidableError(
                    f"The prompt of job {job_id} is refused by now (rule {rule.id}): decline it, or take the rule away."
                )
        return self._woken(await self.store.approve(job_id, by, self.clock.now()))

    async def decline(self, job_id: str, by: str, reason: str = "") -> Job:
        """End a job that waits for an approval; nothing is taken from any limit. Raises NotDecidableError."""
        return self._woken(await self.store.decline(job_id, by, reason, self.clock.now()))

    async def approvals(self) -> Sequence[Job]:
        """The jobs that wait for an approval, oldest first."""
        waiting = await self.store.jobs(states={JobState.AWAITING_APPROVAL}, limit=200)
        return sorted(waiting, key=lambda job: job.accepted_at)

    # -------------------------------------------------------------------------------------------- pause and drain

    async def pause(self, reason: str, by: str) -> Pause:
        """Accept and start nothing until `resume_all`; what runs is finished. The pause that is in force."""
        pause = await self.store.pause(reason, by, self.clock.now())
        self.on_pause(pause)
        return pause

    async def drain(self, reason: str, by: str) -> Pause:
        """The same before this process is replaced: the next one that runs the jobs ends it by itself."""
        pause = await self.store.pause(reason, by, self.clock.now(), drain=True)
        self.on_pause(pause)
        return pause

    async def undrain(self, by: str) -> bool:
        """End a drain, and nothing else; False when there was none."""
        pause = await self.store.paused()
        return pause is not None and pause.drain and await self.resume_all(by)

    async def resume_all(self, by: str) -> bool:
        """End a pause; False when there was none."""
        was_paused = await self.store.resume_all(by, self.clock.now())
        self.on_pause(None)
        return was_paused

    async def paused(self) -> Pause | None:
        """The pause that is in force, if there is one."""
        return await self.store.paused()

    # -------------------------------------------------------------------------------------------- limits and money

    async def limits(self) -> Sequence[Limit]:
        """Every limit, from everyone's to the single ones'."""
        return await self.store.limits()

    async def set_limit(self, limit: Limit, by: str) -> None:
        """Set or replace a limit. Raises ValueError with a sentence for one that cannot be counted."""
        await self.store.set_limit(limit, by, self.clock.now())

    async def clear_limit(self, scope: Scope, unit: Unit, window: Window, by: str) -> bool:
        """Take a limit away; False when there was none."""
        return await self.store.clear_limit(scope, unit, window, by, self.clock.now())

    async def grant(self, grant: Grant, reason: str, by: str, workspace: str = "") -> None:
        """Give more on top of a limit until its present window (of the clock of `workspace`) ends. Raises ValueError
        for what cannot be granted."""
        await self.store.grant(grant, await self.zone(workspace), reason, by, self.clock.now())

    async def reset(self, user: str, reason: str, by: str, workspace: str = "") -> int:
        """Forgive what a user (`Requester.key`) has used in every present window; how many videos that were."""
        return await self.store.reset(user, await self.zone(workspace), reason, by, self.clock.now())

    async def limit_uses(self, requester: Requester) -> Sequence[LimitUse]:
        """Every limit that applies to this person, with its use now."""
        models = sorted({offer.model for offer in self.catalog.offers()})
        return await self.store.limit_uses(requester, self.policy, self.clock.now(), models)

    async def examples(self, requester: Requester) -> Sequence[Quoted]:
        """What a short plain video and a longer fine one would cost this person now, and whether they fit: 5 s in the
        default mode of the default model, 10 s in its dearest."""
        await self.learn()
        found = []
        for mode, seconds in (("std", 5), ("pro", 10)):
            checked = self.check(VideoRequest(prompt="-", mode=mode, duration=seconds))
            if checked.ok:
                charge, models = charge_of(checked), self._models(checked)
                uses = await self.store.limit_uses(requester, self.policy, self.clock.now(), models, charge)
                price = checked.quote.micros if checked.quote else 0
                over = fits(uses, charge)
                found.append(Quoted(checked, tuple(uses), over, None, price > self.confirm_above_micros))
        return found

    async def barred(self, requester: Requester) -> Barred | None:
        """A ban, a closed channel or a wait that keeps this person out, whatever they ask for."""
        return await self.store.barred(requester, "", "", self.policy, self.clock.now())

    async def warnings(self, job_id: str) -> Sequence[LimitWarning]:
        """The limits that this job filled up to the share that is warned of."""
        return await self.store.warnings(job_id)

    async def usage(
        self, *, since: float, until: float, by: str, place: str | None = None, zone: str | None = None
    ) -> Sequence[UsageRow]:
        """Sums over jobs accepted in [since, until), by "user", "model", "gateway", "channel", "workspace", "mode" or
        "day"; of one workspace ("discord:G"), where one is named. Days begin by the clock of `zone`; without one, of
        the workspace, or else the operator."""
        zone = zone or await self.zone(place or "")
        return await self.store.usage(since=since, until=until, by=by, place=place, zone=zone)

    async def bills_apart(self, requester: Requester) -> tuple[int, int, int]:
        """The requester's videos of this month whose bill is not what was quoted: how many, their bills and their
        quotes in micro-dollars."""
        now = self.clock.now()
        zone = ZoneInfo(await self.zone(place_of(requester.platform, requester.workspace)))
        return await self.store.bills_apart(requester.key, window_start(Window.MONTH, now, zone))

    async def report_lines(
        self, *, since: float, until: float, place: str | None = None
    ) -> AsyncIterator[Sequence[ReportLine]]:
        """The jobs accepted in [since, until), in that order, page by page: a year of them need not fit in memory."""
        after = (since, "")
        while page := await self.store.report_lines(after=after, until=until, place=place):
            yield page
            after = (page[-1].accepted_at, page[-1].id)

    async def zone(self, workspace: str = "") -> str:
        """The time zone of a workspace ("discord:G"), or the operator's."""
        return (await self.store.zone(workspace) if workspace else None) or self.policy.zone

    async def set_zone(self, workspace: str, zone: str, by: str) -> None:
        """Give a workspace a time zone of its own. Raises ValueError with a sentence for no such zone."""
        await self.store.set_zone(workspace, zone, by, self.clock.now())

    # -------------------------------------------------------------------------------------------- who may ask for what

    async def ban(self, user: str, place: str, reason: str, by: str, seconds: float | None = None) -> Ban:
        """Take nothing from a user in a workspace, or everywhere ("*"), for so long (None: until `unban`)."""
        now = self.clock.now()
        ban = Ban(user, place, reason, by, now, None if seconds is None else now + seconds)
        await self.store.ban(ban)
        return ban

    async def unban(self, user: str, place: str, by: str) -> bool:
        """End a ban; False when there was none."""
        return await self.store.unban(user, place, by, self.clock.now())

    async def bans(self, place: str | None = None) -> Sequence[Ban]:
        """The bans in force; of one place, where one is named."""
        now = self.clock.now()
        return [ban for ban in await self.store.bans(place) if ban.until is None or ban.until > now]

    async def close(self, closure: Closure, by: str) -> None:
        """Close a channel, a model or a mode, or name it as one of the only open ones."""
        await self.store.close(closure, by, self.clock.now())

    async def open(self, closure: Closure, by: str) -> bool:
        """Take such a row away, whatever its rule; False when there was none."""
        return await self.store.open(closure, by, self.clock.now())

    async def closures(self, place: str | None = None) -> Sequence[Closure]:
        """What is closed, or is one of the only open ones."""
        return await self.store.closures(place)

    async def add_prompt_rule(
        self, place: str, kind: RuleKind, pattern: str, action: RuleAction, by: str
    ) -> PromptRule:
        """Refuse prompts, or send them to approval. Raises ValueError with a sentence for a pattern that cannot be
        used."""
        rule = PromptRule(self.ids.job_id()[:6], place, kind, pattern.strip(), action, by, self.clock.now())
        await self.store.add_prompt_rule(rule)
        return rule

    async def remove_prompt_rule(self, rule_id: str, place: str, by: str) -> bool:
        """Take a rule of this place away; False when there is none."""
        return await self.store.remove_prompt_rule(rule_id, place, by, self.clock.now())

    async def prompt_rules(self, place: str | None = None) -> Sequence[PromptRule]:
        """The rules of a workspace together with those of everywhere; all of them without one."""
        return await self.store.prompt_rules(place)

    async def audit_rows(
        self, *, subject: str | None = None, limit: int = 50, refusals: bool = False
    ) -> Sequence[AuditRow]:
        """What people did, newest first. Requests that were not taken are in it only of a subject; with `refusals` they
        alone are."""
        return await self.store.audit_rows(subject=subject, limit=limit, refusals=refusals)

    # -------------------------------------------------------------------------------------------- forgetting

    async def forget(self, user: str, by: str) -> Forgotten:
        """Erase what is known of a person (`Requester.key`); their money rows stay, without their name, and their files
        are the store's `to_erase`. Raises NotDecidableError while a video of theirs is being made."""
        stranger, salt = self.ids.job_id(), self.ids.attempt_id()
        forgotten = await self.store.forget_user(user, stranger, salt, by, self.clock.now())
        for job in await self.store.jobs_by_id(forgotten.cancelled):
            self.wake(job)
        return forgotten

    # -------------------------------------------------------------------------------------------- small

    async def _judged(self, checked: Checked, requester: Requester, address: Address | None) -> PromptRule | None:
        """The rule that sends this request to approval. Raises NotAllowedError."""
        if self.age_restricted_only and address is not None and address.extra.get("age_restricted") != "yes":
            raise NotAllowedError(WrongPlace())
        rule = await self._rule_about(checked.request, requester)
        if rule is not None and rule.action is RuleAction.REFUSE:
            raise NotAllowedError(ForbiddenPrompt(rule.id))
        return rule

    async def _rule_about(self, request: VideoRequest, requester: Requester) -> PromptRule | None:
        """The rule that a prompt fits. The negative prompt is not judged: it says what a video should not show."""
        rules = await self.store.prompt_rules(place_of(requester.platform, requester.workspace))
        return await judge(rules, request.prompt)

    async def _let_in(self, checked: Checked, requester: Requester) -> None:
        """Raise NotAllowedError where a ban, a closure or the gateway's moderation would keep the request out."""
        offer, effective = checked.offer, checked.effective
        if offer is None or effective is None:
            return
        barred = await self.store.barred(requester, offer.model, effective.mode, self.policy, self.clock.now())
        if barred is not None:
            raise NotAllowedError(barred)

    async def _tell_of(self, job: Job) -> None:
        """Limits that are nearly full, and a job that waits for an admin, are news for others. A job that is there
        already must not fail because of it."""
        with about(job.id):
            if job.state is JobState.AWAITING_APPROVAL:
                self.on_approval(job)
            try:
                warnings = await self.store.warnings(job.id)
            except StoreError as error:
                log.warning("job %s: nobody was told of nearly full limits: %s", job.id, error)
                return
            if warnings:
                self.on_warnings(warnings)

    def _is_dear(self, micros: int) -> bool:
        return bool(self.approval.above_micros) and micros > self.approval.above_micros

    def _models(self, checked: Checked) -> tuple[str, ...]:
        return () if checked.offer is None else (checked.offer.model,)

    def _valid(self, request: VideoRequest) -> Checked:
        checked = self.check(request)
        if not checked.ok:
            raise InvalidRequestError(checked)
        return checked

    def _cheaper(self, checked: Checked, uses: Sequence[LimitUse]) -> Checked | None:
        return cheapest_change(checked, self.priced, uses, default_gateway=self.default_gateway)

    def _woken(self, job: Job) -> Job:
        self.wake(job)
        return job
