"""Web addresses of messages."""

from adapters.discord.destinations import Reference
from bot.generation.job import Job


def message_url(job: Job, reference: str, *, opened: Reference | None = None, opens_threads: bool = False) -> str:
    """The web address of a message of a job.

    `opened`: the message a thread may have been opened from, which gives the thread its id. `opens_threads`: where that
    message is not known, an unknown channel is such a thread; else it is the direct message that was sent instead.
    """
    place, address = Reference.of(reference), job.address
    ours = {address.channel, address.thread, str(opened.message) if opened else ""}
    server = address.workspace if opens_threads or str(place.channel) in ours else ""
    return f"https://discord.com/channels/{server or '@me'}/{place.channel}/{place.message}"
