"""Where the bot may not speak the person is told privately, before anything is accepted."""

import pytest

from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot


@pytest.mark.slow
async def test_in_a_private_channel_it_asks_for_an_invitation(bot: SlackBot) -> None:
    secret = bot.team.add_channel("secret", private=True, bot_is_member=False)
    await bot.anna.slash("/video", "a cat", secret)
    await bot.told(bot.anna, "Invite me with /invite", secret)
    assert await bot.jobs() == []
    secret.bot_is_member = True
    await bot.anna.slash("/video", "a cat", secret)
    await bot.result(secret)


async def test_in_other_peoples_direct_messages(bot: SlackBot) -> None:
    theirs = bot.team.dm(bot.anna, bot.ben)
    await bot.anna.slash("/video", "a cat", theirs)
    await bot.told(bot.anna, "I cannot speak in this direct message", theirs)
    assert await bot.jobs() == []


@pytest.mark.slow
async def test_in_a_group_message_it_is_in_or_not(bot: SlackBot) -> None:
    group = bot.team.dm(bot.anna, bot.ben, bot.root)
    await bot.anna.slash("/video", "a cat", group)
    await bot.told(bot.anna, "I am not in this channel", group)
    assert await bot.jobs() == []
    group.bot_is_member = True
    await bot.anna.slash("/video", "a cat", group)
    await bot.result(group)


async def test_in_an_archived_channel(bot: SlackBot) -> None:
    old = bot.team.add_channel("old", archived=True)
    await bot.anna.slash("/video", "a cat", old)
    await bot.told(bot.anna, "is archived", old)
    assert await bot.jobs() == []


@pytest.mark.slow
async def test_it_joins_a_public_channel(bot: SlackBot) -> None:
    other = bot.team.add_channel("other", bot_is_member=False)
    await bot.anna.slash("/video", "a cat", other)
    result = await bot.result(other)
    await bot.until(lambda: result.files)
    assert other.bot_is_member


@pytest.mark.slow
async def test_without_joining_a_public_channel_gets_the_link(open_bot: Opener) -> None:
    async with open_bot(slack_join_channels=False) as bot:
        other = bot.team.add_channel("other", bot_is_member=False)
        await bot.anna.slash("/video", "a cat", other)
        result = await bot.result(other)
        assert not result.files
        assert "Download the video" in result.text_read
        assert not other.bot_is_member


@pytest.mark.slow
async def test_only_the_allowed_channels_are_served(open_bot: Opener) -> None:
    async with open_bot(slack_channels=("C0NOWHERE",)) as bot:
        await bot.anna.slash("/video", "a cat", bot.general)
        await bot.told(bot.anna, "in a direct message to me only")
        assert await bot.jobs() == []
        await bot.anna.slash("/video", "a cat", bot.team.im(bot.anna))
        await bot.result(bot.team.im(bot.anna))


@pytest.mark.slow
async def test_a_workspace_that_takes_no_files_gets_the_link(bot: SlackBot) -> None:
    bot.team.upload_refusal = "file_uploads_disabled"
    await bot.anna.slash("/video", "a cat", bot.general)
    result = await bot.result()
    assert "Download the video" in result.text_read
