"""The lines of `videobot check` about Discord."""

from typing import TYPE_CHECKING

from adapters.cards.words import counted
from bot.generation.catalog import listed

if TYPE_CHECKING:
    from adapters.discord.inspection import Inspection, Server
    from bot.cli.checking import Report
    from bot.settings import Settings


async def check_discord(report: "Report", settings: "Settings") -> None:
    """Judge token, intents, permissions and scopes, and print the invite link."""
    from adapters.discord.inspection import DiscordRefusedError, inspect
    from adapters.discord.redirect import redirect
    from bot.cli.checking import Verdict

    if settings.discord_token is None:
        report.add(Verdict.OK, "Discord: not set up (DISCORD_TOKEN is not set).")
        return
    redirect(settings.discord_api_base, settings.discord_gateway_url)
    try:
        found = await inspect(settings.discord_token.get_secret_value(), threads=settings.thread_per_job)
    except DiscordRefusedError as error:
        report.add(Verdict.FAIL, f"Discord: {error}")
        return
    report.add(Verdict.OK, f"Discord: the token works; the bot is {found.name}.")
    _judge_intents(report, settings, found)
    if found.commands:
        names = listed([f"/{name}" if name.islower() else name for name in found.commands], "and")
        report.add(Verdict.OK, f"Discord: {counted(len(found.commands), 'command')} registered: {names}.")
    else:
        report.add(Verdict.WARN, "Discord: no command is registered yet; the first `videobot run` does that.")
    _judge_servers(report, settings, found)
    report.add(Verdict.OK, f"Discord: add the bot to a server with {found.invite}")


def _judge_intents(report: "Report", settings: "Settings", found: "Inspection") -> None:
    from bot.cli.checking import Verdict

    if settings.discord_message_content and not found.reads_content:
        report.add(
            Verdict.FAIL,
            "Discord: DISCORD_MESSAGE_CONTENT is set, but the Message Content Intent is off; switch it on (Bot page of "
            "the developer portal), or set DISCORD_MESSAGE_CONTENT=false.",
        )
    elif settings.discord_message_content:
        report.add(Verdict.OK, "Discord: it sees the images of messages that people reply to.")
    else:
        report.add(
            Verdict.OK,
            "Discord: no privileged intent is needed. (With DISCORD_MESSAGE_CONTENT=true, a reply also animates "
            "other people's images.)",
        )


def _judge_servers(report: "Report", settings: "Settings", found: "Inspection") -> None:
    from bot.cli.checking import Verdict

    if not found.servers:
        report.add(Verdict.WARN, "Discord: the bot is in no server yet; add it with the link below.")
    for server in found.servers:
        if settings.discord_servers and server.id not in settings.discord_servers:
            report.add(Verdict.OK, f'Discord: "{server.name}" is not in DISCORD_SERVERS; the bot says so there.')
        else:
            _judge_server(report, server)
    known = {server.id for server in found.servers}
    for missing in (server for server in settings.discord_servers if server not in known):
        report.add(Verdict.WARN, f"Discord: the bot is not in the server {missing} of DISCORD_SERVERS.")


def _judge_server(report: "Report", server: "Server") -> None:
    from bot.cli.checking import Verdict

    if not server.takes_commands:
        report.add(
            Verdict.FAIL,
            f'Discord: in "{server.name}" the scope applications.commands is missing; add the bot again with the link '
            "below.",
        )
    if server.missing:
        report.add(
            Verdict.FAIL,
            f'Discord: in "{server.name}" the bot lacks {listed(server.missing, "and")}; give these to its role, or '
            "add it again with the link below.",
        )
    elif server.takes_commands:
        report.add(Verdict.OK, f'Discord: in "{server.name}" it has every permission it needs.')
