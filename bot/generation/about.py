"""Which job the code at hand works for, so that every log line can name it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: The id of the job, None outside of any. It belongs to the running task, like everything in a context.
JOB: ContextVar[str | None] = ContextVar("videobot_job", default=None)


@contextmanager
def about(job_id: str | None) -> Iterator[None]:
    """What is logged inside is about this job."""
    before = JOB.set(job_id)
    try:
        yield
    finally:
        JOB.reset(before)
