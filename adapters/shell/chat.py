"""The shell's `Chat`: delivering is writing a file, finding is seeing that it is there already."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from adapters.shell.names import target_of
from adapters.shell.place import already_there, place
from bot.generation.job import Address, Job, Purpose, StoredVideo
from bot.generation.ports import ChatError, JobView, Media, MediaError

#: The reference of a result that could not be saved: what was shown is the gateway's link.
LINK = "link"


def shell_address(output: str, *, replace: bool = False) -> Address:
    """The address of a job whose video goes to `output`: a file, or a folder when it ends with a slash. `replace`: the
    person said that a file of that name may be overwritten."""
    extra = {"output": output, **({"replace": "yes"} if replace else {})}
    return Address(platform="shell", extra=extra)


class ShellChat:
    """Puts each finished video where its address says."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._elsewhere: dict[str, Path] = {}

    def send_to(self, job_id: str, target: Path) -> None:
        """From now on this job's video goes to `target`, whatever its address says."""
        self._elsewhere[job_id] = target

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """The path of the file when it is there already. Raises ChatError."""
        target = self.target(job)
        if purpose is not Purpose.RESULT or job.video is None or target is None:
            return None
        there = await asyncio.to_thread(already_there, await self._file(job.video), target)
        return None if there is None else str(there)

    async def deliver(self, view: JobView) -> str:
        """Write the file; returns its path, the kept file's when none was asked for, or "link". Raises ChatError."""
        job = view.job
        if job.video is None:
            return LINK
        kept, target = await self._file(job.video), self.target(job)
        if target is None:
            return str(kept)
        replace = _says(job.address.extra, "replace") and job.id not in self._elsewhere
        try:
            return str(await asyncio.to_thread(place, kept, target, replace=replace))
        except ChatError as error:
            raise ChatError(f"{error.message} The video is kept at {kept}.", gone=error.gone) from error

    async def _file(self, video: StoredVideo) -> Path:
        try:
            return await self._media.video_file(video)
        except MediaError as error:
            raise ChatError(error.message) from error

    def target(self, job: Job) -> Path | None:
        """Where this job's video is to go; None when it stays in the media folder."""
        return self._elsewhere.get(job.id) or target_of(job)


def _says(extra: Mapping[str, str], name: str) -> bool:
    return extra.get(name) == "yes"
