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
        return _letters(12)

    def attempt_id(self) -> str:
        """28 characters, fit for an HTTP header."""
        return f"att_{_letters(24)}"


def _letters(count: int) -> str:
    # One question to the system; the alphabet has 32 letters, so each byte's low bits choose one evenly.
    return "".join(_ALPHABET[byte % 32] for byte in secrets.token_bytes(count))
