"""What goes wrong, and when: drawn from one seed, so that a failure can be looked at again."""

from dataclasses import dataclass
from random import Random
from typing import Any

PEOPLE, CHANNELS = 10, 4  # on each platform
#: (fault of the sandbox, route, argument); the first group leaves a create in doubt.
DOUBTFUL = (
    ("lost_answer", "create", None),
    ("lost_request", "create", None),
    ("reset", "create", None),
    ("reset_made", "create", None),
    ("half_answer", "create", None),
    ("server_error", "create", "500"),
    ("server_error", "create", "502"),
    ("html_504", "create", None),
    ("html_200", "create", None),
    ("no_id", "create", None),
    ("idempotency_indeterminate", "create", None),
    ("timeout_lost", "create", "1"),
)
HARMLESS = (
    ("timeout", "create", "1"),  # held back for a second of the real clock, then answered
    ("rate_limited", "create", "2"),
    ("idempotency_unavailable", "create", None),
    ("channel_failed", "create", None),
    ("server_error", "status", "500"),
    ("rate_limited", "status", "2"),
    ("lost_request", "status", None),
    ("half_answer", "status", None),
    ("html_200", "status", None),
    ("timeout", "status", "1"),
    ("concatenated", "status", None),
    ("server_error", "download", "503"),
    ("cut_download", "download", None),
    ("reset", "download", None),
    ("timeout_lost", "download", "1"),
)
DISCORD_FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 429, "retry_after": 0.2},
    {"status": 500},
    {"status": 503},
    {"lose_answer": True},
    {"lose_request": True},
)
DISCORD_CALLS = (
    ("POST", "/channels/{channel_id}/messages"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    ("GET", "/channels/{channel_id}/messages"),
    ("PATCH", "/webhooks/{application_id}/{interaction_token}/messages/{message_id}"),
)
SLACK_FAULTS: tuple[dict[str, Any], ...] = (
    {"error": "internal_error"},
    {"status": 503},
    {"lose_answer": True},
    {"lose_request": True},
    {"body": "<html>gateway</html>"},
)
SLACK_CALLS = (
    "chat.postMessage",
    "chat.update",
    "files.getUploadURLExternal",
    "file.upload",
    "files.completeUploadExternal",
    "files.info",
    "conversations.replies",
    "response_url",
)
#: How often each kind of trouble is drawn.
WEIGHTS = {"gateway": 40, "discord": 20, "slack": 20, "disconnect": 8, "kill": 6, "stop": 4, "jump": 6}


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong `at` so many real seconds after the start."""

    at: float
    kind: str
    what: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.at:6.2f} {self.kind} {' '.join(map(str, self.what))}"


@dataclass(frozen=True)
class Ask:
    """One request `at` so many real seconds after the start, by a prompt nobody else uses."""

    at: float
    platform: str
    user: int
    channel: int
    prompt: str


def draw_asks(chance: Random, jobs: int, seconds: float) -> list[Ask]:
    """Who asks for what; one in twenty is refused by the gateway, one in twenty fails while it is made."""
    asks = []
    for number in range(jobs):
        marker = chance.choices(("", " [[sandbox:moderation]]", " [[sandbox:fail_late]]"), (90, 5, 5))[0]
        asks.append(
            Ask(
                chance.uniform(0, seconds),
                chance.choice(("discord", "slack")),
                chance.randrange(PEOPLE),
                chance.randrange(CHANNELS),
                f"wave {number}{marker}",
            )
        )
    return sorted(asks, key=lambda ask: ask.at)


def draw_troubles(chance: Random, count: int, seconds: float, processes: int) -> list[Trouble]:
    """What goes wrong between the first and the last moment, in order; every process is killed at least once."""
    kinds = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)
    troubles = [Trouble(chance.uniform(0, seconds), kind, _details(chance, kind, processes)) for kind in kinds]
    troubles += [
        Trouble(chance.uniform(0.2, 0.9) * seconds, "kill", _killing(chance, process)) for process in range(processes)
    ]
    return sorted(troubles, key=lambda trouble: trouble.at)


def _details(chance: Random, kind: str, processes: int) -> tuple[Any, ...]:
    match kind:
        case "gateway":
            is_doubtful = chance.random() < 0.3
            fault, route, argument = chance.choice(DOUBTFUL if is_doubtful else HARMLESS)
            return fault, route, argument, is_doubtful, chance.randint(1, 2 if is_doubtful else 8)
        case "discord":
            return chance.choice(DISCORD_CALLS), chance.choice(DISCORD_FAULTS), chance.randint(1, 5)
        case "slack":
            return chance.choice(SLACK_CALLS), chance.choice(SLACK_FAULTS), chance.randint(1, 5)
        case "disconnect":
            return (chance.choice(("discord resumable", "discord", "slack", "slack refresh")),)
        case "jump":
            return chance.randrange(processes), round(chance.choice((-1, 1)) * chance.uniform(5, 200))
        case "kill":
            return _killing(chance, chance.randrange(processes))
        case _:  # stop
            return chance.randrange(processes), _pause(chance)


def _killing(chance: Random, process: int) -> tuple[int, float, str]:
    """Which process, for how long, and the platform at whose next post it dies; "" for at once."""
    return process, _pause(chance), chance.choice(("", "discord", "slack"))


def _pause(chance: Random) -> float:
    return round(chance.uniform(0.1, 3.0), 2)
