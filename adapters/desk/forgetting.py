"""Erasing what is kept of a person: by the person, or by an admin who was asked to."""

import logging

from adapters.cards.card import Card, Said, Tone, line
from adapters.cards.forget_card import ME, forget_sure_card, forgotten_card
from adapters.desk.actor import Actor
from adapters.desk.counter import Counter, answered
from adapters.desk.reply import Reply
from adapters.media.erasing import erase_files
from bot.generation.job import UNFINISHED, Job, JobState, Purpose
from bot.generation.limits import Scope, ScopeKind
from bot.generation.ports import MediaError, NotDecidableError

log = logging.getLogger("videobot.desk")

#: Their messages say that they were cancelled before nobody knows any more where those stand.
SHOWN_WITHIN = 15.0  # seconds
_LOOK_EVERY = 0.25  # seconds
_WAITING = frozenset({JobState.AWAITING_APPROVAL, JobState.QUEUED})
_MOST = 1000
_UNCHANGED = "Nothing was erased."


class Forgetting(Counter):
    """Asked once, then done for good."""

    @answered(_UNCHANGED)
    async def forget_me(self, actor: Actor, *, sure: bool = False) -> Reply:
        """Erase what is kept of the actor; without `sure` say what that means, with the button."""
        return await self._forget(actor, actor.key, ME, sure=sure)

    @answered(_UNCHANGED)
    async def forget_user(self, actor: Actor, user: str, *, sure: bool = False) -> Reply:
        """The same for somebody else (`Requester.key`); by operators, and by admins of a workspace where ids are the
        workspace's own."""
        is_of_here = ":" in user.partition(":")[2] and actor.may_touch(Scope(ScopeKind.USER, user))
        if not (actor.rules_all or is_of_here):
            return await self._refused(actor, "forget", f"user:{user}")
        return await self._forget(actor, user, button_subject(user), sure=sure)

    @answered(_UNCHANGED)
    async def forget_pressed(self, actor: Actor, subject: str) -> Reply:
        """The button was pressed."""
        if subject == ME:
            return await self.forget_me(actor, sure=True)
        return await self.forget_user(actor, subject.replace("~", ":"), sure=True)

    async def _forget(self, actor: Actor, user: str, subject: str, *, sure: bool) -> Reply:
        unfinished = await self.service.jobs(states=UNFINISHED, user=user, limit=_MOST)
        waiting = [job for job in unfinished if job.state in _WAITING]
        other, platform = "" if subject == ME else user, actor.requester.platform
        if not sure:
            videos = len(await self.service.jobs(user=user, limit=_MOST))
            card = forget_sure_card(videos, len(waiting), subject=subject, user=other, platform=platform)
            return Reply(card, private=True)
        if len(waiting) == len(unfinished):  # else it is refused, and nothing is cancelled
            await self._cancel(waiting, actor)
        try:
            forgotten = await self.service.forget(user, actor.key)
        except NotDecidableError as error:
            return Reply(Card((line(Said(str(error))),), tone=Tone.WARNING), private=True)
        all_files = True
        try:
            await erase_files(self.store, self.media)
        except MediaError as error:
            log.warning("files of somebody who was forgotten are still there: %s", error)
            all_files = False
        cancelled = len(waiting) + len(forgotten.cancelled)
        card = forgotten_card(forgotten.videos, cancelled, user=other, platform=platform, all_files=all_files)
        return Reply(card, private=True)

    async def _cancel(self, waiting: list[Job], actor: Actor) -> None:
        """Cancel what was not sent yet, and give the messages of these videos the time to say so."""
        for job in waiting:
            try:
                await self.service.cancel(job.id, actor.key)
            except NotDecidableError:  # it ended a moment ago
                continue
        until = self.clock.now() + SHOWN_WITHIN
        open_ones = {job.id for job in waiting}
        while open_ones and self.clock.now() < until:
            for job_id in sorted(open_ones):
                rows = await self.store.deliveries(job_id)
                if all(row.closed for row in rows if row.purpose is Purpose.STATUS):
                    open_ones.discard(job_id)
            if open_ones:
                await self.clock.sleep(_LOOK_EVERY)


def button_subject(user: str) -> str:
    """A person as the subject of a button, which cannot have colons."""
    return user.replace(":", "~")
