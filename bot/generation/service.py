"""GenerationService: the one door for every adapter - quote, submit, cancel, again, jobs, usage, grants, pauses."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from bot.generation.catalog import Catalog
from bot.generation.cheaper import charge_of, cheapest_change
from bot.generation.check import Checked, check
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.limits import LimitUse, Refusal, fits
from bot.generation.ports import Clock, Grant, Ids, JobView, NewJob, Pause, Resolution, Store, UsageRow
from bot.generation.request import VideoRequest

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


@dataclass
class GenerationService:
    """Everything a platform may ask for. It knows none of them."""

    store: Store
    catalog: Catalog
    clock: Clock
    ids: Ids
    default_gateway: str | None
    default_model: str
    limits_zone: str
    confirm_above_micros: int
    wake: Callable[[Job], None]
    look_at: Callable[[Job], JobView]
    on_pause: Callable[[Pause | None], None] = lambda _pause: None  # told when one began, and None when it ended
    _presses: asyncio.Lock = field(default_factory=asyncio.Lock)

    def check(self, request: VideoRequest) -> Checked:
        """All problems of a request at once, its notes, its price."""
        return check(request, self.catalog, default_model=self.default_model, default_gateway=self.default_gateway)

    async def quote(self, request: VideoRequest, requester: Requester) -> Quoted:
        """What this request would cost this person now. Raises InvalidRequestError, StoreError."""
        checked = self._valid(request)
        uses = tuple(await self.store.limit_uses(requester.key, self.limits_zone, self.clock.now()))
        over = fits(uses, charge_of(checked))
        cheaper = self._cheaper(checked, uses) if over else None
        price = checked.quote.micros if checked.quote else 0
        return Quoted(checked, uses, over, cheaper, ask_first=price > self.confirm_above_micros)

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

        Raises InvalidRequestError, OverLimitError, PausedError, StoreError.
        """
        checked = self._valid(request)
        offer, quote, effective = checked.offer, checked.quote, checked.effective
        if offer is None or quote is None or effective is None:
            raise InvalidRequestError(checked)
        new = NewJob(
            id=self.ids.job_id(),
            request=checked.request,
            requester=requester,
            address=address,
            gateway=offer.gateway,
            model=offer.model,
            dialect=offer.dialect,
            mode=effective.mode,
            duration=effective.duration,
            audio=effective.audio,
            quote_micros=quote.micros,
            held_micros=quote.held_micros,
            quote_is_estimate=quote.estimate,
            intake_key=intake_key,
            needs_approval=needs_approval,
        )
        accepted = await self.store.accept(new, self.limits_zone, self.clock.now())
        if isinstance(accepted, Refusal):
            uses = await self.store.limit_uses(requester.key, self.limits_zone, self.clock.now())
            raise OverLimitError(accepted, checked, self._cheaper(checked, uses))
        self.wake(accepted)
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

    async def cancel(self, job_id: str, by: str) -> Job:
        """Store the wish: free while nothing was sent, later "will be billed, not posted". Raises NotDecidableError."""
        return self._woken(await self.store.want_cancel(job_id, by, self.clock.now()))

    async def resume(self, job_id: str, by: str) -> Job:
        """Make a job due now. Raises NotDecidableError."""
        return self._woken(await self.store.resume(job_id, by, self.clock.now()))

    async def resolve(self, job_id: str, how: Resolution, by: str, *, task_id: str | None = None) -> Job:
        """An admin's decision about an uncertain or lost job. Raises NotDecidableError."""
        return self._woken(await self.store.resolve(job_id, how, by, self.clock.now(), task_id=task_id))

    async def pause(self, reason: str, by: str) -> Pause:
        """Accept and start nothing until `resume_all`; what runs is finished. The pause that is in force."""
        pause = await self.store.pause(reason, by, self.clock.now())
        self.on_pause(pause)
        return pause

    async def resume_all(self, by: str) -> bool:
        """End a pause; False when there was none."""
        was_paused = await self.store.resume_all(by, self.clock.now())
        self.on_pause(None)
        return was_paused

    async def paused(self) -> Pause | None:
        """The pause that is in force, if there is one."""
        return await self.store.paused()

    async def grant(self, grant: Grant, reason: str, by: str) -> None:
        """Give more on top of a limit until its present window ends. Raises ValueError for what cannot be granted."""
        await self.store.grant(grant, self.limits_zone, reason, by, self.clock.now())

    async def limit_uses(self, requester: Requester) -> Sequence[LimitUse]:
        """Every limit that applies to this person, with its use now."""
        return await self.store.limit_uses(requester.key, self.limits_zone, self.clock.now())

    async def usage(self, *, since: float, until: float, by: str) -> Sequence[UsageRow]:
        """Sums over jobs accepted in [since, until), by "user", "model", "gateway" or "day"."""
        return await self.store.usage(since=since, until=until, by=by)

    def _valid(self, request: VideoRequest) -> Checked:
        checked = self.check(request)
        if not checked.ok:
            raise InvalidRequestError(checked)
        return checked

    def _cheaper(self, checked: Checked, uses: Sequence[LimitUse]) -> Checked | None:
        return cheapest_change(checked, self.catalog, uses, default_gateway=self.default_gateway)

    def _woken(self, job: Job) -> Job:
        self.wake(job)
        return job
