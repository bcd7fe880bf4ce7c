"""Where videos are ordered: asked for, started, asked for again, extended, and put back into a form."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from adapters.cards.card import Tone
from adapters.cards.confirm_card import confirm_card, notes_card
from adapters.cards.paused_card import paused_card
from adapters.cards.problems import OptionLine, notes, problems
from adapters.cards.problems_card import problems_card
from adapters.cards.refusal_card import refusal_card
from adapters.cards.status_card import status_card
from adapters.cards.told import told
from adapters.cards.warning import own_warning_line
from adapters.desk.actor import Actor
from adapters.desk.ask import Ask, PictureWish
from adapters.desk.counter import Counter, answered
from adapters.desk.reading import read, unread
from adapters.desk.reply import Reply
from adapters.media.library import TakenImage
from bot.generation.barring import NotAllowedError
from bot.generation.cheaper import charge_of
from bot.generation.check import Checked
from bot.generation.job import Address, Job, StoredVideo
from bot.generation.limits import Refusal
from bot.generation.ports import Draft, PausedError
from bot.generation.request import FrameRole, VideoRequest
from bot.generation.service import InvalidRequestError, OverLimitError, Quoted

_NOTHING = "Nothing was accepted and nothing is paid."


@dataclass(frozen=True, slots=True)
class _Order:
    """A request that is on its way in: whose, whence, how it is handed in, and what there is to say about it."""

    actor: Actor
    address: Address
    request: VideoRequest
    hand_in: Callable[[], Awaitable[Job]]
    notes: tuple[OptionLine, ...] = ()
    understood: str = ""
    press_first: bool = False
    is_press: bool = False  # it may be the same press twice: where the first filled a limit, handing in tells


class Ordering(Counter):
    """Everything that can make a new job. Nothing here starts without a person's own press or command."""

    def glance(self, ask: Ask) -> Checked | None:
        """What is wrong as far as can be seen before any image is fetched; None when nothing is. Instant, pure.

        Problems that the text's grammar found count, too: then the outcome may have none of its own.
        """
        checked = self.service.check(unread(ask))
        return checked if checked.problems or ask.problems else None

    @answered(_NOTHING)
    async def ask(self, ask: Ask, key: str) -> Reply:
        """Take a request: fetch its pictures, tell all problems at once, and accept it, or show the price first where
        that is due. `key` is the intake key: the same event again gives the same job."""
        before = await self.store.job_of_intake(key)
        if before is not None:
            return self._accepted(before)
        closed = await self._closed(ask.actor)
        if closed is not None:
            return closed
        reading = await read(ask)
        checked = self.service.check(reading.request)
        from_grammar = [OptionLine(p.option, p.message, p.change) for p in ask.problems]
        wrong = [*from_grammar, *reading.wrong, *problems(checked)]
        if wrong:
            return await self._not_right(
                ask.actor,
                ask.address,
                reading.kept,
                checked,
                wrong,
                startable=not reading.wrong,
                understood=ask.understood,
            )

        async def hand_in() -> Job:
            return await self.service.submit(reading.request, ask.actor.requester, ask.address, intake_key=key)

        order = _Order(
            ask.actor,
            ask.address,
            reading.request,
            hand_in,
            (*(OptionLine(n.option, n.message) for n in ask.notes), *reading.notes, *notes(checked)),
            ask.understood,
            ask.press_first,
        )
        return await self._price_and_accept(order)

    @answered(_NOTHING)
    async def start(self, draft_id: str, actor: Actor, address: Address | None = None) -> Reply:
        """Start a draft whose price was shown; pressed twice it is one job. `address` is the press's own place, where
        the status message is to appear; None: the draft's."""
        key = f"draft:{draft_id}"
        before = await self.store.job_of_intake(key)
        if before is not None:
            if not actor.owns(before):
                return self._not_for_you()
            return await self._pressed_before(before, address or before.address)
        draft = await self.store.draft(draft_id)
        if draft is None:
            return self._tell("This offer is no longer kept; ask for the video again.", Tone.WARNING)
        if draft.requester.key != actor.key:
            return self._not_for_you()
        closed = await self._closed(actor)
        if closed is not None:
            return closed
        to = address or draft.address
        gone = await self._images_gone(actor, to, draft.request)
        if gone is not None:
            return gone

        async def hand_in() -> Job:
            return await self.service.submit(draft.request, actor.requester, to, intake_key=key)

        return await self._accept(_Order(actor, to, draft.request, hand_in))

    @answered(_NOTHING)
    async def again(self, job_id: str, actor: Actor, address: Address) -> Reply:
        """The same request once more, as a new job of whoever presses; a price above the setting is shown first."""
        job = await self.store.job(job_id)
        if job is None:
            return self._unknown_job()
        if not actor.may_spend_on(job):
            return self._not_yours("make it again")
        if job.erased_at is not None:
            return self._erased()
        closed = await self._closed(actor)
        if closed is not None:
            return closed
        gone = await self._images_gone(actor, address, job.request)
        if gone is not None:
            return gone

        async def hand_in() -> Job:
            return await self.service.again(job_id, actor.requester, address)

        return await self._price_and_accept(_Order(actor, address, job.request, hand_in, is_press=True))

    @answered("The form cannot be filled in.")
    async def form(self, subject: str, actor: Actor) -> VideoRequest | Reply:
        """What a form opens with: the request of a draft, or of a job (Edit). Images that are no longer stored are left
        out. A Reply says why there is none."""
        draft = await self.store.draft(subject)
        if draft is not None:
            if draft.requester.key != actor.key:
                return self._not_for_you()
            return (await self._still_kept(draft.request))[0]
        job = await self.store.job(subject)
        if job is None:
            return self._tell("This request is no longer kept; ask for the video again.", Tone.WARNING)
        if not actor.may_spend_on(job):
            return self._not_yours("edit it")
        if job.erased_at is not None:
            return self._erased()
        return (await self._still_kept(job.request))[0]

    @answered("The form cannot be filled in.")
    async def extend_form(self, job_id: str, actor: Actor) -> VideoRequest | Reply:
        """What the form of Extend opens with: the options of the job without prompt and images, which the last picture
        takes the place of. A Reply says why it cannot be extended."""
        source = await self._to_extend(job_id, actor)
        if isinstance(source, Reply):
            return source
        return source.request.model_copy(update={"prompt": "", "frames": (), "reference_video": None})

    @answered(_NOTHING)
    async def extend(self, job_id: str, request: VideoRequest, actor: Actor, address: Address, key: str) -> Reply:
        """Go on from the last picture of the job's kept video: it becomes the first frame of `request`."""
        before = await self.store.job_of_intake(key)
        if before is not None:
            return self._accepted(before)
        source = await self._to_extend(job_id, actor)
        if isinstance(source, Reply):
            return source
        picture = self._last_picture(source)
        if picture is None:
            return self._not_kept()
        answer: Reply = await self.ask(Ask(actor, address, request, (picture,)), key)
        return answer

    async def last_picture(self, job_id: str) -> PictureWish | None:
        """The last picture of a job's kept video as a first frame (Animate on the bot's own result); None when the
        video is not kept. Raises StoreError."""
        job = await self.store.job(job_id)
        return None if job is None else self._last_picture(job)

    # -------------------------------------------------------------------------------------------- the way in

    async def _closed(self, actor: Actor) -> Reply | None:
        """Why nothing is taken from anybody at this time."""
        if self.service.default_gateway is None:
            return self._tell(
                "This bot cannot make videos yet, because no gateway is set up: tell an admin. "
                "Nothing was accepted and nothing is paid.",
                Tone.WARNING,
            )
        pause = await self.service.paused()
        if pause is None:
            return None
        await self.service.note_refused(PausedError(pause), actor.requester)
        return Reply(paused_card(pause, self.clock.now(), self.zone), private=self.private_refusals)

    async def _price_and_accept(self, order: _Order) -> Reply:
        """Accept it, unless a limit or the price stands in between."""
        try:
            quoted = await self.service.quote(order.request, order.actor.requester, order.address)
        except InvalidRequestError as error:  # the catalog changed since it was asked for first
            return await self._invalid(order, error)
        except NotAllowedError as error:
            await self.service.note_refused(error, order.actor.requester)
            raise
        waits = quoted.ask_first or order.press_first
        if quoted.over and (waits or not order.is_press):
            refusal = Refusal(quoted.over, charge_of(quoted.checked))
            over = OverLimitError(refusal, quoted.checked, quoted.cheaper)
            await self.service.note_refused(over, order.actor.requester)
            return await self._over(order, over)
        if waits:
            return await self._confirm(order, quoted)
        return await self._accept(order)

    async def _accept(self, order: _Order) -> Reply:
        try:
            job = await order.hand_in()
        except InvalidRequestError as error:
            return await self._invalid(order, error)
        except OverLimitError as error:
            return await self._over(order, error)
        except PausedError as error:
            return Reply(paused_card(error.pause, self.clock.now(), self.zone), private=self.private_refusals)
        if job.address != order.address:  # two presses at once: the other one was faster
            return await self._pressed_before(job, order.address)
        return self._accepted(job, (*order.notes, *await self._nearly_full(job)))

    async def _nearly_full(self, job: Job) -> list[OptionLine]:
        """The person's own limits that this job filled up to the share that is warned of."""
        warnings = await self.service.warnings(job.id)
        now = self.clock.now()
        return [OptionLine("limit", own_warning_line(w, now, self.zone)) for w in warnings if w.is_own]

    def _accepted(self, job: Job, worth_knowing: Sequence[OptionLine] = ()) -> Reply:
        """The status message, which stays clean: it is edited and public. Notes go beside it, to the person alone."""
        card = status_card(self.service.look_at(job))
        return Reply(card, private=False, job=job, aside=notes_card(worth_knowing))

    async def _pressed_before(self, job: Job, address: Address) -> Reply:
        """The same press once more (after a crash, say) gets the same answer; another press learns that it is done."""
        if job.address == address:
            return self._accepted(job)
        card = told("This was pressed before: the video is on its way, and it is paid only once.")
        return Reply(await self._with_link(card, job), private=True)

    # -------------------------------------------------------------------------------------------- what stands between

    async def _not_right(
        self,
        actor: Actor,
        address: Address,
        kept: VideoRequest,
        checked: Checked,
        wrong: Sequence[OptionLine],
        *,
        startable: bool = True,
        understood: str = "",
    ) -> Reply:
        """All problems, and the nearest request that works. `kept` is what the form opens with; without `startable` an
        image is missing, so that the proposal is only told."""
        form = await self._draft(kept, actor, address)
        works = checked if checked.ok else None
        if checked.proposal is not None:
            works = self.service.check(checked.proposal)
        if works is not None and not works.ok:
            works = None
        use = None
        if works is not None and startable and await self._fits(works, actor):
            use = (await self._draft(works.request, actor, address)).id
        card = problems_card(wrong, asked=checked.request, works=works, use=use, form=form.id, understood=understood)
        return Reply(card, private=self.private_refusals, draft=form)

    async def _invalid(self, order: _Order, error: InvalidRequestError) -> Reply:
        checked = error.checked
        return await self._not_right(order.actor, order.address, order.request, checked, problems(checked))

    async def _over(self, order: _Order, error: OverLimitError) -> Reply:
        form = await self._draft(order.request, order.actor, order.address)
        use = None
        if error.cheaper is not None:
            use = (await self._draft(error.cheaper.request, order.actor, order.address)).id
        card = refusal_card(error, self.clock.now(), self.zone, use=use, form=form.id)
        return Reply(card, private=self.private_refusals, draft=form)

    async def _confirm(self, order: _Order, quoted: Quoted) -> Reply:
        draft = await self._draft(order.request, order.actor, order.address)
        card = confirm_card(
            quoted.checked,
            draft.id,
            notes=order.notes or notes(quoted.checked),
            understood=order.understood,
            asks_above=self.service.confirm_above_micros if quoted.ask_first else None,
            needs_approval=quoted.needs_approval,
        )
        return Reply(card, private=True, draft=draft)

    async def _images_gone(self, actor: Actor, address: Address, request: VideoRequest) -> Reply | None:
        kept, gone = await self._still_kept(request)
        if not gone:
            return None
        return await self._not_right(actor, address, kept, self.service.check(request), gone, startable=False)

    async def _fits(self, works: Checked, actor: Actor) -> bool:
        try:
            return not (await self.service.quote(works.request, actor.requester)).over
        except (InvalidRequestError, NotAllowedError):
            return False

    async def _draft(self, request: VideoRequest, actor: Actor, address: Address) -> Draft:
        """Keep a request, before a card with buttons that stand for it is shown."""
        draft = Draft(self.ids.job_id(), request, actor.requester, address, self.clock.now())
        await self.store.save_draft(draft)
        return draft

    # -------------------------------------------------------------------------------------------- the last picture

    async def _to_extend(self, job_id: str, actor: Actor) -> Job | Reply:
        job = await self.store.job(job_id)
        if job is None:
            return self._unknown_job()
        if not actor.may_spend_on(job):
            return self._not_yours("extend it")
        return job if job.video is not None else self._not_kept()

    def _last_picture(self, job: Job) -> PictureWish | None:
        video = job.video
        return None if video is None else PictureWish(FrameRole.FIRST_FRAME, "the last picture", _Last(self, video))

    def _not_kept(self) -> Reply:
        return self._tell(
            "This video is no longer kept here, so its last picture is gone, too: attach an image of it to /video "
            "instead.",
            Tone.WARNING,
        )

    def _erased(self) -> Reply:
        return self._tell(
            "What this video was asked for with is no longer kept here: ask for it anew with /video.", Tone.WARNING
        )

    def _not_for_you(self) -> Reply:
        return self._tell("Only the person who asked can use these buttons; ask for a video of your own.", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class _Last:
    """Reads the last picture of a video when it is called."""

    desk: Counter
    video: StoredVideo

    async def __call__(self) -> TakenImage:
        return await self.desk.media.take_last_frame(self.video)
