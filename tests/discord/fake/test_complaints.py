"""Every rule a bot can break is complained of and refused as Discord refuses it."""

from typing import Any

import discord as dpy
import pytest

from tests.discord.fake.conftest import PlainClient, World
from tests.fakes.discord import Interaction
from tests.fakes.discord.openapi import document

V2 = 1 << 15
needs_openapi = pytest.mark.skipif(not document(), reason="Discord's OpenAPI description is not beside the repository")


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(**more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Again", "custom_id": "again", **more}


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def select(options: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": options, **more}


def v2(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"components": list(components), "flags": V2, **more}


OPTION = {"label": "a", "value": "a"}
WRONG = {
    "content of 2001 characters": ({"content": "x" * 2001}, "2001 characters"),
    "4001 characters over several texts": (v2(text("x" * 4000), text("y")), "4001 characters of text"),
    "41 components": (v2(*[text("x") for _ in range(39)], row(button())), "41 components"),
    "content beside V2": (v2(text("x"), content="old"), "IS_COMPONENTS_V2"),
    "embeds beside V2": (v2(text("x"), embeds=[{"title": "x"}]), "IS_COMPONENTS_V2"),
    "V2 components without the flag": ({"components": [text("x")]}, "needs the flag"),
    "duplicate custom_ids": ({"content": "x", "components": [row(button(), button())]}, "custom id"),
    "duplicate ids": (v2({**text("x"), "id": 3}, {**text("y"), "id": 3}), "id is duplicated"),
    "a long button label": ({"content": "x", "components": [row(button(label="x" * 81))]}, "81 characters"),
    "a long custom_id": ({"content": "x", "components": [row(button(custom_id="x" * 101))]}, "101"),
    "a button without custom_id": ({"content": "x", "components": [row(button(custom_id=None))]}, "custom_id"),
    "six buttons in a row": (
        {"content": "x", "components": [row(*[button(custom_id=str(n)) for n in range(6)])]},
        "5 buttons",
    ),
    "an empty row": ({"content": "x", "components": [row()]}, "needs a component"),
    "26 options": (
        {"content": "x", "components": [row(select([{"label": str(n), "value": str(n)} for n in range(26)]))]},
        "26 options",
    ),
    "the same option twice": ({"content": "x", "components": [row(select([OPTION, OPTION]))]}, "already used"),
    "a select beside a button": ({"content": "x", "components": [row(select([OPTION]), button())]}, "alone"),
    "11 gallery items": (
        v2({"type": 12, "items": [{"media": {"url": f"https://x.test/{n}"}} for n in range(11)]}),
        "11 items",
    ),
    "a long alt text": (
        v2({"type": 12, "items": [{"media": {"url": "https://x.test/"}, "description": "x" * 1025}]}),
        "1025 characters",
    ),
    "a file nobody sent": (v2({"type": 13, "file": {"url": "attachment://no.mp4"}}), "refers to no attachment"),
    "a strange url": (v2({"type": 12, "items": [{"media": {"url": "file:///etc/passwd"}}]}), "url must be"),
    "eleven embeds": ({"embeds": [{"title": "x"}] * 11}, "10 or fewer"),
    "6001 characters of embeds": ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, "6000"),
    "a nonce of 26": ({"content": "x", "nonce": "n" * 26}, "25 or fewer"),
    "enforce_nonce alone": ({"content": "x", "enforce_nonce": True}, "needs a nonce"),
    "an ephemeral message by bot token": ({"content": "x", "flags": 64}, "ephemeral"),
    "an unknown flag": ({"content": "x", "flags": 1 << 9}, "cannot be set"),
    "parse beside users": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "exclude each other",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_messages(world: World, name: str) -> None:
    body, about = WRONG[name]
    assert await world.refused("POST", f"/channels/{world.general.id}/messages", json=body) == (400, 50035)
    assert world.complained(about)
    assert world.general.messages == []


OPENAPI_WRONG = {
    "an unknown field": ({"content": "x", "colour": 1}, "'colour' is unknown"),
    "a field of the wrong type": ({"content": 5}, "content"),
    "a bad snowflake": ({"content": "x", "message_reference": {"message_id": "abc"}}, "message_id"),
    "an unknown field deep inside": (
        v2({"type": 17, "components": [{**text("x"), "bold": True}]}),
        "'bold' is unknown",
    ),
    "a row in a section": (v2({"type": 9, "components": [row(button())], "accessory": button()}), "components"),
    "a missing part": (v2({"type": 12}), "items"),
}


@needs_openapi
@pytest.mark.parametrize("name", OPENAPI_WRONG)
async def test_what_discords_own_description_refuses(world: World, name: str) -> None:
    body, about = OPENAPI_WRONG[name]
    assert await world.refused("POST", f"/channels/{world.general.id}/messages", json=body) == (400, 50035)
    assert world.complained(about)


async def test_snowflakes_may_be_numbers(world: World) -> None:
    asked = await world.anna.says(world.general, "?")
    await world.send({"content": "x", "message_reference": {"message_id": asked.id}})
    assert world.fake.complaints == []


async def test_edits_are_checked_too(world: World) -> None:
    sent = await world.send({"content": "x"})
    place = f"/channels/{world.general.id}/messages/{sent['id']}"
    assert await world.refused("PATCH", place, json={"content": "x" * 2001}) == (400, 50035)
    assert world.complained("2001 characters")
    assert world.general.messages[0].text == "x"


async def test_the_refusal_has_discords_shape(world: World) -> None:
    with pytest.raises(dpy.HTTPException) as caught:
        await world.send({"content": "x" * 2001})
    assert "Invalid Form Body" in caught.value.text
    answer = world.fake.requests[-1].answer
    assert answer["errors"]["content"]["_errors"][0]["message"]


def label(component: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": 18, "label": "Prompt", "component": component, **more}


INPUT = {"type": 4, "style": 1, "custom_id": "prompt"}
FORM = {"custom_id": "form", "title": "Form", "components": [label(INPUT)]}
WRONG_FORMS = {
    "a long title": ({**FORM, "title": "x" * 46}, "46 characters"),
    "six fields": ({**FORM, "components": [label({**INPUT, "custom_id": str(n)}) for n in range(6)]}, "6 components"),
    "no fields": ({**FORM, "components": []}, "0 components"),
    "a long label": ({**FORM, "components": [label(INPUT, label="x" * 46)]}, "46 characters"),
    "a long description": ({**FORM, "components": [label(INPUT, description="x" * 101)]}, "101 characters"),
    "a long placeholder": ({**FORM, "components": [label({**INPUT, "placeholder": "x" * 101})]}, "101 characters"),
    "a value above max_length": (
        {**FORM, "components": [label({**INPUT, "value": "xxx", "max_length": 2})]},
        "3 characters",
    ),
    "duplicate custom_ids": ({**FORM, "components": [label(INPUT), label(INPUT)]}, "custom id"),
    "two defaults": (
        {
            **FORM,
            "components": [label(select([{**OPTION, "default": True}, {"label": "b", "value": "b", "default": True}]))],
        },
        "chosen already",
    ),
}


@pytest.fixture
async def silent(world: World) -> Any:
    """Somebody uses a command that nobody answers, or asks it for choices."""
    client = PlainClient()
    await world.start(client)
    client._connection._command_tree = None
    command = {
        "name": "video",
        "description": "x",
        "options": [{"type": 3, "name": "o", "description": "x", "autocomplete": True}],
    }
    await world.call("PUT", f"/applications/{world.fake.application_id}/commands", json=[command])

    async def use() -> Interaction:
        return await world.anna.slash("video", world.general, wait=False)

    return use


@pytest.mark.parametrize("name", WRONG_FORMS)
async def test_wrong_forms(world: World, silent: Any, name: str) -> None:
    body, about = WRONG_FORMS[name]
    used = await silent()
    path = f"/interactions/{used.id}/{used.token}/callback"
    assert await world.refused("POST", path, json={"type": 9, "data": body}) == (400, 50035)
    assert world.complained(about)
    assert used.modal is None
    await world.call("POST", path, json={"type": 9, "data": FORM})
    assert used.modal.fields == ["prompt"]


@pytest.mark.parametrize(
    ("answer", "about"),
    [
        ({"type": 7, "data": {"content": "x"}}, "cannot be answered with type 7"),
        ({"type": 8, "data": {"choices": []}}, "cannot be answered with type 8"),
        ({"type": 4, "data": {"content": "x" * 2001}}, "2001 characters"),
        ({"type": 5, "data": {"flags": V2}}, "only the flag EPHEMERAL"),
        ({"type": 4, "data": {"content": "x", "components": [row(button(), button())]}}, "custom id"),
    ],
)
async def test_wrong_first_responses(world: World, silent: Any, answer: dict[str, Any], about: str) -> None:
    used = await silent()
    assert await world.refused("POST", f"/interactions/{used.id}/{used.token}/callback", json=answer) == (400, 50035)
    assert world.complained(about)


async def test_too_many_choices(world: World, silent: Any) -> None:
    del silent
    asking = world.anna.autocomplete("video", world.general, {"o": ""}, focused="o", timeout=0.05)
    with pytest.raises(AssertionError, match="did not respond"):
        await asking
    used = world.fake.used[-1]
    choices = [{"name": str(number), "value": str(number)} for number in range(26)]
    path = f"/interactions/{used.id}/{used.token}/callback"
    assert await world.refused("POST", path, json={"type": 8, "data": {"choices": choices}}) == (400, 50035)
    assert world.complained("26 choices")
    assert await world.refused("POST", path, json={"type": 4, "data": {"content": "x"}}) == (400, 50035)
    assert world.complained("cannot be answered")
