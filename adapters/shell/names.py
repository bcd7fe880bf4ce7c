"""The name of a video's file, from its prompt and its job."""

import re
import unicodedata
from pathlib import Path

from bot.generation.job import Job

_MOST = 40


def slug(prompt: str) -> str:
    """The beginning of a prompt as a file name: small letters, digits and hyphens; "video" when nothing is left."""
    plain = unicodedata.normalize("NFKD", prompt[:400]).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > _MOST:
            break
        name = longer
    return name or (words[0][:_MOST] if words else "video")


def target_of(job: Job) -> Path | None:
    """The file that the job's address asks for; None when it asks for none."""
    output = job.address.extra.get("output", "")
    if not output:
        return None
    if output.endswith("/"):
        return Path(output) / f"{slug(job.request.prompt)}-{job.id}.mp4"
    return Path(output)
