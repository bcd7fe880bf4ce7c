"""/video forget, the button of App Home, and an admin's way to do it for somebody, on Slack."""

from tests.slack.driver import SlackBot

SURE = "Erase it all"


async def test_forget_asks_once_in_private_and_erases(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "waves", bot.general)
    job = await bot.delivered()
    await bot.anna.opens_home()
    home = await bot.until(lambda: bot.anna.home)
    await bot.anna.change(home, "v1:default:model", "v3")
    await bot.until(lambda: home.updates >= 1)
    await bot.anna.slash("/video", "forget", bot.general)
    asked = await bot.told(bot.anna, "Erase everything this bot keeps of you")
    assert asked.ephemeral_for is bot.anna
    await bot.anna.press(asked, SURE)
    await bot.told(bot.anna, "Erased: 1 video")
    (after,) = await bot.jobs()
    assert (after.id, after.request.prompt, after.video) == (job.id, "", None)
    assert after.requester.user.startswith("forgotten-")
    assert not bot.app.media.store.video_path(job.id).exists()
    assert await bot.app.store.remembered(f"slack.defaults.{bot.team.id}:{bot.anna.id}") is None
    assert await bot.app.store.check_ledger() == []
    assert bot.results()
    await bot.anna.slash("/video", "a fox", bot.general)
    newer = await bot.delivered(2)
    assert newer.model == "2.6", "the default is forgotten at once"


async def test_an_admin_erases_somebody_and_a_member_cannot(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "waves", bot.general)
    await bot.delivered()
    await bot.ben.slash("/video-admin", f"forget {bot.anna.mention}", bot.general)
    await bot.told(bot.ben, "Only admins of this bot can do that.")
    await bot.root.slash("/video-admin", f"forget {bot.anna.mention}", bot.general)
    asked = await bot.told(bot.root, "Erase everything this bot keeps of")
    assert (await bot.jobs())[0].request.prompt == "waves"
    await bot.root.press(asked, SURE)
    await bot.told(bot.root, "Erased: 1 video")
    assert (await bot.jobs())[0].request.prompt == ""
    row = (await bot.app.service.audit_rows())[0]
    assert (row.act, row.who) == ("forget", f"slack:{bot.team.id}:{bot.root.id}")
    assert bot.anna.id not in row.subject + row.detail


def asked_directly(bot: SlackBot) -> bool:
    """Whether a direct message asks Anna."""
    messages = [m for channel in bot.team.channels.values() for m in channel.messages]
    return any("Erase everything this bot keeps of you" in m.text_read for m in messages)


async def test_the_home_tab_has_the_button(bot: SlackBot) -> None:
    await bot.anna.opens_home()
    home = await bot.until(lambda: bot.anna.home)
    await bot.anna.press(home, "Erase my data")
    await bot.until(lambda: asked_directly(bot))
