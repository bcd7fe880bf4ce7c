"""One use of the application by a person: https://docs.discord.com/developers/interactions/receiving-and-responding"""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.components import texts, walk
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.markdown import as_read

if TYPE_CHECKING:
    from tests.fakes.discord.channels import Channel
    from tests.fakes.discord.messages import FakeMessage
    from tests.fakes.discord.people import Person
    from tests.fakes.discord.server import FakeDiscord

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
# callback types
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
TOKEN_LIFE_S = 15 * 60
PATIENCE_S = 10.0


class Modal(dict[str, Any]):
    """A form as the application sent it (custom_id, title, components); `interaction` is the one it answers."""

    def __init__(self, data: dict[str, Any], interaction: "Interaction") -> None:
        super().__init__(data)
        self.interaction = interaction

    @property
    def title(self) -> str:
        return str(self["title"])

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """Its fields by custom_id."""
        return {part["custom_id"]: part for part in walk(self["components"]) if "custom_id" in part}

    @property
    def fields(self) -> list[str]:
        """The custom_ids of its fields, in order."""
        return list(self.inputs)

    @property
    def values(self) -> dict[str, Any]:
        """What each field already holds when the form opens (None: nothing)."""
        answer: dict[str, Any] = {}
        for name, part in self.inputs.items():
            chosen = [option["value"] for option in part.get("options", []) if option.get("default")]
            answer[name] = part.get("value") or part.get("default") or (chosen if len(chosen) > 1 else None)
            if len(chosen) == 1:
                answer[name] = chosen[0]
        return answer

    @property
    def text(self) -> str:
        """Every text of the form, one a line."""
        parts = [self.title]
        for part in walk(self["components"]):
            parts += [part.get(key) for key in ("label", "description", "content", "placeholder", "value")]
            parts += [option["label"] for option in part.get("options", [])]
        return "\n".join(part for part in parts if part)


