"""What admins are to see without asking, in their channels on the chats: videos that wait for an approval, limits that
are nearly full, a gateway's balance that runs dry.

Whatever cannot be posted is logged and stops nothing: `approvals` lists the videos that wait, anyway.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from adapters.cards.approval_card import approval_card
from adapters.cards.card import Card
from adapters.cards.decided_card import decided_card
from adapters.cards.warning import admin_warning_card
from bot.app import App
from bot.generation.about import about
from bot.generation.job import Job, JobState
from bot.generation.limits import ScopeKind, place_of
from bot.generation.ports import ChatError, LimitWarning, StoreError

if TYPE_CHECKING:
    from bot.duties import Duty

log = logging.getLogger("videobot.app")

#: Seconds between looks without any news: another process may have accepted, or decided.
LOOK_EVERY = 15.0
_PAGE = "web"  # its admins see on the page what they are told: it needs no channel for that
_MOST_NEWS = 50  # that wait for a chat which cannot be reached
#: What ends the wait for an approval, in the words of the audit trail.
_DECISIONS = frozenset({"approve", "decline", "cancel"})


@runtime_checkable
class Announces(Protocol):
    """A side that has channels for admins."""

    @property
    def platform(self) -> str:
        """Its word in addresses."""
        ...

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        """Post the card in the admins' channels of a workspace (its own id; "": every admins' channel); the references
        of the messages, none where there is no such channel. A `key` (at most 13 characters) names the news: the same
        again soon after is not posted twice. Raises ChatError when no channel takes it (not `gone`: at this moment)."""
        ...

    async def amend(self, reference: str, card: Card) -> None:
        """Show another card in a message that `announce` posted. Raises ChatError."""
        ...


@dataclass(frozen=True, slots=True)
class News:
    """Something to post once: the card as each platform reads it, and whom it concerns. Without a `platform` it
    concerns all of them, without a `workspace` all their admins' channels."""

    card: Callable[[str], Card]
    platform: str = ""
    workspace: str = ""


