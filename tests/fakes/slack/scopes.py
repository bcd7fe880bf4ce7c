"""Which bot scope a method needs, https://docs.slack.dev/reference/methods (one of the set is enough)."""

SCOPES: dict[str, frozenset[str]] = {
    name: frozenset(scopes.split())
    for name, scopes in {
        "bots.info": "users:read",
        "chat.delete": "chat:write",
        "chat.postEphemeral": "chat:write",
        "chat.postMessage": "chat:write",
        "chat.update": "chat:write",
        "conversations.history": "channels:history groups:history im:history mpim:history",
        "conversations.info": "channels:read groups:read im:read mpim:read",
        "conversations.join": "channels:join",
        "conversations.list": "channels:read groups:read im:read mpim:read",
        "conversations.members": "channels:read groups:read im:read mpim:read",
        "conversations.open": "channels:manage groups:write im:write mpim:write",
        "conversations.replies": "channels:history groups:history im:history mpim:history",
        "files.completeUploadExternal": "files:write",
        "files.delete": "files:write",
        "files.getUploadURLExternal": "files:write",
        "files.info": "files:read",
        "reactions.add": "reactions:write",
        "reactions.remove": "reactions:write",
        "team.info": "team:read",
        "usergroups.list": "usergroups:read",
        "usergroups.users.list": "usergroups:read",
        "users.info": "users:read",
    }.items()
}

# What docs.slack.dev/reference/scopes says a bot token may hold, as far as this app asks for it.
BOT_SCOPES = frozenset(
    {
        *("app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "chat:write.public"),
        *("commands", "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read"),
        *("im:write", "mpim:history", "mpim:read", "reactions:write", "usergroups:read", "users:read"),
    }
)

# The scope an event needs, https://docs.slack.dev/reference/events
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "file_shared": "files:read",
    "file_created": "files:read",
    "file_change": "files:read",
    "file_deleted": "files:read",
}
PREFIX_OF_KIND = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def scope_for_kind(method: str, kind: str) -> str | None:
    """The scope that `method` needs for a conversation of this kind; None when the kind makes no difference."""
    needed = SCOPES.get(method, frozenset())
    wanted = [scope for scope in needed if scope.split(":")[0] == PREFIX_OF_KIND[kind]]
    return wanted[0] if len(needed) > 1 and wanted else None
