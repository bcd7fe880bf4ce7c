"""Commands, buttons, shortcuts, forms, mentions and home tabs reach a plain Bolt app in both transports."""

from typing import Any

import pytest

from tests.fakes.slack import SlackSays, Upload
from tests.slack.fake.conftest import World

pytestmark = pytest.mark.usefixtures("transport")


def text(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def modal(**more: Any) -> dict[str, Any]:
    options = [{"text": text(name.title()), "value": name} for name in ("v2", "v3")]
    select = {"type": "static_select", "action_id": "model", "options": options, "initial_option": options[0]}
    prompt = {"type": "plain_text_input", "action_id": "prompt", "max_length": 100}
    image = {"type": "file_input", "action_id": "image", "filetypes": ["png"], "max_files": 1}
    return {
        "type": "modal",
        "callback_id": "make",
        "title": text("Make a video"),
        "submit": text("Make"),
        "notify_on_close": True,
        "blocks": [
            {"type": "input", "block_id": "prompt", "label": text("Prompt"), "element": prompt},
            {
                "type": "input",
                "block_id": "model",
                "label": text("Model"),
                "element": select,
                "dispatch_action": True,
            },
            {"type": "input", "block_id": "image", "label": text("Image"), "element": image, "optional": True},
        ],
        **more,
    }


def buttons(*names: str) -> list[dict[str, Any]]:
    elements = [{"type": "button", "action_id": name.lower(), "text": text(name), "value": "7"} for name in names]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Done* &amp; dusted"}},
        {"type": "actions", "elements": elements},
    ]


async def test_a_command_is_acknowledged_with_a_text_and_answered_later(world: World) -> None:
    app = world.app()

    @app.command("/video")
    async def video(ack: Any, command: Any, respond: Any) -> None:
        await ack(f"On it: {command['text']}")
        await respond("Private")
        await respond(text="Public", response_type="in_channel")

    await world.start(app)
    used = await world.anna.slash("/video", "a cat --pro", world.general)
    assert used.ack_body is not None
    assert used.ack_body["text"] == "On it: a cat --pro"
    assert used.ack_s < 3
    await world.slack.until(lambda: len(used.responses) == 2)
    bob = world.team.add_user("bob")
    assert {m.text_read for m in world.anna.sees(world.general)} == {"On it: a cat --pro", "Private", "Public"}
    assert [m.text_read for m in bob.sees(world.general)] == ["Public"]
    assert world.slack.complaints == []


async def test_a_command_that_is_not_acknowledged_in_time(world: World) -> None:
    world.slack.ack_timeout_s = world.slack.sockets.ack_timeout_s = 0.1
    app = world.app()

    @app.command("/video")
    async def video(ack: Any) -> None:
        pass

    await world.start(app)
    with pytest.raises(SlackSays, match="operation_timeout"):
        await world.anna.slash("/video", "", world.general)


