"""THE error map: what an answer, or its absence, means; and the one sentence a person reads for each meaning.

A create has three outcomes (DESIGN.md section 3), and only one list of cases is *not created*: the rows here. Whatever
no row names is *uncertain*, because a second create costs real money. Pure.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from adapters.gateways import wire
from adapters.gateways.http import Answer, Fault
from bot.generation.job import Failure
from bot.generation.ports import Accepted, CreateOutcome, GatewayError, NotCreated, TaskNotFoundError, Uncertain

# ---------------------------------------------------------------------------------------------- sentences


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened and what to do. `has_reason`: the gateway's own reason may stand between them."""

    happened: str
    to_do: str
    has_reason: bool

    def read(self, reason: str | None = None) -> str:
        """The whole sentence. `reason` must come from `clean_reason`."""
        middle = f": {reason}." if reason and self.has_reason else "."
        return f"{self.happened}{middle} {self.to_do}".strip()


def _plain(happened: str, to_do: str = "") -> Sentence:
    return Sentence(happened, to_do, has_reason=False)


def _with_reason(happened: str, to_do: str) -> Sentence:
    return Sentence(happened, to_do, has_reason=True)


#: One sentence for each code a client can give. Codes are stable: they are stored and counted.
SENTENCES: Mapping[str, Sentence] = {
    # the person can change something
    "content_refused": _with_reason("The gateway refused this prompt or image", "Change it and try again."),
    "image_refused": _with_reason("The gateway cannot use this image", "Choose another image and try again."),
    "file_refused": _with_reason("The gateway did not take this file", "Choose another file and try again."),
    "invalid_request": _with_reason(
        "The gateway did not accept this request", "Change the options and try again, or tell an admin."
    ),
    "too_large": _with_reason("This is too large for the gateway", "Send something smaller."),
    "generation_failed": _with_reason(
        "The gateway could not make this video", "Try again, or change the prompt first."
    ),
    "unsupported": _with_reason("This gateway cannot do that", "Choose another gateway, or leave it out."),
    # an admin can
    "unauthorized": _plain("The gateway did not accept this bot's key; tell an admin"),
    "out_of_credit": _plain("The gateway account is out of credit; tell an admin"),
    "forbidden": _with_reason("The gateway does not allow this bot's account to do that", "Tell an admin."),
    "account_error": _with_reason("The gateway does not say what its account holds", "Try again later."),
    # time can
    "rate_limited": _plain("The gateway gets too many requests at the moment", "Try again in a few minutes."),
    "busy": _plain("The gateway is busy", "Try again in a few minutes."),
    "unreachable": _plain("The gateway cannot be reached", "Try again in a few minutes."),
    "timeout": _plain("The gateway did not answer in time", "Try again in a few minutes."),
    "connection_lost": _plain("The connection to the gateway was lost", "Try again in a few minutes."),
    "server_error": _plain("The gateway has a problem of its own", "Try again in a few minutes."),
    "conflict": _plain("The gateway says that it already has this request", "Try again in a few minutes."),
    "bad_answer": _plain("The gateway gave an answer that makes no sense", "Try again in a few minutes."),
    "task_not_found": _plain("The gateway does not know this video any more", "Tell an admin."),
}

#: What stands behind an uncertain create instead of "try again": trying again is how people pay twice.
WAIT_FOR_ADMIN = (
    "It may be making this video already, so nothing is sent again by itself; an admin has to look and decide."
)


def sentence(code: str, reason: str | None = None) -> str:
    """The sentence for people. `reason` must come from `clean_reason`."""
    return SENTENCES[code].read(reason)


# ---------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Row:
    """One meaning of an HTTP error.

    `statuses` it is for; `word`, where not None, must be the answer's error code or type or begin its message;
    `is_not_created`: certain that a create made nothing; `retry`: the same request can work later; `asks_why`: the
    message may tell more exactly that the content or an image was refused.
    """

    statuses: Collection[int]
    code: str
    is_not_created: bool
    retry: bool
    word: str | None = None
    asks_why: bool = False


_ERRORS = frozenset(range(400, 600))
_SETTLED_BY_STATUS = frozenset({401, 402, 403, 413, 422, 429})  # section 5: by status, whatever the code says
_NEVER_CERTAIN = frozenset({408, 409})
_BY_WORD = _ERRORS - _SETTLED_BY_STATUS - _NEVER_CERTAIN

