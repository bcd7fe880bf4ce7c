"""One request for a video on its way from Discord to the desk, as it is kept until it is answered."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from adapters.desk import Actor
from bot.generation.job import Address, Requester
from bot.generation.request import VideoRequest


@dataclass(frozen=True, slots=True)
class Order:
    """`key` is the intake key: the event's own id, so that the same event again is the same job.

    The frames of `request` may still be to be fetched (see `sources`). `extend`: the job whose last picture the video
    begins with. `token` answers the interaction for 15 minutes; it lives in the intake row only until that is closed.
    """

    key: str
    actor: Actor
    address: Address
    request: VideoRequest
    extend: str = ""
    token: str = ""

    def payload(self) -> dict[str, object]:
        """The order as the intake table keeps it."""
        return {
            "kind": "order",
            "actor": asdict(self.actor),
            "address": asdict(self.address),
            "request": self.request.model_dump(mode="json", exclude_none=True),
            "extend": self.extend,
            "token": self.token,
        }

    @classmethod
    def of(cls, key: str, payload: Mapping[str, Any]) -> Self:
        """The order that was kept. Raises KeyError, TypeError, ValueError for what is none."""
        actor = dict(payload["actor"])
        requester = dict(actor.pop("requester"))
        requester["roles"] = tuple(requester.get("roles", ()))
        return cls(
            key=key,
            actor=Actor(Requester(**requester), **actor),
            address=Address(**payload["address"]),
            request=VideoRequest.model_validate(payload["request"]),
            extend=payload["extend"],
            token=payload["token"],
        )


def interaction_key(interaction_id: int) -> str:
    """The intake key of an interaction."""
    return f"discord:{interaction_id}"


def message_key(message_id: int) -> str:
    """The intake key of a message that mentions the bot."""
    return f"discord:m{message_id}"
