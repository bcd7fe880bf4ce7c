"""Every command for Slack that the pages name, typed by people of a workspace."""

import re

import pytest

from adapters.slack.admin import USAGE
from tests.docs.chat_words import slack_text
from tests.docs.collecting import Found, Kind, Where, collected
from tests.docs.ruling import Examples, complaint, name_of, prepared_for, with_ids
from tests.fakes.slack import Message, Person
from tests.slack.conftest import Opener, open_bot  # noqa: F401
from tests.slack.driver import SlackBot

pytestmark = pytest.mark.slow

HERE = [found for found in collected() if found.kind is Kind.CHAT and found.where in (Where.SLACK, Where.ANY)]
ADMIN = [found for found in HERE if found.text.startswith("/video-admin")]
#: In a workspace with many apps the bot has one command for members; what the others do is its first word.
MEMBER = [found for found in HERE if found not in ADMIN and found.text.startswith("/video")]
#: Admin commands that do nothing without more words.
NEED = frozenset(
    name_of(f"/ {how}") for how, _ in USAGE if len(re.sub(r"\[.*", "", how).split()) > len(name_of(f"/ {how}").split())
)
LOOKS = re.compile(r"/video (quota|jobs|forget|help)")


async def use(bot: SlackBot, person: Person, found: Found, ids: Examples | None = None) -> str:
    """Type it as it stands there; what is answered to the person alone."""
    command, _, text = found.text.partition(" ")
    before = _private(bot, person)
    used = await person.slash(command, slack_text(with_ids(text, ids), _named(bot)), bot.general)
    await bot.quiet()
    if used.view is not None:
        return "a form"
    new = [message for message in _private(bot, person) if message not in before]
    return "\n".join(message.text_read for message in new)


def _named(bot: SlackBot) -> dict[str, str]:
    """How Slack sends what people mention."""
    room = bot.team.channel_named("clips") or bot.team.add_channel("clips")
    groups = list(bot.team.usergroups.values()) or [bot.team.add_usergroup("editors", [bot.anna])]
    return {
        "@anna": bot.anna.mention,
        "@editors": f"<!subteam^{groups[0].id}|@editors>",
        "#clips": f"<#{room.id}|clips>",
    }


def _private(bot: SlackBot, person: Person) -> list[Message]:
    return [message for message in bot.general.messages if message.ephemeral_for is person]


async def test_every_admin_command_does_what_it_says(open_bot: Opener) -> None:  # noqa: F811
    async with open_bot() as bot:
        wrong = []
        ids = await prepared_for(bot.app, f"slack:{bot.team.id}")
        for found in ADMIN:
            if found.text.removeprefix("/video-admin ") in NEED:
                continue  # the page only names it
            await ids.before(found, f"slack:{bot.team.id}:{bot.anna.id}")
            known = {row.id for row in await bot.app.service.audit_rows(limit=1000)}
            said = await use(bot, bot.root, found, ids)
            acts = [row for row in await bot.app.service.audit_rows(limit=1000) if row.id not in known]
            if not name_of(found.text):
                assert "For admins of this bot" in said
            else:
                wrong.append(complaint(found, said, acts))
        assert not list(filter(None, wrong))


async def test_every_command_of_members_answers(open_bot: Opener) -> None:  # noqa: F811
    async with open_bot(confirm_above_usd=100) as bot:
        for found in MEMBER:
            before = len(await bot.jobs())
            said = await use(bot, bot.anna, found)
            if said != "a form":
                asks = LOOKS.fullmatch(found.text) is None
                assert len(await bot.jobs()) == before + asks, (found, said)
                assert asks or said
