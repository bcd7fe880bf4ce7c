"""The main job at the terminal: check, price, question, acceptance, and the way to the saved file."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cards.card import plain
from adapters.cards.price import price_line, quote_beside
from adapters.cards.problems import OptionLine, notes, problems
from adapters.cards.refusal import refusal
from adapters.cards.warning import admin_warning_card, own_warning_line
from adapters.shell.chat import shell_address
from bot.cli.asking import agrees
from bot.cli.documents import over_document, price_document, problems_document
from bot.cli.errors import BAD_INPUT, FAILURE, INTERRUPTED, CommandError, bad_input
from bot.cli.finishing import see_through
from bot.cli.output import Target, TargetError, name_note, target_for
from bot.cli.pausing import paused_error
from bot.cli.reading import Reading, read_wish
from bot.cli.refusing import not_allowed, room_for
from bot.cli.root import Root
from bot.cli.watching import interruptible
from bot.cli.wish import Wish, flag, words_for
from bot.generation.barring import NotAllowedError
from bot.generation.catalog import listed
from bot.generation.check import Checked
from bot.generation.job import Job
from bot.generation.limits import Refusal
from bot.generation.ports import PausedError
from bot.generation.service import OverLimitError, Quoted
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import App


async def make_video(root: Root, settings: Settings, wish: Wish, here: Path) -> int:
    """Do what `videobot make` was asked; the exit code."""
    with interruptible() as stop:
        # Nothing may start while a person still thinks: the jobs run only from the acceptance on.
        async with root.open(settings, run_jobs=False) as app:
            job = await accept(app, root, wish, here, stop)
        return await see_through(root, settings, job.id, stop)


async def accept(app: "App", root: Root, wish: Wish, here: Path, stop: asyncio.Event) -> Job:
    """Check what was typed, show the price, ask where that is due, and hand the job in. Raises CommandError."""
    wrong: list[tuple[str, OptionLine]] = []
    try:
        target = target_for(wish.output, here)
    except TargetError as error:
        target = Target("")
        wrong.append(("-o", OptionLine("output", str(error))))
    typed = await read_wish(app.media, wish)
    checked = app.service.check(typed.request)
    wrong += [(flag(line.option), line) for line in (*typed.wrong, *problems(checked))]
    if wrong:
        raise _not_right(root, wish, checked, wrong, typed.names)
    if not app.settings.gateways:
        raise bad_input(
            "No gateway is set up: set TOAPIS_API_KEY or APIMART_API_KEY (in the environment or in .env), or "
            "VIDEOBOT_GATEWAY=sandbox to try everything without one."
        )
    quoted = await _price(app, root, wish, typed)
    if not wish.as_json:
        root.screen.say(price_line(checked))
        for note in (*typed.notes, *notes(checked)):
            root.screen.say(f"Note: {note.sentence}", style="yellow")
    if note_on_name := name_note(target):
        root.screen.tell(f"Note: {note_on_name}", style="yellow")
    await _consent(root, quoted, target, wish, stop, app.settings.confirm_above_micros)
    try:
        address = shell_address(target.path, replace=target.taken)
        job = await app.service.submit(typed.request, root.requester, address)
    except PausedError as error:  # while the person thought
        raise paused_error(error.pause, app.clock.now()) from error
    except NotAllowedError as error:
        raise not_allowed(root, error.barred, app.clock.now()) from error
    except OverLimitError as error:
        raise over_limit(root, app, error, wish, typed.names) from error
    if not wish.as_json:
        root.screen.say(f"Accepted as job {job.id}.")
    await _tell_of_full_limits(app, root, wish, job)
    return job


async def _price(app: "App", root: Root, wish: Wish, typed: Reading) -> Quoted:
    """What it costs. A refusal here is of a request, not of a mere look at the price. Raises CommandError."""
    pause = await app.service.paused()
    if pause is not None:
        await app.service.note_refused(PausedError(pause), root.requester)
        raise paused_error(pause, app.clock.now())
    try:
        quoted = await app.service.quote(typed.request, root.requester)
    except NotAllowedError as error:
        await app.service.note_refused(error, root.requester)
        raise not_allowed(root, error.barred, app.clock.now()) from error
    if quoted.over:
        over = OverLimitError(_refused(quoted), quoted.checked, quoted.cheaper)
        await app.service.note_refused(over, root.requester)
        raise over_limit(root, app, over, wish, typed.names)
    return quoted


async def _tell_of_full_limits(app: "App", root: Root, wish: Wish, job: Job) -> None:
    """Limits that this job filled up to the share that is warned of: the person's own, and, because whoever types here
    is an operator, those that many share."""
    say, now = root.screen.tell if wish.as_json else root.screen.say, app.clock.now()
    for warning in await app.service.warnings(job.id):
        sentence = own_warning_line(warning, now) if warning.is_own else plain(admin_warning_card(warning, now))
        say(f"Note: {sentence}", style="yellow")


def _refused(quoted: Quoted) -> Refusal:
    from bot.generation.cheaper import charge_of

    return Refusal(quoted.over, charge_of(quoted.checked))


def _not_right(
    root: Root,
    wish: Wish,
    checked: Checked,
    wrong: list[tuple[str, OptionLine]],
    names: dict[str, str],
) -> CommandError:
    """Every problem on its line, then the command that has none of them."""
    details = tuple(f"{shown}: {line.sentence}" for shown, line in wrong)
    proposal = None
    if checked.proposal is not None and checked.problems:
        proposal = root.command("make", *words_for(wish, checked.request, checked.proposal, names))
        details += ("", _proposing(wrong), f"  {proposal}")
    count = len(wrong)
    head = "This cannot be made as asked:" if count == 1 else f"This cannot be made as asked, for {count} reasons:"
    return CommandError(head, code=BAD_INPUT, details=details, data=problems_document(wrong, proposal))


def _proposing(wrong: list[tuple[str, OptionLine]]) -> str:
    changes = ", ".join(dict.fromkeys(line.change for _, line in wrong if line.change))
    left = list(dict.fromkeys(shown for shown, line in wrong if not line.change))
    words = f"This would work ({changes}):"
    return f"Apart from {listed(left, 'and')}, t{words[1:]}" if left else words


def over_limit(root: Root, app: "App", error: OverLimitError, wish: Wish, names: dict[str, str]) -> CommandError:
    """The refusal in words, with the command that fits."""
    head, *rest = refusal(error, app.clock.now(), is_operator=True)
    proposal = None
    more = room_for(root, error.refusal, root.requester.key)
    if error.cheaper is not None:
        proposal = root.command("make", *words_for(wish, error.checked.request, error.cheaper.request, names))
        rest += [f"  {proposal}", *(["Or allow more:"] if more else [])]
    rest += [f"  {command}" for command in more]
    over = [over_document(use, error.refusal.charge) for use in error.refusal.over]
    data = {"code": "over_limit", **price_document(error.checked), "over": over, "proposal": proposal, "more": more}
    return CommandError(head, code=FAILURE, details=tuple(rest), data=data)


async def _consent(
    root: Root, quoted: Quoted, target: Target, wish: Wish, stop: asyncio.Event, confirm_above: int
) -> None:
    """Whatever has to be agreed to before money is spent. Raises CommandError when it is not."""
    questions = []
    price = ""
    if quoted.ask_first and quoted.checked.quote is not None:
        price = quote_beside(quoted.checked.quote, confirm_above)
        questions.append(f"This costs {price}. Make it?")
    if target.taken:
        questions.append(f"{target.path} exists. Replace it?")
    if wish.yes or not questions:
        return
    if wish.as_json or not root.screen.can_ask:
        why = [f"the price is {price}"] if price else []
        why += [f"{target.path} exists"] if target.taken else []
        raise bad_input(f"This needs your yes, because {' and '.join(why)}: add --yes to go ahead. Nothing was sent.")
    for question in questions:
        agreed = await agrees(root.screen, question, stop)
        if stop.is_set():
            raise CommandError("Stopped; nothing was sent and nothing was paid.", code=INTERRUPTED)
        if not agreed:
            raise CommandError("Not made; nothing was paid.", code=FAILURE)
