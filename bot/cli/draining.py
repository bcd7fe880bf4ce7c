"""What `videobot drain` does."""

from bot.cli.documents import pause_document
from bot.cli.root import Root
from bot.generation.job import AT_GATEWAY, JobState
from bot.settings import Settings

LOOK_EVERY = 1.0  # seconds
#: Jobs in these states are cut off by the end of the process at a bad moment, or are nearly done.
_RUNS = AT_GATEWAY | {JobState.SAVING, JobState.DELIVERING}


async def drain(root: Root, settings: Settings, reason: str, *, wait: bool) -> int:
    """Begin a drain and, with `wait`, stay until nothing runs any more."""
    async with root.open(settings, run_jobs=False) as app:
        pause = await app.service.drain(" ".join(reason.split())[:300], root.requester.key)
        running = len(await app.service.jobs(states=_RUNS, limit=1000))
        if not root.as_json:
            root.screen.say("Nothing new is accepted or started; what runs is finished.")
        while wait and running:
            await app.clock.sleep(LOOK_EVERY)
            running = len(await app.service.jobs(states=_RUNS, limit=1000))
    if root.as_json:
        root.screen.document({"ok": True, "paused": pause_document(pause), "running": running})
    elif running:
        root.screen.say(f"{running} still run; the process can be replaced when they are done.")
    else:
        root.screen.say("Nothing runs: the process can be replaced. The next one goes on by itself.")
    return 0


async def end_drain(root: Root, settings: Settings) -> int:
    """Go on without a new process."""
    async with root.open(settings, run_jobs=False) as app:
        was_drained = await app.service.undrain(root.requester.key)
    if root.as_json:
        root.screen.document({"ok": True, "was_drained": was_drained})
    else:
        root.screen.say("New videos are accepted again." if was_drained else "There was no drain.")
    return 0