class Interaction:
    """A person's handle on what the application answered.

    `response_type`: the callback's type; `latency_s`: real seconds until it came; `modal`, `choices`, `message`: what
    it brought; `followups`: later messages through the token; `told`: every text shown through it, also later ones.
    """

    def __init__(
        self,
        person: "Person",
        kind: int,
        channel: "Channel",
        data: dict[str, Any],
        *,
        message: "FakeMessage | None" = None,
        target: "FakeMessage | None" = None,
        opened_by: "Interaction | None" = None,
    ) -> None:
        self.person, self.kind, self.channel, self.data = person, kind, channel, data
        self.source, self.target, self.opened_by = message, target, opened_by
        self.discord = person.discord
        self.id = self.discord.ids.new()
        self.token = f"interaction-token-{self.id}-{'x' * 40}"
        self.created_at = self.discord.now()
        self._started = time.monotonic()
        self._answered = asyncio.Event()
        self._expired = False
        self.response_type: int | None = None
        self.latency_s: float | None = None
        self.message: FakeMessage | None = None
        self.modal: Modal | None = None
        self.choices: list[dict[str, Any]] | None = None
        self.followups: list[FakeMessage] = []
        self.ephemeral = False
        self.told: list[str] = []

    def __repr__(self) -> str:
        return f"<Interaction {self.kind} of {self.person.name}: {self.data.get('name') or self.data.get('custom_id')}>"

    @property
    def text(self) -> str:
        """Everything told so far."""
        return "\n".join(self.told)

    async def answered(self, timeout: float | None = None) -> "Interaction":
        """Wait for the first response; AssertionError after `timeout` real seconds (10)."""
        patience = self.discord.patience_s if timeout is None else timeout
        try:
            await asyncio.wait_for(self._answered.wait(), patience)
        except TimeoutError:
            raise AssertionError(f"the application did not respond to {self!r} within {patience:g} s") from None
        return self

    def expire(self) -> None:
        """As if nobody had answered for three seconds, or the token were old."""
        self._expired = True

    # -- Discord's side ----------------------------------------------------------------------------------------------

    def require_unanswered(self) -> None:
        """Raises 10062 for a late first response, 40060 for a second one."""
        if self.response_type is not None:
            raise DiscordError(40060)
        if self._expired or time.monotonic() - self._started > self.discord.ack_timeout_s:
            raise DiscordError(10062)

    def require_token(self) -> None:
        """Raises 50027 for a token older than 15 minutes of the fake's clock, 10015 before the first response."""
        if self._expired or self.discord.now() - self.created_at > TOKEN_LIFE_S:
            raise DiscordError(50027)
        if self.response_type is None:
            raise DiscordError(10015)

    def answer(self, kind: int) -> None:
        """The first response has come."""
        self.response_type = kind
        self.latency_s = time.monotonic() - self._started
        self._answered.set()

    def tell(self, message: "FakeMessage") -> None:
        """Note what a message says now."""
        if message.text and (not self.told or self.told[-1] != message.text):
            self.told.append(message.text)

    def show(self, modal: dict[str, Any]) -> None:
        """Open a form."""
        self.modal = Modal(modal, self)
        self.told += [as_read(text, self.discord) for text in texts(modal["components"])]

    @property
    def token_life_left_s(self) -> float:
        return self.created_at + TOKEN_LIFE_S - self.discord.now()

    def metadata(self) -> dict[str, Any]:
        """interaction_metadata of the messages made through it."""
        answer: dict[str, Any] = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.person.payload(),
            "authorizing_integration_owners": self.owners(),
        }
        if self.kind == COMMAND:
            answer |= {"name": self.data["name"], "command_type": self.data["type"]}
            if self.target is not None:
                answer["target_message_id"] = str(self.target.id)
        if self.kind == COMPONENT and self.source is not None:
            answer["interacted_message_id"] = str(self.source.id)
        if self.opened_by is not None:
            answer["triggering_interaction_metadata"] = self.opened_by.metadata()
        return answer

    def owners(self) -> dict[str, str]:
        """Installed to the server; in DMs "0" stands for the bot's own DM."""
        return {"0": str(self.channel.guild.id) if self.channel.guild else "0"}

    def payload(self) -> dict[str, Any]:
        """INTERACTION_CREATE."""
        discord, guild, person = self.discord, self.channel.guild, self.person
        answer: dict[str, Any] = {
            "id": str(self.id),
            "application_id": str(discord.application_id),
            "type": self.kind,
            "data": self.data,
            "channel_id": str(self.channel.id),
            "channel": self.channel.partial(person),
            "token": self.token,
            "version": 1,
            "app_permissions": str(self.channel.bot_permissions),
            "locale": person.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners(),
            "context": 0 if guild else 1,
            "attachment_size_limit": self.channel.upload_limit,
        }
        if guild is None:
            answer["user"] = person.payload()
        else:
            guild.told_limits.add(self.channel.upload_limit)
            member = {**guild.member_payload(person), "permissions": str(self.channel.permissions_of(person))}
            answer["member"] = member
            answer["guild_id"] = str(guild.id)
            answer["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
            answer["guild_locale"] = guild.locale
        if self.source is not None:
            answer["message"] = self.source.payload(privileged=True, whole=True)
        return answer


class Interactions:
    """All uses so far, by token and by id."""

    def __init__(self, discord: "FakeDiscord") -> None:
        self._discord = discord
        self.by_token: dict[str, Interaction] = {}

    def begin(self, used: Interaction) -> None:
        """Send it to the bot."""
        guild = used.channel.guild
        assert guild is None or not guild.bot_kicked, "the application is not in this server"
        assert not used.channel.deleted, f"{used.channel!r} is deleted"
        shard = guild.id if guild else None
        assert self._discord.gateway.reaches(shard), "no gateway session is connected, the interaction would be lost"
        self.by_token[used.token] = used
        self._discord.used.append(used)
        self._discord.gateway.send("INTERACTION_CREATE", used.payload(), shard)
        self._discord.touch()

    def find(self, token: str) -> Interaction:
        """Raises 10015 for a token nobody was given."""
        if token not in self.by_token:
            raise DiscordError(10015)
        return self.by_token[token]
