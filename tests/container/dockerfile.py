"""The Dockerfile and .dockerignore, read; and a build stage carried out in a folder, without Docker."""

import fnmatch
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """One instruction."""

    word: str
    rest: str

    @property
    def flags(self) -> dict[str, str]:
        pairs = (part[2:].partition("=") for part in self.rest.split() if part.startswith("--"))
        return {name: value for name, _, value in pairs} if self.word in ("COPY", "HEALTHCHECK") else {}

    @property
    def words(self) -> list[str]:
        """The arguments, in either form."""
        text = self.rest
        while self.word in ("COPY", "HEALTHCHECK") and text.startswith("--"):
            text = text.partition(" ")[2].strip()
        if self.word == "HEALTHCHECK":
            text = text.removeprefix("CMD").strip()
        return json.loads(text) if text.startswith("[") else shlex.split(text)


@dataclass
class Stage:
    """What is between two FROM."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]

    def last(self, word: str) -> Step:
        return self.all(word)[-1]

    @property
    def env(self) -> dict[str, str]:
        pairs = (pair.partition("=") for step in self.all("ENV") for pair in shlex.split(step.rest))
        return {name: value for name, _, value in pairs}


def stages() -> list[Stage]:
    """The Dockerfile's stages, the first one first."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found: list[Stage] = []
    for line in (line.strip() for line in joined.splitlines()):
        if not line:
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].steps.append(Step(word, " ".join(rest.split())))
    return found


def context() -> list[Path]:
    """The files Docker would be sent, after .dockerignore (its last rule that fits counts)."""
    rules = [
        line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    ]
    sent = []
    for folder, names, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        if here == Path():
            names[:] = [name for name in names if name not in (".git", ".venv")]
            assert _is_ignored(".git/config", rules)
            assert _is_ignored(".venv/bin/python", rules)
        sent += [here / file for file in files if not _is_ignored((here / file).as_posix(), rules)]
    return sorted(sent)


def _is_ignored(path: str, rules: list[str]) -> bool:
    parts = path.split("/")
    ends = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        anywhere = "**/" in rule
        fits = any(fnmatch.fnmatch(end.rpartition("/")[2] if anywhere else end, pattern) for end in ends)
        if fits and not ("/" not in pattern and pattern == "*" and anywhere):
            ignored = not rule.startswith("!")
    return ignored


def build(stage: Stage, root: Path) -> None:
    """Carry out RUN, COPY and WORKDIR of a stage below `root` instead of `/`, with this machine's Python."""
    tools = root / "tools"
    tools.mkdir(parents=True)
    (tools / "python").symlink_to(Path(sys.executable).resolve())
    where = root
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(root), "LANG": "C.UTF-8"}
    sent = context()
    for step in stage.steps:
        match step.word:
            case "WORKDIR":
                where = root / step.rest.lstrip("/")
                where.mkdir(parents=True, exist_ok=True)
            case "COPY":
                _copy(step, sent, where)
            case "RUN":
                command = step.rest.replace("/opt/", f"{root}/opt/")
                subprocess.run(["sh", "-c", command], cwd=where, env=environment, check=True, timeout=1500)
            case _:
                raise AssertionError(f"the build stage has a {step.word}, which this test does not know")


def _copy(step: Step, sent: list[Path], where: Path) -> None:
    *sources, target = step.words
    for source in sources:
        files = [path for path in sent if path == Path(source) or Path(source) in path.parents]
        assert files, f"COPY {source}: .dockerignore leaves nothing of it"
        for path in files:
            inside = path.relative_to(source) if path != Path(source) else Path()
            to = where / target / (path.name if target.endswith("/") else inside)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, to)
