"""Files: fetched with the right token from Slack's own host, and every kind that cannot be had is explained."""

import pytest

from tests.fakes.slack import Upload
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot, picture, png


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (Upload("doc.png", b"x", mimetype="image/png", mode="external"), "lies outside of Slack"),
        (Upload("gone.png", b"x", mode="tombstone"), "was deleted from Slack"),
        (Upload("old.png", b"x", mode="hidden_by_limit"), "over its storage limit"),
        (Upload("fake.png", b"<html>no picture</html>", mimetype="image/png"), "sign-in page"),
    ],
)
async def test_each_kind_of_file_that_cannot_be_had_is_explained(open_bot: Opener, upload: Upload, words: str) -> None:
    async with open_bot() as bot:
        await bot.anna.says(bot.general, "<@BOT> make it snow", files=[upload])
        await bot.told(bot.anna, words)
        assert await bot.jobs() == []


async def test_a_stub_of_another_workspace_is_looked_up(bot: SlackBot) -> None:
    await bot.anna.says(bot.general, "<@BOT> make it snow", files=[picture("theirs.png", connect=True)])
    await bot.posted("Press Start")


async def test_slacks_sign_in_page_is_recognised(bot: SlackBot) -> None:
    bot.slack.fault("file.download")
    await bot.anna.says(bot.general, "<@BOT> make it snow", files=[picture()])
    await bot.told(bot.anna, "sign-in page")


async def test_the_token_does_not_follow_a_redirect(bot: SlackBot) -> None:
    bot.slack.redirect_downloads = True
    await bot.anna.says(bot.general, "<@BOT> make it snow", files=[picture()])
    await bot.posted("Press Start")


async def test_the_token_goes_to_the_configured_hosts_only(open_bot: Opener) -> None:
    async with open_bot(slack_file_hosts=("files.slack.com",)) as bot:
        await bot.anna.says(bot.general, "<@BOT> make it snow", files=[picture()])
        await bot.told(bot.anna, "a host the bot does not trust")
        assert bot.slack.calls("file.download") == []


async def test_a_file_that_is_too_large_is_refused_in_words(bot: SlackBot) -> None:
    huge = Upload("huge.png", png() + b"\0" * (51 * 1024 * 1024))
    await bot.anna.says(bot.general, "<@BOT> make it snow", files=[huge])
    await bot.told(bot.anna, "MB")


async def test_a_broken_download_says_to_try_again(bot: SlackBot) -> None:
    bot.slack.fault("file.download", status=500)
    await bot.anna.says(bot.general, "<@BOT> make it snow", files=[picture()])
    await bot.told(bot.anna, "try again in a minute")
