"""A card's chart for one person alone: as a file in their direct messages, which their private answer shows.

An image block needs a file that whoever reads it may see
(https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object). A file that is shared nowhere is the
bot's alone, one that is shared in a channel is everybody's there: the person's direct messages are the place that is
theirs, and the picture stays there when the private answer is gone.
"""

import logging
from dataclasses import dataclass
from typing import Any

from adapters.cards.card import Link
from adapters.charts.chart import Chart
from adapters.charts.drawing import ChartError, drawn
from adapters.slack.clients import SlackClients
from adapters.slack.layout import Image
from adapters.slack.occasion import Occasion
from adapters.slack.trouble import TroubleError, tried
from adapters.slack.uploads import is_shown, upload

log = logging.getLogger("videobot.slack")


@dataclass(frozen=True, slots=True)
class Charted:
    """The picture as a message of ours may show it, and where it is."""

    image: Image
    link: Link


async def charted(clients: SlackClients, occasion: Occasion, chart: Chart) -> Charted | None:
    """Share the chart in the person's direct messages, for their private answer elsewhere. None where the answer needs
    no picture: it is given beside the file, or Slack does not show the file, and all of it is in words."""
    try:
        picture = await drawn(chart)
        client = await clients.of(occasion.team)
        opened = await tried(client.conversations_open(users=occasion.user))
        channel: dict[str, Any] = opened.get("channel") or {}
        place = str(channel.get("id") or "")
        thread = occasion.thread if occasion.is_direct else ""
        file = await upload(
            clients, occasion.team, picture.png, "usage.png", picture.alt, _unnoted, channel=place, thread=thread
        )
        if not await is_shown(clients, occasion.team, file.id, place) or occasion.channel == place:
            return None
    except (ChartError, TroubleError) as error:
        log.warning("a chart is not shown: %s", error)
        return None
    return Charted(Image(file.id, picture.alt), Link("The chart as a file", file.permalink))


async def _unnoted(_file_id: str) -> None:
    """A crash leaves at most a file that nobody sees; the command is typed again."""
