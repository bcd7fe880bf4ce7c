"""The final stage, carried out in a root file system of its own: what a container of it sees, without Docker.

In there are the base image's part (this machine's /usr and Python, read-only, and an /etc where nobody but root is) and
what the stage's own instructions put there; nothing else of this machine.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.container.dockerfile import Stage

#: The PATH of Docker's Debian images.
BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON = Path(sys.base_prefix).resolve()
_ACCOUNTS = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "group": "root:x:0:\n",
    "shadow": "root:*:19000:0:99999:7:::\n",
    "gshadow": "root:*::\n",
}


@dataclass(frozen=True)
class User:
    """A line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    home: str


class FinalRoot:
    """`root` after the COPY and RUN of the final stage; `built` is where the build stage was carried out, and what it
    has at /opt is at the same place in here as there."""

    def __init__(self, stage: Stage, built: Path, root: Path) -> None:
        self.stage, self._built, self.root = stage, built, root
        self.said = ""  # by the RUN instructions
        self._base = [Path("/usr"), _PYTHON, built / "tools"]
        for name in ("bin", "sbin", "lib", "lib64"):
            path = Path("/", name)
            if path.is_symlink():
                (root / name).symlink_to(path.readlink())
            elif path.exists():
                self._base.append(path)
        for path in (*self._base, Path("/etc"), Path("/proc"), Path("/dev"), Path("/tmp")):
            self._inside(path).mkdir(parents=True, exist_ok=True)
        for name, text in _ACCOUNTS.items():
            (root / "etc" / name).write_text(text)
        for name in ("login.defs", "ld.so.cache"):
            shutil.copy2(Path("/etc", name), root / "etc" / name)
        for step in stage.steps:
            if step.word == "COPY":
                self._copy(*step.words)
            elif step.word == "RUN":
                self._run(step.rest)

    @property
    def user(self) -> User:
        """Who runs it, as Docker looks it up."""
        for line in (self.root / "etc" / "passwd").read_text().splitlines():
            name, _, uid, gid, _, home, _ = line.split(":")
            if uid == self.stage.last("USER").rest:
                return User(name, int(uid), int(gid), home)
        raise AssertionError("the user of the image has no name there")

    def start(self, *command: str, **env: str) -> "subprocess.Popen[str]":
        """Begin a command as process 1: nothing but the volume and /tmp can be written, and no privilege is left."""
        user, volume = self.user, self.stage.last("VOLUME").rest
        settings = {name: self._moved(value).replace("$PATH", BASE_PATH) for name, value in self.stage.env.items()}
        lock_up = (
            f"mount --bind {self.root}{volume} {self.root}{volume} && mount -o remount,bind,ro {self.root} "
            f"&& mount -t tmpfs -o mode=1777 tmpfs {self.root}/tmp &&"
        )
        become = [
            *("setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--no-new-privs"),
            *("--inh-caps=-all", "--bounding-set=-all"),
            *("sh", "-c", f'cd {self.stage.last("WORKDIR").rest} && exec "$@"', "sh", *command),
        ]
        return subprocess.Popen(
            self._entered(lock_up, become),
            env={"HOME": user.home, **settings, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, timeout: float = 60.0, **env: str) -> "subprocess.CompletedProcess[str]":
        """Do a command to its end."""
        process = self.start(*command, **env)
        try:
            out, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            raise AssertionError(f"{command} did not end: {out}") from None
        return subprocess.CompletedProcess(command, process.returncode, out)

    def _copy(self, source: str, target: str) -> None:
        shutil.copytree(
            self._moved(source), self._inside(Path(self._moved(target))), symlinks=True, copy_function=os.link
        )

    def _run(self, command: str) -> None:
        done = subprocess.run(
            self._entered("", ["sh", "-c", self._moved(command)]),
            env={"HOME": "/root"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        self.said += done.stdout

    def _entered(self, lock_up: str, command: list[str]) -> list[str]:
        """The command, in there, with process ids of its own."""
        binds = " ".join(
            f"mount --bind {path} {self._inside(path)} && mount -o remount,bind,ro {self._inside(path)} &&"
            for path in self._base
        )
        script = (
            f"PATH={os.defpath}:{BASE_PATH}; mount --bind {self.root} {self.root} && {binds} "
            f"mount -t proc proc {self.root}/proc && mount --rbind /dev {self.root}/dev && {lock_up} "
            f'exec /usr/sbin/chroot {self.root} "$@"'
        )
        # The PATH of the program counts only inside.
        entered = ["/usr/bin/env", f"PATH={self._path()}", *command]
        unshare = shutil.which("unshare")
        assert unshare is not None
        return [unshare, "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script, "sh", *entered]

    def _path(self) -> str:
        return self._moved(self.stage.env["PATH"]).replace("$PATH", BASE_PATH)

    def _inside(self, path: Path) -> Path:
        return self.root / path.relative_to("/")

    def _moved(self, text: str) -> str:
        return text.replace("/opt/", f"{self._built}/opt/")
