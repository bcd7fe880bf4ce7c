"""The people of the fake, and the bot among them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import picking
from tests.fakes.discord.channels import Channel, DirectMessages, Thread
from tests.fakes.discord.components import SELECTS, numbered, walk
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction, Modal
from tests.fakes.discord.markdown import Mentions
from tests.fakes.discord.messages import COMPONENTS_V2, REPLY, FakeMessage
from tests.fakes.discord.modals import Filled
from tests.fakes.discord.permissions import MENTION_EVERYONE, allows
from tests.fakes.discord.uploads import Upload

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord


class Person:
    """Somebody who uses Discord. What they do with the application returns a handle once the first response is there
    (`wait` False: at once)."""

    def __init__(
        self, discord: "FakeDiscord", number: int, name: str, *, locale: str = "en-US", bot: bool = False
    ) -> None:
        self.discord, self.id, self.name, self.locale, self.bot = discord, number, name, locale, bot
        self.global_name = None if bot else name.title()
        self.dms_closed = False
        self.dm: DirectMessages | None = None
        self.private: list[FakeMessage] = []  # ephemeral messages only this person sees

    def __repr__(self) -> str:
        return f"<Person {self.name} {self.id}>"

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def close_dms(self) -> None:
        """From now on 50007."""
        self.dms_closed = True

    def open_dms(self) -> None:
        """Direct messages work again."""
        self.dms_closed = False

    def payload(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0",
            "global_name": self.global_name,
            "avatar": None,
            "avatar_decoration_data": None,
            "public_flags": 0,
            "flags": 0,
            "clan": None,
            "primary_guild": None,
        }
        return {**answer, "bot": True} if self.bot else answer

    # -- commands ----------------------------------------------------------------------------------------------------

    async def slash(
        self,
        name: str,
        channel: Channel,
        options: Mapping[str, Any] | None = None,
        *,
        forced: bool = False,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Interaction:
        """Use a slash command; `name` has its subcommands after spaces. `forced` sends what the person's client would
        not let through (missing permissions, wrong options)."""
        data = picking.slash(self, name, channel, dict(options or {}), forced=forced)
        return await self._interact(Interaction(self, COMMAND, channel, data), wait=wait, timeout=timeout)

    async def autocomplete(
        self,
        name: str,
        channel: Channel,
        options: Mapping[str, Any],
        *,
        focused: str,
        timeout: float | None = None,
    ) -> list[dict[str, Any]]:
        """The choices offered while the person types in the option `focused`: dicts of name and value."""
        data = picking.slash(self, name, channel, dict(options), focused=focused)
        used = Interaction(self, AUTOCOMPLETE, channel, data)
        return (await self._interact(used, wait=True, timeout=timeout)).choices or []

    async def message_command(
        self, name: str, message: FakeMessage, *, forced: bool = False, wait: bool = True, timeout: float | None = None
    ) -> Interaction:
        """Right-click > Apps > `name`."""
        self._must_see(message)
        data = picking.on_message(self, name, message, forced=forced)
        used = Interaction(self, COMMAND, message.channel, data, target=message)
        return await self._interact(used, wait=wait, timeout=timeout)

    # -- components --------------------------------------------------------------------------------------------------

    async def press(
        self,
        message: FakeMessage,
        button: str,
        *,
        forced: bool = False,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Interaction:
        """Press a button, named by its label or custom_id. `forced` presses it although it is disabled or gone
        meanwhile (`button` is then its custom_id)."""
        found = [one for one in message.buttons if button in (one.label, one.custom_id)]
        if forced and not found:
            data: dict[str, Any] = {"component_type": 2, "custom_id": button, "id": 1}
        else:
            self._must_see(message)
            assert found, f"no button {button!r} in {message!r}, there are {message.labels}"
            assert found[0].custom_id is not None, f"{button!r} is a link to {found[0].url}"
            assert forced or not found[0].disabled, f"{button!r} is disabled"
            data = {"component_type": 2, "custom_id": found[0].custom_id, "id": found[0].component}
        used = Interaction(self, COMPONENT, message.channel, data, message=message)
        return await self._interact(used, wait=wait, timeout=timeout)

    async def select(
        self, message: FakeMessage, menu: str, values: Iterable[str], *, wait: bool = True, timeout: float | None = None
    ) -> Interaction:
        """Choose in a string select, named by custom_id or placeholder; `values` are values or labels."""
        self._must_see(message)
        menus = [part for part in walk(message.components) if part["type"] in SELECTS]
        found = [part for part in menus if menu in (part["custom_id"], part.get("placeholder"))]
        assert found, f"no menu {menu!r} in {message!r}"
        offered = {option["label"]: option["value"] for option in found[0].get("options", [])}
        chosen = [offered.get(value, value) for value in values]
        assert not offered or set(chosen) <= set(offered.values()), f"{menu!r} offers {offered}"
        data = {
            "component_type": found[0]["type"],
            "custom_id": found[0]["custom_id"],
            "id": found[0].get("id", 0),
            "values": chosen,
        }
        used = Interaction(self, COMPONENT, message.channel, data, message=message)
        return await self._interact(used, wait=wait, timeout=timeout)

    async def submit(
        self,
        modal: Modal | None,
        fields: Mapping[str, Any],
        *,
        forced: bool = False,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Interaction:
        """Send a form. Fields are named by custom_id or label; a field left out keeps what the form had in it."""
        assert modal is not None, "there is no form to submit"
        assert modal.interaction.person is self, "the form was shown to somebody else"
        opened = modal.interaction
        filled = Filled(modal, dict(fields), opened, forced=forced)
        used = Interaction(self, MODAL_SUBMIT, opened.channel, filled.data(), message=opened.message, opened_by=opened)
        return await self._interact(used, wait=wait, timeout=timeout)

    # -- messages ----------------------------------------------------------------------------------------------------

    async def says(
        self,
        channel: Channel,
        text: str = "",
        *,
        reply_to: FakeMessage | None = None,
        attachments: Iterable[Upload] = (),
        embeds: Iterable[dict[str, Any]] = (),
        components: Iterable[dict[str, Any]] = (),
        stickers: Iterable[str] = (),
        forwards: FakeMessage | None = None,
        webhook: bool = False,
        mentions_bot: bool | None = None,
        ping: bool = True,
    ) -> FakeMessage:
        """Write a message. `mentions_bot` None turns "@name of the bot" in the text into a mention; True puts one in
        front. `ping` is the switch of a reply that notifies the replied-to author. `components` are those of another
        application's message; `stickers` are names of PNG stickers; `webhook`: a webhook wrote it."""
        discord = self.discord
        if reply_to is not None:
            self._must_see(reply_to)
        assert not channel.deleted, f"{channel!r} is deleted"
        if isinstance(channel, Thread) and channel.archived:
            assert not channel.locked, f"{channel!r} is locked"
            channel.unarchive()
        bot = discord.bot
        if mentions_bot is not False:
            text = text.replace(f"@{bot.name}", bot.mention)
            if mentions_bot and bot.mention not in text:
                text = f"{bot.mention} {text}"
        folder = f"attachments/{channel.id}"
        message = FakeMessage(
            discord,
            discord.ids.new(),
            channel,
            self,
            discord.now(),
            content=text,
            embeds=[{"type": "rich", **embed} for embed in embeds],
            files=[discord.cdn.keep(upload, folder) for upload in attachments],
            reply_to=reply_to,
            kind=REPLY if reply_to else 0,
            components=numbered([*components]),
            flags=COMPONENTS_V2 if components else 0,
            stickers=[{"id": str(discord.ids.new()), "name": name, "format_type": 1} for name in stickers],
            forwarded=forwards,
            webhook_id=discord.ids.new() if webhook else None,
        )
        # A reply to an interaction's response pings nobody: that message belongs to a webhook.
        replied = reply_to.author if reply_to and ping and reply_to.interaction is None else None
        everyone = allows(channel.permissions_of(self), MENTION_EVERYONE)
        mentions = Mentions(text, channel, None, replied=replied, may_everyone=everyone)
        message.mentioned, message.mentions = mentions.people, mentions.notified
        message.mentioned_roles, message.mention_everyone = mentions.roles, mentions.everyone
        discord.post(message)
        await asyncio.sleep(0)
        return message

    def deletes(self, message: FakeMessage) -> None:
        """Remove a message."""
        self.discord.delete_message(message)

    def sees(self, message: FakeMessage) -> bool:
        """Whether this person can see the message now."""
        return not message.deleted and not message.channel.deleted and message.ephemeral_for in (None, self)

    def _must_see(self, message: FakeMessage) -> None:
        assert not message.deleted, f"{message!r} is deleted"
        assert self.sees(message), f"{self.name} does not see {message!r}"

    async def _interact(self, used: Interaction, *, wait: bool, timeout: float | None) -> Interaction:
        self.discord.interactions.begin(used)
        if wait:
            await used.answered(timeout)
        else:
            await asyncio.sleep(0)
        return used
