"""Registering commands."""

import discord as dpy
import pytest
from discord import app_commands

from tests.discord.fake.conftest import PlainClient, World
from tests.fakes.discord.openapi import document


async def test_commands_keep_their_id_over_a_sync(world: World) -> None:
    client = PlainClient()

    @client.tree.command(description="One")
    async def one(interaction: dpy.Interaction) -> None:
        await interaction.response.send_message("1")

    await world.start(client)
    (first,) = await client.tree.sync()

    @client.tree.command(description="Two")
    @app_commands.choices(mode=[app_commands.Choice(name="Pro", value="pro")])
    async def two(interaction: dpy.Interaction, mode: str) -> None:
        await interaction.response.send_message("2")

    synced = {command.name: command for command in await client.tree.sync()}
    assert synced["one"].id == first.id
    assert [command.name for command in await client.tree.fetch_commands()] == ["one", "two"]
    assert synced["two"].options[0].choices[0].value == "pro"
    assert world.fake.complaints == []


async def test_a_servers_own_commands_come_first(world: World) -> None:
    base = f"/applications/{world.fake.application_id}"
    guild = f"{base}/guilds/{world.guild.id}/commands"
    made = await world.call("POST", guild, json={"name": "video", "description": "here"})
    await world.call("POST", f"{base}/commands", json={"name": "video", "description": "everywhere"})
    again = await world.call("POST", guild, json={"name": "video", "description": "changed"})
    assert again["id"] == made["id"]
    changed = await world.call("PATCH", f"{guild}/{made['id']}", json={"description": "once more"})
    assert (await world.call("GET", f"{guild}/{made['id']}"))["description"] == changed["description"] == "once more"
    client = await world.start()
    heard = []

    @client.event
    async def on_interaction(interaction: dpy.Interaction) -> None:
        heard.append(interaction.data["id"])
        await interaction.response.send_message("x")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client.tree, "_from_interaction", lambda _interaction: None)
        await world.anna.slash("video", world.general)
    assert heard == [made["id"]]
    await world.call("DELETE", f"{guild}/{made['id']}")
    assert await world.refused("DELETE", f"{guild}/{made['id']}") == (404, 10063)
    assert await world.refused("GET", "/applications/1/commands") == (403, 20012)


WRONG = [
    ({"name": "Video", "description": "x"}, "lower-case"),
    ({"name": "a video", "description": "x"}, "lower-case"),
    ({"name": "v" * 33, "description": "x"}, "v" * 33),
    ({"name": "video", "description": ""}, "description"),
    ({"name": "video", "description": "x" * 101}, "description"),
    ({"name": "Animate", "type": 3, "description": "x"}, "context menu"),
    ({"name": "v", "description": "x", "options": [{"type": 3, "name": "o", "description": "x"}] * 26}, "26 options"),
    ({"name": "v", "description": "x", "options": [{"type": 3, "name": "o", "description": "x"}] * 2}, "unique"),
    (
        {
            "name": "v",
            "description": "x",
            "options": [
                {"type": 3, "name": "a", "description": "x"},
                {"type": 3, "name": "b", "description": "x", "required": True},
            ],
        },
        "Required options",
    ),
    (
        {
            "name": "v",
            "description": "x",
            "options": [
                {
                    "type": 3,
                    "name": "a",
                    "description": "x",
                    "choices": [{"name": str(number), "value": str(number)} for number in range(26)],
                },
            ],
        },
        "26 choices",
    ),
    (
        {
            "name": "v",
            "description": "x",
            "options": [
                {
                    "type": 3,
                    "name": f"option{option}",
                    "description": "x" * 100,
                    "choices": [
                        {"name": f"{number}".zfill(50), "value": f"{number}".zfill(90)} for number in range(25)
                    ],
                }
                for option in range(3)
            ],
        },
        "8000 are allowed",
    ),
]


@pytest.mark.parametrize(("command", "about"), WRONG, ids=[about for _command, about in WRONG])
async def test_wrong_commands_are_complained_of(world: World, command: dict, about: str) -> None:
    path = f"/applications/{world.fake.application_id}/commands"
    for method, body in (("POST", command), ("PUT", [command])):
        assert await world.refused(method, path, json=body) == (400, 50035)
        assert world.complained(about)


async def test_too_many_commands(world: World) -> None:
    path = f"/applications/{world.fake.application_id}/commands"
    menus = [{"name": f"Menu {number}", "type": 3} for number in range(16)]
    assert await world.refused("PUT", path, json=menus) == (400, 50035)
    assert world.complained("16 commands of type 3")
    await world.call("PUT", path, json=menus[:15])


@pytest.mark.skipif(not document(), reason="Discord's OpenAPI description is not beside the repository")
async def test_unknown_fields_of_commands(world: World) -> None:
    path = f"/applications/{world.fake.application_id}/commands"
    assert await world.refused("POST", path, json={"name": "v", "description": "x", "colour": 1}) == (400, 50035)
    assert world.complained("'colour' is unknown")
