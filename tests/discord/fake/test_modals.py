"""Forms: what is in them when they open, what comes back, what cannot be submitted."""

from typing import Any

import discord as dpy
import pytest

from tests.discord.fake.conftest import PlainClient, World
from tests.fakes.discord import Interaction, Upload

IMAGE = Upload("cat.png", b"not really a picture", "image/png")


class Form(dpy.ui.Modal, title="Make a video"):
    about = dpy.ui.TextDisplay("The price is **$0.10**")
    prompt = dpy.ui.Label(
        text="Prompt", component=dpy.ui.TextInput(custom_id="prompt", default="waves", min_length=3, max_length=20)
    )
    mode = dpy.ui.Label(
        text="Mode",
        component=dpy.ui.Select(
            custom_id="mode",
            options=[dpy.SelectOption(label="Fast", value="std", default=True), dpy.SelectOption(label="Pro")],
        ),
    )
    image = dpy.ui.Label(
        text="Image", component=dpy.ui.FileUpload(custom_id="image", required=False, min_values=0, max_values=2)
    )
    more = dpy.ui.Label(text="Sound", component=dpy.ui.Checkbox(custom_id="sound", default=True))


class Choices(dpy.ui.Modal, title="Choices"):
    ratio = dpy.ui.Label(
        text="Ratio",
        component=dpy.ui.RadioGroup(
            custom_id="ratio",
            options=[
                dpy.RadioGroupOption(label="Wide", value="16:9"),
                dpy.RadioGroupOption(label="Tall", value="9:16"),
            ],
        ),
    )
    extras = dpy.ui.Label(
        text="Extras",
        component=dpy.ui.CheckboxGroup(
            custom_id="extras",
            required=False,
            min_values=0,
            options=[
                dpy.CheckboxGroupOption(label="Sound", value="a"),
                dpy.CheckboxGroupOption(label="Mark", value="b"),
            ],
        ),
    )


@pytest.fixture
async def opened(world: World, request: pytest.FixtureRequest) -> tuple[Interaction, dict[str, Any]]:
    """A form on the screen, and what arrives when it is submitted."""
    client, got = PlainClient(), {}

    class Noted(request.param):
        async def on_submit(self, interaction: dpy.Interaction) -> None:
            for field in self.walk_children():
                name = getattr(field, "custom_id", None)
                if name is not None:
                    got[name] = field.values if hasattr(field, "values") else field.value
            if "image" in got:
                got["bytes"] = [await file.read() for file in got["image"]]
            await interaction.response.send_message("taken", ephemeral=True)

    @client.tree.command(description="Form")
    async def form(interaction: dpy.Interaction) -> None:
        await interaction.response.send_modal(Noted())

    await world.start(client)
    await client.tree.sync()
    return await world.anna.slash("form", world.general), got


@pytest.mark.parametrize("opened", [Form], indirect=True)
async def test_a_form_opens_filled_in_and_comes_back_as_changed(world: World, opened: Any) -> None:
    used, got = opened
    assert used.response_type == 9
    assert used.modal.title == "Make a video"
    assert used.modal.fields == ["prompt", "mode", "image", "sound"]
    assert used.modal.values == {"prompt": "waves", "mode": "std", "image": None, "sound": True}
    assert "The price is **$0.10**" in used.modal.text
    assert used.told == ["The price is **$0.10**"]
    sent = await world.anna.submit(used.modal, {"prompt": "a storm", "Mode": "Pro", "image": IMAGE, "sound": False})
    assert sent.told == ["taken"]
    assert (got["prompt"], got["mode"], got["sound"]) == ("a storm", ["Pro"], False)
    assert got["bytes"] == [IMAGE.data]
    metadata = sent.message.interaction
    assert metadata["triggering_interaction_metadata"]["id"] == str(used.id)


@pytest.mark.parametrize("opened", [Form], indirect=True)
async def test_a_form_comes_back_as_it_was(world: World, opened: Any) -> None:
    used, got = opened
    await world.anna.submit(used.modal, {})
    assert got == {"prompt": "waves", "mode": ["std"], "image": [], "sound": True, "bytes": []}


@pytest.mark.parametrize("opened", [Form], indirect=True)
async def test_what_the_client_would_not_submit(world: World, opened: Any) -> None:
    used, got = opened
    ben = world.guild.add_member("ben")
    wrong = [
        ({"promt": "x"}, "no field"),
        ({"prompt": ""}, "required"),
        ({"prompt": "x" * 21}, "characters"),
        ({"mode": "slow"}, "offers"),
        ({"image": [IMAGE] * 3}, "takes 0 to 2"),
    ]
    for fields, why in wrong:
        with pytest.raises(AssertionError, match=why):
            await world.anna.submit(used.modal, fields)
    with pytest.raises(AssertionError, match="somebody else"):
        await ben.submit(used.modal, {})
    assert not got
    await world.anna.submit(used.modal, {"prompt": "x" * 21}, forced=True)
    assert got["prompt"] == "x" * 21


@pytest.mark.parametrize("opened", [Choices], indirect=True)
async def test_radio_and_checkbox_groups(world: World, opened: Any) -> None:
    used, got = opened
    with pytest.raises(AssertionError, match="required"):
        await world.anna.submit(used.modal, {"extras": ["a"]})
    await world.anna.submit(used.modal, {"ratio": "Tall", "extras": ["a", "Mark"]})
    assert got == {"ratio": "9:16", "extras": ["a", "b"]}
