"""The final stage in a root of its own: what it copies is enough; its user, its check and its commands work."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.box import UID, needs_namespaces, process_one
from tests.container.dockerfile import stages
from tests.container.final_root import FinalRoot, User
from tests.fakes.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), needs_namespaces]
_, FINAL = stages()
ENTRYPOINT = FINAL.last("ENTRYPOINT").words
#: Of libc6, libgcc-s1, libstdc++6 and zlib1g: Debian's package manager needs them, so the slimmest image has them.
IN_EVERY_DEBIAN = {
    *("libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"),
    *("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"),
}


@pytest.fixture(scope="module")
def final(image: Path) -> Iterator[FinalRoot]:
    root = Path(tempfile.mkdtemp(prefix="videobot-final-", dir="/var/tmp"))
    root.chmod(0o755)
    try:
        yield FinalRoot(FINAL, image, root)
    finally:
        shutil.rmtree(root)


def test_the_program_is_copied_to_where_its_scripts_look_for_it_and_leans_on_the_base_images_python(
    image: Path,
) -> None:
    (copied,) = FINAL.all("COPY")
    source, target = copied.words
    assert source == target  # the scripts name their Python by its whole path
    program = image / source.lstrip("/")
    for script in (program / "bin").iterdir():
        if not script.is_symlink() and (first := script.read_bytes().split(b"\n")[0]).startswith(b"#!"):
            assert first.decode() == f"#!{program}/bin/python", script.name
    outside = {path.readlink() for path in program.rglob("*") if path.is_symlink() and path.readlink().is_absolute()}
    assert outside == {image / "tools" / "python"}


def test_what_its_compiled_parts_load_comes_with_them_or_with_every_debian(image: Path) -> None:
    program = image / "opt" / "videobot"
    parts = [path for path in program.rglob("*.so*") if path.is_file()]
    done = subprocess.run(["ldd", *parts], capture_output=True, text=True, check=True)
    loaded = dict(line.strip().split(" => ") for line in done.stdout.splitlines() if " => " in line)
    assert len(parts) > 20
    assert {name for name, found in loaded.items() if not found.startswith(str(program))} <= IN_EVERY_DEBIAN


def test_its_user_has_fixed_ids_and_owns_the_volume_alone(final: FinalRoot) -> None:
    assert final.said == ""
    assert final.user == User("videobot", UID, UID, "/data")
    assert final.run("sh", "-c", "id -u; id -g; id -G").stdout.split() == [str(UID)] * 3
    volume = final.root / FINAL.last("VOLUME").rest.lstrip("/")
    assert (volume.stat().st_uid, volume.stat().st_gid, volume.stat().st_mode & 0o777) == (UID, UID, 0o700)
    tries = final.run("sh", "-c", "touch /x /etc/x /usr/x; touch fine $HOME/fine /tmp/fine && echo ok")
    assert tries.stdout.count("Read-only file system") == 3, tries.stdout
    assert tries.stdout.splitlines()[-1] == "ok"


def test_other_commands_than_run_work_where_it_was_copied_to(final: FinalRoot) -> None:
    version = final.run(*ENTRYPOINT, "--version")
    assert version.stdout.startswith("videobot 0."), version.stdout
    checked = final.run(*ENTRYPOINT, "check", VIDEOBOT_GATEWAY="sandbox")
    assert checked.returncode == 0, checked.stdout
    assert "Database: opens and can be written." in checked.stdout
    unset = final.run(*ENTRYPOINT, "check")
    assert unset.returncode != 0  # whoever starts it without a key is told so
    assert "TOAPIS_API_KEY" in unset.stdout


def test_as_written_it_runs_is_healthy_and_ends_on_its_stop_signal(final: FinalRoot) -> None:
    settings = {"VIDEOBOT_GATEWAY": "sandbox", "VIDEOBOT_HTTP_PORT": str(free_port())}
    check = FINAL.last("HEALTHCHECK").words
    assert final.run(*check, **settings).returncode == 1  # nobody is there yet
    running = final.start(*ENTRYPOINT, *FINAL.last("CMD").words, **settings)
    try:
        assert running.stdout is not None
        first = running.stdout.readline()
        assert json.loads(first)["message"].startswith("Running."), first
        one = process_one(running)
        assert set(one.uids()) == set(one.gids()) == {UID}
        healthy = final.run(*check, **settings)
        assert healthy.returncode == 0, healthy.stdout
        one.send_signal(signal.Signals[FINAL.last("STOPSIGNAL").rest])
        rest, _ = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 0, rest
    assert final.run(*check, **settings).returncode == 1
