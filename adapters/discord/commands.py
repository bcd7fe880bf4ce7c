"""The commands members see: /video, /video-reference, Animate, /quota, /jobs, /forget, /help."""

from collections.abc import Awaitable
from typing import Any

import discord
from discord import app_commands

from adapters.desk import Desk, Reply
from adapters.discord import answers
from adapters.discord.actors import actor_of
from adapters.discord.filling import Forms
from adapters.discord.options import Given, given_request, reference_model, reference_options, slash, video_options
from adapters.discord.orders import Orders
from adapters.discord.pictures import first_frame_in
from adapters.discord.rules import DiscordRules
from bot.generation.catalog import Catalog
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest

_ANIMATE = "Animate"
NO_IMAGE = (
    "There is no image in this message that could be animated. Pick a message with an image, or attach one to /video."
)


class Commands:
    """Everything a member can call."""

    def __init__(
        self, rules: DiscordRules, catalog: Catalog, desk: Desk, orders: Orders, forms: Forms, board: answers.Board
    ) -> None:
        self._rules, self._catalog, self._desk = rules, catalog, desk
        self._orders, self._forms, self._board = orders, forms, board
        self._reference_model = reference_model(catalog)

    def all(self) -> list[app_commands.Command[Any, ..., None] | app_commands.ContextMenu]:
        """The commands, in the order people see them."""
        found: list[app_commands.Command[Any, ..., None] | app_commands.ContextMenu] = [
            slash(
                "video",
                "Make a video from words, or from an image",
                self._video,
                video_options(self._catalog, self._rules.default_model),
            )
        ]
        if self._reference_model is not None:
            options = reference_options(self._catalog, self._reference_model)
            found.append(
                slash(
                    "video-reference", "Make a video from reference images, a video, or both", self._reference, options
                )
            )
        found += [
            slash("quota", "What you may still make today", self._quota),
            slash("jobs", "Your videos: being made, not posted, recent", self._jobs),
            slash("forget", "Erase everything this bot keeps of you; it asks once", self._forget),
            slash("help", "What this bot can do, and how", self._help),
            app_commands.ContextMenu(name=_ANIMATE, callback=self._menu()),
        ]
        return found

    async def _video(self, interaction: discord.Interaction[Any], given: Given) -> None:
        frames = _frames(given, {"image": FrameRole.FIRST_FRAME, "last_frame": FrameRole.LAST_FRAME})
        request = given_request(given).model_copy(update={"frames": frames})
        if not request.prompt.strip():
            await self._forms.for_command(interaction, request, _kept(given))
            return
        await self._order(interaction, request, given)

    async def _reference(self, interaction: discord.Interaction[Any], given: Given) -> None:
        roles = {name: FrameRole.REFERENCE for name in given if name.startswith("image_")}
        roles |= {name: FrameRole.ELEMENT for name in given if name.startswith("element_")}
        video = None
        if "video" in given:
            video = ReferenceVideo(
                source=given["video"].url,
                refer_type=ReferType(given.get("use_video", ReferType.BASE.value)),
                keep_sound=given.get("keep_sound"),
            )
        request = given_request(given, model=self._reference_model)
        changes = {"frames": _frames(given, roles), "reference_video": video}
        await self._order(interaction, request.model_copy(update=changes), given)

    async def _order(self, interaction: discord.Interaction[Any], request: VideoRequest, given: Given) -> None:
        actor = actor_of(interaction, self._rules)
        order = self._orders.order(interaction, request, actor=actor, kept=_kept(given))
        await self._orders.take(interaction, order)

    def _menu(self) -> Any:
        # discord.py wants a plain function of exactly these two parameters.
        async def animate(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await self._animate(interaction, message)

        return animate

    async def _animate(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Only now the message is shown to the bot with everything in it; what the image is has to be kept now."""
        me = interaction.client.user
        frame = first_frame_in(message, me.id if me is not None else None)
        if frame is None:
            await answers.tell(interaction, NO_IMAGE)
            return
        request = VideoRequest(prompt="", frames=(frame,))
        await self._forms.for_command(interaction, request, {}, title="Animate the image")

    async def _quota(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._show(interaction, self._desk.quota(actor_of(interaction, self._rules)))

    async def _jobs(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._show(interaction, self._desk.jobs(actor_of(interaction, self._rules)))

    async def _forget(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await self._show(interaction, self._desk.forget_me(actor_of(interaction, self._rules)))

    async def _help(self, interaction: discord.Interaction[Any], _given: Given) -> None:
        await answers.tell_card(interaction, self._desk.help(actor_of(interaction, self._rules)).card)

    async def _show(self, interaction: discord.Interaction[Any], asking: Awaitable[Reply]) -> None:
        await answers.answer(interaction, asking, self._board)


def _frames(given: Given, roles: dict[str, FrameRole]) -> tuple[Frame, ...]:
    """The attachments as frames that are still to be fetched, in the order of the options."""
    return tuple(Frame(role=role, source=given[name].url) for name, role in roles.items() if name in given)


def _kept(given: Given) -> dict[str, str]:
    return {"spoiler": "yes"} if given.get("spoiler") else {}
