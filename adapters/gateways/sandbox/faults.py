"""The one table of faults the sandbox can play, and the markers that ask for them.

In a prompt: `[[sandbox:NAME]]`, `[[sandbox:NAME=ARGUMENT]]`, `[[sandbox:NAME@ROUTE=ARGUMENT xTIMES]]`; several may
stand in one prompt. `x0` means for ever. For a fault without an argument, `=3` is read as `x3`.

Kinds: an *answer* fault replaces a whole answer (one per request, in the order given); a *shape* fault changes the
usual answer (several combine); a *task* fault changes the task made by the create.

In a prompt an answer fault of the create route counts per gateway and prompt: it plays TIMES times, then one create of
the same prompt goes through, then it starts again. Faults of other routes count per task.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["answer", "shape", "task"]
Route = Literal["create", "status", "download", "upload", "balance", "models"]
ROUTES: tuple[Route, ...] = ("create", "status", "download", "upload", "balance", "models")
FOREVER = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table. `times` is how often it plays when nothing else is said; 0 is for ever."""

    name: str
    kind: Kind
    routes: tuple[Route, ...]
    description: str
    argument: str = ""
    default: str = ""
    times: int = FOREVER

    @property
    def usage(self) -> str:
        """The marker to type, with the default argument."""
        return f"[[sandbox:{self.name}={self.default}]]" if self.argument else f"[[sandbox:{self.name}]]"


_API: tuple[Route, ...] = ("create", "status", "upload", "balance", "models", "download")
_JSON: tuple[Route, ...] = ("create", "status", "upload", "balance", "models")

