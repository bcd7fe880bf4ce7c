"""Watches what the gateways' accounts hold: asked and written down every 15 minutes, by one process of all; admins hear
of an account that runs dry, and of a key that is no good any more, once until it is over."""

import logging
from collections.abc import Callable, Mapping, Sequence

from bot.generation.accounts import gateway_of
from bot.generation.ports import Clock, Gateway, StoreError
from bot.generation.table import SANDBOX
from bot.operations.probing import ask
from bot.operations.standing import Standing, words_of
from bot.operations.steering import Steering
from storage.balances import Alarm, Balances, Now

log = logging.getLogger("videobot.gateways")

LOOK_EVERY = 15.0  # seconds between looks at what there is to ask and to tell
ASK_EVERY = 900.0  # seconds between two readings of an account
ASK_SOON = 60.0  # the same after an answer "out of credit", and after such an account works again
DAY = 86_400.0
SPEND_DAYS = 7  # the spend of so many days ...
NEEDED_DAYS = 2  # ... has to last for so many
#: What only an admin can mend, whatever time passes.
_BAD_KEY = frozenset({"unauthorized", "forbidden"})
_MISSING = "no_key"

#: Told of an alarm, the platform whose admins are to know it, and how many unfinished videos the account has.
Tell = Callable[[Alarm, str, int], None]


class BalanceWatch:
    """The watch of one process. What was asked and told is in the database, so that several processes do it once."""

    def __init__(
        self,
        gateways: Mapping[str, Gateway],
        steering: Steering,
        balances: Balances,
        clock: Clock,
        warn_below_micros: int,
        platforms: Callable[[], Sequence[str]],
        tell: Tell,
    ) -> None:
        """`gateways` by account. `platforms`: those whose admins this process can tell something."""
        self._gateways, self._steering, self._balances, self._clock = gateways, steering, balances, clock
        self._warn_below, self._platforms, self._tell = warn_below_micros, platforms, tell
        self._ask_at: dict[str, float] = {}
        self._was_out: set[str] = set()

    async def run(self) -> None:
        """Watch until cancelled; a database that cannot be used is tried again."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("the balances cannot be watched: %s", error)
            except Exception:
                log.exception("the balances were not looked at; they will be in a while")
            await self._clock.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Ask whom it is time to ask, and tell what is to be told. Raises StoreError."""
        watched = {name: gateway for name, gateway in self._gateways.items() if gateway_of(name) != SANDBOX}  # is free
        for account, gateway in watched.items():
            await self._look_at(account, gateway)
        now = await self._balances.now()
        changed = [await self._judge_key(account, now.alarms.get((account, "key"))) for account in watched]
        changed.append(await self._judge_missing(now))
        if any(changed):
            now = await self._balances.now()
        for (account, kind), alarm in now.alarms.items():
            for platform in self._platforms():
                if platform not in alarm.told and await self._balances.take_alarm(account, kind, platform):
                    self._tell(alarm, platform, now.at_work.get(account, 0))

    async def _look_at(self, account: str, gateway: Gateway) -> None:
        now, standing = self._clock.now(), self._steering.standing(account)
        is_out = standing.trouble == "out_of_credit"
        has_turned = is_out is not (account in self._was_out)
        (self._was_out.add if is_out else self._was_out.discard)(account)
        planned = self._ask_at.get(account)
        if has_turned or planned is None or not planned - ASK_EVERY <= now < planned:
            self._ask_at[account] = now + ASK_SOON  # unless it is this process that asks
            if await self._balances.may_ask(account, now, ASK_SOON if has_turned else ASK_EVERY):
                self._ask_at[account] = now + ASK_EVERY
                await self._read(account, gateway, standing)

    async def _read(self, account: str, gateway: Gateway, standing: Standing) -> None:
        before = standing.balance_at
        await ask(gateway)
        now = self._clock.now()
        if standing.balance_at is not None and standing.balance_at != before:
            await self._balances.note(account, standing.balance_micros, standing.balance_at)
        await self._judge_balance(account, standing, now)

    async def _judge_balance(self, account: str, standing: Standing, now: float) -> None:
        left = standing.balance_micros
        booked = (await self._balances.booked(now - SPEND_DAYS * DAY, now)).get(account, 0)
        daily = max(0, booked) // SPEND_DAYS
        is_dry = left is not None and left < max(self._warn_below, daily * NEEDED_DAYS)
        if is_dry or standing.trouble == "out_of_credit":
            if await self._balances.raise_alarm(Alarm(account, "balance", now, left, daily)):
                log.warning("%s: the account runs dry", account)
            return
        before = await self._balances.alarm(account, "balance")
        if before is not None and (left is None or before.left is None or left > before.left):
            await self._balances.end_alarm(account, "balance")

    async def _judge_key(self, account: str, before: Alarm | None) -> bool:
        """Whether an alarm about the key of this account began or ended."""
        standing = self._steering.standing(account)
        if before is None:
            code = standing.trouble
            return code is not None and code in _BAD_KEY and await self._raise(account, code)
        if standing.last_good_at is None or standing.last_good_at <= before.began_at:
            return False
        await self._balances.end_alarm(account, "key")
        return True

    async def _judge_missing(self, now: Now) -> bool:
        """The same of accounts with jobs that are not in the settings any more: those wait for the key."""
        missing = set(now.at_work) - set(self._gateways) - {SANDBOX}
        over = [
            alarm.account for alarm in now.alarms.values() if alarm.code == _MISSING and alarm.account not in missing
        ]
        for account in over:
            await self._balances.end_alarm(account, "key")
        begun = [await self._raise(account, _MISSING) for account in missing if (account, "key") not in now.alarms]
        return bool(over) or any(begun)

    async def _raise(self, account: str, code: str) -> bool:
        log.warning("%s: %s", account, words_of(code))
        return await self._balances.raise_alarm(Alarm(account, code, self._clock.now()))
