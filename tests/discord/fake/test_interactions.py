"""What people do with the application, and the answers it may give."""

import asyncio

import discord as dpy
import pytest
from discord import app_commands

from tests.discord.fake.conftest import PlainClient, World
from tests.fakes.discord import Upload, transcript

IMAGE = Upload("cat.png", b"not really a picture", "image/png")


async def test_a_slash_command_with_options_and_a_file(world: World) -> None:
    client, got = PlainClient(), {}

    @client.tree.command(description="Make a video")
    async def video(
        interaction: dpy.Interaction,
        prompt: str,
        seconds: app_commands.Range[int, 5, 10] = 5,
        image: dpy.Attachment | None = None,
    ) -> None:
        got.update(locals(), read=await image.read())
        await interaction.response.send_message(f"{prompt}, {seconds} s")

    await world.start(client)
    await client.tree.sync()
    used = await world.anna.slash("video", world.general, {"prompt": "waves", "image": IMAGE, "seconds": 10})
    assert used.response_type == 4
    assert used.latency_s < 3
    assert used.told == ["waves, 10 s"]
    assert world.general.messages == [used.message]
    interaction = got["interaction"]
    assert got["read"] == IMAGE.data
    assert got["image"].ephemeral
    assert interaction.filesize_limit == world.guild.upload_limit
    assert interaction.locale is dpy.Locale.american_english
    assert interaction.context.guild
    assert interaction.guild_id == world.guild.id
    assert interaction.app_permissions.value == world.guild.bot_permissions
    assert interaction.permissions.send_messages
    assert not interaction.permissions.manage_guild
    with pytest.raises(AssertionError, match="requires"):
        await world.anna.slash("video", world.general)
    with pytest.raises(AssertionError, match="not between"):
        await world.anna.slash("video", world.general, {"prompt": "waves", "seconds": 99})
    with pytest.raises(AssertionError, match="no command"):
        await world.anna.slash("vdieo", world.general)


async def test_subcommands_and_hidden_admin_commands(world: World) -> None:
    client, got = PlainClient(), []
    admin = app_commands.Group(
        name="video-admin", description="Admin", default_permissions=dpy.Permissions(manage_guild=True)
    )
    quota = app_commands.Group(name="quota", description="Quota", parent=admin)

    @quota.command(name="set", description="Set")
    async def set_quota(interaction: dpy.Interaction, member: dpy.Member, videos: int) -> None:
        got.append((member.id, videos))
        await interaction.response.send_message("set", ephemeral=True)

    client.tree.add_command(admin)
    await world.start(client)
    await client.tree.sync(guild=None)
    boss = world.guild.add_member("boss", permissions=dpy.Permissions(manage_guild=True).value)
    options = {"member": world.anna, "videos": 3}
    with pytest.raises(AssertionError, match="not shown to anna"):
        await world.anna.slash("video-admin quota set", world.general, options)
    used = await world.anna.slash("video-admin quota set", world.general, options, forced=True)
    assert (await boss.slash("video-admin quota set", world.general, options)).told == ["set"]
    assert got == [(world.anna.id, 3)] * 2
    assert used.message.ephemeral_for is world.anna
    assert world.general.messages == []
    assert transcript(world.anna) == "videobot (only you see this):\nset"
    assert await world.refused("GET", f"/channels/{world.general.id}/messages/{used.message.id}") == (404, 10008)


