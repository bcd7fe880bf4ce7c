"""One Web API call, and the table of methods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.scopes import scope_for_kind

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.teams import Channel, Team


@dataclass(frozen=True)
class Call:
    """One authenticated call."""

    slack: "FakeSlack"
    method: str
    team: "Team"
    args: dict[str, Any]

    def need(self, *names: str) -> None:
        """Refuse a call without these arguments."""
        missing = [name for name in names if self.args.get(name) in (None, "")]
        if missing:
            self.complain(f"missing {missing}")
            raise SlackError("invalid_arguments", messages=[f"missing required field: {name}" for name in missing])

    def complain(self, problem: str) -> None:
        """Note a broken rule."""
        self.slack.complain(self.method, problem, self.args)

    def refuse(self, error: str, wrong: list[str]) -> None:
        """Note a broken rule and refuse the call, when something is wrong."""
        if wrong:
            self.complain("; ".join(wrong))
            raise SlackError(error, messages=wrong)

    def require_scope(self, scope: str) -> None:
        """Refuse a call when this scope was not granted."""
        if scope not in self.team.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.team.scopes)))

    def channel(self, name: str = "channel") -> "Channel":
        """The conversation an argument names, as far as the bot may know of it."""
        wanted = str(self.args.get(name) or "")
        channel = self.team.channels.get(wanted)
        if channel is None or not channel.bot_knows:
            raise SlackError("channel_not_found")
        scope = scope_for_kind(self.method, channel.kind)
        if scope is not None:
            self.require_scope(scope)
        return channel

    def person(self, name: str = "user") -> "Person":
        """The person an argument names."""
        person = self.team.people.get(str(self.args.get(name) or ""))
        if person is None:
            raise SlackError("user_not_found")
        return person


def page(call: Call, items: list[Any], default: int = 100) -> tuple[list[Any], dict[str, Any]]:
    """One page of a list, and its response_metadata; https://docs.slack.dev/apis/web-api/pagination."""
    cursor = str(call.args.get("cursor") or "")
    if cursor and not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    begin = int(cursor or 0)
    end = begin + max(1, min(int(call.args.get("limit") or default), 1000))
    return items[begin:end], {"next_cursor": str(end) if end < len(items) else ""}


Method = Callable[[Call], dict[str, Any]]
Check = Callable[[Call], None]
METHODS: dict[str, Method] = {}
CHECKS: dict[str, Check] = {}  # what is looked at before Slack's JSON Schemas: it knows the better error


def method(name: str) -> Callable[[Method], Method]:
    """Register a Web API method."""

    def keep(function: Method) -> Method:
        METHODS[name] = function
        return function

    return keep


def check(*names: str) -> Callable[[Check], Check]:
    """Register what refuses a call of these methods by its arguments alone."""

    def keep(function: Check) -> Check:
        CHECKS.update(dict.fromkeys(names, function))
        return function

    return keep
