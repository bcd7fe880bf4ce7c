"""Slack's refusals: `{"ok": false, "error": ...}`."""

from typing import Any


class SlackError(Exception):
    """A Web API call that Slack refuses; `more` are further fields of the answer."""

    def __init__(self, error: str, *, messages: list[str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = dict(more)
        if messages:
            self.more["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.more}