FAULTS: tuple[Fault, ...] = (
    # refused creates
    Fault("moderation", "answer", ("create",), "prompt refused: ToAPIs 422, APIMart HTTP 500 build_request_failed"),
    Fault("image_rejected", "answer", ("create",), "input image refused: ToAPIs 400, APIMart build_request_failed"),
    Fault("no_money", "answer", _JSON, "402, as with an empty balance", times=1),
    Fault("rate_limited", "answer", _API, "429 with Retry-After", "seconds to wait", "2", 1),
    Fault("idempotency_unavailable", "answer", ("create",), "503 idempotency_unavailable, nothing made", times=1),
    Fault("idempotency_indeterminate", "answer", ("create",), "409 _result_indeterminate, task made", times=1),
    Fault("idempotency_in_progress", "answer", ("create",), "409 idempotency_in_progress, nothing made", times=1),
    Fault("channel_failed", "answer", ("create",), "400 get_channel_failed, transient", times=1),
    # lost answers
    Fault("lost_answer", "answer", ("create",), "task made, connection closed without an answer", times=1),
    Fault("lost_request", "answer", _API, "connection closed after the body was read, nothing made", times=1),
    Fault("reset", "answer", _API, "connection reset (RST) before an answer, nothing made", times=1),
    Fault("reset_made", "answer", ("create",), "task made, then the connection is reset (RST)", times=1),
    Fault("half_answer", "answer", _JSON, "done, but the connection is cut in the middle of the answer", times=1),
    Fault("timeout", "answer", _API, "done, but the answer is held back", "seconds", "120", 1),
    Fault("timeout_lost", "answer", _API, "held back, then closed; nothing made", "seconds", "120", 1),
    # broken servers
    Fault("server_error", "answer", _API, "a 5xx in the gateway's shape", "500, 502 or 503 ...", "500", 1),
    Fault("http", "answer", _API, "any HTTP error in the gateway's shape", "status code", "403", 1),
    Fault("html_504", "answer", _API, "504 with an HTML page", times=1),
    Fault("html_200", "answer", _JSON, "200 with an HTML page; a create has made its task", times=1),
    Fault("error_200", "answer", _JSON, "HTTP 200 carrying only `error`; a create has made nothing", times=1),
    Fault("rate_unavailable", "answer", _JSON, "503 rate_limit_unavailable", times=1),
    # odd creates
    Fault("no_id", "answer", ("create",), "task made, but the 200 carries no id", times=1),
    Fault("create_word", "shape", ("create",), "status word in the create's answer", "word", "pending"),
    Fault("id_prefix", "task", ("create",), "task ids begin differently", "prefix", "tsk_vid_"),
    # how a task goes
    Fault("slow", "task", ("create",), "takes exactly so long, whatever the speed", "seconds", "900"),
    Fault("stuck", "task", ("create",), "never finishes", "percent it stays at", "99"),
    Fault("fail_late", "task", ("create",), "fails when it was due: generation_failed", "message", "Generation failed"),
    Fault("moderation_late", "task", ("create",), "fails when it was due, for its content"),
    Fault("risk_control", "task", ("create",), "fails when it was due: Failure to pass the risk control system"),
    Fault("image_rejected_late", "task", ("create",), "fails when it was due, for its input image"),
    # statuses
    Fault("vanish", "answer", ("status",), "404 for ever, after some looks", "looks before", "0"),
    Fault("not_found", "answer", ("status",), "404, then found again", times=1),
    Fault("concatenated", "shape", ("status",), "a second JSON object (new_api_panic) after the good one"),
    Fault("no_url", "shape", ("status",), "completed, but no URL anywhere", times=1),
    Fault("status_word", "shape", ("status",), "another word for the status", "word", "success"),
    Fault(
        "url_place",
        "shape",
        ("status",),
        "where the URL stands: result.data, result.videos, result.videos.string, result.url, video_url, url, data.urls",
        "place",
        "video_url",
    ),
    Fault("progress_text", "shape", ("status",), 'progress as text: "50%"'),
    Fault("no_progress", "shape", ("status",), "no progress at all"),
    Fault("data_list", "shape", ("status",), "APIMart's data, or ToAPIs' whole answer, in a list"),
    Fault("error_text", "shape", ("status",), "a failed task's error as a plain string"),
    Fault("error_code", "shape", ("status",), "a failed task's error.code", "a number, a word or nothing", "1301"),
    Fault("type_image", "shape", ("status",), 'result.type says "image"'),
    Fault("images_path", "shape", ("status",), "the video's URL path holds /images/"),
    Fault("no_cost", "shape", ("status",), "APIMart: no cost in the answer"),
    # downloads
    Fault("expired", "answer", ("download",), "the result's URL has expired", "404, 403 or 410", "404"),
    Fault("cut_download", "answer", ("download",), "the connection is cut halfway; Range resumes", times=1),
    Fault("oversize", "shape", ("download",), "the file is so big (a `free` box; it still plays)", "MiB", "30"),
    Fault("no_range", "shape", ("download",), "Range is ignored"),
    Fault("no_length", "shape", ("download",), "chunked, without Content-Length"),
    Fault("octet_stream", "shape", ("download",), "Content-Type: application/octet-stream"),
    Fault("redirect", "answer", ("download",), "302 to the file on this server"),
    # uploads and the account
    Fault("upload_200", "answer", ("upload",), "refused with HTTP 200 and success:false", times=1),
    Fault("upload_no_url", "answer", ("upload",), "200 without a URL", times=1),
    Fault("balance_failed", "answer", ("balance",), "HTTP 200 with success:false", times=1),
)

TABLE: dict[str, Fault] = {fault.name: fault for fault in FAULTS}


class UnknownFault(ValueError):  # noqa: N818
    """No such fault, or not on that route."""


@dataclass(slots=True)
class Trigger:
    """A fault about to happen. `left` is how often; FOREVER never ends."""

    fault: Fault
    route: Route
    argument: str
    left: int
    gateway: str | None = None
    lasting: bool = field(init=False)

    def __post_init__(self) -> None:
        self.lasting = self.left == FOREVER

    @property
    def name(self) -> str:
        return self.fault.name

    def number(self, default: float = 0.0) -> float:
        """The argument as a number, at least 0."""
        try:
            value = float(self.argument)
        except ValueError:
            return default
        return value if 0 <= value < 1e9 else default

    @property
    def alive(self) -> bool:
        return self.lasting or self.left > 0

    def use(self) -> None:
        """One time fewer."""
        if not self.lasting:
            self.left -= 1


