"""People: what they do in Slack, and what comes back to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import payloads
from tests.fakes.slack.delivery import Ack, Event
from tests.fakes.slack.files import Share, Upload
from tests.fakes.slack.messages import Button, Message
from tests.fakes.slack.views import View, options_of

if TYPE_CHECKING:
    from tests.fakes.slack.hooks import Hook
    from tests.fakes.slack.teams import Channel, Team


class SlackSays(AssertionError):  # noqa: N818
    """What Slack shows a person when the app did not answer: operation_timeout, dispatch_failed, ..."""


@dataclass(eq=False)
class Interaction:
    """Something a person did, after the app acknowledged it."""

    person: "Person"
    ack: Ack
    trigger_id: str
    hook: "Hook | None" = None
    ack_message: Message | None = None  # the immediate answer to a command, as people see it
    submitted: View | None = None

    @property
    def ack_s(self) -> float:
        """Seconds until the acknowledgement."""
        return self.ack.seconds

    @property
    def ack_body(self) -> dict[str, Any] | None:
        return self.ack.body

    @property
    def responses(self) -> list[Message]:
        """What came through response_url, so far."""
        return list(self.hook.responses) if self.hook else []

    @property
    def view(self) -> View | None:
        """The modal on top after this: opened or pushed with its trigger_id, or left by the submission."""
        mine = [view for view in self.person.team.views.values() if view.trigger_id == self.trigger_id]
        if mine:
            return mine[-1]
        return self.person.modal if self.submitted is not None else None

    @property
    def errors(self) -> dict[str, str]:
        """block_id -> what the form said was wrong with it."""
        body = self.ack.body or {}
        return dict(body.get("errors", {})) if body.get("response_action") == "errors" else {}

    @property
    def closed(self) -> bool:
        """Is the submitted view gone."""
        return self.submitted is not None and self.submitted.closed


@dataclass(eq=False)
class Person:
    """Someone in a workspace."""

    team: "Team"
    id: str
    name: str
    is_admin: bool = False
    is_owner: bool = False
    tz: str = "Europe/Berlin"
    is_guest: bool = False
    is_deleted: bool = False
    home: View | None = None
    modals: list[View] = field(default_factory=list)

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def modal(self) -> View | None:
        """The modal on top."""
        return self.modals[-1] if self.modals else None

    def sees(self, channel: "Channel") -> list[Message]:
        """What is in the channel for this person."""
        return channel.seen_by(self)

    def reads(self, channel: "Channel") -> str:
        """All text this person sees in the channel."""
        return "\n".join(message.text_read for message in self.sees(channel))

    async def slash(self, command: str, text: str, channel: "Channel") -> Interaction:
        """Use a slash command. There are none in threads."""
        assert channel.has(self), f"{self.name} is not in #{channel.name}"
        slack = self.team.slack
        trigger_id = slack.new_trigger(self)
        hook = slack.hooks.new("commands", self, channel)
        more = {"response_url": hook.url, "trigger_id": trigger_id}
        ack = await self._send("slash_commands", payloads.slash_command(self, channel, command, text, more))
        shown = None
        if ack.body:
            wrong = slack.hooks.wrong_with(ack.body)
            if wrong:
                slack.complain("ack of a command", wrong[1], ack.body)
                raise SlackSays(wrong[0])
            shown = slack.hooks.answer(hook, ack.body)
        return Interaction(self, ack, trigger_id, hook, shown)

    async def press(self, where: Message | View, label: str, *, number: int = 0) -> Interaction:
        """Press a button by its text or action_id; `number` picks one of several alike."""
        found = [button for button in where.buttons if label in (button.text, button.action_id)]
        assert len(found) > number, f"no button {label!r}; there are {where.button_texts}"
        return await self._act(where, found[number].block_id, _pressed(where, found[number]))

    async def choose(self, where: Message, action_id: str, value: str) -> Interaction:
        """Choose an option of a select, overflow or radio buttons in a message, by its value or text."""
        for block in where.blocks:
            for element in [*(block.get("elements") or []), block.get("accessory")]:
                if isinstance(element, dict) and element.get("action_id") == action_id:
                    action = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
                    action["selected_option"] = _option(element, value)
                    return await self._act(where, block["block_id"], action)
        raise AssertionError(f"no element {action_id!r} in the message")

    async def message_shortcut(self, callback_id: str, message: Message) -> Interaction:
        """Use a message shortcut from the message's menu."""
        assert message in self.sees(message.channel), f"{self.name} does not see this message"
        slack = self.team.slack
        trigger_id = slack.new_trigger(self)
        hook = slack.hooks.new("app", self, message.channel)
        payload = payloads.interaction(self, "message_action", trigger_id) | {
            "callback_id": callback_id,
            "action_ts": slack.new_ts(),
            "response_url": hook.url,
            "message_ts": message.ts,
            "channel": {"id": message.channel.id, "name": message.channel.name},
            "message": message.to_api(in_event=True),
        }
        return self._quiet(Interaction(self, await self._send("interactive", payload), trigger_id, hook))

    async def global_shortcut(self, callback_id: str) -> Interaction:
        """Use a global shortcut."""
        slack = self.team.slack
        trigger_id = slack.new_trigger(self)
        payload = payloads.interaction(self, "shortcut", trigger_id) | {
            "callback_id": callback_id,
            "action_ts": slack.new_ts(),
        }
        return self._quiet(Interaction(self, await self._send("interactive", payload), trigger_id))

    def fill(self, view: View, values: Mapping[str, Any]) -> None:
        """Type into a view without sending it. Keys are action_ids, block_ids or labels."""
        for name, value in values.items():
            block, element = view.field(name)
            fields = view.state.setdefault(block["block_id"], {})
            fields[element["action_id"]] = self._entered(element, value)

    async def change(self, view: View, name: str, value: Any) -> Interaction:
        """Change a field that the app is told about at once (dispatch_action, or any element outside an input)."""
        self.fill(view, {name: value})
        block, element = view.field(name)
        told = block["type"] != "input" or block.get("dispatch_action")
        assert told, f"{name!r} tells the app nothing: its input block has no dispatch_action"
        entered = view.state[block["block_id"]][element["action_id"]]
        action = {**entered, "action_id": element["action_id"], "block_id": block["block_id"]}
        return await self._act(view, block["block_id"], action)

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Interaction:
        """Fill in and press Submit; refuses what Slack's own form refuses before the app hears of it."""
        assert view is self.modal, "this view is not on top"
        assert view.body.get("submit"), "the view has no submit button"
        self.fill(view, values or {})
        _check_form(view)
        slack = self.team.slack
        trigger_id = slack.new_trigger(self)
        payload = payloads.interaction(self, "view_submission", trigger_id) | {
            "view": view.to_api(),
            "response_urls": [],
        }
        ack = await self._send("interactive", payload)
        slack.view_stack.answer_submission(view, ack.body)
        return Interaction(self, ack, trigger_id, submitted=view)

    async def close(self, view: View) -> Interaction | None:
        """Press Cancel; the app hears of it when notify_on_close is set."""
        assert view is self.modal, "this view is not on top"
        slack = self.team.slack
        slack.view_stack.close(view)
        if not view.body.get("notify_on_close"):
            return None
        payload = payloads.interaction(self, "view_closed", None) | {"view": view.to_api(), "is_cleared": False}
        return Interaction(self, await self._send("interactive", payload), "")

    async def says(
        self,
        channel: "Channel",
        text: str,
        *,
        thread: Message | None = None,
        files: Sequence[Upload] = (),
        broadcast: bool = False,
    ) -> Message:
        """Post a message. `<@BOT>` names the bot. Events go out to the app; unacknowledged ones are in `events`."""
        assert channel.has(self), f"{self.name} is not in #{channel.name}"
        slack = self.team.slack
        kept = [self.team.keep_file(upload, self.id) for upload in files]
        root = None if thread is None else (thread.thread_ts or thread.ts)
        message = self.team.post(
            channel,
            text=text.replace("<@BOT>", f"<@{self.team.bot_user_id}>"),
            author=self,
            thread_ts=root,
            files=kept,
            broadcast=broadcast,
        )
        for file in kept:
            file.shares.append(Share(channel, root, message=message))
        message.events = await slack.events.of_message(message)
        slack.touch()
        return message

    async def edits(self, message: Message, text: str) -> list[Event]:
        """Change an own message."""
        slack = self.team.slack
        slack.edit(message, text=text, blocks=message.blocks)
        return await slack.events.of_change(message, "message_changed")

    async def deletes(self, message: Message) -> list[Event]:
        """Delete an own message; in a thread's root a tombstone stays."""
        message.deleted = True
        self.team.slack.touch()
        return await self.team.slack.events.of_change(message, "message_deleted")

    async def opens_home(self, tab: str = "home") -> Event:
        """Open the app's Home tab (or its messages tab)."""
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.team.im(self).id,
            "event_ts": self.team.slack.new_ts(),
            "tab": tab,
        }
        if self.home is not None and tab == "home":
            event["view"] = self.home.to_api()
        return await self.team.slack.events.send(self.team, event, kind="app_home_opened")

    async def installs(self, url: str, *, allow: bool = True) -> tuple[int, str]:
        """Open the app's install page and go through Slack's page: (status, text) of the app's last page."""
        return await self.team.slack.oauth.walk_through(self, url, allow=allow)

    async def _act(self, where: Message | View, block_id: str, action: dict[str, Any]) -> Interaction:
        slack = self.team.slack
        trigger_id = slack.new_trigger(self)
        action["action_ts"] = slack.new_ts()
        payload = payloads.interaction(self, "block_actions", trigger_id)
        hook = None
        if isinstance(where, View):
            assert not where.closed, "the view is closed"
            payload |= {"container": {"type": "view", "view_id": where.id}, "view": where.to_api()}
        else:
            assert where in self.sees(where.channel), f"{self.name} does not see this message"
            hook = slack.hooks.new("actions", self, where.channel, where)
            private = where.ephemeral_for is not None
            container = {"type": "message", "message_ts": where.ts, "channel_id": where.channel.id}
            payload |= {
                "container": {**container, "is_ephemeral": private},
                "channel": {"id": where.channel.id, "name": where.channel.name},
                "state": {"values": {}},
                "response_url": hook.url,
            }
            if where.thread_ts:
                payload["container"]["thread_ts"] = where.thread_ts
            if not private:
                payload["message"] = where.to_api(in_event=True)
        payload["actions"] = [action]
        return self._quiet(Interaction(self, await self._send("interactive", payload), trigger_id, hook))

    def _quiet(self, done: Interaction) -> Interaction:
        if done.ack.body:
            self.team.slack.complain("ack of an interaction", "only commands and forms may be answered", done.ack.body)
        return done

    async def _send(self, kind: Any, payload: dict[str, Any]) -> Ack:
        ack = await self.team.slack.deliver(kind, payload)
        if ack.error:
            raise SlackSays(ack.error)
        return ack

    def _entered(self, element: dict[str, Any], value: Any) -> dict[str, Any]:
        kind = element["type"]
        if kind in ("static_select", "radio_buttons"):
            return {"type": kind, "selected_option": None if value is None else _option(element, value)}
        if kind in ("checkboxes", "multi_static_select"):
            return {"type": kind, "selected_options": [_option(element, one) for one in value]}
        if kind == "file_input":
            return {"type": kind, "files": [self._attached(element, upload).to_api() for upload in value]}
        if kind == "users_select":
            return {"type": kind, "selected_user": value.id if isinstance(value, Person) else value}
        if kind == "multi_users_select":
            return {"type": kind, "selected_users": [p.id if isinstance(p, Person) else p for p in value]}
        if kind in ("conversations_select", "channels_select"):
            return {"type": kind, f"selected_{kind.split('s_')[0]}": getattr(value, "id", value)}
        if kind == "datepicker":
            return {"type": kind, "selected_date": value}
        return {"type": kind, "value": None if value in (None, "") else str(value)}

    def _attached(self, element: dict[str, Any], upload: Upload) -> Any:
        types = element.get("filetypes")
        extension = upload.name.rpartition(".")[2].lower()
        assert not types or extension in types, f"the form takes {types}, not {upload.name}"
        assert len(upload.data) <= 10 * 1024 * 1024, "the form takes files up to 10 MB"
        file = self.team.keep_file(upload, self.id)
        file.bot_may_read = True
        return file


