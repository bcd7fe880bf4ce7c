"""Tolerant readers of what the gateways answer. Pure.

The vendors' pages contradict each other and the live answers contradict both (gateways.md sections 1-4), so everything
here accepts every shape that was ever seen, in either gateway's answers, and takes nonsense for "not given".
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from bot.generation.job import Output
from bot.generation.ports import Balance, TaskState

Json = object
Object = Mapping[str, Json]

MAX_DOCUMENTS = 8  # concatenated JSON values in one body
MAX_NUMBER = 64  # characters of a number
MAX_ID = 200  # characters of a task or model id
MAX_URL = 4096  # characters
MAX_OUTPUTS = 10
MAX_MODELS = 5000
MAX_BILL = Decimal(10_000)  # USD for one video; more is a mistake of the gateway
MAX_BALANCE = Decimal(10) ** 12  # USD
MAX_RETRY_AFTER = 3600.0  # seconds; a longer wish is cut to this

DONE = frozenset({"completed", "success", "succeeded"})
FAILED = frozenset({"failed", "failure", "error", "cancelled", "canceled", "rejected"})

# ---------------------------------------------------------------------------------------------- JSON


def parse(body: bytes) -> Json:
    """The answer's JSON value. Of several in one body (ToAPIs appends a `new_api_panic` object to a good task, section
    3) the first that has an id or a status, else the first. Fractions are Decimal. Raises ValueError."""
    text = body.decode("utf-8-sig", errors="replace")
    decoder = json.JSONDecoder(parse_float=_fraction, parse_int=_integer, parse_constant=lambda _word: None)
    found: list[Json] = []
    at = _skip_space(text, 0)
    while at < len(text) and len(found) < MAX_DOCUMENTS:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if not found:
                raise ValueError("not JSON") from None
            break
        found.append(value)
        at = _skip_space(text, at)
    if not found:
        raise ValueError("empty")
    return next((value for value in found if _names_task(task_of(value))), found[0])


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _fraction(text: str) -> Decimal | None:
    return _decimal(text)


def _integer(text: str) -> int | None:
    return int(text) if len(text) <= MAX_NUMBER else None


def _decimal(text: str) -> Decimal | None:
    if len(text) > MAX_NUMBER:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def as_object(value: Json) -> Object:
    """The JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_text(value: Json) -> str:
    """The string, or "" for anything else."""
    return value if isinstance(value, str) else ""


