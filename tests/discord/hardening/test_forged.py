"""Ids nobody was given: of other people's jobs, of another server's, of another kind, and no ids at all."""

from collections.abc import Callable

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.answer import Answer
from tests.discord.conftest import Opener
from tests.discord.driver import ADMIN_ROLE, ELSEWHERE, OpenBot
from tests.fakes.discord import Person, TextChannel, compose, permissions
from tests.fakes.discord.messages import COMPONENTS_V2

Arrange = Callable[[OpenBot], object]

SPENDS = (Verb.AGAIN, Verb.EDIT, Verb.EXTEND)
ENDS = (Verb.CANCEL, Verb.CANCEL_SURE, Verb.DELETE, Verb.DELETE_SURE)
DECIDES = (Verb.RESOLVE_BILLED, Verb.RESOLVE_NOT_CREATED, Verb.RESOLVE_AGAIN)


async def press_in(bot: OpenBot, channel: TextChannel, user: Person, custom_id: str) -> Answer:
    """Press a button that should not be there."""
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Press", "custom_id": custom_id}]}
    message = compose.post(bot.discord, channel, {"flags": COMPONENTS_V2, "components": [row]}, {})
    used = await user.press(message, custom_id)
    await bot.until(lambda: not bot.side.client.is_answering)
    return Answer(used)


async def test_who_rules_another_server_rules_nothing_here(open_bot: Opener) -> None:
    async with open_bot(servers=["Studio", ELSEWHERE], more_servers=True) as bot:
        (elsewhere,) = [guild for guild in bot.discord.guilds.values() if guild.name == ELSEWHERE]
        channel = elsewhere.add_text_channel("theirs")
        chief = elsewhere.add_member("stranger", permissions=permissions.MANAGE_GUILD | permissions.MANAGE_MESSAGES)
        job = await bot.uncertain_job()
        for verb in (*SPENDS, *ENDS, *DECIDES):
            answer = await press_in(bot, channel, chief, f"v1:{verb}:{job.id}")
            assert answer.private, verb
        now = await bot.job(job.id)
        assert (now.state, now.cancel_wanted_at, now.deleted_at) == (JobState.UNCERTAIN, None, None)
        assert len(await bot.jobs()) == 1
        listed = await chief.slash("video-admin resolve", channel)
        assert job.id not in Answer(listed).text
        offered = await chief.autocomplete("video-admin resolve", channel, {"job": ""}, focused="job")
        assert offered == []
        refused = await chief.slash("video-admin pause", channel, {"reason": "mine"})
        assert "Only the operators" in Answer(refused).text
        own = await bot.admin.slash("video-admin resolve", bot.channel)
        assert job.id in Answer(own).text


async def test_an_admin_role_rules_its_own_server_and_a_named_admin_all(open_bot: Opener) -> None:
    async with open_bot(more_servers=True, admin_roles=[ADMIN_ROLE], admins=["anna"]) as bot:
        producer = bot.guild.add_member("carl", roles=[ADMIN_ROLE])
        refused = await bot.slash("video-admin pause", user=producer, forced=True, reason="mine")
        assert "Only the operators" in refused.text
        await bot.slash("video-admin pause", user=bot.anna, forced=True, reason="mine")
        assert await bot.app.store.paused() is not None


@pytest.mark.parametrize(
    "custom_id",
    [
        "v1:again:",
        "v1:again:" + "x" * 91,
        "v1:again:../../etc/passwd",
        "v1:again:\u202e%s{0}'; drop table jobs; --",
        "v1:unheard-of:abc",
        "v2:again:abc",
        ":",
        "\N{PILE OF POO}",
    ],
)
async def test_a_button_nobody_posted_is_answered_and_does_nothing(bot: OpenBot, custom_id: str) -> None:
    answer = await bot.press_raw(custom_id)
    assert answer.private
    assert "does nothing any more" in answer.text
    assert await bot.jobs() == []


async def test_ids_of_the_wrong_kind_are_not_known(bot: OpenBot) -> None:
    offer = await bot.slash("video", prompt="waves", duration=7)  # refused, with a draft behind its form
    custom_id = offer.button(Verb.FORM)
    assert custom_id is not None
    draft = custom_id.rpartition(":")[2]
    for verb in (Verb.AGAIN, Verb.EXTEND, Verb.DELETE_SURE, Verb.CANCEL_SURE):
        answer = await bot.press_raw(f"v1:{verb}:{draft}")
        assert "not known here" in answer.text, verb
    await bot.slash("video", prompt="waves")
    job = await bot.only_job()
    assert "no longer kept" in (await bot.press_raw(f"v1:{Verb.START}:{job.id}")).text


@pytest.mark.slow
async def test_forms_that_were_never_opened_make_nothing(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves", user=bot.ben)
    of_ben = await bot.only_job()
    refused = await bot.slash("video", prompt="waves", duration=7, user=bot.ben)
    draft = (refused.button(Verb.FORM) or "").rpartition(":")[2]
    for custom_id in (
        f"v1:edit:{of_ben.id}",
        f"v1:extend:{of_ben.id}",
        f"v1:form:{draft}",
        f"v1:video:{draft}",
        "v1:form:" + "x" * 92,
        "v1:video:",
        "garbage",
    ):
        answer = await bot.submit_raw(custom_id, prompt="mine now")
        assert answer.private, custom_id
        assert "mine now" in answer.text, custom_id  # what was typed is not lost
    assert len(await bot.jobs()) == 1