def make_trigger(
    name: str,
    *,
    route: str | None = None,
    argument: str | None = None,
    times: int | None = None,
    gateway: str | None = None,
) -> Trigger:
    """A trigger of the fault called `name`. Raises UnknownFault."""
    fault = TABLE.get(name)
    if fault is None:
        raise UnknownFault(f"no fault is called {name[:40]!r}")
    if route is not None and route not in fault.routes:
        raise UnknownFault(f"{name} is not a fault of route {route[:40]!r}, but of {', '.join(fault.routes)}")
    if argument is not None and not fault.argument and times is None and argument.isdecimal():
        times, argument = int(argument), None
    chosen: Route = next((known for known in fault.routes if known == route), fault.routes[0])
    return Trigger(
        fault=fault,
        route=chosen,
        argument=argument if argument is not None else fault.default,
        left=fault.times if times is None else max(0, times),
        gateway=gateway,
    )


_MARKER = re.compile(r"\[\[sandbox:([a-z0-9_]+)(?:@([a-z]+))?(?:=([^\]\n]{0,200}?))?(?:\s*x(\d{1,6}))?\s*\]\]")


def read_markers(prompt: str) -> list[Trigger]:
    """The faults a prompt asks for; unknown ones are left out (the card shows the prompt, so a typo is seen)."""
    triggers = []
    for name, route, argument, times in _MARKER.findall(prompt):
        try:
            triggers.append(
                make_trigger(
                    name,
                    route=route or None,
                    argument=argument.strip() or None,
                    times=int(times) if times else None,
                )
            )
        except UnknownFault:
            continue
    return triggers


def pick(
    triggers: Iterable[Trigger], gateway: str, route: Route, when: Callable[[Trigger], bool] = lambda _: True
) -> list[Trigger]:
    """The faults of this request, each used once: all shapes and task changes, and the first answer.

    `when` says whether a fault means anything now (a missing URL does nothing to a task that still runs).
    """
    picked: list[Trigger] = []
    answered = False
    for trigger in triggers:
        if trigger.route != route or not trigger.alive or trigger.gateway not in (None, gateway) or not when(trigger):
            continue
        if trigger.fault.kind == "answer":
            if answered:
                continue
            answered = True
        trigger.use()
        picked.append(trigger)
    return picked


class FaultBox:
    """The programmed faults, and how often each prompt's create faults have played."""

    def __init__(self) -> None:
        self._programmed: list[Trigger] = []
        self._played: dict[tuple[str, str], int] = {}

    def add(self, trigger: Trigger) -> None:
        self._programmed.append(trigger)

    def clear(self) -> None:
        self._programmed.clear()
        self._played.clear()

    def waiting(self) -> list[Trigger]:
        """The programmed faults that have not played out."""
        return [trigger for trigger in self._programmed if trigger.alive]

    def pick(self, gateway: str, route: Route, when: Callable[[Trigger], bool] = lambda _: True) -> list[Trigger]:
        """The programmed faults of this request."""
        if not self._programmed:
            return []
        picked = pick(self._programmed, gateway, route, when)
        self._programmed = self.waiting()
        return picked

    def pick_create(self, gateway: str, prompt: str) -> list[Trigger]:
        """The faults the prompt asks of its create; see the module's text for how they count."""
        wanted = [trigger for trigger in read_markers(prompt) if trigger.route == "create"]
        picked = [trigger for trigger in wanted if trigger.fault.kind != "answer"]
        place = (gateway, prompt)
        played = self._played.get(place, 0)
        before = 0
        for trigger in wanted:
            if trigger.fault.kind != "answer":
                continue
            if trigger.lasting or played < before + trigger.left:
                self._played[place] = played + 1
                return [trigger, *picked]
            before += trigger.left
        self._played.pop(place, None)
        return picked
