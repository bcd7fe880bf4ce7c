"""Small words every message needs: spans of time, moments, sizes, sentences. Pure."""

from datetime import datetime, timedelta, tzinfo

from bot.generation.accounts import gateway_of, label_of
from bot.generation.table import GATEWAYS, MODELS


def span(seconds: float) -> str:
    """A length of time, as exact as anybody needs it: "45 s", "12 min", "7 h 10 min", "3 days"."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 36:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"


def span_range(low: float, high: float) -> str:
    """From - to, rounded outwards: "2-4 min", "20-40 s"; "about 3 min" where both ends are the same."""
    unit, size = ("s", 1) if high < 90 else ("min", 60)
    start, end = max(1, int(low // size)), max(1, int(-(-high // size)))
    return f"about {start} {unit}" if start == end else f"{start}-{end} {unit}"


def moment(at: float, now: float, zone: tzinfo | None = None) -> str:
    """When something happens, in `zone` (None = this machine's): "today at 18:30 CET", "on Sat 28 Nov at 00:00 CET"."""
    then, today = datetime.fromtimestamp(at, zone).astimezone(zone), datetime.fromtimestamp(now, zone).date()
    clock = then.strftime("%H:%M %Z").strip()
    if then.date() == today:
        return f"today at {clock}"
    if then.date() == today + timedelta(days=1):
        return f"tomorrow at {clock}"
    if then.date() == today - timedelta(days=1):
        return f"yesterday at {clock}"
    year = "" if then.year == today.year else f" {then.year}"
    return f"on {then:%a} {then.day} {then:%b}{year} at {clock}"


def size(count: int) -> str:
    """Bytes in words: "640 kB", "8.4 MB"."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} kB"


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 video", "3 videos"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """The same words with a capital letter in front and a full stop behind; a gateway's own words rarely have both."""
    clean = " ".join(text.split())
    if not clean:
        return ""
    return clean[0].upper() + clean[1:] + ("" if clean[-1] in ".!?…" else ".")


def stopped(text: str) -> str:
    """A person's words as they were typed, in one line and with a full stop behind."""
    clean = " ".join(text.split())
    return clean if not clean or clean[-1] in ".!?…" else f"{clean}."


def happened(text: str) -> str:
    """Only the first sentence, which says what happened: the advice behind it is not meant for whoever just waits."""
    return sentence(text.partition(". ")[0])


def clipped(text: str, most: int) -> str:
    """One line of at most `most` characters, cut with an ellipsis."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text[: most * 4]).split())
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"


def gateway_title(name: str) -> str:
    """The gateway as people read it: "ToAPIs"; "the sandbox" for the one that runs here. Of an account its gateway: the
    labels of keys are for admins."""
    gateway = gateway_of(name)
    return GATEWAYS.get(gateway, gateway)


def account_title(name: str) -> str:
    """An account as admins read it: "ToAPIs", "ToAPIs (spare)"."""
    label = label_of(name)
    return f"{gateway_title(name)} ({label})" if label else gateway_title(name)


def model_title(name: str) -> str:
    """The model as people read it: "Kling 2.6"."""
    return MODELS.get(name, name)
