"""Which message: its channel and its ts, as rows keep it ("C1/1700000000.000100")."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.generation.job import Delivery, Purpose

EVENT_TYPE = "video_job"  # of our messages' metadata


@dataclass(frozen=True, slots=True)
class Reference:
    """One message of ours."""

    channel: str
    ts: str

    @classmethod
    def of(cls, text: str) -> "Reference":
        """From the form that rows keep."""
        channel, _, ts = text.partition("/")
        return cls(channel, ts)

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"


def reference_in(deliveries: Sequence[Delivery], purpose: Purpose) -> Reference | None:
    """The message of this purpose, as far as a row knows it."""
    for delivery in deliveries:
        if delivery.purpose is purpose and delivery.reference is not None:
            return Reference.of(delivery.reference)
    return None


def metadata(job_id: str, purpose: Purpose, file_id: str = "") -> dict[str, object]:
    """What a message of ours is known by after a crash; it also names the file that goes along with it."""
    payload = {"job_id": job_id, "purpose": str(purpose)}
    return {"event_type": EVENT_TYPE, "event_payload": {**payload, "file": file_id} if file_id else payload}
