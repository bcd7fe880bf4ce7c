"""The app's manifest: what is pasted into Slack's "Create an app from a manifest" to install the bot."""

from typing import Any

from adapters.slack.scopes import NEEDED

COMMAND, ADMIN_COMMAND = "/video", "/video-admin"
MAKE_VIDEO, ANIMATE_IMAGE = "make_video", "animate_image"
EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH = "/slack/events", "/slack/install", "/slack/oauth_redirect"
#: Events the bot hears of; all others are acknowledged and do nothing.
EVENTS = ("app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked")


def manifest(http: str | None = None, *, name: str = "videobot") -> dict[str, Any]:
    """The manifest. `http`: the public address (https://...) events are taken at; None: they come by Socket Mode.

    https://docs.slack.dev/reference/app-manifest
    """
    base = http.rstrip("/") if http is not None else None
    url: dict[str, Any] = {} if base is None else {"url": base + EVENTS_PATH}
    request_url: dict[str, Any] = {} if base is None else {"request_url": base + EVENTS_PATH}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "Makes videos with Kling models",
            "background_color": "#1f2430",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": [
                {
                    "name": "Make a video",
                    "type": "global",
                    "callback_id": MAKE_VIDEO,
                    "description": "Opens the form for a new video",
                },
                {
                    "name": "Animate this image",
                    "type": "message",
                    "callback_id": ANIMATE_IMAGE,
                    "description": "Makes a video of the image in this message",
                },
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **url,
                    "description": "Make a video, or see quota, jobs and help",
                    "usage_hint": "waves at night, pro, 10s",
                    "should_escape": True,
                },
                {
                    "command": ADMIN_COMMAND,
                    **url,
                    "description": "Limits, use and decisions, for admins",
                    "usage_hint": "quota | usage | pause | resume | resolve",
                    "should_escape": True,
                },
            ],
        },
        "oauth_config": {
            **({} if base is None else {"redirect_urls": [base + REDIRECT_PATH]}),
            "scopes": {"bot": list(NEEDED)},
        },
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": True,
            "socket_mode_enabled": base is None,
            "token_rotation_enabled": False,
        },
    }
