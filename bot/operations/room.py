"""The room of operations in one process: everything in it, built together."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bot.generation.job import Job
from bot.generation.ports import Clock, Gateway, Store
from bot.operations.hooks import Hooks
from bot.operations.meters import Meters
from bot.operations.observed import ObservedGateway
from bot.operations.standing import Standing
from bot.operations.steering import Steering
from bot.settings import Settings
from storage.balances import Balances
from storage.database import Database
from storage.hinting import job_of_attempt, webhook_key
from storage.switching import GatewaySwitches

if TYPE_CHECKING:
    from bot.operations.panel import Panel


@dataclass
class Operations:
    """What is counted and steered in this process."""

    meters: Meters
    standings: Mapping[str, Standing]
    steering: Steering
    hooks: Hooks | None  # None: no gateway is asked to send webhooks
    clock: Clock
    balances: Balances

    def panel(self, store: Store) -> "Panel":
        """How admins see and switch the gateways."""
        # Imported here: most commands do without the front desk.
        from bot.operations.panel import Panel

        return Panel(self.steering, self.balances, store, self.clock)

    def observed(self, gateway: Gateway) -> Gateway:
        """This gateway, with its calls counted and judged."""
        standing = self.standings[gateway.name]
        return ObservedGateway(gateway, standing, self.meters, self.clock.now, self.steering.settle)


async def open_operations(
    settings: Settings,
    database: Database,
    clock: Clock,
    *,
    steer: Callable[[Sequence[str]], None],
    objection: Callable[[Sequence[str]], str | None],
    wake: Callable[[Job], Awaitable[None]],
) -> Operations:
    """Build it. `steer` and `objection`: see Steering; `wake`: this job is to be looked at now. Raises StoreError."""
    meters = Meters(_version())
    standings = {name: Standing(name) for name in settings.accounts}
    steering = Steering(GatewaySwitches(database), standings, settings.accounts, clock, steer, objection)
    hooks = await _hooks(settings, database, clock, meters, wake)
    return Operations(meters, standings, steering, hooks, clock, Balances(database))


async def _hooks(
    settings: Settings, database: Database, clock: Clock, meters: Meters, wake: Callable[[Job], Awaitable[None]]
) -> Hooks | None:
    secret = settings.toapis_webhook_secret
    if settings.public_url is None or (secret is None and not settings.apimart_webhooks):
        return None
    return Hooks(
        settings.public_url,
        await database.write(webhook_key, secrets.token_urlsafe(32)),
        {} if secret is None else {"toapis": secret.get_secret_value()},
        lambda attempt_id: database.look(job_of_attempt, attempt_id),
        wake,
        clock,
        meters,
    )


def _version() -> str:
    try:
        return version("videobot")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"
