"""The error map: one row, one outcome, one sentence. Nothing but its rows may say "not created"."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways import errors
from adapters.gateways.http import Answer, Fault
from bot.generation.ports import Accepted, NotCreated, Uncertain
from tests.gateways.clients.pair import Clients
from tests.gateways.clients.script import BODY, KEY, NOW, PROMPT, Script, answer

RETRY_CODES = {"rate_limited", "busy", "unreachable"}


def error(message: str, code: object = "", kind: str = "apimart_error") -> object:
    return {"error": {"code": code, "message": message, "param": "", "type": kind}}


#: status, body, code, the gateway's own reason as it is shown
NOT_CREATED: list[tuple[int, object, str, str | None]] = [
    (400, error("duration must be 5 or 10", "invalid_request"), "invalid_request", "duration must be 5 or 10"),
    (400, "<html>400 Bad Request</html>", "invalid_request", None),
    (400, {"success": False, "message": "bad ratio"}, "invalid_request", "bad ratio"),
    (400, {"error": "bad ratio"}, "invalid_request", "bad ratio"),
    (
        400,
        error("Failure to pass the risk control system"),
        "content_refused",
        "Failure to pass the risk control system",
    ),
    (
        400,
        error("The resolution or aspect ratio of the input image is invalid"),
        "image_refused",
        "The resolution or aspect ratio of the input image is invalid",
    ),
    (400, error("no available channel", "get_channel_failed"), "busy", None),
    (400, error("get_channel_failed: no available channel"), "busy", None),
    (401, error(f"invalid API key {KEY} (request id: 2026)"), "unauthorized", None),
    (401, error("x", 401, "authentication_error"), "unauthorized", None),
    (401, error("x", "rate_limit_exceeded"), "unauthorized", None),
    (402, error("Insufficient", 402, "payment_required"), "out_of_credit", None),
    (402, error("x", "insufficient_quota"), "out_of_credit", None),
    (402, {"code": 402, "message": "no balance"}, "out_of_credit", None),
    (403, error("model not in your group"), "forbidden", "model not in your group"),
    (413, "<html>413</html>", "too_large", None),
    (422, error("Your prompt was flagged.", "content_policy_violation"), "content_refused", "Your prompt was flagged"),
    (422, error("sensitive content detected", 422), "content_refused", "sensitive content detected"),
    (422, {"error": "duration: wrong type"}, "invalid_request", "duration: wrong type"),
    (429, error("slow down", "rate_limit_exceeded"), "rate_limited", None),
    (429, "<html>429</html>", "rate_limited", None),
    (
        500,
        error("build_request_failed: content moderation failed (request id: 20260101abc)"),
        "content_refused",
        "content moderation failed",
    ),
    (500, error("image_urls: at most 2", "build_request_failed"), "invalid_request", "image_urls: at most 2"),
    (500, error("duration", "", "build_request_failed"), "invalid_request", "duration"),
    (503, error("x", "idempotency_unavailable"), "busy", None),
]


@pytest.mark.parametrize(("status", "body", "code", "reason"), NOT_CREATED)
async def test_each_row_that_is_not_created(
    clients: Clients, gateway: Script, status: int, body: object, code: str, reason: str | None
) -> None:
    gateway.play(answer(body, status))
    for client in (clients.toapis(gateway.url), clients.apimart(gateway.url)):
        outcome = await client.create(BODY, "a")
        assert outcome == NotCreated(code, errors.sentence(code, reason), retry=code in RETRY_CODES)
    assert len(gateway.seen) == 2


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (
            "content_refused",
            "sensitive content detected",
            "The gateway refused this prompt or image: sensitive content detected. Change it and try again.",
        ),
        ("content_refused", None, "The gateway refused this prompt or image. Change it and try again."),
        ("out_of_credit", "never shown", "The gateway account is out of credit; tell an admin."),
        ("unauthorized", "never shown", "The gateway did not accept this bot's key; tell an admin."),
    ],
)
def test_how_the_sentences_read(code: str, reason: str | None, said: str) -> None:
    assert errors.sentence(code, reason) == said


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("Wed, 14 Jan 2026 08:46:40 GMT", 1_768_380_400 - NOW),
        ("Wed, 14 Jan 2020 08:46:40 GMT", 0.0),
        ("9999999", 3600.0),
        ("Wed, 14 Jan 2099 08:46:40 GMT", 3600.0),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("", None),
    ],
)
async def test_retry_after_in_seconds_or_as_a_date(
    clients: Clients, gateway: Script, wish: str, seconds: float | None
) -> None:
    gateway.play(answer({}, 429, {"Retry-After": wish}))
    outcome = await clients.toapis(gateway.url).create(BODY, "a")
    assert isinstance(outcome, NotCreated)
    assert outcome.retry_after == seconds


# ------------------------------------------------------------------------------------------- every answer, one outcome

WORDS = ["build_request_failed", "get_channel_failed", "idempotency_unavailable", "rate_limit_unavailable", "x", ""]
SURE = {400, 401, 402, 403, 413, 422, 429}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(WORDS)
names = st.sampled_from(["error", "code", "message", "type", "data", "status", "id", "task_id", "success"])
jsonish = st.recursive(
    scalars, lambda c: st.lists(c, max_size=3) | st.dictionaries(names, c, max_size=5), max_leaves=12
)
error_bodies = st.fixed_dictionaries(
    {"error": st.fixed_dictionaries({"code": st.sampled_from(WORDS), "message": st.sampled_from(WORDS)})}
)
bodies = (jsonish | error_bodies).map(lambda v: json.dumps(v).encode()) | st.binary(max_size=60)


@given(st.integers(100, 599) | st.sampled_from([200, 202, 400, 408, 409, 500, 503]), bodies)
def test_every_answer_has_exactly_one_outcome(status: int, body: bytes) -> None:
    outcome = errors.create_outcome(Answer(status, {}, body), secrets=[KEY], prompts=[PROMPT], now=NOW)
    assert isinstance(outcome, Accepted | NotCreated | Uncertain)
    match outcome:
        case Accepted(task_id):
            assert 200 <= status < 300
            assert task_id
        case NotCreated(code, message, retry):
            named = 400 <= status < 600 and status not in {408, 409} and any(w.encode() in body for w in WORDS[:2])
            busy = status == 503 and b"idempotency_unavailable" in body
            assert status in SURE or named or busy
            assert message == errors.sentence(code) or errors.SENTENCES[code].has_reason
            assert retry == (code in RETRY_CODES)
        case Uncertain(code, message):
            assert status not in SURE
            assert message.startswith(errors.SENTENCES[code].happened)


@pytest.mark.parametrize("code", ["timeout", "connection_lost", "bad_answer"])
def test_a_fault_after_sending_is_uncertain(code: str) -> None:
    outcome = errors.create_outcome(Fault(code, may_have_arrived=True), secrets=[], prompts=[], now=NOW)
    assert isinstance(outcome, Uncertain)
    assert outcome.code == code


def test_every_status_has_one_row_without_a_word_at_most() -> None:
    for status in range(100, 600):
        assert sum(status in row.statuses and row.word is None for row in errors.TABLE) <= 1


@pytest.mark.parametrize("code", errors.SENTENCES)
def test_every_code_has_a_sentence_that_says_what_to_do(code: str) -> None:
    text = errors.sentence(code)
    assert re.fullmatch(r"[a-z_]+", code)
    assert text.endswith(".")
    assert re.search(r"\b(try|tell|choose|change|send) ", text, re.IGNORECASE)
    assert "{" not in text


# ------------------------------------------------------------------------------------------- the gateway's own words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Content violates the content policy.", "Content violates the content policy"),
        ("Generation failed: Content violates the content policy", "Content violates the content policy"),
        ("invalid parameter (request id: 20260114ABC-def)", "invalid parameter"),
        ("invalid parameter [trace_id=99]", "invalid parameter"),
        ("a\x00b\x1b[31m\u202ec\r\n\td", "a b [31m c d"),
        ("see https://evil.example/?token=abc for more", "see (link) for more"),
        ("rejected: 'a very long quotation of what somebody typed'", "rejected: …"),
        ("invalid token sk-abcd1234efgh", "invalid token"),
        ("header was Bearer abcdef", "header was"),
        ("x" * 400, "x" * 299 + "…"),
        (f"key {KEY} is unknown", None),
        (f"key {KEY[:14].upper()}*** is unknown", None),
        (f"bad prompt: {PROMPT}", None),
        (f"bad prompt: {PROMPT[9:30]} and more", None),
        (f"bad prompt: {PROMPT.upper()}", None),
        ("...", None),
        ("", None),
    ],
)
def test_a_reason_is_cleaned_before_it_is_shown(words: str, shown: str | None) -> None:
    assert errors.clean_reason(words, secrets=[KEY], prompts=[PROMPT]) == shown


def test_a_short_prompt_is_recognised_as_a_whole() -> None:
    assert errors.clean_reason("refused: red fox", prompts=["Red  fox"]) is None
    assert errors.clean_reason("refused: predator", prompts=["red"]) == "refused: predator"


def test_all_texts_a_person_wrote_are_known() -> None:
    body = {
        "prompt": "a",
        "model": "m",
        "metadata": {"negative_prompt": "b", "multi_prompt": [{"text": "c"}, "d"], "image_list": [{"image_url": "u"}]},
    }
    assert sorted(errors.prompts_in(body)) == ["a", "b", "c", "d"]


@given(st.text(max_size=500))
def test_no_reason_holds_a_control_character_or_is_too_long(words: str) -> None:
    reason = errors.clean_reason(words)
    assert reason is None or (0 < len(reason) <= 300 and reason.replace(" ", "x").isprintable())
