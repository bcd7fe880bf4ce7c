"""Every command for Discord that the pages name, used by people of a server."""

from typing import Any

import pytest

from tests.discord.conftest import Opener, few_certificates, no_heartbeat_is_left, one_certificate, open_bot  # noqa: F401
from tests.discord.driver import OpenBot
from tests.docs.chat_words import discord_command, value_of
from tests.docs.collecting import Found, Kind, Where, collected
from tests.docs.ruling import Examples, complaint, prepared_for, with_ids

pytestmark = pytest.mark.slow

HERE = [found for found in collected() if found.kind is Kind.CHAT and found.where in (Where.DISCORD, Where.ANY)]
ADMIN = [found for found in HERE if found.text.startswith("/video-admin")]
MEMBER = [found for found in HERE if found not in ADMIN]


async def use(bot: OpenBot, found: Found, ids: Examples | None = None) -> Any:
    """Use it as it stands there; None when the page only names it, and it needs more."""
    commands = bot.discord.commands.of(None)
    path, typed, node = discord_command(found.text, commands)
    known = {option["name"]: option for option in node.get("options") or []}
    if any(option["type"] in (1, 2) for option in known.values()):
        return None
    if {name for name, option in known.items() if option.get("required")} - set(typed):
        return None
    named = {"@anna": bot.anna, "@ben": bot.ben, "@Producers": bot.role, "#clips": bot.other_channel}
    given = {name: value_of(known[name], with_ids(value, ids), named) for name, value in typed.items()}
    user = bot.admin if path.startswith("video-admin") else bot.anna
    if "user" in given:
        given["to_user"] = given.pop("user")
    return await bot.slash(path, user=user, **given)


async def test_every_admin_command_does_what_it_says(open_bot: Opener) -> None:  # noqa: F811
    async with open_bot() as bot:
        wrong = []
        ids = await prepared_for(bot.app, f"discord:{bot.guild.id}")
        for found in ADMIN:
            await ids.before(found, f"discord:{bot.anna.id}")
            known = {row.id for row in await bot.app.service.audit_rows(limit=1000)}
            answer = await use(bot, found, ids)
            if answer is not None:
                assert answer.private, found
                acts = [row for row in await bot.app.service.audit_rows(limit=1000) if row.id not in known]
                wrong.append(complaint(found, answer.text, acts))
        assert not list(filter(None, wrong))


async def test_every_command_of_members_answers(open_bot: Opener) -> None:  # noqa: F811
    async with open_bot(confirm_above_usd=100) as bot:
        for found in MEMBER:
            before = len(await bot.jobs())
            answer = await use(bot, found)
            if answer is None or answer.modal is not None:
                continue  # the page only names it, or a form opens
            asks = found.text.startswith("/video")
            assert len(await bot.jobs()) == before + asks, (found, answer.text)
            assert answer.text
