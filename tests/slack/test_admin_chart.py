"""/video-admin usage shows its numbers as a picture, too: a file in the admin's own messages, seen in the answer."""

from tests.slack.driver import SlackBot

PNG = b"\x89PNG\r\n\x1a\n"


async def test_an_admin_gets_the_use_as_a_picture_with_its_numbers_in_words(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()
    await bot.root.slash("/video-admin", "usage user 7", bot.general)
    answer = await bot.told(bot.root, "Use in the last 7 days")
    assert answer.ephemeral_for is bot.root
    (image,) = (block for block in answer.blocks if block["type"] == "image")
    file = bot.team.files[image["slack_file"]["id"]]
    assert file.data.startswith(PNG)
    assert [share.channel for share in file.shared] == [bot.team.im(bot.root)]
    assert image["alt_text"] == file.alt_txt
    assert image["alt_text"].startswith("Use in the last 7 days: ")
    assert "By user: @anna" in image["alt_text"]
    assert "1 video" in image["alt_text"]


async def test_without_files_the_numbers_are_told_in_words(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()
    bot.slack.fault("files.getUploadURLExternal", error="file_uploads_disabled")
    await bot.root.slash("/video-admin", "usage day 7", bot.general)
    answer = await bot.told(bot.root, "Use in the last 7 days")
    assert [block for block in answer.blocks if block["type"] == "image"] == []


async def test_in_their_own_messages_the_file_is_there_and_the_words_come_after_it(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()
    direct = bot.team.im(bot.root)
    await bot.root.slash("/video-admin", "usage model 7", direct)
    answer = await bot.told(bot.root, "Use in the last 7 days", direct)
    (file,) = (file for file in bot.team.files.values() if file.name == "usage.png")
    assert [share.channel for share in file.shared] == [direct]
    assert "By model: Kling 2.6 $" in file.alt_txt
    assert "image" not in {block["type"] for block in answer.blocks}
