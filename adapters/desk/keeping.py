"""What people do with the videos they have: cancel, delete, look at them and at what is left."""

from collections.abc import Sequence

from adapters.cards.ask_first_card import cancel_sure_card, delete_sure_card
from adapters.cards.card import Card, Tone, line
from adapters.cards.help_card import help_card
from adapters.cards.jobs_card import ListedJob, jobs_card
from adapters.cards.quota_card import quota_card
from adapters.cards.reasons import with_reason
from adapters.cards.status import status_line
from adapters.desk.actor import Actor
from adapters.desk.counter import Counter, answered
from adapters.desk.reply import Reply
from bot.generation.job import FINAL, UNFINISHED, Job, JobState, Purpose
from bot.generation.ports import MediaError, NotDecidableError

_UNCHANGED = "Nothing was changed."
#: The row of a posted video follows its message within a moment, in which people may press its buttons already.
POSTED_WITHIN = 5.0  # seconds
_LOOK_EVERY = 0.1  # seconds
_FREE = frozenset({JobState.AWAITING_APPROVAL, JobState.QUEUED, JobState.UPLOADING})
_LISTED_UNFINISHED = 6
_LISTED_UNDELIVERABLE = 3
_LISTED_RECENT = 4


class Keeping(Counter):
    """Cancel, delete, and the looks that cost nothing."""

    @answered(_UNCHANGED)
    async def cancel(self, job_id: str, actor: Actor, *, sure: bool = False) -> Reply:
        """Free while nothing was sent; later it says that it will be billed and asks once (`sure` is the answer).
        `Reply.job` is set when the wish is stored."""
        job = await self.store.job(job_id)
        if job is None:
            return self._unknown_job()
        if not actor.may_end(job):
            return self._not_yours("cancel it")
        job = await self._posted(job)
        if job.state.is_final:
            return self._ended(job)
        if job.cancel_wanted_at is not None:
            return Reply(self._status_words(job), private=True, job=job)
        if job.state not in _FREE and not sure:
            return Reply(cancel_sure_card(job), private=True)
        try:
            after = await self.service.cancel(job_id, actor.key)
        except NotDecidableError:  # it ended a moment ago
            now = await self.store.job(job_id)
            return self._unknown_job() if now is None else self._ended(now)
        return Reply(self._status_words(after), private=True, job=after)

    @answered(_UNCHANGED)
    async def delete(self, job_id: str, actor: Actor, *, sure: bool = False) -> Reply:
        """Asks once; with `sure` the row forgets the video and its file is removed. `Reply.job` is set when that is
        done: the caller then takes the messages down. Pressed again it does what is left to do."""
        job = await self.store.job(job_id)
        if job is None:
            return self._unknown_job()
        if not actor.may_end(job):
            return self._not_yours("delete it")
        job = await self._posted(job)
        if job.state is JobState.DELIVERING:
            return self._tell(
                "This video is made and being posted: delete it when it is there, or cancel it now.", Tone.WARNING
            )
        if not job.state.is_final:
            return self._tell("This video is still being made: cancel it first.", Tone.WARNING)
        if not sure and job.deleted_at is None:
            return Reply(delete_sure_card(job), private=True)
        # The row first: it alone can still say no.
        try:
            after = await self.store.delete_video(job_id, actor.key, self.clock.now())
        except NotDecidableError as error:
            return self._tell(str(error), Tone.WARNING)
        try:
            await self.media.delete_video(job_id)
        except MediaError:
            return Reply(
                self._tell("The video is taken down, but its file could not be removed: tell an admin.").card,
                private=True,
                job=after,
            )
        return Reply(self._tell("Deleted.", Tone.GOOD).card, private=True, job=after)

    @answered(_UNCHANGED)
    async def quota(self, actor: Actor) -> Reply:
        """What this person may still take, what videos cost, and what keeps everybody or this person out."""
        card = quota_card(
            await self.service.limit_uses(actor.requester),
            self.clock.now(),
            self.zone,
            pause=await self.service.paused(),
            examples=await self.service.examples(actor.requester),
            barred=await self.service.barred(actor.requester),
            apart=await self.service.bills_apart(actor.requester),
        )
        return Reply(card, private=True)

    @answered(_UNCHANGED)
    async def jobs(self, actor: Actor) -> Reply:
        """This person's videos: being made, not posted (with their links), recent."""
        unfinished = await self.service.jobs(states=UNFINISHED, user=actor.key, limit=50)
        stuck = await self.service.jobs(states={JobState.UNDELIVERABLE}, user=actor.key, limit=_LISTED_UNDELIVERABLE)
        recent = await self.service.jobs(states=FINAL - {JobState.UNDELIVERABLE}, user=actor.key, limit=_LISTED_RECENT)
        shown = unfinished[:_LISTED_UNFINISHED]
        card = jobs_card(
            await self._listed(shown),
            await self._listed([job for job in stuck if job.deleted_at is None]),
            await self._listed(recent),
            self.clock.now(),
            self.zone,
            more=len(unfinished) - len(shown),
        )
        return Reply(card, private=True)

    def help(self, actor: Actor) -> Reply:
        """What one can do here."""
        return Reply(help_card(actor.requester.platform, is_admin=actor.is_admin), private=True)

    # -------------------------------------------------------------------------------------------- small

    async def _posted(self, job: Job) -> Job:
        """The job as it is once the message that may be there already is noted; unchanged where none is on its way, or
        when that takes longer than POSTED_WITHIN (the platform is out of reach, say)."""
        until = self.clock.now() + POSTED_WITHIN
        while job.state is JobState.DELIVERING and self.clock.now() < until:
            if all(row.purpose is not Purpose.RESULT for row in await self.store.deliveries(job.id)):
                break
            await self.clock.sleep(_LOOK_EVERY)
            job = await self.store.job(job.id) or job
        return job

    async def _listed(self, jobs: Sequence[Job]) -> list[ListedJob]:
        return [
            ListedJob(self.service.look_at(job), await self._url(job, Purpose.RESULT, Purpose.STATUS)) for job in jobs
        ]

    def _ended(self, job: Job) -> Reply:
        if job.state is JobState.CANCELLED:
            return Reply(self._status_words(job), private=True)
        return self._tell("This video has ended already; there is nothing left to cancel.", Tone.WARNING)

    def _status_words(self, job: Job) -> Card:
        return Card((line(*with_reason(status_line(self.service.look_at(job)), job.failure)),))
