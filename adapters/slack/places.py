"""Where a message goes: the thread it belongs in, else the channel, else a direct message to who asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from adapters.slack.clients import PacedClient, SlackClients
from adapters.slack.names import slack_user
from adapters.slack.posting import permalink
from adapters.slack.reference import Reference
from adapters.slack.trouble import Kind, TroubleError, tried
from bot.generation.job import Address, Job

T = TypeVar("T")

MEMBER_FOR = 600.0  # seconds a membership is believed
_MOST_MEMBERSHIPS = 5000
_NO_DM = frozenset({Kind.OUT, Kind.LATER, Kind.LOST})  # a direct message would not arrive either, or is not called for


@dataclass(frozen=True, slots=True)
class Place:
    """A channel (or direct message) and the thread in it; `note` tells people why it is not where it was to be."""

    channel: str
    thread: str = ""
    note: str = ""
    takes_files: bool = True


class Places:
    """Finds a place that takes a message. `join`: the bot may join public channels it is asked from."""

    def __init__(self, clients: SlackClients, *, join: bool = True) -> None:
        self._clients, self._join = clients, join
        self._member_since: dict[tuple[str, str], float] = {}

    async def somewhere(self, job: Job, status: Reference | None, in_place: Callable[[Place], Awaitable[T]]) -> T:
        """`in_place` in the first place that takes it. Raises TroubleError when none does."""
        client = await self._clients.of(job.address.workspace)
        try:
            return await self._where_it_began(client, job.address, status, in_place)
        except TroubleError as trouble:
            if trouble.kind in _NO_DM:
                raise
            first = trouble
        channel = await direct(client, job)
        if channel == job.address.channel:
            raise first
        thread = status.ts if status is not None and status.channel == channel else ""
        return await in_place(Place(channel, thread, f"{first.why} So it comes to you here."))

    async def _where_it_began(
        self,
        client: PacedClient,
        address: Address,
        status: Reference | None,
        in_place: Callable[[Place], Awaitable[T]],
    ) -> T:
        takes_files = await self._enter(client, address)
        root, note = root_of(address, status), ""
        if root:
            try:
                # Slack takes replies to a message that is gone, and shows them to nobody.
                await permalink(client, Reference(address.channel, root))
                return await in_place(Place(address.channel, root, "", takes_files))
            except TroubleError as trouble:
                if trouble.kind not in (Kind.THREAD_GONE, Kind.MESSAGE_GONE):
                    raise
                why = trouble.why if trouble.kind is Kind.THREAD_GONE else "The thread it belongs in is gone."
                note = f"{why} So it is here."
        return await in_place(Place(address.channel, "", note, takes_files))

    async def _enter(self, client: PacedClient, address: Address) -> bool:
        """Whether the bot is in the channel and so may show files there; joins it where that is allowed.

        Raises TroubleError: PLACE_GONE when the channel is not there for us, or archived."""
        key = (client.team, address.channel)
        now = self._clients.clock.now()
        if address.extra.get("dm") == "yes" or now - self._member_since.get(key, 0.0) < MEMBER_FOR:
            return True
        try:
            answer = await tried(client.conversations_info(channel=address.channel))
        except TroubleError as trouble:
            if trouble.kind is Kind.NOT_ALLOWED:  # for this kind of conversation; the post itself will tell
                return True
            raise
        channel: dict[str, Any] = answer.get("channel") or {}
        if channel.get("is_archived"):
            raise TroubleError.of("is_archived")
        is_in = bool(channel.get("is_member") or channel.get("is_im") or channel.get("is_mpim"))
        if is_in or await self._joined(client, address.channel):
            if len(self._member_since) >= _MOST_MEMBERSHIPS:
                self._member_since.clear()
            self._member_since[key] = now
            return True
        return False

    async def _joined(self, client: PacedClient, channel: str) -> bool:
        if not self._join:
            return False
        try:
            await tried(client.conversations_join(channel=channel))
        except TroubleError as trouble:
            if trouble.may_pass or trouble.kind is Kind.OUT:
                raise
            return False
        return True


def root_of(address: Address, status: Reference | None) -> str:
    """The ts of the thread's root: of the thread the job began in, else the status message; "" without either."""
    if address.thread:
        return address.thread
    return status.ts if status is not None and status.channel == address.channel else ""


async def direct(client: PacedClient, job: Job, *, only_if_there: bool = False) -> str:
    """The id of the direct message with who asked; "" when there is none and it is not to be opened. Raises
    TroubleError."""
    answer = await tried(
        client.conversations_open(users=slack_user(job.requester), prevent_creation=only_if_there or None)
    )
    channel: dict[str, Any] = answer.get("channel") or {}
    return str(channel.get("id") or "")
