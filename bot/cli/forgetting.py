"""What `videobot forget` does."""

from adapters.cards.card import Tone, plain
from bot.cli.asking import agrees
from bot.cli.desk import desk_of, operator, show
from bot.cli.errors import bad_input
from bot.cli.root import Root
from bot.settings import Settings


async def forget_user(root: Root, settings: Settings, user: str, *, sure: bool) -> int:
    """Say what it means, ask once, and erase; 1 when nothing was erased."""
    if root.as_json and not sure:
        raise bad_input("Erasing cannot be taken back: give --yes together with --json.")
    async with root.open(settings, run_jobs=False) as app:
        desk, me = desk_of(app), operator(root)
        if not sure:
            asked = (await desk.forget_user(me, user)).card
            if asked.tone is Tone.BAD:
                show(root, asked, is_done=False)
                return 1
            root.screen.tell(plain(asked))
            if not await agrees(root.screen, "Erase it all?"):
                root.screen.tell("Nothing was erased.")
                return 1
        card = (await desk.forget_user(me, user, sure=True)).card
    is_done = card.tone is Tone.GOOD
    show(root, card, is_done=is_done)
    return 0 if is_done else 1
