"""SqlStore: the house's memory (`bot.generation.ports.Store`) over a `Database`. Each method is one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy.exc import IntegrityError

from bot.generation.barring import Ban, Barred, Closure
from bot.generation.job import (
    Attempt,
    Delivery,
    Failure,
    Job,
    JobState,
    Output,
    Purpose,
    Requester,
    StoredVideo,
)
from bot.generation.limits import Charge, Limit, LimitUse, Policy, Refusal, Scope, Unit, Window, requester_of
from bot.generation.ports import (
    AuditRow,
    Draft,
    Erasure,
    Forgotten,
    Grant,
    Intake,
    LedgerRow,
    LimitWarning,
    NewJob,
    Pause,
    ReportLine,
    Resolution,
    Retention,
    Uploaded,
    UsageRow,
    Waking,
)
from bot.generation.prompt_rules import PromptRule, check_pattern
from storage import (
    accepting,
    counting,
    creating,
    deciding,
    delivering,
    drafting,
    forgetting,
    gates,
    granting,
    ledger_check,
    limiting,
    moves,
    pardoning,
    pausing,
    pricing,
    purging,
    reading,
    refusing,
    remembering,
    report_lines,
    ruling_prompts,
    tasks,
    usage,
    warning,
    watching,
    zoning,
)
from storage.database import Database, P, T, Transaction

MOST_BY_ID = 500  # jobs in one call of `jobs_by_id`
_RACES = 20  # times a transaction is tried again when another one was quicker


class SqlStore:
    """See `bot.generation.ports.Store` for every method. All raise StoreError when the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def _write(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        # On SQLite no transaction ever loses a race; where transactions run side by side, one decides again.
        for _ in range(_RACES):
            try:
                return await self._db.write(fn, *args, **kwargs)
            except counting.RaceLostError:
                continue
        return await self._db.write(fn, *args, **kwargs)

    # ------------------------------------------------------------------------------------------------ accepting

    async def accept(self, new: NewJob, policy: Policy | str, now: float) -> Job | Refusal:
        """See Store."""
        policy = _policy(policy)
        try:
            return await self._write(accepting.accept, new, policy, now)
        except IntegrityError:
            if new.intake_key is None:
                raise
            # Another process accepted the same intake between our look and our write.
            return await self._write(accepting.accept, new, policy, now)

    async def barred(self, requester: Requester, model: str, mode: str, policy: Policy, now: float) -> Barred | None:
        """See Store."""
        return await self._db.look(gates.barred, requester, model, mode, policy, now)

    async def has_intake(self, key: str) -> bool:
        """See Store."""
        return await self._db.look(accepting.has_intake, key)

    async def add_intake(self, key: str, platform: str, payload: Mapping[str, object], now: float) -> bool:
        """See Store."""
        return await self._write(accepting.add_intake, key, platform, payload, now)

    async def close_intake(self, key: str) -> None:
        """See Store."""
        await self._write(accepting.close_intake, key)

    async def open_intakes(self, platform: str) -> Sequence[Intake]:
        """See Store."""
        return await self._db.look(accepting.open_intakes, platform)

    async def job_of_intake(self, key: str) -> Job | None:
        """See Store."""
        return await self._db.look(accepting.job_of_intake, key)

    async def save_draft(self, draft: Draft) -> None:
        """See Store. A draft that is there already under this id is replaced."""
        await self._write(drafting.save_draft, draft)

    async def draft(self, draft_id: str) -> Draft | None:
        """See Store."""
        return await self._db.look(drafting.draft, draft_id)

    async def paused(self) -> Pause | None:
        """See Store."""
        return await self._db.look(pausing.paused)

    async def pause(self, reason: str, by: str, now: float, *, drain: bool = False) -> Pause:
        """See Store."""
        return await self._write(pausing.pause, reason, by, now, drain=drain)

    async def resume_all(self, by: str, now: float) -> bool:
        """See Store."""
        return await self._write(pausing.resume_all, by, now)

    async def remembered(self, name: str) -> str | None:
        """See Store."""
        return await self._db.look(remembering.remembered, name)

    async def remember(self, name: str, value: str) -> None:
        """See Store."""
        await self._write(remembering.remember, name, value)

    async def remember_once(self, name: str, value: str) -> str:
        """See `ports.Store`."""
        return await self._write(remembering.remember_once, name, value)

    async def forget(self, name: str) -> None:
        """See Store."""
        await self._write(remembering.forget, name)

    # ----------------------------------------------------------------------------------------------- forgetting

    async def forget_user(self, user: str, stranger: str, salt: str, by: str, now: float) -> Forgotten:
        """See Store."""
        return await self._write(forgetting.forget_user, user, stranger, salt, by, now)

    async def to_erase(self, after: int, most: int) -> Sequence[Erasure]:
        """See Store."""
        return await self._db.read(forgetting.to_erase, after, most)

    async def erased(self, ids: Collection[int]) -> None:
        """See Store."""
        await self._write(forgetting.erased, list(ids))

    async def purge(self, kept: Retention, now: float, most: int) -> int:
        """See Store."""
        return await self._write(purging.purge, kept, now, most)

    # -------------------------------------------------------------------------------------------------- reading

    async def job(self, job_id: str) -> Job | None:
        """See Store."""
        return await self._db.look(reading.job, job_id)

    async def find_jobs(self, prefix: str) -> Sequence[Job]:
        """See Store."""
        return await self._db.read(reading.find_jobs, prefix)

    async def jobs(
        self, *, states: Collection[JobState] | None = None, user: str | None = None, limit: int = 50
    ) -> Sequence[Job]:
        """See Store."""
        return await self._db.read(reading.jobs_of, states, user, limit)

    async def undecided(self, place: str | None = None, limit: int = 50) -> Sequence[Job]:
        """See Store."""
        return await self._db.read(reading.undecided, place, limit)

    async def attempts(self, job_id: str) -> Sequence[Attempt]:
        """See Store."""
        return await self._db.look(reading.attempts_of, job_id)

    async def deliveries(self, job_id: str) -> Sequence[Delivery]:
        """See Store."""
        return await self._db.look(reading.deliveries_of, job_id)

    async def ledger(self, job_id: str) -> Sequence[LedgerRow]:
        """See Store."""
        return await self._db.look(reading.ledger_of_job, job_id)

    async def jobs_by_id(self, job_ids: Collection[str]) -> Sequence[Job]:
        """See Store. Raises ValueError for more than 500."""
        if len(job_ids) > MOST_BY_ID:
            raise ValueError(f"At most {MOST_BY_ID} jobs are read at once, not {len(job_ids)}.")
        return await self._db.look(reading.jobs_by_id, job_ids)

    async def open_statuses(self, platform: str) -> Sequence[str]:
        """See Store."""
        return await self._db.read(reading.open_statuses, platform)

    async def unfinished(self) -> Sequence[Waking]:
        """See Store."""
        return await self._db.read(reading.unfinished)

    async def overdue(self, now: float) -> Sequence[Waking]:
        """See Store."""
        return await self._db.look(reading.overdue, now)

    async def changed_elsewhere(self) -> bool:
        """See Store."""
        return await self._db.changed_elsewhere()

    async def last_starts(self) -> Mapping[str, float]:
        """See Store."""
        return await self._db.read(reading.last_starts)

    # ------------------------------------------------------------------------------------------------- creating

    async def note_upload(self, job_id: str, source: str, upload: Uploaded, gateway: str, now: float) -> None:
        """See Store."""
        await self._write(creating.note_upload, job_id, source, upload, gateway, now)

    async def uploads(self, job_id: str, gateway: str, now: float) -> Mapping[str, str]:
        """See Store."""
        return await self._db.look(creating.uploads_of, job_id, gateway, now)

    async def begin_upload(self, job: Job, now: float) -> Job | None:
        """See Store."""
        return await self._write(creating.begin_upload, job, now)

    async def begin_attempt(
        self,
        job: Job,
        attempt_id: str,
        body: Mapping[str, object],
        owner: str,
        lease_until: float,
        now: float,
    ) -> Job | None:
        """See Store."""
        return await self._write(creating.begin_attempt, job, attempt_id, body, owner, lease_until, now)

    async def holds_lease(self, job: Job, now: float) -> bool:
        """See Store."""
        return await self._db.look(creating.holds_lease, job, now)

    async def task_accepted(self, attempt_id: str, task_id: str, due_at: float, now: float) -> Job | None:
        """See Store."""
        return await self._write(tasks.task_accepted, attempt_id, task_id, due_at, now)

    async def not_created(
        self, job: Job, attempt_id: str, failure: Failure, retry_at: float | None, now: float
    ) -> Job | None:
        """See Store. Should an earlier create of the job turn out to run after all, the job goes on with that one."""
        return await self._write(creating.not_created, job, attempt_id, failure, retry_at, now)

    async def uncertain(self, job: Job, attempt_id: str, failure: Failure, decide_by: float, now: float) -> Job | None:
        """See Store. Should an earlier create of the job turn out to run after all, the job goes on with that one."""
        return await self._write(creating.uncertain, job, attempt_id, failure, decide_by, now)

    async def expire(self, job: Job, now: float) -> Job | None:
        """See Store."""
        return await self._write(deciding.expire, job, now)

    async def give_up_uncertain(self, job: Job, now: float) -> Job | None:
        """See Store."""
        return await self._write(creating.give_up_uncertain, job, now)

    # ------------------------------------------------------------------------------------------------- watching

    async def completed(
        self,
        job: Job,
        output: Output | None,
        bill_micros: int | None,
        render_seconds: float | None,
        now: float,
    ) -> Job | None:
        """See Store."""
        return await self._write(watching.completed, job, output, bill_micros, render_seconds, now)

    async def fail(
        self,
        job: Job,
        failure: Failure,
        now: float,
        *,
        state: JobState = JobState.FAILED,
        possibly_billed: bool = False,
    ) -> Job | None:
        """See Store. Should another task of the job be known that nobody watched, the job goes on with that one."""
        return await self._write(watching.fail, job, failure, now, state=state, possibly_billed=possibly_billed)

    async def postpone(
        self,
        job: Job,
        due_at: float,
        now: float,
        *,
        failure: Failure | None = None,
        retries: int | None = None,
    ) -> Job | None:
        """See Store. None for `failure` and `retries` leaves what is there."""
        return await self._write(watching.postpone, job, due_at, now, failure=failure, retries=retries)

    async def note_progress(self, progress: Mapping[str, int]) -> None:
        """See Store."""
        await self._write(watching.note_progress, progress)

    # ----------------------------------------------------------------------------------------- saving, delivering

    async def saved(self, job: Job, video: StoredVideo | None, failure: Failure | None, now: float) -> Job | None:
        """See Store."""
        return await self._write(delivering.saved, job, video, failure, now)

    async def sending(self, job_id: str, purpose: Purpose, now: float) -> Delivery | None:
        """See Store. Raises NotDecidableError for the result of a job that was cancelled meanwhile."""
        return await self._write(delivering.sending, job_id, purpose, now)

    async def sent(self, job_id: str, purpose: Purpose, reference: str, now: float) -> None:
        """See Store."""
        await self._write(delivering.sent, job_id, purpose, reference, now)

    async def delivered(self, job: Job, reference: str, now: float) -> Job | None:
        """See Store."""
        return await self._write(delivering.delivered, job, reference, now)

    async def close_delivery(self, job_id: str, purpose: Purpose, closed: bool, now: float) -> None:
        """See Store. Nothing happens where there is no such message."""
        await self._write(delivering.close_delivery, job_id, purpose, closed, now)

    async def undeliverable(self, job: Job, failure: Failure, now: float) -> Job | None:
        """See Store."""
        return await self._write(delivering.undeliverable, job, failure, now)

    # ------------------------------------------------------------------------------------------ people's decisions

    async def want_cancel(self, job_id: str, by: str, now: float) -> Job:
        """See Store."""
        return await self._write(deciding.want_cancel, job_id, by, now)

    async def resolve(self, job_id: str, how: Resolution, by: str, now: float, *, task_id: str | None = None) -> Job:
        """See Store."""
        return await self._write(deciding.resolve, job_id, how, by, now, task_id=task_id)

    async def resume(self, job_id: str, by: str, now: float) -> Job:
        """See Store."""
        return await self._write(deciding.resume, job_id, by, now)

    async def delete_video(self, job_id: str, by: str, now: float) -> Job:
        """See Store. A second time changes nothing."""
        return await self._write(deciding.delete_video, job_id, by, now)

    async def approve(self, job_id: str, by: str, now: float) -> Job:
        """See Store."""
        return await self._write(deciding.approve, job_id, by, now)

    async def decline(self, job_id: str, by: str, reason: str, now: float) -> Job:
        """See Store."""
        return await self._write(deciding.decline, job_id, by, reason, now)

    async def audit(self, by: str, act: str, subject: str, detail: str, now: float) -> None:
        """See Store."""
        await self._write(moves.note, by, act, subject, detail, now)

    async def audit_refusal(self, user: str, reason: str, detail: str, now: float) -> bool:
        """See Store."""
        return await self._write(refusing.note_refused, user, reason, detail, now)

    async def audit_rows(
        self, *, subject: str | None = None, limit: int = 50, refusals: bool = False
    ) -> Sequence[AuditRow]:
        """See Store."""
        return await self._db.read(reading.audit_rows, subject, limit, refusals)

    # ----------------------------------------------------------------------------------- who may ask for what

    async def ban(self, ban: Ban) -> None:
        """See Store."""
        await self._write(gates.ban, ban)

    async def unban(self, user: str, place: str, by: str, now: float) -> bool:
        """See Store."""
        return await self._write(gates.unban, user, place, by, now)

    async def bans(self, place: str | None = None) -> Sequence[Ban]:
        """See Store."""
        return await self._db.look(gates.all_bans, place)

    async def close(self, closure: Closure, by: str, now: float) -> None:
        """See Store."""
        await self._write(gates.close, closure, by, now)

    async def open(self, closure: Closure, by: str, now: float) -> bool:
        """See Store."""
        return await self._write(gates.open_again, closure, by, now)

    async def closures(self, place: str | None = None) -> Sequence[Closure]:
        """See Store."""
        return await self._db.look(gates.all_closures, place)

    async def add_prompt_rule(self, rule: PromptRule) -> None:
        """See Store."""
        check_pattern(rule.kind, rule.pattern)
        await self._write(ruling_prompts.add, rule)

    async def remove_prompt_rule(self, rule_id: str, place: str, by: str, now: float) -> bool:
        """See Store."""
        return await self._write(ruling_prompts.remove, rule_id, place, by, now)

    async def prompt_rules(self, place: str | None = None) -> Sequence[PromptRule]:
        """See Store."""
        return await self._db.look(ruling_prompts.rules, place)

    async def set_zone(self, workspace: str, zone: str, by: str, now: float) -> None:
        """See Store."""
        zoning.check_zone(zone)
        await self._write(zoning.set_zone, workspace, zone, by, now)

    async def zone(self, workspace: str) -> str | None:
        """See Store."""
        return await self._db.look(zoning.zone, workspace)

    # ------------------------------------------------------------------------------------------- limits and money

    async def limits(self) -> Sequence[Limit]:
        """See Store."""
        return await self._db.look(limiting.all_limits)

    async def set_limit(self, limit: Limit, by: str, now: float) -> None:
        """See Store. Raises ValueError with a sentence for a limit that cannot be counted."""
        limiting.check_limit(limit)
        await self._write(limiting.set_limit, limit, by, now)

    async def clear_limit(self, scope: Scope, unit: Unit, window: Window, by: str, now: float) -> bool:
        """See Store."""
        return await self._write(limiting.clear_limit, scope, unit, window, by, now)

    async def seed_limits(self, limits: Iterable[Limit], now: float) -> bool:
        """Put these limits in place of the built-in ones (FRESH_LIMITS), once: False when limits were seeded, set or
        cleared before. Raises ValueError with a sentence for a limit that cannot be counted."""
        wanted = tuple(limits)
        for limit in wanted:
            limiting.check_limit(limit)
        return await self._write(limiting.seed_limits, wanted, now)

    async def grant(self, grant: Grant, limits_zone: str, reason: str, by: str, now: float) -> None:
        """See Store."""
        granting.check_grant(grant)
        await self._write(granting.grant, grant, limits_zone, reason, by, now)

    async def reset(self, user: str, zone: str, reason: str, by: str, now: float) -> int:
        """See Store."""
        return await self._write(pardoning.reset, user, zone, reason, by, now)

    async def limit_uses(
        self,
        requester: Requester | str,
        policy: Policy | str,
        now: float,
        models: Collection[str] = (),
        charge: Charge | None = None,
    ) -> Sequence[LimitUse]:
        """See Store."""
        who = requester_of(requester) if isinstance(requester, str) else requester
        return await self._db.look(counting.uses_of, who, _policy(policy), now, models, charge)

    async def warnings(self, job_id: str) -> Sequence[LimitWarning]:
        """See Store."""
        return await self._db.look(warning.of_job, job_id)

    async def usage(
        self, *, since: float, until: float, by: str, place: str | None = None, zone: str = "UTC"
    ) -> Sequence[UsageRow]:
        """See Store."""
        return await self._db.read(usage.usage, since, until, by, place, zone)

    async def bills_apart(self, user: str, since: float) -> tuple[int, int, int]:
        """See Store."""
        return await self._db.look(usage.bills_apart, user, since)

    async def report_lines(
        self, *, after: tuple[float, str], until: float, place: str | None = None, most: int = 1000
    ) -> Sequence[ReportLine]:
        """See Store."""
        return await self._db.read(report_lines.page, after, until, place, most)

    async def check_ledger(self) -> Sequence[str]:
        """See Store."""
        return await self._db.read(ledger_check.check)

    # ------------------------------------------------------------------------------------- learning, housekeeping

    async def render_times(self) -> Mapping[str, Sequence[float]]:
        """See Store. Oldest first."""
        return await self._db.read(reading.render_times_of)

    async def bills(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """See Store."""
        return await self._db.look(pricing.bills_of)

    async def media_in_use(self) -> Collection[str]:
        """See Store."""
        return await self._db.read(reading.media_in_use)


def _policy(given: Policy | str) -> Policy:
    return Policy(zone=given) if isinstance(given, str) else given
