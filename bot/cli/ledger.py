"""`videobot ledger check`: does the money add up?"""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.groups import group
from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.settings import Settings


def build() -> typer.Typer:
    """The group `ledger`."""
    app = group("The book of what jobs took and cost.")
    app.command("check")(check)
    return app


def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Compare the ledger with jobs, attempts and counters; exit code 1 when they disagree."""
    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: _check(root, settings))


async def _check(root: Root, settings: "Settings") -> int:
    async with root.open(settings, run_jobs=False) as app:
        wrong = await app.store.check_ledger()
    if root.as_json:
        root.screen.document({"ok": not wrong, "disagreements": list(wrong)})
        return 1 if wrong else 0
    for line in wrong:
        root.screen.say(line)
    if wrong:
        root.screen.tell(f"The ledger disagrees in {len(wrong)} place{'' if len(wrong) == 1 else 's'}.", style="red")
        return 1
    root.screen.say("The ledger agrees with all jobs, attempts and counters.")
    return 0
