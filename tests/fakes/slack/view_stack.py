"""Modals on top of each other, trigger_ids and view hashes, https://docs.slack.dev/surfaces/modals."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import with_ids
from tests.fakes.slack.rules import wrong_with_view
from tests.fakes.slack.schemas import wrong_by_schema
from tests.fakes.slack.views import View

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.teams import Team

TRIGGER_LIFE_S = 3.0
DEEPEST = 3


@dataclass
class Trigger:
    """A trigger_id: whose, since when (epoch seconds), and whether it was exchanged."""

    person: "Person"
    at: float
    used: bool = False


class ViewStack:
    """All modals and triggers of all people."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack
        self.triggers: dict[str, Trigger] = {}

    def exchange(self, trigger_id: str, team: "Team") -> "Person":
        """Use a trigger_id up; once, within three seconds."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None or trigger.person.team is not team:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.slack.now() - trigger.at > self.slack.trigger_life_s:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.person

    def open(self, person: "Person", trigger_id: str, body: dict[str, Any], *, push: bool) -> View:
        """A new modal: alone, or on top of the open ones."""
        if push:
            if not person.modals:
                raise SlackError("not_found")
            if len(person.modals) >= DEEPEST:
                raise SlackError("push_limit_reached")
        else:
            for view in person.modals:
                view.closed = True
            person.modals.clear()
        view = View(self.slack.new_id("V"), person, self._kept(body), self._hash(), trigger_id=trigger_id)
        if person.modals:
            view.root, view.previous = person.modals[0], person.modals[-1]
        person.modals.append(view)
        person.team.views[view.id] = view
        self.slack.touch()
        return view

    def publish(self, person: "Person", body: dict[str, Any], expected_hash: str | None) -> View:
        """The home tab of one person."""
        if person.home is None:
            person.home = View(self.slack.new_id("V"), person, self._kept(body), self._hash())
            person.team.views[person.home.id] = person.home
            self.slack.touch()
            return person.home
        return self.update(person.home, body, expected_hash)

    def update(self, view: View, body: dict[str, Any], expected_hash: str | None) -> View:
        """Other contents for a view; what was typed stays where block_id and action_id stay."""
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        view.body, view.hash = self._kept(body), self._hash()
        view.updates += 1
        view.fill_from_initials()
        self.slack.touch()
        return view

    def close(self, view: View) -> None:
        """One view goes; what was below it shows again."""
        view.closed = True
        if view in view.person.modals:
            view.person.modals.remove(view)
        self.slack.touch()

    def answer_submission(self, view: View, answer: dict[str, Any] | None) -> None:
        """https://docs.slack.dev/surfaces/modals#response_actions: nothing closes the view, else errors, update, push,
        clear."""
        action = (answer or {}).get("response_action")
        if not answer:
            self.close(view)
        elif action == "errors":
            inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
            strangers = set(answer.get("errors") or {"": ""}) - inputs
            if strangers:
                self.slack.complain("ack of a form", f"errors for blocks that are no inputs: {strangers}", answer)
        elif action == "clear":
            for each in list(view.person.modals):
                self.close(each)
        elif action in ("update", "push"):
            wrong = wrong_with_view(answer.get("view"))
            by_schema = None if wrong else wrong_by_schema("ModalView", answer["view"])
            if by_schema:
                wrong = [by_schema]
            if wrong:
                self.slack.complain("ack of a form", "; ".join(wrong), answer)
                return
            if action == "update":
                self.update(view, answer["view"], None)
            else:
                self.open(view.person, "", answer["view"], push=True)
        else:
            self.slack.complain("ack of a form", "no known response_action", answer)

    def _kept(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "blocks": with_ids(body["blocks"], self.slack.new_block_id)}

    def _hash(self) -> str:
        return f"{int(self.slack.now())}.{self.slack.new_id('h')}"
