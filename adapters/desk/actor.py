"""Who acts, as the platform knows them at this moment."""

from dataclasses import dataclass

from bot.generation.job import Job, Requester
from bot.generation.limits import Scope, ScopeKind, place_of


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the desk. `name` is for cards only and is never stored.

    `is_admin`: rules this workspace: its limits, channels, roles and people, and the jobs of it. `is_operator`: rules
    everything: everyone, models, all workspaces, pauses; None where the platform makes no difference, so that its
    admins are operators. `is_moderator`: may cancel and delete others' videos in this workspace.
    """

    requester: Requester
    name: str
    is_admin: bool = False
    is_moderator: bool = False
    is_operator: bool | None = None

    @property
    def rules_all(self) -> bool:
        """Whether this person is an operator."""
        return self.is_admin if self.is_operator is None else self.is_operator

    @property
    def place(self) -> str:
        """The workspace this person acts in, as scopes know it: "discord:1"; "" outside of any."""
        return place_of(self.requester.platform, self.requester.workspace)

    @property
    def key(self) -> str:
        """The person as limits, jobs and the audit trail know them: "discord:42"."""
        return self.requester.key

    def owns(self, job: Job) -> bool:
        """Whether the job is this person's own."""
        return job.requester.key == self.key

    def may_spend_on(self, job: Job) -> bool:
        """Whether this person may make another video from this one."""
        return self.owns(job) or self.may_rule(job)

    def may_rule(self, job: Job) -> bool:
        """Whether this person may decide about this job as an admin."""
        return self.rules_all or (self.is_admin and self._is_here(job))

    def may_touch(self, scope: Scope) -> bool:
        """Whether this person may set what this scope may take. The ids of users of a platform where they are the same
        in every workspace do not say where they belong: there, an admin may touch any single one of them."""
        if self.rules_all:
            return True
        if not self.is_admin or not self.place:
            return False
        match scope.kind:
            case ScopeKind.WORKSPACE:
                return scope.id == self.place
            case ScopeKind.CHANNEL | ScopeKind.ROLE:
                return scope.id.startswith(f"{self.place}:")
            case ScopeKind.USER:
                platform, _, user = scope.id.partition(":")
                if ":" in user:
                    return scope.id.startswith(f"{self.place}:")
                return bool(user) and platform == self.requester.platform
            case _:
                return False

    def _is_here(self, job: Job) -> bool:
        return self.place == place_of(job.requester.platform, job.requester.workspace) != ""

    def may_end(self, job: Job) -> bool:
        """Whether this person may cancel this job or delete its video."""
        here, there = self.requester, job.requester
        is_here = (here.platform, here.workspace) == (there.platform, there.workspace)
        return self.owns(job) or self.may_rule(job) or (self.is_moderator and is_here)
