"""reactions.*"""

from typing import Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message
from tests.fakes.slack.methods.registry import Call, method


@method("reactions.add")
def add(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/reactions.add"""
    message, name = _item(call)
    if call.team.bot_user_id in message.reactions.get(name, []):
        raise SlackError("already_reacted")
    message.reactions.setdefault(name, []).append(call.team.bot_user_id)
    call.slack.touch()
    return {}


@method("reactions.remove")
def remove(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/reactions.remove"""
    message, name = _item(call)
    if call.team.bot_user_id not in message.reactions.get(name, []):
        raise SlackError("no_reaction")
    message.reactions[name].remove(call.team.bot_user_id)
    if not message.reactions[name]:
        del message.reactions[name]
    call.slack.touch()
    return {}


def _item(call: Call) -> tuple[Message, str]:
    name = str(call.args.get("name") or "")
    if not name or ":" in name or " " in name:
        raise SlackError("invalid_name")
    if not call.args.get("channel") or not call.args.get("timestamp"):
        raise SlackError("no_item_specified")
    channel = call.channel()
    message = channel.find(call.args["timestamp"])
    if message is None:
        raise SlackError("message_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    return message, name
