"""Where a job's status message lives on Slack."""

from adapters.cards.card import small
from adapters.cards.status_card import status_card
from adapters.slack import posting
from adapters.slack.chat import SlackChat
from adapters.slack.clients import PacedClient, SlackClients
from adapters.slack.layout import LaidOut, laid_out
from adapters.slack.names import Names
from adapters.slack.places import Place
from adapters.slack.reference import Reference, metadata
from adapters.slack.trouble import TroubleError
from bot.generation.job import Address, Job, Purpose
from bot.generation.ports import JobView


class SlackStatusPlace:
    """Posts and edits status messages (the board's `StatusPlace`)."""

    edit_every = 12.0  # seconds; chat.update goes about 50 times a minute for a whole workspace

    def __init__(self, clients: SlackClients, chat: SlackChat, *, names: Names | None = None) -> None:
        self._clients, self._chat = clients, chat
        self._names = names or Names(clients)

    def lane(self, address: Address) -> str:
        """Slack takes about one message a second in a channel."""
        return f"{address.workspace}/{address.channel}"

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """See Chat.find."""
        return await self._chat.find(job, purpose)

    async def show(self, view: JobView, reference: str | None) -> str:
        """Post (None) or edit the status; returns its reference. Raises ChatError: gone when that message cannot be
        changed any more, or when no place takes one."""
        try:
            if reference is None:
                return str(await self._post(view))
            await self._edit(view, Reference.of(reference))
        except TroubleError as trouble:
            raise trouble.as_chat_error() from trouble
        return reference

    async def _post(self, view: JobView) -> Reference:
        job = view.job
        client = await self._clients.of(job.address.workspace)

        async def in_place(place: Place) -> Reference:
            message = await self._message(client, view, place.note)
            return await posting.post(client, place.channel, place.thread, message, metadata(job.id, Purpose.STATUS))

        return await self._chat.places.somewhere(job, None, in_place)

    async def _edit(self, view: JobView, reference: Reference) -> None:
        client = await self._clients.of(view.job.address.workspace)
        message = await self._message(client, view)
        await posting.change(client, reference, message, metadata(view.job.id, Purpose.STATUS))

    async def _message(self, client: PacedClient, view: JobView, note: str = "") -> LaidOut:
        """The status names who asked without notifying them: the result does that."""
        card = status_card(view, result=await self._result_url(client, view))
        return laid_out(card.plus(small(note)) if note else card, names=await self._names.of(view.job.requester))

    async def _result_url(self, client: PacedClient, view: JobView) -> str | None:
        """The web address of the result message, as far as Slack tells it."""
        if view.result is None:
            return None
        try:
            return await posting.permalink(client, Reference.of(view.result))
        except TroubleError:
            return None