#: The first row that fits counts. DESIGN.md section 3; gateways.md section 5.
TABLE: tuple[Row, ...] = (
    Row({401}, "unauthorized", is_not_created=True, retry=False),
    Row({402}, "out_of_credit", is_not_created=True, retry=False),
    Row({403}, "forbidden", is_not_created=True, retry=False, asks_why=True),
    Row({413}, "too_large", is_not_created=True, retry=False),
    Row({422}, "invalid_request", is_not_created=True, retry=False, asks_why=True),
    Row({429}, "rate_limited", is_not_created=True, retry=True),
    # APIMart sends bad parameters and moderation as HTTP 500, and a transient lack of channels as 400.
    Row(_BY_WORD, "invalid_request", is_not_created=True, retry=False, word="build_request_failed", asks_why=True),
    Row(_BY_WORD, "busy", is_not_created=True, retry=True, word="get_channel_failed"),
    Row({503}, "busy", is_not_created=True, retry=True, word="idempotency_unavailable"),
    Row({400}, "invalid_request", is_not_created=True, retry=False, asks_why=True),
    # From here on a create is uncertain; the rows only find the word for it. 404 and 405 too, by the letter.
    Row({408}, "timeout", is_not_created=False, retry=True),
    Row({409}, "conflict", is_not_created=False, retry=True),
    Row(range(500, 600), "server_error", is_not_created=False, retry=True),
)
_ANYTHING_ELSE = Row((), "bad_answer", is_not_created=False, retry=True)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row with the more exact code found in the message, and the gateway's own words."""

    row: Row
    code: str
    own_words: str


def meaning(status: int, document: wire.Json) -> Meaning:
    """What an answer other than a good one means. `document` None = it had no JSON."""
    said = wire.complaint(document) or wire.Complaint("", "")
    row = next((row for row in TABLE if status in row.statuses and _has_word(row.word, document, said)), _ANYTHING_ELSE)
    code = (why(said) or row.code) if row.asks_why else row.code
    return Meaning(row, code, said.message)


def _has_word(word: str | None, document: wire.Json, said: wire.Complaint) -> bool:
    # Only at the beginning of the message: further back it could be a part of somebody's prompt.
    if word is None or said.message.lstrip().lower().startswith(word):
        return True
    error = wire.as_object(wire.as_object(document).get("error"))
    return word in {said.code.lower(), wire.as_text(error.get("type")).lower()}


_CONTENT = re.compile(
    r"violat\w* .{0,40}polic|content.polic|usage.polic|risk.control|sensitive|moderation|nsfw|prohibited content"
    r"|inappropriate|copyright|safety (system|filter|check)"
)
_IMAGE = re.compile(
    r"\bimages?\b.{0,80}(invalid|unsupported|not support|corrupt|too (small|large|big)|resolution|aspect.ratio|pixel"
    r"|dimension|download|fetch|decod|format)"
    r"|(invalid|unsupported|corrupt|resolution|aspect.ratio|pixel|dimension|download|fetch|decod|format)\w*.{0,80}\bimages?\b"
)


def why(said: wire.Complaint) -> str | None:
    """content_refused or image_refused where the gateway's words say so (the messages of section 5), else None."""
    text = " ".join(f"{said.code} {said.message[:2000]}".lower().replace("content_", "content ").split())
    if _CONTENT.search(text):
        return "content_refused"
    return "image_refused" if _IMAGE.search(text) else None


# ---------------------------------------------------------------------------------------------- outcomes of a create


def create_outcome(
    result: Answer | Fault, *, secrets: Iterable[str], prompts: Iterable[str], now: float
) -> CreateOutcome:
    """The outcome of a create. Accepted: 2xx with a task id (201 and 202 too: an id is a fact). `secrets` and `prompts`
    never appear in its message; `now` (epoch seconds) is for a Retry-After that is a date."""
    if isinstance(result, Fault):
        if result.may_have_arrived:
            return _uncertain(result.code)
        return NotCreated(result.code, sentence(result.code), retry=True)
    document = parsed(result)
    if 200 <= result.status < 300:
        made = _made_task(document)
        return Accepted(made) if made is not None else _uncertain("bad_answer")
    found = meaning(result.status, document)
    if not found.row.is_not_created:
        return _uncertain(found.code)
    reason = clean_reason(found.own_words, secrets=secrets, prompts=prompts)
    wish = wire.retry_after(result.headers, now) if found.row.retry else None
    return NotCreated(found.code, sentence(found.code, reason), retry=found.row.retry, retry_after=wish)


def _uncertain(code: str) -> Uncertain:
    return Uncertain(code, f"{SENTENCES[code].happened}. {WAIT_FOR_ADMIN}")


def _made_task(document: wire.Json) -> str | None:
    task = wire.task_of(document)
    if task.get("error") and wire.task_state(task) is None:
        return None  # the id of an error, perhaps, not of a task
    return wire.task_id(task)


def parsed(answer: Answer) -> wire.Json:
    """The answer's JSON, or None when it has none (HTML pages)."""
    try:
        return wire.parse(answer.body)
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------- errors of other calls


def look_error(result: Answer | Fault, *, secrets: Iterable[str], now: float) -> GatewayError:
    """Why a look did not work. Always worth another try: a running, billed task is not dropped because the key is
    being changed or the gateway stumbles. 404 is TaskNotFoundError."""
    document = parsed(result) if isinstance(result, Answer) else None
    if isinstance(result, Answer) and (result.status == 404 or _says_not_found(result.status, document)):
        return TaskNotFoundError(sentence("task_not_found"))
    error = call_error(result, secrets=secrets, now=now)
    return GatewayError(error.code, error.message, retry=True, retry_after=error.retry_after)


