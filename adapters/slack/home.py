"""App Home: what a person may still ask for, their videos, and what they want when they say nothing."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.cards.card import Card, Tone, Verb, title
from adapters.cards.told import told
from adapters.desk import Desk
from adapters.slack.actors import Actors
from adapters.slack.answers import NO_DATABASE, Answers
from adapters.slack.clients import SlackClients
from adapters.slack.defaults import Defaults, DefaultsBook
from adapters.slack.forms import offer_of
from adapters.slack.layout import Block, laid_out, plain
from adapters.slack.occasion import Occasion
from adapters.slack.trouble import TroubleError, tried
from bot.generation.catalog import Catalog
from bot.generation.ports import StoreError
from bot.generation.request import VideoRequest
from bot.generation.table import MODELS

log = logging.getLogger("videobot.slack")

MAKE = "v1:make:home"
FORGET = f"v1:{Verb.FORGET}:home"
DEFAULT = "v1:default:"  # beginning of the action ids of a person's defaults
BLOCKS = 100  # https://docs.slack.dev/surfaces/app-home
_UNSET = "-"


class Home:
    """Publishes the home tab. Never raises for what Slack says."""

    def __init__(
        self,
        catalog: Catalog,
        default_model: str,
        desk: Desk,
        clients: SlackClients,
        actors: Actors,
        answers: Answers,
        defaults: DefaultsBook,
    ) -> None:
        self._catalog, self._default_model, self._desk, self._clients = catalog, default_model, desk, clients
        self._actors, self._answers, self._defaults = actors, answers, defaults

    async def show(self, occasion: Occasion) -> None:
        """Show it as things stand now."""
        actor = await self._actors.present(occasion)
        quota, jobs = await self._desk.quota(actor), await self._desk.jobs(actor)
        defaults = await self._defaults.of(occasion.requester.user)
        view = home_view([quota.card, jobs.card], defaults, self._catalog, self._default_model)
        try:
            client = await self._clients.of(occasion.team)
            await tried(client.views_publish(user_id=occasion.user, view=view))
        except TroubleError as trouble:
            log.warning("a home tab could not be shown: %s", trouble)

    async def choose(self, occasion: Occasion, option: str, value: str | None) -> None:
        """A default was chosen."""
        try:
            await self._defaults.set(occasion.requester.user, option, _meant(option, value))
        except StoreError as error:
            log.warning("a person's default could not be kept: %s", error)
            await self._answers.privately(occasion, told(NO_DATABASE, Tone.BAD))
        await self.show(occasion)


def home_view(cards: Sequence[Card], defaults: Defaults, catalog: Catalog, default_model: str) -> dict[str, Any]:
    """The home tab: the cards below each other, and the defaults."""
    make = {"type": "button", "text": plain("Make a video", 75), "action_id": MAKE, "style": "primary"}
    forget = {"type": "button", "text": plain("Erase my data", 75), "action_id": FORGET}
    blocks: list[Block] = [
        *laid_out(Card((title("Videos"),))).blocks,
        {"type": "actions", "elements": [make, forget]},
    ]
    for card in cards:
        blocks += [*laid_out(card).blocks, {"type": "divider"}]
    about = "Your defaults: what counts when you do not say otherwise. They belong to the model chosen here."
    chosen = [{"type": "section", "text": plain(about, 3000)}, _defaults(defaults, catalog, default_model)]
    return {"type": "home", "callback_id": "v1:home", "blocks": [*blocks[: BLOCKS - len(chosen)], *chosen]}


def _defaults(defaults: Defaults, catalog: Catalog, default_model: str) -> Block:
    offer = offer_of(catalog, VideoRequest(prompt="", model=defaults.model), default_model)
    models = {model: MODELS[model] for model in catalog.models()}
    modes = {mode: f"{mode} ({offer.resolution(mode)})" for mode in offer.modes()}
    durations = {str(seconds): f"{seconds} seconds" for seconds in offer.durations()}
    ratios = {ratio: ratio for ratio in offer.aspect_ratios()}
    elements = [
        _select("model", "Model", models, defaults.model),
        _select("mode", "Quality", modes, defaults.mode),
        _select("duration", "Length", durations, str(defaults.duration) if defaults.duration else None),
        _select("aspect_ratio", "Shape", ratios, defaults.aspect_ratio),
    ]
    if offer.supports_audio():
        sound = None if defaults.audio is None else "yes" if defaults.audio else "no"
        elements.append(_select("audio", "Sound", {"yes": "with sound", "no": "no sound"}, sound))
    return {"type": "actions", "block_id": f"defaults.{offer.model}", "elements": elements}


def _select(option: str, label: str, choices: Mapping[str, str], chosen: str | None) -> Block:
    options = {_UNSET: f"{label}: the usual", **{value: f"{label}: {words}" for value, words in choices.items()}}
    objects = {value: {"text": plain(words, 75), "value": value} for value, words in options.items()}
    return {
        "type": "static_select",
        "action_id": f"{DEFAULT}{option}",
        "placeholder": plain(label, 150),
        "options": list(objects.values()),
        "initial_option": objects.get(chosen or _UNSET, objects[_UNSET]),
    }


def _meant(option: str, value: str | None) -> str | int | bool | None:
    if value is None or value == _UNSET:
        return None
    match option:
        case "duration":
            return int(value) if value.isdecimal() else None
        case "audio":
            return value == "yes"
    return value
