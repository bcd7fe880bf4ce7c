"""Discord's error answers: https://docs.discord.com/developers/topics/opcodes-and-status-codes"""

from typing import Any

# Discord's JSON error codes, each with its HTTP status and message.
KNOWN = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
}
UNAUTHORIZED = {"message": "401: Unauthorized", "code": 0}


class DiscordError(Exception):
    """A request is refused with one of Discord's codes; `status` and `message` default to the documented ones.

    `broken` says which rule the bot broke, by place, where it could have known better: the fake complains of it.
    """

    def __init__(
        self,
        code: int,
        status: int | None = None,
        message: str | None = None,
        errors: dict[str, Any] | None = None,
        broken: list[tuple[str, str]] | None = None,
    ) -> None:
        known_status, known_message = KNOWN.get(code, (400, "Error"))
        self.code, self.status, self.message = code, status or known_status, message or known_message
        self.errors = form_errors(broken) if broken and errors is None and self.code == 50035 else errors
        self.broken = broken or []
        super().__init__(f"{self.status} {self.code} {self.message}")

    def body(self) -> dict[str, Any]:
        """The JSON Discord answers with."""
        answer: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors:
            answer["errors"] = self.errors
        return answer


def form_errors(problems: list[tuple[str, str]]) -> dict[str, Any]:
    """Discord's nested `errors` object from dotted places and what is wrong there."""
    tree: dict[str, Any] = {}
    for place, wrong in problems:
        node = tree
        for step in filter(None, place.split(".")):
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": "INVALID", "message": wrong})
    return tree
