"""Who acts, as the platform knows them at this moment."""

from dataclasses import dataclass

from bot.generation.job import Job, Requester


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the desk. `name` is for cards only and is never stored.

    `is_admin`: may see and set limits, pause, decide, and act on everyone's jobs. `is_moderator`: may cancel and delete
    others' videos in this place, so only those of this workspace.
    """

    requester: Requester
    name: str
    is_admin: bool = False
    is_moderator: bool = False

    @property
    def key(self) -> str:
        """The person as limits, jobs and the audit trail know them: "discord:42"."""
        return self.requester.key

    def owns(self, job: Job) -> bool:
        """Whether the job is this person's own."""
        return job.requester.key == self.key

    def may_spend_on(self, job: Job) -> bool:
        """Whether this person may make another video from this one."""
        return self.owns(job) or self.is_admin

    def may_end(self, job: Job) -> bool:
        """Whether this person may cancel this job or delete its video."""
        here, there = self.requester, job.requester
        is_here = (here.platform, here.workspace) == (there.platform, there.workspace)
        return self.owns(job) or self.is_admin or (self.is_moderator and is_here)
