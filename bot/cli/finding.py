"""Find the job a person means by the first characters of its id."""

from typing import TYPE_CHECKING

from bot.cli.errors import bad_input
from bot.generation.job import Job

if TYPE_CHECKING:
    from bot.app import App


async def job_called(app: "App", typed: str) -> Job:
    """The one job whose id starts with `typed`. Raises CommandError when there is none, or more than one."""
    prefix = typed.strip().lower()
    if not prefix or not prefix.isalnum():
        raise bad_input(f'"{typed[:40]}" is not the id of a job; `videobot jobs list` shows the ids.')
    found = list(await app.store.find_jobs(prefix))
    exact = [job for job in found if job.id == prefix]
    if exact or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise bad_input(f"There is no job {prefix}; `videobot jobs list` shows the ids.")
    ids = ", ".join(job.id for job in found)
    raise bad_input(f"{prefix} could be any of {ids}; type more of the id.")