def _pressed(where: Message | View, button: Button) -> dict[str, Any]:
    action: dict[str, Any] = {
        "type": "button",
        "action_id": button.action_id,
        "block_id": button.block_id,
        "text": {"type": "plain_text", "text": button.text, "emoji": True},
    }
    if button.value is not None:
        action["value"] = button.value
    if button.style:
        action["style"] = button.style
    return action


def _option(element: dict[str, Any], wanted: str) -> dict[str, Any]:
    for option in options_of(element):
        if wanted in (option["value"], option["text"]["text"]):
            return option
    raise AssertionError(f"{wanted!r} is not offered: {[option['value'] for option in options_of(element)]}")


def _check_form(view: View) -> None:
    """What Slack checks before it sends a form: required fields, lengths, number of files."""
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = view.state[block["block_id"]][element["action_id"]]
        entered = next((part for key, part in value.items() if key != "type"), None)
        label = block["label"]["text"]
        assert entered or block.get("optional"), f"{label}: Please complete this required field."
        if element["type"] == "plain_text_input" and entered:
            assert len(entered) <= int(element.get("max_length", 3000)), f"{label}: too long for the form"
            assert len(entered) >= int(element.get("min_length", 0)), f"{label}: too short for the form"
        if element["type"] == "file_input":
            assert len(entered or []) <= int(element.get("max_files", 10)), f"{label}: too many files"
        if element["type"] == "number_input" and entered:
            number = float(entered)
            assert element.get("is_decimal_allowed") or number.is_integer(), f"{label}: whole numbers only"
            assert number >= float(element.get("min_value", number)), f"{label}: too small"
            assert number <= float(element.get("max_value", number)), f"{label}: too large"