def as_number(value: Json) -> Decimal | None:
    """A number, written as one or as a string; None for anything else (true and false too)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return _decimal(value.strip()) if isinstance(value, str) else None


# ---------------------------------------------------------------------------------------------- tasks


def task_of(document: Json) -> Object:
    """The object that speaks of the task: the answer itself (ToAPIs), its `data`, or the first of a `data` list
    (APIMart)."""
    outer = as_object(document)
    data = document if isinstance(document, list) else outer.get("data")
    if isinstance(data, list):
        data = next((item for item in data if isinstance(item, dict)), None)
    inner = as_object(data)
    if task_id(inner) is not None and (inner.get("status") or task_id(outer) is None):
        return inner
    if not _names_task(outer) and _names_task(inner):
        return inner
    return outer


def _names_task(task: Object) -> bool:
    return task_id(task) is not None or isinstance(task.get("status"), str)


def task_id(task: Object) -> str | None:
    """Ids are opaque (section 2): 1-200 visible ASCII characters."""
    for name in ("task_id", "id"):
        value = task.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isascii() and value.isprintable():
            text = value.strip()
            if text and " " not in text and text.strip("."):  # "." and ".." would climb in the path
                return text
    return None


def task_state(task: Object) -> TaskState | None:
    """Done and failed words as seen (section 3), any other word is running; None when there is no word."""
    word = task.get("status")
    if word is None or word == "":
        return None
    known = as_text(word).strip().lower()
    if known in DONE:
        return TaskState.COMPLETED
    return TaskState.FAILED if known in FAILED else TaskState.RUNNING


def progress(task: Object) -> int | None:
    """0-100; also from "50%"."""
    value = task.get("progress")
    number = as_number(value.strip().removesuffix("%") if isinstance(value, str) else value)
    return int(number) if number is not None and 0 <= number <= 100 else None


def bill_micros(task: Object) -> int | None:
    """`cost` in USD (APIMart's is the bill, section 3) as micro-dollars; None when not given, negative or absurd."""
    cost = as_number(task.get("cost"))
    return micros(cost) if cost is not None and 0 <= cost <= MAX_BILL else None


def micros(usd: Decimal) -> int:
    """US dollars as micro-dollars, rounded half up."""
    return int((usd * 1_000_000).to_integral_value(ROUND_HALF_UP))


def outputs(task: Object) -> tuple[Output, ...]:
    """Every link to a video, from all places seen (section 3); `result.type` and the path say nothing. Links that are
    not http(s) or too long are left out."""
    found: dict[str, Output] = {}
    for name in ("result", *_LINK_PLACES):
        for output in _links(task.get(name), epoch(task.get("expires_at")), None, 0):
            found.setdefault(output.url, output)
            if len(found) == MAX_OUTPUTS:
                return tuple(found.values())
    return tuple(found.values())


_LINK_PLACES = ("videos", "data", "video_url", "url", "urls")


def _links(node: Json, expires_at: float | None, thumbnail: str | None, depth: int) -> Iterator[Output]:
    if isinstance(node, str):
        url = safe_url(node)
        if url is not None:
            yield Output(url, expires_at, thumbnail)
    elif depth > 4:
        return
    elif isinstance(node, list):
        for item in node[: MAX_OUTPUTS * 2]:
            yield from _links(item, expires_at, thumbnail, depth + 1)
    elif isinstance(node, dict):
        until = epoch(node.get("expires_at")) or expires_at
        picture = safe_url(as_text(node.get("thumbnail_url"))) or thumbnail
        for name in _LINK_PLACES:
            yield from _links(node.get(name), until, picture, depth + 1)


def safe_url(text: str) -> str | None:
    """The link when it is http(s) with a host, printable ASCII without spaces, and at most 4096 characters."""
    url = text.strip()
    if not url or len(url) > MAX_URL or not all("!" <= c <= "~" for c in url):
        return None
    try:
        parts = urlsplit(url)
        is_good = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if is_good else None


def epoch(value: Json) -> float | None:
    """A moment as epoch seconds: seconds or milliseconds, number or string, or ISO 8601; between 2001 and 5138."""
    number = as_number(value)
    if number is None:
        return _iso(as_text(value))
    if number > 10**11:
        number /= 1000
    return float(number) if 10**9 <= number <= 10**11 else None


def _iso(text: str) -> float | None:
    if not 10 <= len(text) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


# ---------------------------------------------------------------------------------------------- errors


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an answer says is wrong, in the gateway's own words; "" where it does not say."""

    code: str
    message: str


def complaint(document: Json) -> Complaint | None:
    """The error an answer carries, in any of the shapes of section 5; None when it carries none. Ask only where
    something is wrong: a running task may have a harmless `message`."""
    task, outer = task_of(document), as_object(document)
    for place in (task, outer):
        error = place.get("error")
        if isinstance(error, str) and error.strip():
            return Complaint("", error)
        if isinstance(error, dict) and error:
            codes = (error.get("code"), error.get("type"))
            code = next((c for c in codes if isinstance(c, str) and c.strip()), "")
            return Complaint(code, _first_text(error))
    for place in (task, outer):
        message = _first_text(place)
        if message:
            return Complaint(as_text(place.get("code")), message)
    return Complaint("", "") if is_refused(document) else None


def _first_text(place: Object) -> str:
    names = ("message", "msg", "reason", "detail", "fail_reason", "failure_reason", "error_message")
    texts = (as_text(place.get(name)).strip() for name in names)
    return next((text for text in texts if text), "")


def is_refused(document: Json) -> bool:
    """`success: false`, which comes with HTTP 200 too (sections 4 and 7)."""
    return as_object(document).get("success") in (False, "false")


# ---------------------------------------------------------------------------------------------- uploads, account


def uploaded(document: Json) -> tuple[str, float | None, float | None] | None:
    """(link, created_at, expires_at) of an upload: under `data` (ToAPIs) or flat (APIMart); None without a link."""
    outer = as_object(document)
    data = outer.get("data")
    if isinstance(data, list):
        data = next(iter(data), None)
    if isinstance(data, str):
        data = {"url": data}
    for place in (as_object(data), outer):
        url = safe_url(as_text(place.get("url")))
        if url is not None:
            return url, epoch(place.get("created_at")), epoch(place.get("expires_at"))
    return None


def balance(document: Json) -> Balance | None:
    """`GET /v1/balance` (section 7); unlimited is -1 or `unlimited_quota`. None when it names no balance."""
    outer = as_object(document)
    place = outer if "remain_balance" in outer or "unlimited_quota" in outer else as_object(outer.get("data"))
    used = as_number(place.get("used_balance"))
    used_micros = micros(used) if used is not None and abs(used) <= MAX_BALANCE else None
    left = as_number(place.get("remain_balance"))
    if place.get("unlimited_quota") is True or left == -1:
        return Balance(None, used_micros)
    if left is None or abs(left) > MAX_BALANCE:
        return None
    return Balance(micros(left), used_micros)


def models(document: Json) -> frozenset[str] | None:
    """The ids in `{"data":[{"id": ...}]}`, in a bare list, or in a list of strings; None when there is no list."""
    outer = as_object(document)
    listed = document if isinstance(document, list) else outer.get("data", outer.get("models"))
    if not isinstance(listed, list):
        return None
    names = (item if isinstance(item, str) else as_text(as_object(item).get("id")) for item in listed[:MAX_MODELS])
    return frozenset(name for name in names if 0 < len(name) <= MAX_ID and name.isprintable())


# ---------------------------------------------------------------------------------------------- headers


@dataclass(frozen=True, slots=True)
class RateInfo:
    """What an answer's headers say of the rate limits (section 5). `call` is create, look, upload or account;
    `category` the gateway's own word for it. Seconds: `reset_in`, `retry_after`. None = not said."""

    gateway: str
    call: str
    status: int
    limit: int | None
    remaining: int | None
    reset_in: float | None
    retry_after: float | None
    category: str | None


def rate_info(gateway: str, call: str, status: int, headers: Mapping[str, str], now: float) -> RateInfo | None:
    """None when no header speaks of it. `headers` with names in lower case, `now` in epoch seconds."""
    limit = _count(headers.get("x-ratelimit-limit"))
    remaining = _count(headers.get("x-ratelimit-remaining"))
    reset_in = _reset_in(headers.get("x-ratelimit-reset"), now)
    wish = retry_after(headers, now)
    if limit is None and remaining is None and reset_in is None and wish is None:
        return None
    category = headers.get("x-ratelimit-category", "").strip()[:40] or None
    return RateInfo(gateway, call, status, limit, remaining, reset_in, wish, category)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Retry-After in seconds from now (0-3600): a number or an HTTP date."""
    text = headers.get("retry-after", "").strip()
    if not text or len(text) > MAX_NUMBER:
        return None
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        then = parsedate_to_datetime(text)
        return min(max(0.0, (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now), MAX_RETRY_AFTER)
    except (ValueError, OverflowError):
        return None


def _count(text: str | None) -> int | None:
    found = re.match(r"\s*(\d{1,12})\b", text or "")  # "300, 300;w=60" is written too
    return int(found[1]) if found else None


def _reset_in(text: str | None, now: float) -> float | None:
    """Nobody documents whether it is a moment or a span: what looks like a moment is one."""
    number = as_number(text)
    if number is None or number < 0:
        return None
    moment = epoch(number)
    seconds = max(0.0, moment - now) if moment is not None else float(number)
    return seconds if seconds <= 86_400 else None
