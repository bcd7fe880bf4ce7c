"""Real time and real chance, for `bot.app` to hand down; tests hand down others."""

import asyncio
import secrets
import time

#: Crockford's base 32 in lower case: no letter that reads like a digit.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`, at least 0."""
        await asyncio.sleep(max(0.0, seconds))


class RandomIds:
    """Ids that nobody can guess: 60 bits for a job, 120 for an attempt."""

    def job_id(self) -> str:
        """12 characters; a person may type the first few."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(12))

    def attempt_id(self) -> str:
        """28 characters, fit for an HTTP header."""
        return "att_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))
