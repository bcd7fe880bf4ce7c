"""What the bot may do in a workspace, and what each permission is for."""

from collections.abc import Iterable, Mapping

#: Bot scopes (https://docs.slack.dev/reference/scopes) and why the bot asks for them.
NEEDED: Mapping[str, str] = {
    "app_mentions:read": "be asked by a mention",
    "channels:history": "see the image a mention is about, in public channels",
    "channels:join": "join a public channel it is asked from, to show the video there",
    "channels:read": "know whether it is in a public channel",
    "chat:write": "write messages",
    "chat:write.public": "write in public channels it is not in",
    "commands": "/video and the shortcuts",
    "files:read": "read the images people give it",
    "files:write": "show videos",
    "groups:history": "see the image a mention is about, in private channels",
    "groups:read": "know whether it is in a private channel",
    "im:history": "be asked in a direct message",
    "im:read": "know its direct messages",
    "im:write": "write to who asked, where the channel takes no message",
    "mpim:history": "see the image a mention is about, in group messages",
    "mpim:read": "know whether it is in a group message, before a video is paid",
    "usergroups:read": "know who is in which user group, for their limits",
    "users:read": "know people's names and who is an admin",
}
#: Of the app-level token (Socket Mode).
APP_LEVEL = "connections:write"


def missing(granted: Iterable[str]) -> tuple[str, ...]:
    """The needed scopes that were not granted, sorted."""
    return tuple(sorted(set(NEEDED) - set(granted)))
