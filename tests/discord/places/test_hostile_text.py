"""Whatever people type: nobody is notified, no link comes alive, and what is too long is cut (DESIGN.md, section 8)."""

import re

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.driver import OpenBot
from tests.discord.reader import length, live
from tests.fakes.discord import FakeMessage, permissions

# What the bot's own words have in them that is alive: bold, lists, quotes, moments, links to messages and videos.
LINKS = ("[Download the video](http", "[show it](https://discord.com/", "http://127.0.0.1")
OURS = ("**", "-# ", "> ", "### ", "`", "- ", "<t:17", *LINKS)
EMOJI = "👩‍👩‍👧‍👦🇩🇪👍🏽😀"
PROMPTS = {
    "mentions and links": "@everyone @here {ben} {role} [x](javascript:alert(1)) https://evil.example/x <t:1:R> waves",
    "2,500 characters of emoji": (EMOJI * 250)[:2500],
    "2,500 ampersands": "&" * 2500,
    "2,500 backslashes": "\\" * 2500,
    "a wall of markdown": ("# *_~`|>[](" * 250)[:2500],
}


@pytest.fixture
def prompts(bot: OpenBot) -> dict[str, str]:
    """What nobody would ask for in good faith; the bot may mention everyone, and must not."""
    bot.guild.bot_permissions |= permissions.MENTION_EVERYONE
    everybody = bot.guild.add_role("Everybody", mentionable=True)
    bot.guild.members[bot.ben].roles.append(everybody)
    real = {"{ben}": bot.ben.mention, "{role}": f"<@&{everybody.id}>"}
    return {name: re.sub(r"{\w+}", lambda part: real[part[0]], typed) for name, typed in PROMPTS.items()}


def is_harmless(message: FakeMessage, bot: OpenBot) -> bool:
    """Nobody but the requester is notified, nothing typed is alive, and the whole fits into a message."""
    alive = [part for part in live(message.raw_text) if not part.startswith((bot.anna.mention, *OURS))]
    assert set(message.mentions) <= {bot.anna}
    assert not message.mention_everyone
    assert message.mentioned_roles == []
    assert alive == []
    assert length(message.raw_text) <= 4000  # units of all texts of a message
    assert all(length(alt) <= 1024 for alt in message.alt_texts)
    assert "\ufffd" not in message.raw_text
    return True


@pytest.mark.parametrize("name", PROMPTS)
async def test_in_status_and_result(bot: OpenBot, prompts: dict[str, str], name: str) -> None:
    answer = await bot.slash("video", prompt=prompts[name])
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    assert job.request.prompt == prompts[name]
    await bot.until(lambda: "Done" in answer.message.text)
    assert len(bot.posts()) == 2
    assert all(is_harmless(message, bot) for message in bot.posts())


async def test_in_refusals_and_their_forms(bot: OpenBot, prompts: dict[str, str]) -> None:
    for prompt in prompts.values():
        refused = await bot.slash("video", prompt=prompt, duration=7)
        assert is_harmless(refused.message, bot)
        opened = await bot.press(refused, Verb.FORM)
        assert opened.value("prompt") == prompt


async def test_in_offers(bot: OpenBot, prompts: dict[str, str]) -> None:
    for prompt in prompts.values():
        offered = await bot.say(f"{bot.mention} {prompt}"[:2000])
        assert is_harmless(offered, bot)


@pytest.mark.slow
async def test_in_the_names_of_threads_and_the_list_of_jobs(bot: OpenBot, prompts: dict[str, str]) -> None:
    await bot.restart(thread_per_job=True)
    bot.sandbox.set_speed(4.0)  # the status is posted before the video is there: the thread begins at it
    for prompt in prompts.values():
        answer = await bot.slash("video", prompt=prompt)
        await bot.ended((await bot.jobs())[0])
        thread = answer.message.thread
        assert thread is not None
        assert 1 <= length(thread.name) <= 100
        assert all(is_harmless(post, bot) for post in bot.posts(thread))
    listed = await bot.slash("jobs")
    assert is_harmless(listed.message, bot)


async def test_in_the_reasons_of_pauses(bot: OpenBot, prompts: dict[str, str]) -> None:
    for prompt in prompts.values():
        await bot.slash("video-admin pause", user=bot.admin, reason=prompt[:200])
        refused = await bot.slash("video", prompt="waves")
        assert is_harmless(refused.message, bot)


async def test_nothing_is_cut_within_a_character_and_what_is_cut_ends_in_an_ellipsis(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt=PROMPTS["2,500 characters of emoji"])
    quoted = next(line for line in answer.message.raw_text.splitlines() if "😀" in line)
    assert quoted.endswith("…")
    whole = quoted.removeprefix("> ").removesuffix("…").strip()
    assert whole.startswith(EMOJI)
    assert EMOJI.startswith(whole.split("😀")[-1])
