"""The lines of `videobot check` about Slack."""

from typing import TYPE_CHECKING

from bot.generation.catalog import listed

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.cli.checking import Report
    from bot.settings import Settings


async def check_slack(report: "Report", settings: "Settings") -> None:
    """Judge tokens and granted scopes."""
    from slack_sdk.web.async_client import AsyncWebClient

    from adapters.slack.clients import open_session
    from bot.cli.checking import Verdict
    from bot.settings import SettingsError
    from bot.slack_settings import api_base, is_for_several, is_set_up

    if not is_set_up(settings):
        report.add(Verdict.OK, "Slack: not set up (SLACK_BOT_TOKEN is not set).")
        return
    try:
        has_several = is_for_several(settings)
    except SettingsError as error:
        report.add(Verdict.FAIL, f"Slack: {error}")
        return
    async with open_session() as session:
        client = AsyncWebClient(base_url=api_base(settings), session=session, retry_handlers=[])
        if has_several:
            _judge_several(report, settings)
        else:
            await _judge_bot(report, settings, client)
        await _judge_ways_in(report, settings, client)


async def _judge_bot(report: "Report", settings: "Settings", client: "AsyncWebClient") -> None:
    from adapters.slack.inspection import SlackRefusedError, inspect
    from adapters.slack.scopes import NEEDED
    from bot.cli.checking import Verdict

    token = settings.slack_bot_token
    try:
        found = await inspect(client, token.get_secret_value() if token else "")
    except SlackRefusedError as error:
        report.add(Verdict.FAIL, f"Slack: {error}")
        return
    report.add(Verdict.OK, f'Slack: the token works; the bot is {found.bot} in "{found.team}".')
    if not found.missing:
        report.add(Verdict.OK, "Slack: it has every scope it needs.")
        return
    lacks = listed([f"{scope} (to {NEEDED[scope]})" for scope in found.missing], "and")
    report.add(
        Verdict.FAIL,
        f"Slack: the bot lacks {lacks}; update the app with `videobot slack manifest`, then install it again.",
    )


def _judge_several(report: "Report", settings: "Settings") -> None:
    from adapters.slack.manifest import INSTALL_PATH
    from bot.cli.checking import Verdict

    if settings.public_url is None:
        report.add(
            Verdict.WARN,
            "Slack: VIDEOBOT_PUBLIC_URL is not set, so the way back from Slack's page is the app's first Redirect URL.",
        )
    base = settings.public_url or "the public address of this bot"
    report.add(Verdict.OK, f"Slack: workspaces install the bot at {base.rstrip('/')}{INSTALL_PATH}")


async def _judge_ways_in(report: "Report", settings: "Settings", client: "AsyncWebClient") -> None:
    from adapters.slack.inspection import SlackRefusedError, inspect_app_token
    from adapters.slack.manifest import EVENTS_PATH
    from bot.cli.checking import Verdict

    if settings.slack_app_token is not None:
        try:
            await inspect_app_token(client, settings.slack_app_token.get_secret_value())
        except SlackRefusedError as error:
            report.add(Verdict.FAIL, f"Slack: {error}")
        else:
            report.add(Verdict.OK, "Slack: the app-level token works; events come by Socket Mode.")
    if settings.slack_signing_secret is not None:
        where = f"http://{settings.slack_host}:{settings.slack_port}{EVENTS_PATH}"
        report.add(Verdict.OK, f"Slack: events are taken at {where}; it has to be reached by a public https address.")
