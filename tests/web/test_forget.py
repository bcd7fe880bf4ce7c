"""/forget on the chat page."""

from tests.web.driver import PageBot, Person


async def test_forget_asks_once_and_takes_the_person_off_the_page(bot: PageBot, anna: Person) -> None:
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    job = await bot.job()
    await anna.say("/forget")
    page = await anna.sees("Erase everything this bot keeps of you")
    assert "Only you can see this." in page
    await anna.press("forget-sure", "me")
    page = await anna.sees("Erased: 1 video")
    assert "your video is ready" not in page
    assert (await bot.app.store.jobs())[0].request.prompt == ""
    assert not bot.app.media.store.video_path(job.id).exists()
