"""Where a job's status message lives on the page."""

from adapters.web.channel import Channel
from adapters.web.chat import WebChat
from bot.generation.job import Address, Job, Purpose
from bot.generation.ports import ChatError, JobView, StoreError


class WebStatusPlace:
    """Shows status messages (the board's `StatusPlace`). They are drawn from the job's row whenever a page looks, so
    an edit writes nothing: it tells the open pages to look again."""

    edit_every = 2.0  # seconds; oftener nobody reads

    def __init__(self, channel: Channel, chat: WebChat) -> None:
        self._channel, self._chat = channel, chat

    def lane(self, address: Address) -> str:
        """Nothing limits the page but its readers: threads are paced apart."""
        return address.thread or address.extra.get("said", "")

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """See Chat.find."""
        return await self._chat.find(job, purpose)

    async def show(self, view: JobView, reference: str | None) -> str:
        """Post (None) or show anew; returns the name. Raises ChatError: gone when the message was removed."""
        if reference is not None and await self._chat.find(view.job, Purpose.STATUS) is None:
            raise ChatError("The message was removed.", gone=True)
        try:
            if reference is None:
                await self._channel.show_request(view.job)
            return await self._channel.show(view.job, Purpose.STATUS)
        except StoreError as error:
            raise ChatError("The page's messages cannot be written at the moment.") from error