class Announcing:
    """Tells the sides that have channels for admins. What was posted about a video is remembered in the store, so that
    it is posted once, and shows what was decided even when that was after a restart."""

    def __init__(self, app: App, sides: Sequence[object]) -> None:
        """Listens from now on; posts after `start`."""
        self._app = app
        able = [side for side in sides if isinstance(side, Announces)]
        channels = {"discord": app.settings.discord_admin_channels, "slack": app.settings.slack_admin_channels}
        self._platforms = frozenset(channels)
        self._sides = [side for side in able if channels.get(side.platform, side.platform == _PAGE)]
        self._zone = ZoneInfo(app.settings.time_zone)
        # By platform, by job; empty: no channel for it; None: about to be posted.
        self._posted: dict[str, dict[str, Sequence[str] | None]] = {}
        self._news: dict[str, deque[News]] = {side.platform: deque(maxlen=_MOST_NEWS) for side in self._sides}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        app.on_warnings.append(self._warned)
        app.on_approval.append(lambda _job: self._woken.set())
        app.listeners.append(self._changed)

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms on which this process can tell admins something."""
        return tuple(side.platform for side in self._sides)

    def tell(self, news: News) -> None:
        """Post this soon."""
        for side in self._sides:
            if news.platform in ("", side.platform):
                self._news[side.platform].append(news)
        self._woken.set()

    async def start(self) -> None:
        """Begin with what waits already."""
        if self._sides:
            self._task = asyncio.create_task(self._run(), name="announcing")

    async def stop(self) -> None:
        """End; what is not posted yet is looked for at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -------------------------------------------------------------------------------------------- what happens

    def _warned(self, warnings: Sequence[LimitWarning]) -> None:
        for warning in warnings:
            platform, workspace = _whose(warning)
            self.tell(News(partial(self._warning_card, warning), platform, workspace))

    def _warning_card(self, warning: LimitWarning, _platform: str) -> Card:
        return admin_warning_card(warning, self._app.clock.now(), self._zone)

    def _changed(self, job_id: str) -> None:
        if any(job_id in posted for posted in self._posted.values()):
            self._woken.set()

    # -------------------------------------------------------------------------------------------- the work

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            for side in self._sides:
                try:
                    await self._serve(side)
                except ChatError as error:
                    log.info("admins on %s are told later: %s", side.platform, error)
                except StoreError as error:
                    log.warning("the videos that wait for an approval cannot be read: %s", error)
                except Exception:
                    log.exception("admins on %s could not be told", side.platform)
            await self._rest()

    async def _rest(self) -> None:
        """Until there is news, or it is time to look."""
        waits = {asyncio.create_task(self._woken.wait()), asyncio.create_task(self._app.clock.sleep(LOOK_EVERY))}
        duties = [duty for side in self._sides if (duty := self._duty(side)) is not None]
        waits |= {asyncio.create_task(duty.gained()) for duty in duties if not duty.is_held}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _serve(self, side: Announces) -> None:
        """Everything this side is to be told now. Raises ChatError when it cannot be told anything at this moment."""
        if self._is_mine(side):
            await self._tell_of_approvals(side)
        await self._pass_on(side)

    def _is_mine(self, side: Announces) -> bool:
        """Of several processes that serve a platform one tells of what waits for an approval."""
        duty = self._duty(side)
        if duty is None or duty.is_held:
            return True
        self._posted.pop(side.platform, None)  # another process goes on with it
        return False

    def _duty(self, side: Announces) -> "Duty | None":
        return None if self._app.duties is None else self._app.duties.duty(self._name(side))

    async def _tell_of_approvals(self, side: Announces) -> None:
        posted = await self._posted_on(side)
        waiting = await self._app.service.approvals()
        for job in waiting:
            if posted.get(job.id) is None and self._concerns(job, side):
                with about(job.id):
                    await self._ask(side, job)
        ids = {job.id for job in waiting}
        for job_id in [known for known in posted if known not in ids]:
            with about(job_id):
                await self._settle(side, job_id)

    async def _ask(self, side: Announces, job: Job) -> None:
        rule = await self._app.service.rule_behind(job)
        card = approval_card(job, self._app.clock.now(), self._zone, platform=side.platform, rule=rule)
        workspace = job.requester.workspace if job.requester.platform == side.platform else ""
        if job.id not in self._posted[side.platform]:
            # Noted before it is posted: a process that ends in between leaves no message that nobody knows of.
            self._posted[side.platform][job.id] = None
            await self._remember(side)
        references: Sequence[str] = ()
        try:
            references = await side.announce(card, workspace, job.id)
        except ChatError as error:
            if not error.gone:
                raise
            log.warning("the approval of %s cannot be posted on %s: %s", job.id, side.platform, error)
        self._posted[side.platform][job.id] = references
        await self._remember(side)

    async def _settle(self, side: Announces, job_id: str) -> None:
        """The message about a job shows what became of it."""
        job = await self._app.store.job(job_id)
        if job is not None and job.state is JobState.AWAITING_APPROVAL:
            return
        references = self._posted[side.platform][job_id]
        if job is not None:
            card = decided_card(job, await self._who_decided(job), platform=side.platform)
            if references is None:  # whether it was posted is not known: the side finds it, or posts it now
                references = await self._found(side, job, card)
            for reference in references:
                try:
                    await side.amend(reference, card)
                except ChatError as error:
                    if not error.gone:
                        raise
                    log.info("the message about %s on %s is gone: %s", job_id, side.platform, error)
        del self._posted[side.platform][job_id]
        await self._remember(side)

    async def _found(self, side: Announces, job: Job, card: Card) -> Sequence[str]:
        workspace = job.requester.workspace if job.requester.platform == side.platform else ""
        try:
            return await side.announce(card, workspace, job.id)
        except ChatError as error:
            if not error.gone:
                raise
            log.info("the message about %s on %s is gone: %s", job.id, side.platform, error)
            return ()

    async def _pass_on(self, side: Announces) -> None:
        news = self._news[side.platform]
        while news:
            try:
                await side.announce(news[0].card(side.platform), news[0].workspace)
            except ChatError as error:
                if not error.gone:
                    raise
                log.warning("news for admins cannot be posted on %s: %s", side.platform, error)
            news.popleft()

    async def _who_decided(self, job: Job) -> str | None:
        rows = await self._app.service.audit_rows(subject=job.id)
        return next((row.who for row in rows if row.act in _DECISIONS), None)

    def _concerns(self, job: Job, side: Announces) -> bool:
        """Its own platform; all of them, where that one cannot have channels for admins (the shell, the page)."""
        platform = job.requester.platform
        return platform == side.platform or platform not in self._platforms

    # -------------------------------------------------------------------------------------------- what was posted

    async def _posted_on(self, side: Announces) -> Mapping[str, Sequence[str] | None]:
        if side.platform not in self._posted:
            value = await self._app.store.remembered(self._name(side))
            self._posted[side.platform] = json.loads(value) if value else {}
        return self._posted[side.platform]

    async def _remember(self, side: Announces) -> None:
        there = {job_id: refs for job_id, refs in self._posted[side.platform].items() if refs is None or refs}
        await self._app.store.remember(self._name(side), json.dumps(there))

    def _name(self, side: Announces) -> str:
        """Each process that serves some of Discord's shards remembers its own."""
        shards = self._app.settings.discord_shard_ids if side.platform == "discord" else ()
        return f"approvals announced: {side.platform}{''.join(f' {shard}' for shard in shards)}"


def _whose(warning: LimitWarning) -> tuple[str, str]:
    """The platform and workspace whose admins a limit concerns: of a person's own the place where they asked; empty
    for those of everyone and of models."""
    counted = warning.counted
    if warning.is_own:
        return counted.id.partition(":")[0], warning.workspace
    if counted.kind not in (ScopeKind.WORKSPACE, ScopeKind.CHANNEL):
        return "", ""
    platform, _, rest = counted.id.partition(":")
    workspace = rest.partition(":")[0]
    return (platform, workspace) if place_of(platform, workspace) else ("", "")
