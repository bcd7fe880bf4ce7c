"""What Slack's refusals mean for a message of ours, whichever call met them."""

from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.generation.ports import ChatError

T = TypeVar("T")


class Kind(StrEnum):
    """What to do about a refusal."""

    THREAD_GONE = "thread gone"  # the channel may still take it, outside of the thread
    PLACE_GONE = "place gone"  # this channel never takes it
    NOT_A_MEMBER = "not a member"  # the channel is there, but not for us
    MESSAGE_GONE = "message gone"  # this message cannot be changed any more
    FILE_TOO_LARGE = "file too large"
    ONLY_IMAGES = "only images"  # the workspace takes images, but no videos
    NO_FILES = "no files"
    FILE_GONE = "file gone"
    OUT = "out"  # the workspace has shut the bot out
    NOT_ALLOWED = "not allowed"  # a scope is missing
    REFUSED = "refused"  # for another reason that stays
    LATER = "later"
    LOST = "lost"  # it may have arrived, nobody knows


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error of Slack's means, and one sentence for people."""

    kind: Kind
    why: str


_NOT_IN = "I am not in that channel: /invite me there."
_GONE = "That channel is not there any more, or I am not in it."
_READ_ONLY = "I am not allowed to write in that channel."
_NO_THREAD = "That thread is not there any more."
_NO_EDIT = "That message cannot be changed any more."
_SHUT_OUT = "This workspace has removed the bot or taken back its permission: an admin can install it again."
_BUSY = "Slack takes no messages at this moment."
_LOST = "Slack's answer was lost."
_NO_FILES = "This workspace takes no files from the bot."
_TOO_LARGE = "This workspace takes no files of that size."
_TOO_LONG = "Slack does not take a message of that length."
_NO_SCOPE = "The bot lacks a permission (scope) in this workspace: an admin can install it again."
_PERSON_GONE = "Slack knows no such person here any more."

#: The errors of the methods this bot calls, from their pages below https://docs.slack.dev/reference/methods
MEANINGS: dict[str, Meaning] = {
    "thread_not_found": Meaning(Kind.THREAD_GONE, _NO_THREAD),
    "cannot_reply_to_message": Meaning(Kind.THREAD_GONE, "That message takes no replies."),
    "restricted_action_thread_locked": Meaning(Kind.THREAD_GONE, "That thread was locked by an admin."),
    "restricted_action_non_threadable_channel": Meaning(Kind.THREAD_GONE, "That channel takes no replies in threads."),
    "not_in_channel": Meaning(Kind.NOT_A_MEMBER, _NOT_IN),
    "posting_to_channel_denied": Meaning(Kind.NOT_A_MEMBER, "I may not share files in that channel."),
    "channel_not_found": Meaning(Kind.PLACE_GONE, _GONE),
    "invalid_channel": Meaning(Kind.PLACE_GONE, _GONE),
    "is_archived": Meaning(Kind.PLACE_GONE, "That channel was archived."),
    "restricted_action": Meaning(Kind.PLACE_GONE, _READ_ONLY),
    "restricted_action_read_only_channel": Meaning(Kind.PLACE_GONE, _READ_ONLY),
    "restricted_action_thread_only_channel": Meaning(Kind.PLACE_GONE, "That channel takes only replies in threads."),
    "channel_is_limited_access": Meaning(Kind.PLACE_GONE, _GONE),
    "method_not_supported_for_channel_type": Meaning(Kind.PLACE_GONE, "A conversation of that kind takes no messages."),
    "too_many_members": Meaning(Kind.PLACE_GONE, "That channel is full, so I cannot join it."),
    "messages_tab_disabled": Meaning(Kind.PLACE_GONE, "Direct messages to the bot are switched off."),
    "cannot_dm_bot": Meaning(Kind.PLACE_GONE, "Slack lets bots send no direct messages to bots."),
    "user_not_found": Meaning(Kind.PLACE_GONE, _PERSON_GONE),
    "user_disabled": Meaning(Kind.PLACE_GONE, _PERSON_GONE),
    "user_not_visible": Meaning(Kind.PLACE_GONE, _PERSON_GONE),
    "message_not_found": Meaning(Kind.MESSAGE_GONE, _NO_EDIT),
    "cant_update_message": Meaning(Kind.MESSAGE_GONE, _NO_EDIT),
    "cant_delete_message": Meaning(Kind.MESSAGE_GONE, "That message cannot be deleted by the bot."),
    "edit_window_closed": Meaning(Kind.MESSAGE_GONE, _NO_EDIT),
    "is_inactive": Meaning(Kind.MESSAGE_GONE, _NO_EDIT),
    "streaming_state_conflict": Meaning(Kind.MESSAGE_GONE, _NO_EDIT),
    "file_upload_size_restricted": Meaning(Kind.FILE_TOO_LARGE, _TOO_LARGE),
    "file_uploads_except_images_disabled": Meaning(Kind.ONLY_IMAGES, "This workspace takes no files but images."),
    "file_type_not_allowed": Meaning(Kind.ONLY_IMAGES, "This workspace takes no files of that kind."),
    "blocked_file_type": Meaning(Kind.ONLY_IMAGES, "This workspace takes no files of that kind."),
    "slack_connect_blocked_file_type": Meaning(Kind.ONLY_IMAGES, "This channel takes no files of that kind."),
    "slack_connect_clip_sharing_blocked": Meaning(Kind.ONLY_IMAGES, "This channel takes no videos."),
    "file_uploads_disabled": Meaning(Kind.NO_FILES, _NO_FILES),
    "storage_limit_reached": Meaning(Kind.NO_FILES, "The file storage of this workspace is full."),
    "slack_connect_file_upload_sharing_blocked": Meaning(Kind.NO_FILES, "This channel takes no files."),
    "slack_connect_file_link_sharing_blocked": Meaning(Kind.NO_FILES, "This channel takes no files."),
    "file_not_found": Meaning(Kind.FILE_GONE, "That file is not there any more."),
    "file_deleted": Meaning(Kind.FILE_GONE, "That file is not there any more."),
    "file_is_deleted": Meaning(Kind.FILE_GONE, "That file is not there any more."),
    "not_visible": Meaning(Kind.FILE_GONE, "That file is not there any more."),
    "file_update_failed": Meaning(Kind.FILE_GONE, "Slack could not keep that file."),
    "token_revoked": Meaning(Kind.OUT, _SHUT_OUT),
    "token_expired": Meaning(Kind.OUT, _SHUT_OUT),
    "account_inactive": Meaning(Kind.OUT, _SHUT_OUT),
    "app_uninstalled": Meaning(Kind.OUT, _SHUT_OUT),
    "team_access_not_granted": Meaning(Kind.OUT, _SHUT_OUT),
    "no_permission": Meaning(Kind.OUT, _SHUT_OUT),
    "org_login_required": Meaning(Kind.LATER, _BUSY),  # the workspace is being moved
    "invalid_auth": Meaning(Kind.LATER, "Slack does not accept the bot's token."),  # an operator corrects the token
    "not_authed": Meaning(Kind.LATER, "Slack does not accept the bot's token."),
    "access_denied": Meaning(Kind.NOT_ALLOWED, _NO_SCOPE),
    "ekm_access_denied": Meaning(Kind.LATER, "Admins have suspended messages in this workspace."),
    "missing_scope": Meaning(Kind.NOT_ALLOWED, _NO_SCOPE),
    "not_allowed_token_type": Meaning(Kind.NOT_ALLOWED, _NO_SCOPE),
    "msg_too_long": Meaning(Kind.REFUSED, _TOO_LONG),
    "msg_blocks_too_long": Meaning(Kind.REFUSED, _TOO_LONG),
    "invalid_blocks": Meaning(Kind.REFUSED, "Slack does not take a message of that form."),
    "invalid_blocks_format": Meaning(Kind.REFUSED, "Slack does not take a message of that form."),
    "ratelimited": Meaning(Kind.LATER, _BUSY),
    "rate_limited": Meaning(Kind.LATER, _BUSY),
    "message_limit_exceeded": Meaning(Kind.LATER, _BUSY),
    "service_unavailable": Meaning(Kind.LATER, _BUSY),
    "request_timeout": Meaning(Kind.LATER, _BUSY),  # the call was cut on its way to Slack
    "team_added_to_org": Meaning(Kind.LATER, _BUSY),
    "external_channel_migrating": Meaning(Kind.LATER, _BUSY),
    "update_failed": Meaning(Kind.LATER, _BUSY),
    # "some aspect of the operation" may have succeeded:
    "fatal_error": Meaning(Kind.LOST, _LOST),
    "internal_error": Meaning(Kind.LOST, _LOST),
}
_UNKNOWN = Meaning(Kind.REFUSED, "Slack refused it.")


