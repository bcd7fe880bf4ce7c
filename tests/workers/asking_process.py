"""One real process that asks for many videos at once when a line comes in. It prints {"ready": true}, then
{"accepted": number}.

python -m tests.workers.asking_process NUMBER
"""

import asyncio
import json
import sys

from bot.app import open_app
from bot.generation.job import Address, Requester
from bot.generation.request import VideoRequest
from bot.generation.service import OverLimitError
from bot.settings import load_settings


async def run(number: int) -> None:
    async with open_app(load_settings(env_file=None), run_jobs=False, chats={}) as app:

        async def ask() -> bool:
            try:
                await app.service.submit(VideoRequest(prompt="waves"), Requester("chat", "anna"), Address("chat"))
            except OverLimitError:
                return False
            return True

        print(json.dumps({"ready": True}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        answers = await asyncio.gather(*(ask() for _ in range(number)))
        print(json.dumps({"accepted": sum(answers)}), flush=True)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
