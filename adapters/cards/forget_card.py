"""What erasing a person means, asked once before it is done, and what was done."""

from adapters.cards.card import Button, Card, Line, Person, Said, Tone, Verb, Weight, Words, line, point
from adapters.cards.words import counted

ME = "me"  # the subject of the button by which people mean themselves


def forget_sure_card(videos: int, waiting: int, *, subject: str = ME, user: str = "", platform: str = "") -> Card:
    """Erasing takes all of it away for good. `user` (`Requester.key`) is somebody else than the reader; `platform` the
    reader's, where its people are shown by name."""
    your, you = ("their", "them") if user else ("your", "you")
    kept = f"drafts, defaults, and {your} id; no videos"
    if videos:
        kept = f"{counted(videos, 'video')} with prompts, images and files, drafts, defaults, and {your} id"
    body = [
        line("Erase everything this bot keeps of ", _who(user, platform), " for good?"),
        line(f"It keeps {kept}."),
        point(f"What {your} videos cost stays counted, without {your} name, so that sums and limits hold."),
        point(
            "Messages that were posted in a chat stay there: first delete the ones that are to go, because their "
            f"buttons do nothing for {you} afterwards."
        ),
        point("What was sent to a gateway expires there by the gateway's own rule."),
        point(f"A ban, or a limit lower than the usual one, stays with {your} id until an admin ends it."),
    ]
    if waiting:
        body.insert(2, point(f"{_not_started(waiting)} will be cancelled, for free."))
    return Card(tuple(body), (Button("Erase it all", Verb.FORGET_SURE, subject, Weight.DANGER),), Tone.WARNING)


def forgotten_card(videos: int, cancelled: int, *, user: str = "", platform: str = "", all_files: bool = True) -> Card:
    """It is done."""
    what = f"{counted(videos, 'video')} and all else" if videos else "everything"
    body: list[Line] = [line(f"Erased: {what} kept of ", _who(user, platform), ".")]
    if cancelled:
        body.append(line(f"{_not_started(cancelled)} {'was' if cancelled == 1 else 'were'} cancelled, for free."))
    if not all_files:
        body.append(line("Some files could not be removed yet; the bot tries again every hour until they are gone."))
    body.append(line("What was posted in a chat stays there; a gateway's copies expire by its own rule."))
    return Card(tuple(body), tone=Tone.GOOD)


def _not_started(videos: int) -> str:
    return f"{counted(videos, 'video')} that had not started yet"


def _who(user: str, platform: str) -> Words | Said | Person:
    if not user:
        return Words("you")
    of, _, own_id = user.partition(":")
    return Person(own_id) if of == platform else Said(user)
