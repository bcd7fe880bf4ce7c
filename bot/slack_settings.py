"""What the settings say about Slack, taken together. Light: it imports nothing of Slack's."""

from bot.settings import Settings, SettingsError


def api_base(settings: Settings) -> str:
    """Where Slack's API is reached, as the SDK wants it."""
    return f"{settings.slack_api_base.rstrip('/')}/"


def is_set_up(settings: Settings) -> bool:
    """Whether anything of Slack's is in the settings."""
    return any(
        (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret, settings.slack_client_id)
    )


def is_for_several(settings: Settings, *, listens: bool = True) -> bool:
    """Whether several workspaces are served; without `listens` no events come in. Raises SettingsError when the
    settings cannot be meant together."""
    if listens and settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise SettingsError(
            "Slack's events have no way in: set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)."
        )
    if settings.slack_client_id is None and settings.slack_client_secret is None:
        if settings.slack_bot_token is None:
            raise SettingsError("SLACK_BOT_TOKEN is not set; copy it from the app's page OAuth & Permissions.")
        return False
    if settings.slack_client_id is None or settings.slack_client_secret is None:
        raise SettingsError("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together: set both, or neither.")
    if settings.slack_bot_token is not None:
        raise SettingsError("SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for several: take one of them away.")
    if listens and settings.slack_signing_secret is None:
        raise SettingsError("The pages that install the bot in other workspaces need SLACK_SIGNING_SECRET (HTTP).")
    if not settings.slack_token_keys:
        raise SettingsError(
            "SLACK_TOKEN_KEYS is not set, but the tokens of several workspaces are kept encrypted; make a key with "
            "`videobot slack key`."
        )
    from storage.slack_installs import check_keys  # imported here: encryption that one workspace does without

    try:
        check_keys([key.get_secret_value() for key in settings.slack_token_keys])
    except ValueError:
        raise SettingsError(
            "SLACK_TOKEN_KEYS has something that is no key; make one with `videobot slack key`."
        ) from None
    return True
