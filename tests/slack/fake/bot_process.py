"""A Bolt app in a process of its own: `python -m tests.slack.fake.bot_process API_BASE APP_TOKEN BOT_TOKEN`."""

import asyncio
import sys
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    """Answer each command with a message, until killed."""
    api_base, app_token, bot_token = sys.argv[1:]
    app = AsyncApp(client=AsyncWebClient(bot_token, base_url=api_base), signing_secret="unused")

    @app.command("/video")
    async def video(ack: Any, command: Any, client: Any) -> None:
        await ack()
        await client.chat_postMessage(channel=command["channel_id"], text=command["text"])

    await AsyncSocketModeHandler(app, app_token).start_async()


asyncio.run(main())
