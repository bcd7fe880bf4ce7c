"""What `videobot pause` and `videobot resume` do, and how the other commands tell of a pause."""

from adapters.cards.card import Card, plain
from adapters.cards.paused_card import pause_line, paused_card
from adapters.cards.words import moment, stopped
from bot.cli.documents import pause_document
from bot.cli.errors import CommandError, bad_input
from bot.cli.root import Root
from bot.generation.ports import Pause
from bot.settings import Settings

_LONGEST_REASON = 300


async def begin_pause(root: Root, settings: Settings, reason: str) -> int:
    """Pause everything."""
    why = " ".join(reason.split())
    if len(why) > _LONGEST_REASON:
        raise bad_input(f"--reason has at most {_LONGEST_REASON} characters; this one has {len(why)}.")
    async with root.open(settings, run_jobs=False) as app:
        before = await app.service.paused()
        pause = await app.service.pause(why, root.requester.key)
        now = app.clock.now()
    if root.as_json:
        root.screen.document({"ok": True, "paused": pause_document(pause), "was_paused": before is not None})
    elif before is not None:
        root.screen.say(f"{pause_sentence(pause, now)} That pause stays as it is.")
    else:
        root.screen.say("New videos are paused: nothing is accepted, and nothing that waits is started.")
        root.screen.say(f"What runs will be finished. To go on: {root.command('resume')}")
    return 0


async def end_pause(root: Root, settings: Settings) -> int:
    """Go on after a pause."""
    async with root.open(settings, run_jobs=False) as app:
        was_paused = await app.service.resume_all(root.requester.key)
    if root.as_json:
        root.screen.document({"ok": True, "paused": None, "was_paused": was_paused})
    elif was_paused:
        root.screen.say("New videos are accepted again, and what waited is started.")
    else:
        root.screen.say("New videos were not paused.")
    return 0


def pause_sentence(pause: Pause, now: float) -> str:
    """Who paused new videos, since when and why; of a drain the words of the chats. The reason is as it was typed."""
    if pause.drain:
        return plain(Card((pause_line(pause, now),)))
    why = f": {stopped(pause.reason)}" if pause.reason.strip() else "."
    return f"New videos have been paused since {moment(pause.since, now)} by {pause.by}{why}"


def paused_error(pause: Pause, now: float) -> CommandError:
    """Nothing is made at this time."""
    if pause.drain:
        words = " ".join(plain(paused_card(pause, now)).split("\n"))
    else:
        words = f"{pause_sentence(pause, now)} Nothing was accepted and nothing is paid."
    code = "draining" if pause.drain else "paused"
    return CommandError(words, data={"code": code, "until": None, "paused": pause_document(pause)})
