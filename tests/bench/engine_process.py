"""One process that runs the jobs of a database for a benchmark, until its stdin is closed: no files, a silent chat.

python -m tests.bench.engine_process DATABASE_URL FOLDER TOAPIS_URL
"""

import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from bot.app import open_app
from bot.settings import Settings
from tests.bench.throughput import NoFiles, SilentChat


def settings_of(url: str, folder: Path, toapis: str) -> Settings:
    """A bot without a rate budget."""
    return Settings(
        data_dir=folder,
        database_url=SecretStr(url),
        toapis_api_key=SecretStr("sandbox-key"),
        toapis_base_url=toapis,
        max_running=100_000,
        creates_per_second=1e6,
        looks_per_second=1e6,
    )


async def run(url: str, folder: str, toapis: str) -> None:
    async with open_app(
        settings_of(url, Path(folder), toapis), run_jobs=True, chats={"chat": SilentChat()}, begin=False
    ) as app:
        app.worker.media = NoFiles()  # type: ignore[assignment]
        await app.take_over()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:4]))
