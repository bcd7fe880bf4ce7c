"""What `videobot forget` does."""

from adapters.cards.card import Tone, plain
from bot.cli.asking import agrees
from bot.cli.desk import desk_of, operator, show
from bot.cli.errors import CommandError, bad_input
from bot.cli.root import Root
from bot.settings import Settings


async def forget_user(root: Root, settings: Settings, user: str, *, sure: bool) -> int:
    """Say what it means, ask once, and erase; 1 when nothing was erased. Raises CommandError."""
    if root.as_json and not sure:
        raise bad_input("Erasing cannot be taken back: give --yes together with --json.")
    async with root.open(settings, run_jobs=False) as app:
        desk, me = desk_of(app), operator(root)
        if not sure:
            asked = (await desk.forget_user(me, user)).card
            if asked.tone is Tone.BAD:
                raise CommandError(plain(asked))
            root.screen.tell(plain(asked))
            if not await agrees(root.screen, "Erase it all?"):
                root.screen.tell("Nothing was erased.")
                return 1
        card = (await desk.forget_user(me, user, sure=True)).card
    if card.tone is not Tone.GOOD:
        raise CommandError(plain(card))
    show(root, card, is_done=True)
    return 0
