"""The watch over the gateways' accounts of one process, and what it tells the admins."""

from functools import partial

from adapters.cards.account_alarm import bad_key_card, runs_dry_card
from adapters.cards.card import Card
from bot.announcing import Announcing, News
from bot.app import App
from bot.operations.balance_watch import BalanceWatch
from bot.operations.standing import words_of
from bot.settings import micros
from storage.balances import Alarm, kind_of


def watch_of(app: App, announcing: Announcing) -> BalanceWatch:
    """The watch; run it beside the chats."""

    def tell(alarm: Alarm, platform: str, unfinished: int) -> None:
        announcing.tell(News(partial(_card, app, alarm, unfinished), platform))

    return BalanceWatch(
        app.gateways,
        app.operations.steering,
        app.operations.balances,
        app.clock,
        micros(app.settings.balance_warning_usd),
        lambda: announcing.platforms,
        tell,
    )


def _card(app: App, alarm: Alarm, unfinished: int, _platform: str) -> Card:
    if kind_of(alarm.code) == "balance":
        return runs_dry_card(alarm.account, alarm.left, alarm.daily)
    return bad_key_card(alarm.account, words_of(alarm.code), unfinished, app.operations.steering.order)