async def test_autocompletion(world: World) -> None:
    client = PlainClient()

    @client.tree.command(description="Make a video")
    async def video(
        interaction: dpy.Interaction, model: str, mode: str | None = None, image: dpy.Attachment | None = None
    ) -> None:
        await interaction.response.send_message(model)

    @video.autocomplete("mode")
    async def modes(interaction: dpy.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{interaction.namespace.model} {typed}", value="x")]

    await world.start(client)
    await client.tree.sync()
    typed = {"model": "v3", "mode": "p", "image": Upload("a.png", b"PNG")}
    choices = await world.anna.autocomplete("video", world.general, typed, focused="mode")
    assert "resolved" not in world.fake.used[-1].data
    assert choices == [{"name": "v3 p", "value": "x"}]
    with pytest.raises(AssertionError, match="no autocompletion"):
        await world.anna.autocomplete("video", world.general, {"model": "v"}, focused="model")


async def test_a_message_command_carries_the_whole_message(world: World) -> None:
    client, got = PlainClient(), []

    @client.tree.context_menu(name="Animate")
    async def animate(interaction: dpy.Interaction, message: dpy.Message) -> None:
        got.append((message.content, await message.attachments[0].read()))
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("taken")
        await interaction.edit_original_response(content="going on")

    await world.start(client)
    await client.tree.sync()
    message = await world.anna.says(world.general, "look", attachments=[IMAGE])
    used = await world.anna.message_command("Animate", message)
    await world.fake.until(lambda: len(used.told) == 2)
    assert got == [("look", IMAGE.data)]
    assert used.told == ["taken", "going on"]
    assert used.followups == []
    assert used.message.ephemeral_for is world.anna


class Buttons(dpy.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @dpy.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: dpy.Interaction, _button: dpy.ui.Button) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"again by {interaction.user.name}", ephemeral=True)

    @dpy.ui.button(label="Change", custom_id="change")
    async def change(self, interaction: dpy.Interaction, _button: dpy.ui.Button) -> None:
        await interaction.response.edit_message(content="changed", view=None)

    @dpy.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, interaction: dpy.Interaction, _button: dpy.ui.Button) -> None:
        raise AssertionError

    @dpy.ui.select(placeholder="Which?", custom_id="which", options=[dpy.SelectOption(label="One", value="1")])
    async def which(self, interaction: dpy.Interaction, select: dpy.ui.Select) -> None:
        await interaction.response.send_message(select.values[0])


async def test_buttons_and_selects(world: World) -> None:
    client = await world.start()
    await client.get_channel(world.general.id).send("card", view=Buttons())
    card = world.general.messages[0]
    assert card.labels == ["Again", "Change", "Off"]
    ben = world.guild.add_member("ben")
    pressed = await ben.press(card, "Again")
    await world.fake.until(lambda: pressed.followups)
    assert (pressed.response_type, pressed.message) == (6, card)
    assert pressed.followups[0].ephemeral_for is ben
    with pytest.raises(AssertionError, match="does not see"):
        await world.anna.press(pressed.followups[0], "x")
    with pytest.raises(AssertionError, match="disabled"):
        await ben.press(card, "Off")
    assert (await ben.select(card, "Which?", ["One"])).told == ["1"]
    changed = await ben.press(card, "change")
    assert changed.message is card
    assert (card.text, card.labels, len(card.edits)) == ("changed", [], 1)
    with pytest.raises(AssertionError, match="no button"):
        await ben.press(card, "Again")


async def test_an_application_that_says_nothing_is_noticed(world: World) -> None:
    client = PlainClient()

    @client.tree.command(description="Silent")
    async def silent(interaction: dpy.Interaction) -> None:
        pass

    with pytest.raises(AssertionError, match="no command"):
        await world.anna.slash("silent", world.general)
    await world.start(client)
    await client.tree.sync()
    with pytest.raises(AssertionError, match="did not respond"):
        await world.anna.slash("silent", world.general, timeout=0.05)


async def test_first_responses_are_taken_once_and_in_time(world: World) -> None:
    client = await world.start()
    await client.get_channel(world.general.id).send("card", view=Buttons())
    client.dispatch = lambda *_args, **_more: None  # it hears everything and does nothing
    client._connection._view_store.dispatch_view = lambda *_args: None

    async def press() -> tuple[str, str]:
        used = await world.anna.press(world.general.messages[0], "Again", wait=False)
        return f"/interactions/{used.id}/{used.token}/callback", f"/webhooks/{world.fake.application_id}/{used.token}"

    answer, hook = await press()
    assert await world.refused("POST", hook, json={"content": "early"}) == (404, 10015)
    assert await world.call("POST", answer, json={"type": 6}) == ""
    assert await world.refused("POST", answer, json={"type": 6}) == (400, 40060)
    world.clock.move(15 * 60 - 1)
    assert (await world.call("POST", hook, json={"content": "in time"}))["content"] == "in time"
    world.clock.move(2)
    assert await world.refused("POST", hook, json={"content": "late"}) == (401, 50027)
    assert await world.refused("GET", f"{hook}/messages/@original") == (401, 50027)
    answer, _hook = await press()
    with_response = await world.call(
        "POST", answer, json={"type": 4, "data": {"content": "x"}}, params={"with_response": "1"}
    )
    assert with_response["resource"]["message"]["content"] == "x"
    assert with_response["interaction"]["response_message_id"] == with_response["resource"]["message"]["id"]
    answer, _hook = await press()
    deferred = await world.call("POST", answer, json={"type": 5, "data": {"flags": 64}}, params={"with_response": "1"})
    assert deferred["interaction"]["response_message_loading"]
    assert deferred["interaction"]["response_message_ephemeral"]
    world.fake.ack_timeout_s = 0.0
    answer, _hook = await press()
    assert await world.refused("POST", answer, json={"type": 6}) == (404, 10062)
    assert await world.refused("POST", answer.replace("/interactions/", "/interactions/1"), json={"type": 6}) == (
        404,
        10062,
    )


