"""The registered application commands: https://docs.discord.com/developers/interactions/application-commands"""

from typing import TYPE_CHECKING, Any

from tests.fakes.discord.errors import DiscordError

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

CHAT_INPUT = 1


class Commands:
    """Global commands (None) and those of single servers."""

    def __init__(self, discord: "FakeDiscord") -> None:
        self._discord = discord
        self._places: dict[int | None, list[dict[str, Any]]] = {}

    def of(self, guild_id: int | None) -> list[dict[str, Any]]:
        """The commands of a server, or the global ones."""
        return self._places.setdefault(guild_id, [])

    def find(self, guild_id: int | None, command_id: str) -> dict[str, Any]:
        """Raises 10063."""
        for command in self.of(guild_id):
            if command["id"] == command_id:
                return command
        raise DiscordError(10063)

    def overwrite(self, guild_id: int | None, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All commands of a place at once; those with a known name and type keep their id."""
        known = {(command["type"], command["name"]): command for command in self.of(guild_id)}
        self._places[guild_id] = [
            self._made(guild_id, one, known.get((one.get("type") or CHAT_INPUT, one["name"]))) for one in wanted
        ]
        return self._places[guild_id]

    def upsert(self, guild_id: int | None, wanted: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """One command; the second value says whether it is new."""
        commands = self.of(guild_id)
        kind = wanted.get("type") or CHAT_INPUT
        for index, command in enumerate(commands):
            if (command["type"], command["name"]) == (kind, wanted["name"]):
                commands[index] = self._made(guild_id, wanted, command)
                return commands[index], False
        commands.append(self._made(guild_id, wanted, None))
        return commands[-1], True

    def change(self, guild_id: int | None, command_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Some fields of one command."""
        command = self.find(guild_id, command_id)
        command.update(self._made(guild_id, {**command, **wanted}, command))
        return command

    def delete(self, guild_id: int | None, command_id: str) -> None:
        """Raises 10063."""
        self.of(guild_id).remove(self.find(guild_id, command_id))

    def _made(self, guild_id: int | None, wanted: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
        needed = wanted.get("default_member_permissions")
        answer = {
            "name_localizations": None,
            "description": "",
            "description_localizations": None,
            "options": [],
            "nsfw": False,
            **{key: value for key, value in wanted.items() if value is not None},
            "id": old["id"] if old else str(self._discord.ids.new()),
            "application_id": str(self._discord.application_id),
            "version": str(self._discord.ids.new()),
            "type": wanted.get("type") or CHAT_INPUT,
            "default_member_permissions": None if needed is None else str(needed),
        }
        if guild_id is not None:
            return {**answer, "guild_id": str(guild_id)}
        contexts = wanted.get("contexts")
        in_dms = 1 in contexts if contexts else wanted.get("dm_permission") is not False
        installs = wanted.get("integration_types") or [0]
        return {**answer, "contexts": contexts, "dm_permission": in_dms, "integration_types": installs}
