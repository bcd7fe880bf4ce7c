"""What Slack sends, read into our own words. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from adapters.cards.card import Verb
from adapters.slack.filling import picture_in
from adapters.slack.forms import CALLBACK, Meta, read_view
from adapters.slack.manifest import COMMAND
from adapters.slack.occasion import Occasion
from adapters.slack.speech import names, said

#: /video with one of these is a look that costs nothing.
LOOKS = frozenset({"quota", "jobs", "forget", "help"})
#: Presses that may begin a video: kept before they are acknowledged.
SPENDS = frozenset({Verb.START, Verb.AGAIN})
#: Of a message, the subtypes that are a person's own words: https://docs.slack.dev/reference/events/message
_SAID = frozenset({None, "file_share", "thread_broadcast"})


class Kind(StrEnum):
    """What is kept until it is answered."""

    COMMAND = "command"
    MESSAGE = "message"
    FORM = "form"
    PRESS = "press"


@dataclass(frozen=True, slots=True)
class Act:
    """An event that may spend: `key` is the same for the same act however often Slack tells it."""

    key: str
    kind: Kind
    occasion: Occasion
    about: Mapping[str, Any]

    def payload(self) -> dict[str, object]:
        """As the intake table keeps it."""
        return {"kind": self.kind.value, "at": self.occasion.payload(), **self.about}


def occasion_of(body: Mapping[str, Any], team: str) -> Occasion:
    """Who did something and where, from the body of a command or an interaction."""
    user = body.get("user") or {}
    container = body.get("container") or {}
    message = body.get("message") or {}
    channel = str(body.get("channel_id") or (body.get("channel") or {}).get("id") or "")
    return Occasion(
        team=team,
        user=str(body.get("user_id") or user.get("id") or ""),
        name=str(body.get("user_name") or user.get("name") or ""),
        channel=channel,
        thread=str(container.get("thread_ts") or message.get("thread_ts") or ""),
        message=str(container.get("message_ts") or body.get("message_ts") or ""),
        is_direct=channel.startswith("D") and bool(container.get("message_ts")),  # a message of ours is there
        hook=str(body.get("response_url") or ""),
    )


def event_id(body: Mapping[str, Any]) -> str:
    """The id of an event of the Events API; "" for everything else."""
    return str(body.get("event_id") or "")


def to_keep(body: Mapping[str, Any], team: str, bot_user: str) -> Act | None:
    """What has to be kept before it is acknowledged; None for what can spend nothing."""
    match body.get("type"):
        case "event_callback":
            return _message(body.get("event") or {}, team, bot_user)
        case "view_submission":
            return _form(body, team)
        case "block_actions":
            return _press(body, team)
    if body.get("command") == COMMAND:
        return _command(body, team)
    return None


def press_of(body: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """(verb, subject, action) of a press or choice: "v1:again:K3X9"; the verb is "" for one of another version."""
    actions = body.get("actions") or [{}]
    action: Mapping[str, Any] = actions[0]
    version, _, rest = str(action.get("action_id") or "").partition(":")
    verb, _, subject = rest.partition(":")
    return (verb if version == "v1" and subject else ""), subject, action


def is_private(body: Mapping[str, Any]) -> bool:
    """Whether the button was on a message that only one person sees."""
    return bool((body.get("container") or {}).get("is_ephemeral"))


def _command(body: Mapping[str, Any], team: str) -> Act | None:
    text = str(body.get("text") or "").strip()
    if not text or text.lower() in LOOKS:
        return None
    occasion = occasion_of(body, team)
    # Slack gives each use a trigger_id of its own, and never sends a command twice.
    return Act(f"slack:{team}:c:{body.get('trigger_id')}", Kind.COMMAND, occasion, {"text": text})


def _message(event: Mapping[str, Any], team: str, bot_user: str) -> Act | None:
    if not is_meant(event, bot_user):
        return None
    ts, channel = str(event.get("ts") or ""), str(event.get("channel") or "")
    is_direct = event.get("channel_type") == "im"
    occasion = Occasion(
        team=team,
        user=str(event["user"]),
        channel=channel,
        thread=str(event.get("thread_ts") or ("" if is_direct else ts)),
        message=ts,
        is_direct=is_direct,
    )
    picture = picture_in(event)
    about = {
        "text": said(str(event.get("text") or ""), without=bot_user),
        "picture": picture.source if picture is not None else "",
    }
    # One mention can come as two events with ids of their own: its channel and ts are what it is known by.
    return Act(f"slack:{team}:{channel}:{ts}", Kind.MESSAGE, occasion, about)


def is_meant(event: Mapping[str, Any], bot_user: str) -> bool:
    """Whether a person's message is for the bot: it mentions it, or was written to it directly."""
    if event.get("type") not in ("app_mention", "message") or event.get("subtype") not in _SAID:
        return False
    if event.get("bot_id") or event.get("hidden") or not event.get("user") or event.get("user") == bot_user:
        return False
    return (
        event["type"] == "app_mention"
        or event.get("channel_type") == "im"
        or names(str(event.get("text") or ""), bot_user)
    )


def _form(body: Mapping[str, Any], team: str) -> Act | None:
    view = body.get("view") or {}
    meta = Meta.of(str(view.get("private_metadata") or ""))
    if view.get("callback_id") != CALLBACK or meta is None:
        return None
    filled = read_view(view)
    at = occasion_of(body, team)
    occasion = meta.occasion(team, at.user, at.name, filled.place)
    about = {"meta": meta.text(), "filled": asdict(filled)}
    # A form that was taken is closed, so it comes once.
    return Act(f"slack:{team}:v:{view.get('id')}", Kind.FORM, occasion, about)


def _press(body: Mapping[str, Any], team: str) -> Act | None:
    verb, subject, _ = press_of(body)
    if verb not in SPENDS:
        return None
    about = {"verb": verb, "subject": subject, "private": is_private(body)}
    return Act(f"slack:{team}:p:{body.get('trigger_id')}", Kind.PRESS, occasion_of(body, team), about)
