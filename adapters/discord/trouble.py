"""What Discord's refusals mean for a message of ours, whichever call met them."""

from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

import aiohttp
import discord

from bot.generation.ports import ChatError

T = TypeVar("T")


class Kind(StrEnum):
    """What to do about a refusal."""

    PLACE_GONE = "gone"  # the thread, channel or server is not there any more
    LOCKED = "locked"  # a thread that only moderators open again
    ARCHIVED = "archived"  # a thread that has to be opened before anything in it is changed
    FORBIDDEN = "forbidden"  # not this, not here
    CLOSED = "closed"  # the person takes no direct messages from the bot
    MESSAGE_GONE = "message gone"
    NO_REPLY = "no reply"  # the message may be posted, but not as a reply
    TOO_LARGE = "too large"
    TOO_OLD = "too old"  # a message older than an hour was edited too often
    REFUSED = "refused"  # for another reason that stays
    LATER = "later"
    LOST = "lost"  # it may have arrived, nobody knows


#: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_KINDS = {
    10003: Kind.PLACE_GONE,  # unknown channel
    10004: Kind.PLACE_GONE,  # unknown guild
    10008: Kind.MESSAGE_GONE,
    10013: Kind.CLOSED,  # unknown user
    20016: Kind.LATER,  # slow mode
    20028: Kind.LATER,  # the channel's own write limit
    30046: Kind.TOO_OLD,
    40003: Kind.LATER,  # direct messages are opened too fast
    40005: Kind.TOO_LARGE,
    50001: Kind.FORBIDDEN,  # missing access
    50007: Kind.CLOSED,
    50013: Kind.FORBIDDEN,  # missing permissions
    50083: Kind.ARCHIVED,
    50278: Kind.CLOSED,  # no server in common
    160002: Kind.NO_REPLY,  # the history may not be read
    160005: Kind.LOCKED,
}

#: What aiohttp says when the client was closed (a new one is being built, or the process ends); nothing was sent.
_CLOSED = "Session is closed"


class Trouble(Exception):  # noqa: N818 - reads as what happened
    """A call that Discord did not do; `kind` says what that means."""

    def __init__(self, kind: Kind, code: int = 0) -> None:
        super().__init__(f"{kind} ({code})")
        self.kind, self.code = kind, code

    def as_chat_error(self) -> ChatError:
        """The same for the core: is it worth another try, and has it perhaps arrived?"""
        match self.kind:
            case Kind.LOST:
                return ChatError("Discord's answer was lost.", ambiguous=True)
            case Kind.LATER | Kind.TOO_OLD:
                return ChatError("Discord takes no messages at this moment.")
            case _:
                return ChatError(f"Discord does not take it ({self.kind}).", gone=True)


async def tried(call: Awaitable[T]) -> T:
    """The call's result. Raises Trouble for everything that can go wrong between Discord and us."""
    try:
        return await call
    except discord.RateLimited as error:
        raise Trouble(Kind.LATER) from error
    except discord.HTTPException as error:
        raise Trouble(_kind(error), error.code) from error
    except aiohttp.ClientConnectorError as error:  # nothing was sent
        raise Trouble(Kind.LATER) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Trouble(Kind.LOST) from error
    except RuntimeError as error:
        if str(error) != _CLOSED:
            raise
        raise Trouble(Kind.LATER) from error


def _kind(error: discord.HTTPException) -> Kind:
    if error.status in (401, 408, 429):
        return Kind.LATER  # 401: an operator changes the token
    if error.status == 503:
        return Kind.LATER
    if error.status >= 500:
        return Kind.LOST
    if error.status == 413:
        return Kind.TOO_LARGE
    known = _KINDS.get(error.code)
    if known is not None:
        return known
    return {403: Kind.FORBIDDEN, 404: Kind.PLACE_GONE}.get(error.status, Kind.REFUSED)
