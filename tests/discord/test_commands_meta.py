"""Every command Discord is told about keeps to Discord's limits, and says who may use it where."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from adapters.discord.admin import Admin
from adapters.discord.commands import Commands
from adapters.discord.options import reference_model, reference_options, video_options
from adapters.discord.rules import DiscordRules
from adapters.discord.sync import payload_of
from bot.generation.catalog import Catalog

CATALOGS = {
    "both gateways": Catalog.build(gateways=("toapis", "apimart")),
    "one gateway": Catalog.build(gateways=("toapis",)),
    "apimart alone": Catalog.build(gateways=("apimart",)),
    "sandbox": Catalog.build(gateways=("sandbox",)),
    "everything on": Catalog.build(
        gateways=("toapis", "apimart"),
        dialects={"apimart/v3": "image_urls", "apimart/o1": "omni", "toapis/o1": "omni-later", "toapis/v3": "roles"},
    ),
}
ADMINS_ONLY = {"video-admin"}


@pytest.fixture(params=CATALOGS)
async def payload(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The commands of a bot with this catalog, as Discord is told them."""
    rules, nothing = DiscordRules(), None
    client = discord.Client(intents=discord.Intents.none())
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(
        client,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    made = Commands(rules, CATALOGS[request.param], *[nothing] * 4)  # type: ignore[arg-type]
    for command in made.all():
        tree.add_command(command)
    tree.add_command(Admin(rules, CATALOGS[request.param], *[nothing] * 3).group())  # type: ignore[arg-type]
    return payload_of(tree)


def walk(options: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for option in options:
        yield option
        yield from walk(option.get("options", []))


def text_of(command: dict[str, Any]) -> int:
    """Characters that count against a command's 8,000."""
    parts = [command, *walk(command.get("options", []))]
    return sum(
        len(part["name"])
        + len(part.get("description", ""))
        + sum(len(choice["name"]) + len(str(choice["value"])) for choice in part.get("choices", []) or [])
        for part in parts
    )


async def test_names_descriptions_options_and_choices_keep_to_the_limits(payload: list[dict[str, Any]]) -> None:
    for command in payload:
        assert 1 <= len(command["name"]) <= 32
        assert text_of(command) <= 8000
        if command["type"] != 1:
            continue
        for part in [command, *walk(command["options"])]:
            assert part["name"] == part["name"].lower()
            assert 1 <= len(part["name"]) <= 32
            assert 10 <= len(part["description"]) <= 100, part["name"]
            assert not part["description"].endswith("…"), f"{part['name']} was cut"
            assert len(part.get("options", [])) <= 25
            assert len(part.get("choices") or []) <= 25
            assert all(1 <= len(choice["name"]) <= 100 for choice in part.get("choices") or [])
            assert not (part.get("choices") and part.get("autocomplete"))


async def test_required_options_come_first(payload: list[dict[str, Any]]) -> None:
    for command in payload:
        for part in [command, *walk(command.get("options", []))]:
            required = [option.get("required", False) for option in part.get("options", []) if option["type"] > 2]
            assert required == sorted(required, reverse=True)


async def test_installed_by_servers_only_and_admin_commands_are_hidden(payload: list[dict[str, Any]]) -> None:
    for command in payload:
        assert command["integration_types"] == [0]
        if command["name"] in ADMINS_ONLY:
            assert command["default_member_permissions"] == discord.Permissions(manage_guild=True).value
            assert command["contexts"] == [0]
        else:
            assert command["default_member_permissions"] is None
            assert command["contexts"] == [0, 1]


async def test_the_commands_are_those_people_read_about(payload: list[dict[str, Any]]) -> None:
    names = {command["name"] for command in payload} - {"video-reference"}
    assert names == {"video", "quota", "jobs", "forget", "help", "Animate", "video-admin"}
    admin = next(command for command in payload if command["name"] == "video-admin")
    subcommands = {option["name"] for option in admin["options"]}
    limits, rules = {"show", "set", "clear", "grant", "reset"}, {"add", "remove", "list"}
    assert subcommands == {
        *("quota", "prompt-rules", "approvals", "ban", "unban", "bans", "close", "open", "closures"),
        *("usage", "audit", "forget", "zone", "pause", "resume", "drain", "resolve", "gateways"),
    }
    groups = {
        option["name"]: {one["name"] for one in option["options"]} for option in admin["options"] if option["type"] == 2
    }
    assert groups == {"quota": limits, "prompt-rules": rules}


def test_the_option_gateway_is_there_only_when_there_is_a_choice() -> None:
    for name, catalog in CATALOGS.items():
        options = {option.name for option in video_options(catalog, "2.6")}
        assert ("gateway" in options) == (len(catalog.gateways()) > 1), name


def test_references_are_there_only_where_a_model_takes_them() -> None:
    assert reference_model(CATALOGS["apimart alone"]) is None
    model = reference_model(CATALOGS["one gateway"])
    assert model == "o1"
    options = [option.name for option in reference_options(CATALOGS["one gateway"], model)]
    assert [name for name in options if name.startswith("image_")] == [f"image_{n}" for n in range(1, 8)]
    assert "element_1" in options
    assert len(options) <= 25


async def test_every_admin_command_is_in_the_page_for_admins(payload: list[dict[str, Any]]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "admin.md").read_text(encoding="utf-8")
    admin = next(command for command in payload if command["name"] == "video-admin")
    for option in admin["options"]:
        for inner in option["options"] if option["type"] == 2 else [{"name": ""}]:
            name = f"{option['name']} {inner['name']}".strip()
            assert f"`/video-admin {name}`" in page or f"`/video-admin {name} " in page, name
