"""A process locked up as in a container: its own process ids, a root file system nobody can write, its own temporary
folder, another user without any privilege."""

import os
import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

UID = 10001


def can_lock_up() -> bool:
    """Whether this machine lets a test make namespaces."""
    tools = ("unshare", "setpriv", "mount")
    if os.geteuid() != 0 or any(shutil.which(tool) is None for tool in tools):
        return False
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False
    )
    return tried.returncode == 0


needs_namespaces = pytest.mark.skipif(not can_lock_up(), reason="needs root, unshare and setpriv (util-linux)")


class Box:
    """Runs `videobot` over one data folder. `program`: the folder of the program and its Python."""

    def __init__(self, program: Path, data: Path, environment: dict[str, str]) -> None:
        self._program, self._data = program, data
        self._environment = {
            "LANG": "C.UTF-8",
            "HOME": str(data),
            **environment,
            "PATH": f"{program}:/usr/bin:/bin",
            "VIDEOBOT_DATA_DIR": str(data),
        }
        data.mkdir(exist_ok=True)
        os.chown(data, UID, UID)

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Begin a command as process 1 of its own box."""
        script = (
            # The folder first: a mount of its own stays writable when the root is not.
            f"mount --bind {self._data} {self._data} && mount -o remount,bind,ro / "
            f"&& mount -t tmpfs -o mode=1777 tmpfs {self._data.parent / 'tmp'} && cd {self._data} "
            f"&& exec setpriv --reuid {UID} --regid {UID} --clear-groups --no-new-privs --inh-caps=-all "
            '--bounding-set=-all "$@"'
        )
        (self._data.parent / "tmp").mkdir(exist_ok=True)
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
        return subprocess.Popen(
            [*namespaces, "sh", "-c", script, "sh", *command],
            env={**self._environment, "TMPDIR": str(self._data.parent / "tmp")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, timeout: float = 60.0) -> "subprocess.CompletedProcess[str]":
        """Do a command to its end."""
        process = self.start(*command)
        try:
            out, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            raise AssertionError(f"{command} did not end: {out}") from None
        return subprocess.CompletedProcess(command, process.returncode, out)


def process_one(box: "subprocess.Popen[str]") -> psutil.Process:
    """The process that is number 1 in there, as seen from here."""
    return psutil.Process(box.pid).children()[0]
