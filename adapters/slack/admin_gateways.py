"""/video-admin gateways: how they stand, and which ones new videos go to."""

from adapters.desk import Actor, Desk, Reply
from adapters.desk.panel import Switch
from adapters.slack.admin_words import NotUnderstoodError, Typed
from adapters.slack.speech import said
from bot.generation.catalog import listed

USAGE = (("gateways [use, start or stop name]", "how they stand, and which ones new videos go to"),)


async def gateways(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """List them, or switch one. Raises NotUnderstoodError."""
    reply: Reply
    act = typed.take().lower()
    if not act:
        reply = await desk.gateways(actor)
        return reply
    names = [each.value for each in Switch]
    name = said(typed.take())
    if act not in names or not name:
        raise NotUnderstoodError(f"After gateways comes {listed(names)} and then a name: gateways stop apimart")
    typed.end("/video-admin gateways stop apimart")
    reply = await desk.switch_gateway(actor, name, Switch(act))
    return reply
