"""The shell as a platform: a video becomes a file, once, and never over somebody else's."""

import os
from pathlib import Path
from typing import Any

import pytest

from adapters.shell import ShellChat
from adapters.shell.chat import LINK, shell_address
from adapters.shell.names import slug
from bot.generation.job import Address, ChargeState, Job, JobState, Purpose, Requester, StoredVideo
from bot.generation.ports import ChatError, JobView
from bot.generation.request import VideoRequest

BYTES = b"\0\0\0\x18ftypmp42 a video"


class _Folder:
    """As much of a media folder as a delivery needs."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def video_file(self, video: StoredVideo) -> Path:
        return self.root / video.path

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a delivery does not call {name}")


@pytest.fixture
def chat(tmp_path: Path) -> ShellChat:
    kept = tmp_path / "media" / "job1.mp4"
    kept.parent.mkdir()
    kept.write_bytes(BYTES)
    return ShellChat(_Folder(tmp_path / "media"))  # type: ignore[arg-type]


def _job(address: Address, *, saved: bool = True) -> Job:
    video = StoredVideo("job1.mp4", len(BYTES), 1280, 720, 5.0, has_audio=False) if saved else None
    return Job(
        id="job1",
        version=1,
        state=JobState.DELIVERING,
        request=VideoRequest(prompt="Héllo, Wörld! waves"),
        requester=Requester("shell", "anna"),
        address=address,
        gateway="toapis",
        model="2.6",
        dialect="image_urls",
        mode="std",
        duration=5,
        audio=False,
        quote_micros=184_000,
        held_micros=184_000,
        quote_is_estimate=False,
        charge=ChargeState.SETTLED,
        accepted_at=1.0,
        due_at=1.0,
        video=video,
    )


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _names(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _edit(path: str) -> None:
    with Path(path).open("r+b") as file:
        file.write(b"edited")


async def _deliver(chat: ShellChat, address: Address, *, saved: bool = True) -> str:
    return await chat.deliver(JobView(_job(address, saved=saved)))


async def test_the_video_lies_where_it_was_asked_for(chat: ShellChat, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert await _deliver(chat, shell_address(str(target))) == str(target)
    assert target.read_bytes() == BYTES
    assert _names(tmp_path, ".videobot-*") == []
    assert _mode(target) == 0o666 & ~_umask()


async def test_a_folder_gets_a_file_named_after_prompt_and_job(chat: ShellChat, tmp_path: Path) -> None:
    assert await _deliver(chat, shell_address(f"{tmp_path}/")) == str(tmp_path / "hello-world-waves-job1.mp4")


async def test_delivering_twice_writes_once(chat: ShellChat, tmp_path: Path) -> None:
    address = shell_address(str(tmp_path / "out.mp4"))
    first = await _deliver(chat, address)
    assert await chat.find(_job(address), Purpose.RESULT) == first
    assert await _deliver(chat, address) == first
    assert _names(tmp_path, "out*") == ["out.mp4"]


async def test_somebody_elses_file_is_never_overwritten(chat: ShellChat, tmp_path: Path) -> None:
    theirs = tmp_path / "out.mp4"
    theirs.write_bytes(b"theirs")
    address = shell_address(str(theirs))
    assert await chat.find(_job(address), Purpose.RESULT) is None
    beside = await _deliver(chat, address)
    assert beside == str(tmp_path / "out-2.mp4")
    assert theirs.read_bytes() == b"theirs"
    assert await chat.find(_job(address), Purpose.RESULT) == beside


async def test_a_file_is_replaced_where_the_person_said_so(chat: ShellChat, tmp_path: Path) -> None:
    old = tmp_path / "out.mp4"
    old.write_bytes(b"old")
    assert await _deliver(chat, shell_address(str(old), replace=True)) == str(old)
    assert old.read_bytes() == BYTES


async def test_the_kept_video_does_not_change_with_the_persons_copy(chat: ShellChat, tmp_path: Path) -> None:
    _edit(await _deliver(chat, shell_address(str(tmp_path / "out.mp4"))))
    assert (tmp_path / "media" / "job1.mp4").read_bytes() == BYTES


async def test_without_a_stored_video_the_link_is_what_was_shown(chat: ShellChat, tmp_path: Path) -> None:
    address = shell_address(str(tmp_path / "out.mp4"))
    assert await _deliver(chat, address, saved=False) == LINK
    assert not (tmp_path / "out.mp4").exists()
    assert await chat.find(_job(address, saved=False), Purpose.RESULT) is None


async def test_nothing_asked_for_means_the_kept_file(chat: ShellChat, tmp_path: Path) -> None:
    assert await _deliver(chat, Address("shell")) == str(tmp_path / "media" / "job1.mp4")


async def test_a_folder_that_is_gone_names_the_kept_video_and_another_place_works(
    chat: ShellChat, tmp_path: Path
) -> None:
    address = shell_address(str(tmp_path / "gone" / "out.mp4"))
    with pytest.raises(ChatError) as caught:
        await _deliver(chat, address)
    assert caught.value.gone
    kept = tmp_path / "media" / "job1.mp4"
    assert caught.value.message == f"The folder {tmp_path / 'gone'} is not there. The video is kept at {kept}."
    chat.send_to("job1", tmp_path / "elsewhere.mp4")
    assert await _deliver(chat, address) == str(tmp_path / "elsewhere.mp4")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_may_not_be_written_is_one_sentence(chat: ShellChat, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(ChatError, match="cannot be written to"):
        await _deliver(chat, shell_address(str(closed / "out.mp4")))


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a/b/../c", "a-b-c"),
        ("猫", "video"),
        ("x" * 90, "x" * 40),
        ("one two " * 20, "one-two-one-two-one-two-one-two-one-two"),
    ],
)
def test_names_are_plain_and_short(prompt: str, name: str) -> None:
    assert slug(prompt) == name
