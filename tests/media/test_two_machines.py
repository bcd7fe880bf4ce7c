"""Two machines over one database, each with a folder of its own, and one store of media that both see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.discord.carrying import ways
from adapters.gateways.sandbox import SandboxGateway
from adapters.media.errors import MediaError
from adapters.media.marker import MARKER
from adapters.shell import ShellChat
from bot.app import App, open_app
from bot.cli import main
from bot.generation.job import JobState
from bot.generation.ports import ChatError
from bot.generation.request import Frame, FrameRole
from bot.settings import SettingsError
from tests.fakes import folder_databases
from tests.fakes.chat_server import ChatServer
from tests.fakes.clocks import ManualClock
from tests.fakes.house import KEY, House, settings_for
from tests.fakes.http_chat import HttpChat
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, S3Server


def bucket(server: S3Server, **more: object) -> dict[str, object]:
    """Settings of the bucket."""
    return {
        "media_url": f"s3://{server.bucket}/bot",
        "media_endpoint": server.url,
        "media_region": "eu-test-1",
        "media_access_key": SecretStr(ACCESS_KEY),
        "media_secret_key": SecretStr(SECRET_KEY),
        **more,
    }


@asynccontextmanager
async def machines(folder: Path, count: int, **shared: object) -> AsyncIterator[list[House]]:
    """So many bots of one database, gateway and chat."""
    clock = ManualClock()
    async with (
        SandboxGateway(keys=(KEY,), seed=7, clock=clock.now, rate_limits=False, render=False) as sandbox,
        ChatServer() as chat,
        AsyncExitStack() as stack,
    ):
        houses = []
        for number in range(count):
            settings = settings_for(folder, sandbox, media_dir=folder / f"machine{number}", **shared)
            app = await stack.enter_async_context(
                open_app(settings, run_jobs=False, clock=clock, chats={"chat": HttpChat(chat.url)})
            )
            houses.append(House(app, clock, sandbox, chat))
        yield houses


async def frame(app: App, image: bytes) -> tuple[Frame, ...]:
    taken = await app.media.take_image(image)
    return (Frame(role=FrameRole.FIRST_FRAME, source=taken.key, width=taken.width, height=taken.height),)


@pytest.mark.parametrize("kind", ["folder", "bucket"])
async def test_a_job_accepted_on_one_machine_is_delivered_by_another(tmp_path, s3, image_bytes, kind):
    (tmp_path / "share").mkdir()
    shared = bucket(s3) if kind == "bucket" else {"media_url": (tmp_path / "share").as_uri()}
    async with machines(tmp_path, 3, **shared) as (front, worker, other):
        job = await front.submit(frames=await frame(front.app, image_bytes()))
        done = await worker.run(job.id)
        assert done.state is JobState.DELIVERED
        assert done.video is not None
        assert done.video.poster is not None
        assert len(front.results(job.id)) == 1
        for house in (front, other):
            path = await house.app.media.video_file(done.video)
            assert path.stat().st_size == done.video.size
            if kind == "bucket":
                assert path.is_relative_to(house.app.settings.media)
            assert await house.app.media.poster_file(done.video) is not None
        if kind == "folder":
            assert not (tmp_path / "machine0").exists()


async def test_nothing_is_lost_while_the_bucket_is_away(tmp_path, s3, image_bytes):
    async with machines(tmp_path, 2, **bucket(s3)) as (front, worker):
        job = await front.submit(frames=await frame(front.app, image_bytes()))
        await worker.run(job.id, until=JobState.UPLOADING)
        s3.fail(503, "SlowDown", times=1000)
        for _ in range(5):
            assert (await worker.step(job.id)).state is JobState.UPLOADING
        with pytest.raises(MediaError, match="try again in a minute"):
            await front.app.media.take_image(image_bytes(size=(640, 400)))
        s3.faults.clear()
        await worker.run(job.id, until=JobState.SAVING)
        s3.fail(403, "AccessDenied", times=1000)
        for _ in range(3):
            assert (await worker.step(job.id)).state is JobState.SAVING
        s3.faults.clear()
        done = await worker.run(job.id)
        assert done.state is JobState.DELIVERED
        assert done.video is not None
        assert worker.creates() == 1
        assert await front.app.media.store.fetch(front.app.media.video_path(done.video))


async def test_a_delivery_waits_while_the_bucket_is_away(tmp_path, s3):
    async with machines(tmp_path, 2, **bucket(s3)) as (worker, other):
        done = await worker.run((await worker.submit()).id)
        s3.fail(503, "SlowDown", times=1000)
        media = other.app.media
        with pytest.raises(ChatError, match="cannot be used just now") as caught:
            await anext(ways(done, media, 10_000_000))
        assert not caught.value.gone
        with pytest.raises(ChatError, match="cannot be used just now"):
            await ShellChat(media).deliver(await other.view(done.id))
        s3.faults.clear()
        way = await anext(ways(done, media, 10_000_000))
        assert way.path is not None
        assert way.path.is_file()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"media_secret_key": SecretStr("wrong-canary")}, "refuses the key"),
        ({"media_url": "s3://other/bot"}, "has no bucket other"),
        ({"media_endpoint": "http://127.0.0.1:9"}, "cannot be used just now"),
    ],
)
async def test_a_bucket_that_cannot_be_used_stops_the_start(tmp_path, s3, more, words):
    with pytest.raises(MediaError, match=words) as caught:
        async with machines(tmp_path, 1, **bucket(s3, **more)):
            pass
    assert "canary" not in str(caught.value)


def test_the_check_says_what_is_wrong_with_the_bucket(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "VIDEOBOT_DATA_DIR": str(tmp_path / "data"),
        "VIDEOBOT_GATEWAY": "sandbox",
        "VIDEOBOT_MEDIA_URL": "s3://videos",
        "VIDEOBOT_MEDIA_ENDPOINT": "http://127.0.0.1:9",
        "VIDEOBOT_MEDIA_ACCESS_KEY": "some",
        "VIDEOBOT_MEDIA_SECRET_KEY": "secret-canary",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["check"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  Media: The media store s3://videos cannot be used just now (it does not answer)" in said
    assert "canary" not in said


async def test_a_backup_says_that_the_bucket_is_not_part_of_it(tmp_path, s3, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    async with machines(tmp_path / "data", 1, **bucket(s3)):
        pass
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    database = folder_databases.url(tmp_path / "data")
    if database is not None:
        monkeypatch.setenv("VIDEOBOT_DATABASE_URL", database)
    monkeypatch.setenv("VIDEOBOT_MEDIA_URL", "s3://videos/bot")
    assert await asyncio.to_thread(main, ["backup", "saved", "--media"]) == 0
    said = capsys.readouterr()
    assert "back that bucket up by its own means" in said.out + said.err
    saved = "videobot.db" if database is None else "videobot.dump"
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [saved]


async def test_another_place_than_the_databases_own_is_refused(tmp_path, s3):
    async with machines(tmp_path, 1, **bucket(s3)):
        pass
    async with machines(tmp_path, 1, **bucket(s3)):  # the same again
        pass
    (tmp_path / "share").mkdir()
    for other in ({}, {"media_url": (tmp_path / "share").as_uri()}):
        with pytest.raises(SettingsError, match=f"the file {MARKER} there is missing"):
            async with machines(tmp_path, 1, **other):
                pass
    (tmp_path / "share" / MARKER).write_text("of somebody else\n")
    with pytest.raises(SettingsError, match="is of another one"):
        async with machines(tmp_path, 1, media_url=(tmp_path / "share").as_uri()):
            pass
    (tmp_path / "share" / MARKER).write_bytes(s3.objects[f"bot/{MARKER}"].data)  # moved with all files
    async with machines(tmp_path, 1, media_url=(tmp_path / "share").as_uri()):
        pass