def _says_not_found(status: int, document: wire.Json) -> bool:
    said = wire.complaint(document)
    return status in {200, 400} and said is not None and said.code in {"task_not_found", "task_not_exist"}


def call_error(result: Answer | Fault, *, secrets: Iterable[str], now: float) -> GatewayError:
    """Why a call other than a create or a look did not work."""
    if isinstance(result, Fault):
        return GatewayError(result.code, sentence(result.code), retry=True)
    found = meaning(result.status, parsed(result))
    if result.status == 200 and wire.complaint(parsed(result)) is not None:
        return GatewayError("server_error", sentence("server_error"), retry=True)
    reason = clean_reason(found.own_words, secrets=secrets)
    wish = wire.retry_after(result.headers, now)
    return GatewayError(found.code, sentence(found.code, reason), retry=found.row.retry, retry_after=wish)


_FILE = re.compile(r"too (large|big|small)|maximum|exceed|unsupported|not support|invalid|format|corrupt|\btype\b")


def upload_error(result: Answer | Fault, *, secrets: Iterable[str], now: float) -> GatewayError:
    """Why an upload did not work: `success: false` comes with 400 and with 200 (section 4)."""
    if isinstance(result, Fault) or result.status not in {200, 400}:
        return call_error(result, secrets=secrets, now=now)
    said = wire.complaint(parsed(result))
    if said is None:
        return GatewayError("bad_answer", sentence("bad_answer"), retry=True)
    text = said.message[:2000].lower()
    code = "too_large" if re.search(r"too (large|big)|maximum size|exceed", text) else why(said) or "file_refused"
    # An upload is free: a 200 with words nobody knows is tried again.
    is_final = result.status == 400 or code != "file_refused" or _FILE.search(text) is not None
    reason = clean_reason(said.message, secrets=secrets)
    return GatewayError(code, sentence(code, reason), retry=not is_final)


def task_failure(document: wire.Json, *, secrets: Iterable[str]) -> Failure:
    """Why a task failed at the gateway, for the requester."""
    said = wire.complaint(document) or wire.Complaint("", "")
    code = why(said) or "generation_failed"
    return Failure(code, sentence(code, clean_reason(said.message, secrets=secrets)))


# ---------------------------------------------------------------------------------------------- the gateway's own words

MAX_REASON = 300  # characters
_NOISE = (
    re.compile(r"[\(\[]?\s*\b(request|trace)[ _-]?id\b\s*[:=]?\s*[\w.-]*\s*[\)\]]?", re.IGNORECASE),
    re.compile(r"^(\s*(build_request_failed|get_channel_failed|generation failed|task failed|error)\s*:\s*)+", re.I),
    re.compile(r"\bbearer\s+\S+", re.IGNORECASE),
    re.compile(r"\b(sk|pk|ak|key|tok|token)[-_][^\s,;)]{4,}", re.IGNORECASE),
)
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
_QUOTED = re.compile(r"(\"|“|«|`|')[^\"“”«»`]{24,}(\"|”|»|`|')")  # long quotations are mostly somebody's prompt


def clean_reason(words: str, *, secrets: Iterable[str] = (), prompts: Iterable[str] = ()) -> str | None:
    """The gateway's own reason, fit to be shown: one line of at most 300 characters without a full stop, control
    characters, links, request ids and long quotations. None when nothing is left, or when it echoes any 8 characters
    of a secret or 16 of a prompt (a shorter prompt as a whole)."""
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in words[:2000])
    if any(_echoes(text, secret, 8) for secret in secrets) or any(_echoes(text, prompt, 16) for prompt in prompts):
        return None
    for noise in _NOISE:
        text = noise.sub(" ", text)
    text = _QUOTED.sub("…", _LINK.sub("(link)", text))
    text = " ".join(text.split()).strip(" .:;,-")
    if len(text) > MAX_REASON:
        text = text[: MAX_REASON - 1].rstrip() + "…"
    return text if any(c.isalnum() for c in text) else None


def _echoes(text: str, private: str, window: int) -> bool:
    low, private = " ".join(text.lower().split()), " ".join(private.lower().split())
    if len(private) < window:
        return len(private) > 2 and re.search(rf"(?<!\w){re.escape(private)}(?!\w)", low) is not None
    return any(private[at : at + window] in low for at in range(len(private) - window + 1))


def prompts_in(body: wire.Json) -> list[str]:
    """Every text of a create body that a person wrote: strings under names with "prompt" in them."""
    found: list[str] = []

    def walk(node: wire.Json, *, is_prompt: bool) -> None:
        if isinstance(node, Mapping):
            for name, value in node.items():
                walk(value, is_prompt=is_prompt or "prompt" in str(name))
        elif isinstance(node, list | tuple):
            for value in node:
                walk(value, is_prompt=is_prompt)
        elif isinstance(node, str) and is_prompt:
            found.append(node)

    walk(body, is_prompt=False)
    return found
