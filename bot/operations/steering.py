"""Which account (one key of a gateway) new jobs go to: an admin's switches first, then how each one stands, then the
order of the settings."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.generation.accounts import gateway_of, label_of
from bot.generation.catalog import gateway_key, listed, said
from bot.generation.ports import Clock, StoreError
from bot.operations.standing import Standing
from storage.switching import GatewaySwitches, Switches

log = logging.getLogger("videobot.gateways")


class UnknownAccountError(Exception):
    """No account, or more than one, is called so; the message is one sentence."""


class LastGatewayError(Exception):
    """Switching this gateway off would leave nothing to make videos with; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One gateway for a list: its place for new jobs (1 = first; None while it is off) and how it stands."""

    name: str
    place: int | None
    standing: Standing


class Steering:
    """Decides for new jobs only: a job stays at the gateway it was accepted for."""

    def __init__(
        self,
        switches: GatewaySwitches,
        standings: Mapping[str, Standing],
        gateways: Sequence[str],
        clock: Clock,
        apply: Callable[[Sequence[str]], None],
        objection: Callable[[Sequence[str]], str | None],
    ) -> None:
        """`gateways` in the settings' order. `apply` is given the order for new jobs, whenever it changes; `objection`
        says why the bot cannot do with these gateways alone, None when it can."""
        self._switches, self._standings, self._gateways = switches, standings, tuple(gateways)
        self._clock, self._apply, self._objection = clock, apply, objection
        self._now = Switches()
        self._order = self._gateways
        self._changes = 0

    @property
    def order(self) -> tuple[str, ...]:
        """The gateways that take new jobs, the first one first."""
        return self._order

    def named(self, name: str) -> str:
        """The account a person means: "ToAPIs", "toapis:spare", "spare". Raises UnknownAccountError."""
        typed = name.strip().lower()
        at = [one for one in self._gateways if gateway_of(one) == gateway_key(name)]
        found = [one for one in self._gateways if typed and typed in (one, label_of(one))] or at
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownAccountError(f"{said(name)} has several keys: name one of {listed(found)}.")
        has = f"the gateways here are {listed(self._gateways, 'and')}" if self._gateways else "no gateway is set up"
        raise UnknownAccountError(f"There is no gateway {said(name)}; {has}.")

    def is_off(self, gateway: str) -> bool:
        """Whether an admin has switched it off."""
        return gateway in self._now.off

    def standing(self, gateway: str) -> Standing:
        """How it stands."""
        return self._standings[gateway]

    def rows(self) -> list[Row]:
        """All gateways, those that take new jobs first."""
        last = [name for name in self._gateways if name not in self._order]
        places = {name: place for place, name in enumerate(self._order, 1)}
        return [Row(name, places.get(name), self._standings[name]) for name in (*self._order, *last)]

    async def read(self) -> None:
        """Look what is switched: another process may have done so. Raises StoreError."""
        changes = self._changes
        switches = await self._switches.now()
        if changes == self._changes:  # else this process knows better by now
            self._take(switches)

    async def keep_reading(self) -> None:
        """The same, but a database that cannot be read leaves everything as it is."""
        try:
            await self.read()
        except StoreError as error:
            log.warning("the switches of the gateways cannot be read: %s", error)

    async def prefer(self, gateway: str, by: str) -> None:
        """It comes first from now on, and is on. Raises StoreError."""
        self._change(await self._switches.prefer(gateway, by, self._clock.now()))

    async def turn_on(self, gateway: str, by: str) -> None:
        """It takes new jobs again. Raises StoreError."""
        self._change(await self._switches.turn(gateway, by, self._clock.now(), on=True))

    async def turn_off(self, gateway: str, by: str) -> None:
        """It takes no new jobs; those it has are finished. Raises LastGatewayError, StoreError."""
        left = [name for name in self._gateways if name != gateway and name not in self._now.off]
        if not left:
            raise LastGatewayError(
                f"{gateway} is the only gateway that is on: switch another one on first, or pause everything."
            )
        objection = self._objection(left)
        if objection is not None:
            raise LastGatewayError(f"{gateway} is needed: {objection}")
        self._change(await self._switches.turn(gateway, by, self._clock.now(), on=False))

    def settle(self) -> None:
        """A standing has changed: find the order anew."""
        on = [name for name in self._gateways if name not in self._now.off] or list(self._gateways)
        ranked = sorted(on, key=lambda name: (self._standings[name].trouble is not None, name != self._now.preferred))
        order = tuple(ranked)
        if order == self._order:
            return
        log.info("new jobs go to %s", ", then ".join(order))
        self._order = order
        self._apply(order)

    def _change(self, switches: Switches) -> None:
        self._changes += 1
        self._take(switches)

    def _take(self, switches: Switches) -> None:
        self._now = switches
        self.settle()
