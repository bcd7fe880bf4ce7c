"""Several workspaces by OAuth: installed, encrypted at rest, apart from each other, forgotten when removed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.settings import SettingsError
from storage.slack_installs import SlackInstalls
from tests.fakes import folder_databases
from tests.fakes.slack import Channel, Person, Team
from tests.slack.conftest import Opener
from tests.slack.driver import HTTP, SlackBot, picture

pytestmark = pytest.mark.slow

KEY = Fernet.generate_key().decode()


class Two:
    """The bot in two workspaces."""

    def __init__(self, bot: SlackBot) -> None:
        self.bot = bot
        self.other: Team = bot.slack.add_team("Other", installed=False)
        self.zoe: Person = self.other.add_user("zoe", admin=True)
        self.lobby: Channel = self.other.add_channel("lobby")

    async def install(self) -> None:
        """Both install it."""
        for person in (self.bot.anna, self.zoe):
            status, page = await person.installs(f"{self.bot.url}/slack/install")
            assert status == 200, page


@pytest.fixture
async def two(open_bot: Opener) -> AsyncIterator[Two]:
    keys: Any = (SecretStr(KEY),)
    async with open_bot(transport=HTTP, several=True, slack_token_keys=keys) as bot:
        made = Two(bot)
        bot.slack.redirect_uri = f"{bot.url}/slack/oauth_redirect"
        await made.install()
        yield made


async def test_both_get_their_own_videos_by_their_own_token(two: Two) -> None:
    bot = two.bot
    await bot.anna.slash("/video", "a cat", bot.general)
    await two.zoe.slash("/video", "a dog", two.lobby)
    await bot.result()
    await bot.result(two.lobby)
    by_user = {job.requester.key: job.address.workspace for job in await bot.jobs()}
    assert by_user == {
        f"slack:{bot.team.id}:{bot.anna.id}": bot.team.id,
        f"slack:{two.other.id}:{two.zoe.id}": two.other.id,
    }
    for call in bot.slack.requests:
        if call.team is not None and "channel" in call.args:
            assert call.args["channel"] in call.team.channels


async def test_files_go_by_the_own_token_only(two: Two) -> None:
    await two.zoe.says(two.lobby, "<@BOT> make it snow", files=[picture()])
    await two.bot.posted("Press Start", two.lobby)
    assert {call.team for call in two.bot.slack.calls("file.download")} == {two.other}


async def test_limits_of_a_person_do_not_count_for_the_same_id_elsewhere(two: Two) -> None:
    bot = two.bot
    twin = Person(two.other, bot.anna.id, "anna")
    two.other.people[twin.id] = twin
    mine = Limit(Scope(ScopeKind.USER, f"slack:{bot.team.id}:{bot.anna.id}"), Unit.VIDEOS, Window.DAY, 0)
    await bot.app.store.set_limit(mine, "test", bot.clock.now())
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.told(bot.anna, "0 videos")
    await twin.slash("/video", "a cat", two.lobby)
    await bot.result(two.lobby)
    assert len(await bot.jobs()) == 1


async def test_admins_of_a_workspace_have_no_say_over_all(two: Two) -> None:
    await two.zoe.slash("/video-admin", "quota set 100 videos", two.lobby)
    await two.bot.told(two.zoe, "Only admins of this bot", two.lobby)


async def test_a_press_on_another_workspaces_video_is_unknown(two: Two) -> None:
    bot = two.bot
    await bot.anna.slash("/video", "a cat", bot.general)
    result = await bot.result()
    copy = bot.slack.teams[two.other.id].post(two.lobby, text="copied", blocks=result.blocks)
    await two.zoe.press(copy, "Delete")
    await bot.told(two.zoe, "not known here", two.lobby)
    assert not result.deleted


async def test_tokens_lie_encrypted_in_the_database(two: Two) -> None:
    token = two.other.bot_token
    dump = await folder_databases.dump(two.bot.folder)
    assert two.other.id in dump
    assert token not in dump
    found = await SlackInstalls(two.bot.app.database, [KEY]).find(two.other.id)
    assert found is not None
    assert found.token == token
    newer = Fernet.generate_key().decode()
    rotated = await SlackInstalls(two.bot.app.database, [newer, KEY]).find(two.other.id)
    assert rotated is not None
    assert await SlackInstalls(two.bot.app.database, [newer]).find(two.other.id) is None


async def test_an_uninstalled_workspace_is_forgotten_and_the_other_goes_on(two: Two) -> None:
    bot = two.bot
    await two.other.uninstall()
    await bot.quiet()
    assert await bot.side.workspaces.identity(two.other.id) is None
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()
    two.other.reinstall()
    status, _ = await two.zoe.installs(f"{bot.url}/slack/install")
    assert status == 200
    await two.zoe.slash("/video", "a dog", two.lobby)
    await bot.result(two.lobby)


async def test_a_revoked_token_ends_with_the_installation(two: Two) -> None:
    await two.other.revoke_token()
    await two.bot.quiet()
    assert await two.bot.side.workspaces.identity(two.other.id) is None


async def test_an_event_of_before_a_new_installation_does_not_end_that(two: Two) -> None:
    await two.other._tokens_revoked()  # it comes late: the token of now works
    await two.bot.quiet()
    assert await two.bot.side.workspaces.identity(two.other.id) is not None
    await two.zoe.slash("/video", "a dog", two.lobby)
    await two.bot.result(two.lobby)


async def test_a_workspace_that_leaves_takes_nothing_from_its_organisation(two: Two) -> None:
    installs = SlackInstalls(two.bot.app.database, [KEY])
    await installs.save(
        team_id="",
        enterprise_id="E1",
        team_name="Org",
        bot_id="B1",
        bot_user_id="U1",
        scopes="",
        token="xoxb-org",
        now=two.bot.clock.now(),
    )
    assert await installs.find("T1", "E1") is not None
    await two.bot.side.workspaces.remove("T1", "")
    assert await installs.find("T2", "E1") is not None
    await two.bot.side.workspaces.remove("T1", "E1")
    assert await installs.find("T2", "E1") is None


async def test_jobs_at_once_and_grants_of_one_do_not_count_for_the_other(two: Two) -> None:
    bot = two.bot
    limit = Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 1)
    await bot.app.store.set_limit(limit, "test", bot.clock.now())
    twin = Person(two.other, bot.anna.id, "anna")
    two.other.people[twin.id] = twin
    for person, where in ((bot.anna, bot.general), (twin, two.lobby)):
        await person.slash("/video", "a cat", where)
        await bot.result(where)
        await person.slash("/video", "a dog", where)
        await bot.told(person, "1 video", where)
    assert len(await bot.jobs()) == 2


async def test_installing_can_be_refused_and_a_forged_return_is_not_taken(two: Two) -> None:
    bot = two.bot
    third = bot.slack.add_team("Third", installed=False)
    nina = third.add_user("nina")
    await nina.installs(f"{bot.url}/slack/install", allow=False)
    assert await bot.side.workspaces.identity(third.id) is None
    async with bot.slack.session.get(f"{bot.url}/slack/oauth_redirect?code=x&state=forged") as answer:
        assert answer.status == 400


async def test_auth_test_is_not_asked_for_each_event(two: Two) -> None:
    before = len(two.bot.slack.calls("auth.test"))
    for _ in range(5):
        await two.bot.anna.slash("/video", "quota", two.bot.general)
    assert len(two.bot.slack.calls("auth.test")) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slack_token_keys": ()}, "videobot slack key"),
        ({"slack_token_keys": (SecretStr("no key"),)}, "videobot slack key"),
        ({"slack_token_keys": (SecretStr(KEY),), "slack_bot_token": SecretStr("xoxb-1")}, "take one of them away"),
    ],
)
async def test_settings_that_cannot_be_meant_are_named(open_bot: Opener, options: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        async with open_bot(transport=HTTP, several=True, **options):
            pass


async def test_an_admin_named_with_a_workspace_rules_that_one_only(open_bot: Opener) -> None:
    keys: Any = (SecretStr(KEY),)
    admins = ("T0FAKE00001:U0FAKE00005",)
    async with open_bot(several=True, slack_token_keys=keys, slack_admins=admins) as bot:
        assert (bot.team.id, bot.anna.id) == ("T0FAKE00001", "U0FAKE00005"), "the fake counts its ids"
        bot.slack.redirect_uri = f"{bot.url}/slack/oauth_redirect"
        assert (await bot.anna.installs(f"{bot.url}/slack/install"))[0] == 200
        await bot.anna.slash("/video-admin", f"quota set 3 videos {bot.ben.mention}", bot.general)
        await bot.told(bot.anna, "3 videos a day")
        await bot.anna.slash("/video-admin", "quota set $900 everyone day", bot.general)
        await bot.told(bot.anna, "Only the operators of this bot")


async def test_channels_for_admins_name_their_workspace(open_bot: Opener) -> None:
    keys: Any = (SecretStr(KEY),)
    with pytest.raises(SettingsError, match="SLACK_ADMIN_CHANNELS"):
        async with open_bot(several=True, slack_token_keys=keys, slack_admin_channels=("admins",)):
            pass
