"""One real bot process for the kill tests. It runs the jobs of its database and, when told to, kills itself at a point.

    python -m tests.kills.bot_process --chat URL --since EPOCH [--submit REQUEST_JSON [--image FILE]] [--die-at POINT]

With --submit it accepts that request first. It prints {"job": id} when the job is accepted, and {"state": ...} when
nothing more happens to any job by itself.
"""

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path

from bot.app import open_app
from bot.generation.job import Address, Requester
from bot.generation.request import Frame, FrameRole, VideoRequest
from bot.settings import load_settings
from tests.fakes.clocks import FastClock
from tests.fakes.http_chat import HttpChat

SPEED = 40.0


async def run(args: argparse.Namespace) -> None:
    def witness(point: str, _job_id: str) -> None:
        if point == args.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(env_file=None)
    clock = FastClock(SPEED, args.since)
    chats = {"chat": HttpChat(args.chat)}
    async with open_app(settings, run_jobs=True, clock=clock, witness=witness, chats=chats) as app:
        if args.submit:
            request = VideoRequest.model_validate_json(args.submit)
            if args.image:
                key = (await app.media.take_image(args.image.read_bytes())).key
                frame = Frame(role=FrameRole.FIRST_FRAME, source=key)
                request = request.model_copy(update={"frames": (frame,)})
            job = await app.service.submit(request, Requester("chat", "anna"), Address("chat"))
            print(json.dumps({"job": job.id}), flush=True)
            witness("accepted", job.id)
        for job in await app.store.jobs():
            state = job.state
            async for view in app.follow(job.id):
                state = view.job.state
            print(json.dumps({"job": job.id, "state": state}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chat", required=True)
    parser.add_argument("--since", type=float, required=True)
    parser.add_argument("--submit")
    parser.add_argument("--image", type=Path)
    parser.add_argument("--die-at")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
