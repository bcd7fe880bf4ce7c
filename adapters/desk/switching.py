"""What admins do with gateways: see how they stand, and say which ones new jobs go to."""

from collections.abc import Sequence

from adapters.cards.card import Tone, line
from adapters.cards.gateways_card import account_of, gateways_card, switched_line
from adapters.desk.actor import Actor
from adapters.desk.counter import Counter, answered
from adapters.desk.panel import Switch, SwitchError
from adapters.desk.reply import Reply

_UNCHANGED = "Nothing was changed."


class Switching(Counter):
    """Every method asks first whether the actor may at this moment; a refusal is private and audited."""

    @answered(_UNCHANGED)
    async def gateways(self, actor: Actor) -> Reply:
        """How the gateways stand; for operators with their balances and the buttons that switch them."""
        if not actor.is_admin:
            return await self._refused(actor, "gateways", "")
        rows = await self._panel.rows() if self._panel is not None else ()
        return Reply(gateways_card(rows, self.clock.now(), self.zone, may_switch=actor.rules_all), private=True)

    def gateway_names(self, actor: Actor) -> Sequence[str]:
        """The names that `switch_gateway` takes, for an operator; none for anybody else."""
        return self._panel.names() if self._panel is not None and actor.rules_all else ()

    @answered(_UNCHANGED)
    async def switch_gateway(self, actor: Actor, name: str, what: Switch) -> Reply:
        """Use a gateway first, start it again, or stop it. `name` as people say it, or a button's subject."""
        name = account_of(name)
        if not actor.rules_all:
            return await self._refused(actor, f"gateway {what}", name)
        if self._panel is None:
            return self._tell("No gateway is set up.", Tone.WARNING)
        try:
            await self._panel.switch(name, what, actor.key)
        except SwitchError as error:
            return self._tell(str(error), Tone.WARNING)
        rows = await self._panel.rows()
        order = [row.account for row in rows if row.place is not None]
        card = gateways_card(rows, self.clock.now(), self.zone, may_switch=True)
        off = [row.account for row in rows if row.place is None]
        return Reply(card.plus(line(switched_line(order, off))), private=True)
