"""views.*"""

import json
from typing import Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.registry import Call, check, method
from tests.fakes.slack.rules import VIEW_BYTES, wrong_with_view


@method("views.open")
def open_view(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.open"""
    return _open(call, push=False)


@method("views.push")
def push(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.push"""
    return _open(call, push=True)


@method("views.update")
def update(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.update"""
    body = call.args["view"]
    wanted, external = call.args.get("view_id"), call.args.get("external_id")
    if not wanted and not external:
        call.refuse("invalid_arguments", ["view_id or external_id is required"])
    found = [
        view
        for view in call.team.views.values()
        if not view.closed and (view.id == wanted or (external and view.body.get("external_id") == external))
    ]
    if not found:
        raise SlackError("not_found")
    return {"view": call.slack.view_stack.update(found[-1], body, call.args.get("hash")).to_api()}


@method("views.publish")
def publish(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/views.publish"""
    body = call.args["view"]
    if not call.slack.home_enabled:
        raise SlackError("not_enabled")
    person = call.team.people.get(call.args["user_id"])
    if person is None:
        raise SlackError("invalid_arguments", messages=["invalid `user_id`"])
    return {"view": call.slack.view_stack.publish(person, body, call.args.get("hash")).to_api()}


def _open(call: Call, *, push: bool) -> dict[str, Any]:
    body = call.args["view"]
    external = body.get("external_id")
    if external and any(v.body.get("external_id") == external and not v.closed for v in call.team.views.values()):
        raise SlackError("duplicate_external_id")
    trigger_id = str(call.args["trigger_id"])
    person = call.slack.view_stack.exchange(trigger_id, call.team)
    return {"view": call.slack.view_stack.open(person, trigger_id, body, push=push).to_api()}


@check("views.open", "views.push", "views.update", "views.publish")
def check_view(call: Call) -> None:
    """Everything that is wrong with a view by itself."""
    required = {"views.publish": "user_id", "views.update": "view"}
    call.need("view", required.get(call.method, "trigger_id"))
    body = call.args["view"]
    kind = "home" if call.method == "views.publish" else "modal"
    wrong = wrong_with_view(body)
    if not wrong and body["type"] != kind:
        wrong = [f"must be a view of type {kind} [json-pointer:/view/type]"]
    if not wrong:
        wrong = call.slack.wrong_slack_files(call.team, body["blocks"])
    if not wrong and "files:read" not in call.team.scopes and '"file_input"' in json.dumps(body["blocks"]):
        wrong = ["file_input needs the scope files:read [json-pointer:/view/blocks]"]
    call.refuse("invalid_arguments", wrong)
    if len(json.dumps(body).encode()) > VIEW_BYTES:
        call.complain("the view is over 250 kB")
        raise SlackError("view_too_large")
