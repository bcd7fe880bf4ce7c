"""One real process that runs the jobs of a PostgreSQL database until SIGTERM. It prints {"ready": true} when it does.

python -m tests.workers.worker_process --chat URL
"""

import argparse
import asyncio
import json
import signal

from bot.app import open_app
from bot.settings import load_settings
from tests.workers.nonce_chat import NonceChat


async def run(chat: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = load_settings(env_file=None)
    async with NonceChat(chat) as there, open_app(settings, run_jobs=True, chats={"chat": there}):
        print(json.dumps({"ready": True}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--chat", required=True)
    asyncio.run(run(parser.parse_args().chat))