async def test_a_form_is_opened_changed_refused_and_sent(world: World) -> None:
    app = world.app()
    seen: dict[str, Any] = {}

    @app.command("/video")
    async def video(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.action("model")
    async def model(ack: Any, body: Any, client: Any) -> None:
        await ack()
        seen["state"] = body["view"]["state"]["values"]
        view = modal(title=text("Make a v3 video"))
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    @app.view("make")
    async def make(ack: Any, view: Any) -> None:
        seen["view"] = view
        values = view["state"]["values"]
        if values["prompt"]["prompt"]["value"] == "bad":
            await ack(response_action="errors", errors={"prompt": "Say more"})
        else:
            await ack()

    await world.start(app)
    used = await world.anna.slash("/video", "", world.general)
    view = await world.slack.until(lambda: used.view)
    assert view.title == "Make a video"
    assert view.options("model") == ["v2", "v3"]
    with pytest.raises(AssertionError, match="required"):
        await world.anna.submit(view)
    world.anna.fill(view, {"prompt": "bad"})
    await world.anna.change(view, "model", "v3")
    await world.slack.until(lambda: view.title == "Make a v3 video")
    assert seen["state"]["model"]["model"]["selected_option"]["value"] == "v3"
    assert view.values["prompt"] == "bad"
    sent = await world.anna.submit(view)
    assert sent.errors == {"prompt": "Say more"}
    assert not sent.closed
    sent = await world.anna.submit(view, {"prompt": "a cat", "image": [Upload("cat.png", b"png")]})
    assert sent.closed
    assert world.anna.modal is None
    (file,) = seen["view"]["state"]["values"]["image"]["image"]["files"]
    info = await world.client.files_info(file=file["id"])
    assert info["file"]["name"] == "cat.png"
    assert world.slack.complaints == []


async def test_forms_push_update_and_clear(world: World) -> None:
    app = world.app()

    @app.shortcut("make_video")
    async def shortcut(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.view("make")
    async def make(ack: Any) -> None:
        await ack(response_action="push", view=modal(callback_id="second", title=text("Second")))

    @app.view("second")
    async def second(ack: Any) -> None:
        await ack(response_action="update", view=modal(callback_id="third", title=text("Third")))

    @app.view("third")
    async def third(ack: Any) -> None:
        await ack(response_action="clear")

    @app.view_closed("second")
    async def closed(ack: Any) -> None:
        await ack()

    await world.start(app)
    used = await world.anna.global_shortcut("make_video")
    first = await world.slack.until(lambda: used.view)
    sent = await world.anna.submit(first, {"prompt": "a"})
    assert sent.view is not None
    assert sent.view.title == "Second"
    assert await world.anna.close(sent.view) is not None
    assert world.anna.modal is first
    second_view = (await world.anna.submit(first)).view
    assert second_view is not None
    third_sent = await world.anna.submit(second_view, {"prompt": "b"})
    assert third_sent.view is second_view
    assert second_view.title == "Third"
    await world.anna.submit(second_view)
    assert world.anna.modals == []


async def test_buttons_are_pressed_on_messages_and_on_private_answers(world: World) -> None:
    app = world.app()
    pressed: list[Any] = []

    @app.command("/video")
    async def video(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Ready", blocks=buttons("Again", "Delete"))

    @app.action("again")
    async def again(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        pressed.append(body)
        await respond(text="Once more", replace_original=True)

    @app.action("delete")
    async def delete(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    await world.start(app)
    posted = await world.client.chat_postMessage(channel=world.general.id, text="Done", blocks=buttons("Again"))
    (message,) = world.general.messages
    assert message.ts == posted["ts"]
    assert message.text_read == "Done & dusted\n[Again]".replace("Done", "*Done*")
    assert message.button_texts == ["Again"]
    await world.anna.press(message, "Again")
    await world.slack.until(lambda: message.edits)
    assert message.text_read == "Once more"
    assert pressed[0]["actions"][0]["value"] == "7"
    assert pressed[0]["message"]["ts"] == message.ts
    used = await world.anna.slash("/video", "", world.general)
    (private,) = await world.slack.until(lambda: used.responses)
    bob = world.team.add_user("bob")
    with pytest.raises(AssertionError, match="does not see"):
        await bob.press(private, "Again")
    await world.anna.press(private, "again")
    await world.slack.until(lambda: private.edits)
    assert pressed[1]["container"]["is_ephemeral"]
    assert "message" not in pressed[1]
    used = await world.anna.slash("/video", "", world.general)
    (private,) = await world.slack.until(lambda: used.responses)
    await world.anna.press(private, "Delete")
    await world.slack.until(lambda: private.deleted)
    with pytest.raises(AssertionError, match="no button"):
        await world.anna.press(message, "Again")


async def test_a_message_shortcut_carries_the_message_and_its_files(world: World) -> None:
    app = world.app()
    seen: list[Any] = []

    @app.shortcut("animate_image")
    async def animate(ack: Any, shortcut: Any, client: Any) -> None:
        await ack()
        seen.append(shortcut)
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal())

    await world.start(app)
    message = await world.anna.says(world.general, "look", files=[Upload("cat.png", b"png")])
    used = await world.anna.message_shortcut("animate_image", message)
    await world.slack.until(lambda: used.view)
    assert seen[0]["message"]["files"][0]["mimetype"] == "image/png"
    assert seen[0]["message_ts"] == message.ts
    assert seen[0]["channel"]["id"] == world.general.id


async def test_a_mention_in_a_thread_a_dm_and_the_home_tab(world: World) -> None:
    app = world.app()
    events: list[dict[str, Any]] = []

    @app.event("app_mention")
    async def mention(event: Any, say: Any) -> None:
        events.append(event)
        await say(text="Hello", thread_ts=event.get("thread_ts") or event["ts"])

    @app.event("message")
    async def message(event: Any) -> None:
        events.append(event)

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        view = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Your quota"}}]}
        await client.views_publish(user_id=event["user"], view=view)

    await world.start(app)
    root = await world.anna.says(world.general, "a picture", files=[Upload("cat.png", b"png")])
    assert root.events == []
    asked = await world.anna.says(world.general, "<@BOT> make it snow", thread=root)
    assert [event.payload["event"]["type"] for event in asked.events] == ["app_mention"]
    assert asked.events[0].acked
    reply = await world.slack.until(lambda: world.general.from_bot)
    assert reply[0].thread_ts == root.ts
    await world.slack.until(lambda: events)
    assert events[0]["parent_user_id"] == world.anna.id
    dm = await world.anna.says(world.team.im(world.anna), "hello", files=[Upload("cat.png", b"png")])
    await world.slack.until(lambda: len(events) == 2)
    assert (events[1]["subtype"], events[1]["channel_type"], events[1]["ts"]) == ("file_share", "im", dm.ts)
    await world.anna.opens_home()
    view = await world.slack.until(lambda: world.anna.home)
    assert view.text_read == "Your quota"


async def test_a_mention_comes_twice_when_messages_are_subscribed_to_and_again_when_retried(world: World) -> None:
    world.slack.subscriptions.add("message.channels")
    app = world.app()
    bodies: list[tuple[str, str, Any]] = []

    @app.middleware
    async def note(body: Any, request: Any, next: Any) -> None:  # noqa: A002
        retry = request.headers.get("x-slack-retry-num", [None])[0]
        bodies.append((body["event"]["type"], body["event_id"], retry))
        await next()

    @app.event("app_mention")
    @app.event("message")
    async def nothing() -> None:
        pass

    await world.start(app)
    message = await world.anna.says(world.general, "<@BOT> hi")
    assert sorted(kind for kind, _, _ in bodies) == ["app_mention", "message"]
    assert bodies[0][1] != bodies[1][1]
    await world.slack.redeliver(message.events[0], times=2)
    assert [again[1] for again in bodies[2:]] == [message.events[0].event_id] * 2
    if world.slack.http is not None:
        assert [again[2] for again in bodies[2:]] == ["1", "2"]


async def test_uninstalling_and_revoking_are_told(world: World) -> None:
    app = world.app()
    told: list[str] = []

    @app.event("app_uninstalled")
    async def uninstalled() -> None:
        told.append("app_uninstalled")

    @app.event("tokens_revoked")
    async def revoked(event: Any) -> None:
        told.append(event["tokens"]["bot"][0])

    await world.start(app)
    await world.team.revoke_token()
    await world.slack.until(lambda: told)
    assert told == [world.team.bot_user_id]
