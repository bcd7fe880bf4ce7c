"""The program in a box like a container's. Not proved here: Docker's own reading of the files, and its base image."""

import json
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.container.box import UID, Box, needs_namespaces, process_one
from tests.container.dockerfile import ROOT, stages
from tests.fakes.ports import free_port

pytestmark = [pytest.mark.slow, needs_namespaces]
_, FINAL = stages()


@pytest.fixture
def box(image: Path, tmp_path: Path) -> Box:
    """The image's settings, with a gateway that runs inside."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/") and folder.is_relative_to(tempfile.gettempdir()):
            folder.chmod(0o755)
    environment = {name: value for name, value in FINAL.env.items() if name not in ("PATH", "VIDEOBOT_DATA_DIR")}
    environment |= {
        "VIDEOBOT_GATEWAY": "sandbox",
        "VIDEOBOT_SANDBOX_SPEED": "500",
        "VIDEOBOT_HTTP_PORT": str(free_port()),
    }
    return Box(image / "opt" / "videobot" / "bin", tmp_path / "data", environment)


@pytest.mark.timeout(1800)
def test_the_build_makes_a_program_that_needs_nothing_else(image: Path) -> None:
    program = image / "opt" / "videobot" / "bin"
    assert not (program / "pip").exists()
    copied = [path.relative_to(image / "src") for path in (image / "src").rglob("*") if path.is_file()]
    shutil.rmtree(image / "src")  # nothing points back at the sources
    done = subprocess.run(
        [program / "videobot", "--version"],
        cwd="/",
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("videobot 0.")
    package = next((image / "opt" / "videobot" / "lib").glob("python*/site-packages"))
    for path in copied:
        if path.parts[0] in ("bot", "adapters", "storage"):
            assert (package / path).is_file(), f"{path} did not get into the package"
    assert not (package / "tests").exists()


@pytest.mark.timeout(1800)
def test_as_process_one_it_serves_is_healthy_makes_a_video_and_ends_on_sigterm(box: Box) -> None:
    running = box.start("videobot", *FINAL.last("CMD").words)
    try:
        assert running.stdout is not None
        first = running.stdout.readline()
        assert json.loads(first)["message"].startswith("Running."), first
        one = process_one(running)
        assert one.status() != "zombie"
        assert set(one.uids()) == {UID}
        health = box.run(*FINAL.last("HEALTHCHECK").words)
        assert health.returncode == 0, health.stdout
        assert "It turns." in health.stdout
        ready = box.run("videobot", "health", "--ready", "--json")
        assert json.loads(ready.stdout)["ok"], ready.stdout
        made = box.run("videobot", "make", "waves", "-o", "waves.mp4")
        assert made.returncode == 0, made.stdout
        one.send_signal(signal.SIGTERM)
        rest, _ = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 0, rest
    after = box.run(*FINAL.last("HEALTHCHECK").words)
    assert after.returncode == 1
    assert "No bot answers" in after.stdout


@pytest.mark.timeout(1800)
def test_nothing_but_the_data_and_temporary_folders_can_be_written(box: Box, tmp_path: Path) -> None:
    tries = box.run(
        "sh", "-c", f"touch /etc/x /usr/x {ROOT}/x /var/tmp/x; id -u; touch $HOME/fine $TMPDIR/fine && echo ok"
    )
    assert tries.stdout.count("Read-only file system") == 4, tries.stdout
    assert tries.stdout.splitlines()[-2:] == [str(UID), "ok"]
    assert (tmp_path / "data" / "fine").is_file()


@pytest.mark.timeout(1800)
def test_a_backup_and_a_restore_work_in_there(box: Box, tmp_path: Path) -> None:
    made = box.run("videobot", "make", "waves", "-o", "waves.mp4")
    assert made.returncode == 0, made.stdout
    saved = box.run("videobot", "backup", "saved", "--media", "--json")
    assert saved.returncode == 0, saved.stdout
    (tmp_path / "data" / "videobot.db").unlink()
    restored = box.run("videobot", "restore", "saved")
    assert restored.returncode == 0, restored.stdout
    assert "1 jobs" in restored.stdout
