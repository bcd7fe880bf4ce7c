"""The page as the core's `Chat`: delivering is putting a message into the channel."""

from adapters.web.channel import Channel, name_of_message
from bot.generation.job import Job, Purpose
from bot.generation.ports import ChatError, JobView, StoreError


class WebChat:
    """Puts results into the channel. Posting twice is not possible: a message's name follows from its job."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """The message's name when it is there already. Raises ChatError."""
        name = name_of_message(job, purpose)
        try:
            return name if await self._channel.named(name) is not None else None
        except StoreError as error:
            raise _later() from error

    async def deliver(self, view: JobView) -> str:
        """Post the result below what it was asked for with; returns its name. Raises ChatError."""
        try:
            await self._channel.show_request(view.job)
            return await self._channel.show(view.job, Purpose.RESULT)
        except StoreError as error:
            raise _later() from error

    async def take_down(self, job: Job) -> None:
        """Remove the result message, if it is there. Raises ChatError."""
        try:
            await self._channel.remove(name_of_message(job, Purpose.RESULT))
        except StoreError as error:
            raise _later() from error


def _later() -> ChatError:
    return ChatError("The page's messages cannot be read or written at the moment.")
