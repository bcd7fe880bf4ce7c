"""`videobot limits grant`."""

from adapters.cards.limits import whose, window_words
from adapters.cards.limits_card import granted_line
from bot.cli.documents import usd
from bot.cli.errors import bad_input
from bot.cli.limiting import Amounts, name_document
from bot.cli.root import Root
from bot.generation.limits import Limit, Scope, Unit
from bot.generation.ports import Grant
from bot.settings import Settings


async def grant_more(root: Root, settings: Settings, scope: Scope, amounts: Amounts, reason: str) -> int:
    """Write the grants down."""
    if amounts.videos is None and amounts.seconds is None and amounts.usd is None:
        raise bad_input("Say how much more: --videos, --seconds or --usd.")
    wanted = amounts.limits(scope)
    if any(more.amount == 0 for more in wanted):
        raise bad_input("A grant is more than zero; to give less, use `videobot limits set`.")
    async with root.open(settings, run_jobs=False) as app:
        for more in wanted:
            grant = Grant(scope, more.unit, more.window, more.amount)
            await app.service.grant(grant, " ".join(reason.split()), root.requester.key)
        limits = await app.store.limits()
    if root.as_json:
        root.screen.document({"ok": True, "grants": [_document(more) for more in wanted]})
        return 0
    for more in wanted:
        root.screen.say(granted_line(Grant(scope, more.unit, more.window, more.amount)))
        if not any(_is_on_top(more, limit) for limit in limits):
            name = f"limit on {more.unit} {window_words(more.window)}"
            told = f"there is no {name} for {whose(scope)}, so this changes nothing now."
            root.screen.tell(f"Note: {told}", style="yellow")
    return 0


def _is_on_top(more: Limit, limit: Limit) -> bool:
    same = (more.scope.kind, more.unit, more.window) == (limit.scope.kind, limit.unit, limit.window)
    return same and limit.scope.id in (more.scope.id, "*")


def _document(more: Limit) -> dict[str, object]:
    return {**name_document(more), "granted": usd(more.amount) if more.unit is Unit.USD else more.amount}