class TroubleError(Exception):
    """A call that Slack did not do; `kind` says what that means, `why` says it to people."""

    def __init__(self, kind: Kind, why: str, code: str = "") -> None:
        super().__init__(f"{kind} ({code})" if code else str(kind))
        self.kind, self.why, self.code = kind, why, code

    @classmethod
    def of(cls, code: str) -> "TroubleError":
        """What one of Slack's error codes means."""
        meaning = MEANINGS.get(code, _UNKNOWN)
        return cls(meaning.kind, meaning.why, code)

    @property
    def may_pass(self) -> bool:
        """Whether the same call can work later, or has perhaps worked already."""
        return self.kind in (Kind.LATER, Kind.LOST)

    def as_chat_error(self) -> ChatError:
        """The same for the core: is it worth another try, and has it perhaps arrived?"""
        return ChatError(self.why, gone=not self.may_pass, ambiguous=self.kind is Kind.LOST)


def shut_out() -> TroubleError:
    """There is no token for this workspace."""
    return TroubleError.of("app_uninstalled")


def busy() -> TroubleError:
    """Slack asked for a longer pause than a call can wait."""
    return TroubleError.of("ratelimited")


async def tried(call: Awaitable[T]) -> T:
    """The call's result. Raises TroubleError for everything that can go wrong between Slack and us."""
    try:
        return await call
    except SlackApiError as error:
        raise _trouble(error) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:  # nothing was sent
        raise TroubleError(Kind.LATER, "Slack cannot be reached at this moment.") from error
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise TroubleError(Kind.LOST, _LOST) from error


def _trouble(error: SlackApiError) -> TroubleError:
    response = error.response
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if isinstance(code, str):
        return TroubleError.of(code)
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    if status in (401, 403, 404, 408, 429, 503):
        return TroubleError(Kind.LATER, _BUSY)
    return TroubleError(Kind.LOST, _LOST)  # not an answer of Slack's own
