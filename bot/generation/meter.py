"""What the core tells whoever counts: how late it is, and how jobs move."""

from bot.generation.job import JobState


class Meter:
    """Counts nothing. One that counts overrides its methods; none of them may raise or wait."""

    def began(self, state: JobState, late: float) -> None:
        """A step of a job in this state begins `late` seconds after it was due (0 or more)."""

    def entered(self, state: JobState) -> None:
        """A step brought a job into this state from another one."""
