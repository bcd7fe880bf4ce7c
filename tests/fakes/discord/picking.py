"""What a person's client lets through when they use a command, and the data it sends."""

from typing import TYPE_CHECKING, Any

from tests.fakes.discord.channels import Channel
from tests.fakes.discord.permissions import allows
from tests.fakes.discord.uploads import Upload

if TYPE_CHECKING:
    from tests.fakes.discord.messages import FakeMessage
    from tests.fakes.discord.people import Person

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
CHAT_INPUT, MESSAGE = 1, 3
ID_KINDS = {USER: "users", CHANNEL: "channels", ROLE: "roles", ATTACHMENT: "attachments"}


def slash(
    person: "Person",
    path: str,
    channel: Channel,
    values: dict[str, Any],
    *,
    forced: bool = False,
    focused: str | None = None,
) -> dict[str, Any]:
    """The interaction data of a slash command, or of its autocompletion when an option is `focused`."""
    words = path.split()
    command = find(person, words[0], CHAT_INPUT, channel, forced=forced)
    options: list[dict[str, Any]] = command.get("options") or []
    chain: list[dict[str, Any]] = []
    for word in words[1:]:
        inner = [option for option in options if option["name"] == word and option["type"] in (SUBCOMMAND, GROUP)]
        assert inner, f"/{path}: no subcommand {word!r}, there are {[o['name'] for o in options]}"
        chain.append(inner[0])
        options = inner[0].get("options") or []
    assert not any(o["type"] in (SUBCOMMAND, GROUP) for o in options), f"/{path} needs a subcommand of {options}"
    known = {option["name"]: option for option in options}
    assert set(values) <= set(known), f"/{path} has the options {list(known)}, not {sorted(set(values) - set(known))}"
    missing = [o["name"] for o in options if o.get("required") and o["name"] not in values]
    assert forced or focused or not missing, f"/{path} requires {missing}"
    resolved: dict[str, dict[str, Any]] = {}
    sent = []
    for name, value in values.items():
        assert forced or focused or (wrong := _refused(known[name], value)) is None, f"/{path} {name}: {wrong}"
        one = {"name": name, "type": known[name]["type"], "value": _wire(person, channel, known[name], value, resolved)}
        sent.append({**one, "focused": True} if name == focused else one)
    if focused is not None:
        assert known[focused].get("autocomplete"), f"/{path} {focused} has no autocompletion"
        if focused not in values:
            sent.append({"name": focused, "type": known[focused]["type"], "value": "", "focused": True})
    for inner in reversed(chain):
        sent = [{"name": inner["name"], "type": inner["type"], "options": sent}]
    data = {"id": command["id"], "name": command["name"], "type": CHAT_INPUT, "options": sent}
    # While somebody types, nothing is resolved yet: an upload is only a number.
    return _with_guild(command, {**data, "resolved": resolved} if resolved and focused is None else data)


def on_message(person: "Person", name: str, message: "FakeMessage", *, forced: bool) -> dict[str, Any]:
    """The interaction data of a message command; it carries the whole message whatever the intents are."""
    command = find(person, name, MESSAGE, message.channel, forced=forced)
    target = message.payload(privileged=True, whole=True)
    data = {
        "id": command["id"],
        "name": command["name"],
        "type": MESSAGE,
        "target_id": str(message.id),
        "resolved": {"messages": {str(message.id): target}},
    }
    return _with_guild(command, data)


def find(person: "Person", name: str, kind: int, channel: Channel, *, forced: bool) -> dict[str, Any]:
    """The registered command that the person can use in this channel; a server's own comes first."""
    registry = person.discord.commands
    everything = (registry.of(channel.guild.id) if channel.guild else []) + registry.of(None)
    found = [command for command in everything if command["name"] == name and command["type"] == kind]
    assert found, f"no command {name!r} of type {kind}, there are {[(c['name'], c['type']) for c in everything]}"
    command = found[0]
    if forced:
        return command
    needed = command.get("default_member_permissions")
    if needed is not None and channel.guild is not None:
        has = channel.permissions_of(person)
        admin_only = int(needed) == 0 and not allows(has, 1 << 3)
        hidden = admin_only or not allows(has, int(needed))
        assert not hidden, f"{name!r} is not shown to {person.name}: it needs the permissions {needed}"
    contexts = command.get("contexts")
    assert contexts is None or (0 if channel.guild else 1) in contexts, f"{name!r} is not shown in this place"
    if channel.guild is None:
        assert command.get("dm_permission", True), f"{name!r} is not shown in DMs"
    return command


def _with_guild(command: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "guild_id": command["guild_id"]} if command.get("guild_id") else data


def _refused(option: dict[str, Any], value: Any) -> str | None:
    kind, choices = option["type"], option.get("choices")
    expected = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float), ATTACHMENT: Upload}.get(kind)
    if expected and (not isinstance(value, expected) or (kind != BOOLEAN and isinstance(value, bool))):
        return f"{value!r} is not of the option's type {kind}"
    if choices and value not in [choice["value"] for choice in choices]:
        return f"{value!r} is not one of {[choice['value'] for choice in choices]}"
    if kind in (INTEGER, NUMBER) and not option.get("min_value", value) <= value <= option.get("max_value", value):
        return f"{value!r} is not between {option.get('min_value')} and {option.get('max_value')}"
    if kind == STRING and not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
        return f"{len(value)} characters, allowed are {option.get('min_length')} to {option.get('max_length', 6000)}"
    return None


def _wire(
    person: "Person", channel: Channel, option: dict[str, Any], value: Any, resolved: dict[str, dict[str, Any]]
) -> Any:
    kind = option["type"]
    if kind not in ID_KINDS and kind != MENTIONABLE:
        return value
    if isinstance(value, Upload):
        value = keep_ephemeral(person, value)
        payload = person.discord.cdn.payload(value)
    elif isinstance(value, Channel):
        payload = value.partial(person)
    else:
        payload = value.payload()
    group = ID_KINDS.get(kind) or ("users" if hasattr(value, "dms_closed") else "roles")
    resolved.setdefault(group, {})[str(value.id)] = payload
    if group == "users" and channel.guild is not None and value in channel.guild.members:
        member = channel.guild.member_payload(value, with_user=False)
        member["permissions"] = str(channel.permissions_of(value))
        resolved.setdefault("members", {})[str(value.id)] = member
    return str(value.id)


def keep_ephemeral(person: "Person", upload: Upload) -> Any:
    """An upload of a command or a modal: Discord keeps it only for a while."""
    folder = f"ephemeral-attachments/{person.discord.application_id}"
    return person.discord.cdn.keep(upload, folder, ephemeral=True)
