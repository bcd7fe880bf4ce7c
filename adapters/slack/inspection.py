"""What `videobot check` asks Slack: are the tokens right, and was everything granted that is needed?"""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import scopes
from adapters.slack.trouble import Kind, TroubleError, tried


class SlackRefusedError(Exception):
    """Slack cannot be asked; the message is one sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What Slack says about the bot in its workspace. `missing`: needed scopes that were not granted."""

    team: str
    bot: str
    missing: tuple[str, ...]


async def inspect(client: AsyncWebClient, bot_token: str) -> Inspection:
    """Ask about the bot token. Raises SlackRefusedError."""
    try:
        answer = await tried(client.auth_test(token=bot_token))
    except TroubleError as trouble:
        raise _refused(trouble, "SLACK_BOT_TOKEN (xoxb-) from the app's page OAuth & Permissions") from None
    if not answer.get("bot_id"):
        raise SlackRefusedError("SLACK_BOT_TOKEN is not a bot's token; copy the one that begins with xoxb-.")
    granted = str(answer.headers.get("x-oauth-scopes") or "")
    return Inspection(
        team=str(answer.get("team") or ""),
        bot=str(answer.get("user") or ""),
        missing=scopes.missing(scope.strip() for scope in granted.split(",") if scope.strip()),
    )


async def inspect_app_token(client: AsyncWebClient, app_token: str) -> None:
    """Ask whether Socket Mode takes the app-level token. Raises SlackRefusedError."""
    try:
        await tried(client.apps_connections_open(app_token=app_token))
    except TroubleError as trouble:
        if trouble.code == "missing_scope":
            raise SlackRefusedError(
                f"the app-level token lacks {scopes.APP_LEVEL}; make one that has it (Basic Information, App-Level "
                "Tokens)."
            ) from None
        raise _refused(
            trouble, "SLACK_APP_TOKEN (xapp-) from the app's page Basic Information, App-Level Tokens"
        ) from None


def _refused(trouble: TroubleError, what: str) -> SlackRefusedError:
    if trouble.code and not (trouble.may_pass and trouble.code not in ("invalid_auth", "not_authed")):
        return SlackRefusedError(f"Slack does not accept the token ({trouble.code}); copy {what}.")
    if trouble.kind is Kind.LOST or not trouble.code:
        return SlackRefusedError(
            "Slack cannot be reached; look at this machine's network, and at SLACK_API_BASE if it is set."
        )
    return SlackRefusedError(f"Slack does not answer at the moment ({trouble.code}); try again in a minute.")
