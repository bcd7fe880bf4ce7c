"""The cheapest change that fits: what a refused request could be instead. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from bot.generation.catalog import Catalog
from bot.generation.check import Checked, check
from bot.generation.limits import Charge, LimitUse, fits
from bot.generation.request import VideoRequest


def charge_of(checked: Checked) -> Charge:
    """What a checked request holds from the limits. Raises ValueError for a request with problems."""
    if checked.quote is None or not checked.ok:
        raise ValueError("a request with problems has no price")
    return Charge(videos=1, seconds=checked.quote.seconds, usd=checked.quote.held_micros)


def cheapest_change(
    checked: Checked, catalog: Catalog, uses: Sequence[LimitUse], *, default_gateway: str | None = None
) -> Checked | None:
    """The request that changes the fewest options and then costs least, passes the check and fits in `uses`; None when
    no change of mode, length or sound fits (then only waiting helps)."""
    best: tuple[tuple[int, int], Checked] | None = None
    for candidate in _candidates(checked):
        other = check(candidate, catalog, default_gateway=default_gateway)
        if not other.ok or other.quote is None or fits(uses, charge_of(other)):
            continue
        rank = (_changes(checked.request, candidate), other.quote.micros)
        if best is None or rank < best[0]:
            best = (rank, other)
    return best[1] if best else None


def _candidates(checked: Checked) -> Iterator[VideoRequest]:
    offer, now = checked.offer, checked.effective
    if offer is None or now is None:
        return
    durations = [d for d in offer.durations() if d <= now.duration]
    sounds: Iterable[bool | None] = (checked.request.audio, False) if now.audio else (checked.request.audio,)
    for mode, duration, audio in product(offer.modes(), durations, sounds):
        update: dict[str, object] = {"audio": audio}
        if mode != now.mode:
            update["mode"] = mode
        if duration != now.duration:
            update["duration"] = duration
        yield checked.request.model_copy(update=update)


def _changes(old: VideoRequest, new: VideoRequest) -> int:
    return sum(getattr(old, name) != getattr(new, name) for name in ("mode", "duration", "audio"))
