"""The gate everything passes before Slack is acknowledged: each event once, and what may spend is written down first.

Bolt acknowledges events before their listener runs; its global middleware runs before that.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from adapters.cards.card import Tone
from adapters.desk.intake import IntakeBook, Kept
from adapters.slack.answers import NO_DATABASE, Answers
from adapters.slack.forms import Meta, errors_of, read_view
from adapters.slack.incoming import Act, Kind, event_id, to_keep
from adapters.slack.orders import Orders
from adapters.slack.tasks import Tasks

log = logging.getLogger("videobot.slack")

_REMEMBERED = 10_000  # events; more than come again within Slack's five minutes of retries
ACT = "videobot_act"  # where listeners find what was kept


class Gate:
    """Bolt's global middleware."""

    def __init__(self, intake: IntakeBook, orders: Orders, answers: Answers, tasks: Tasks) -> None:
        self._intake, self._orders, self._answers, self._tasks = intake, orders, answers, tasks
        self._seen: dict[str, None] = {}

    async def admit(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[Any]],  # noqa: A002 - Bolt's name for it
    ) -> BoltResponse | None:
        """Let an event pass to its listener, unless it passed before or the database does not answer."""
        if self._was_here(event_id(body)):
            return _done()
        act = to_keep(body, team_of(body, context), str(context.bot_user_id or ""))
        if act is not None:
            wrong = self._wrong_with(act, body)
            if wrong is not None:
                return wrong
            own_key = act.key
            act = replace(act, key=self._intake.key_for(own_key))
            match await self._intake.keep(act.key, act.payload()):
                case Kept.BEFORE:
                    return _done()
                case Kept.NOT_KEPT:
                    self._intake.give_up(own_key)
                    return self._not_kept(act, body)
            context[ACT] = act
        await next()
        return None

    def _wrong_with(self, act: Act, body: dict[str, Any]) -> BoltResponse | None:
        """A form with something wrong in it stays open and says so: nothing typed is lost."""
        if act.kind is not Kind.FORM:
            return None
        view = body["view"]
        meta = Meta.of(str(view.get("private_metadata") or ""))
        problems = () if meta is None else self._orders.problems_of(act.occasion, meta, read_view(view))
        return _errors(errors_of(view, problems)) if problems else None

    def _not_kept(self, act: Act, body: dict[str, Any]) -> BoltResponse:
        """Nothing was accepted, and the person hears it."""
        if act.kind is Kind.COMMAND:
            return _json({"response_type": "ephemeral", "text": NO_DATABASE})
        if act.kind is Kind.FORM:
            inputs = [block["block_id"] for block in body["view"]["blocks"] if block["type"] == "input"]
            return _errors({inputs[0]: NO_DATABASE})
        self._tasks.begin(self._answers.tell(act.occasion, NO_DATABASE, Tone.BAD), "an answer without a database")
        return _done()

    def _was_here(self, seen_id: str) -> bool:
        if not seen_id:
            return False
        if seen_id in self._seen:
            return True
        self._seen[seen_id] = None
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return False


def team_of(body: dict[str, Any], context: AsyncBoltContext) -> str:
    """The workspace something happened in; of an organisation's app, where nothing else says it, the person's own."""
    return str(context.team_id or (body.get("user") or {}).get("team_id") or "")


def _done() -> BoltResponse:
    return BoltResponse(status=200, body="")


def _json(answer: dict[str, Any]) -> BoltResponse:
    return BoltResponse(
        status=200, body=json.dumps(answer), headers={"content-type": ["application/json;charset=utf-8"]}
    )


def _errors(errors: dict[str, str]) -> BoltResponse:
    return _json({"response_action": "errors", "errors": errors})