async def test_original_responses_can_be_read_edited_and_deleted(world: World) -> None:
    client = PlainClient()
    done = asyncio.Event()

    @client.tree.command(description="Test")
    async def test(interaction: dpy.Interaction) -> None:
        await interaction.response.send_message("first")
        original = await interaction.original_response()
        await original.edit(content="second")
        extra = await interaction.followup.send("extra", wait=True)
        await extra.edit(content="extra 2")
        await extra.delete()
        await interaction.delete_original_response()
        with pytest.raises(dpy.NotFound, match="10008"):
            await interaction.edit_original_response(content="too late")
        done.set()

    await world.start(client)
    await client.tree.sync()
    used = await world.anna.slash("test", world.general)
    await asyncio.wait_for(done.wait(), 5)
    assert used.told == ["first", "second", "extra", "extra 2"]
    assert world.general.messages == []
    assert used.message.interaction["user"]["id"] == str(world.anna.id)


async def test_commands_work_in_direct_messages_where_they_may(world: World) -> None:
    client, got = PlainClient(), []

    @client.tree.command(description="Anywhere")
    async def here(interaction: dpy.Interaction) -> None:
        got.append((interaction.guild, interaction.user.id, interaction.context.dm_channel))
        await interaction.response.send_message("here")

    @client.tree.command(description="Servers")
    @app_commands.guild_only()
    async def there(interaction: dpy.Interaction) -> None:
        await interaction.response.send_message("there")

    await world.start(client)
    await client.tree.sync()
    direct = world.fake.dm(world.anna)
    assert (await world.anna.slash("here", direct)).told == ["here"]
    assert got == [(None, world.anna.id, True)]
    with pytest.raises(AssertionError, match="not shown"):
        await world.anna.slash("there", direct)


async def test_an_interaction_nobody_can_hear_is_an_error_of_the_test(world: World) -> None:
    await world.call(
        "PUT", f"/applications/{world.fake.application_id}/commands", json=[{"name": "x", "description": "x"}]
    )
    with pytest.raises(AssertionError, match="no gateway session"):
        await world.anna.slash("x", world.general)


async def test_a_deferred_answer_that_somebody_removed_takes_no_follow_up(world: World) -> None:
    client, refused = PlainClient(), asyncio.Event()

    @client.tree.command(description="Thinks")
    async def think(interaction: dpy.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        assert world.general.messages[0].loading
        world.fake.delete_message(world.general.messages[0])
        with pytest.raises(dpy.NotFound, match="10008"):
            await interaction.followup.send("late")
        refused.set()

    await world.start(client)
    await client.tree.sync()
    await world.anna.slash("think", world.general)
    await asyncio.wait_for(refused.wait(), 5)


async def test_a_deferred_answer_can_be_edited_by_bot_token(world: World) -> None:
    client = PlainClient()

    @client.tree.command(description="Thinks")
    async def think(interaction: dpy.Interaction) -> None:
        ack = await interaction.response.defer(thinking=True)
        place = client.get_partial_messageable(interaction.channel_id)
        await place.get_partial_message(ack.message_id).edit(content="done")

    await world.start(client)
    await client.tree.sync()
    used = await world.anna.slash("think", world.general)
    await world.fake.until(lambda: used.message.text == "done")
    assert not used.message.loading
