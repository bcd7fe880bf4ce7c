"""Python's garbage collector in a process that holds thousands of jobs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects in the youngest generation before it is collected, and how many of these collections make one of the next.
THRESHOLDS = (50_000, 20, 100)


@contextmanager
def calm_collector() -> Iterator[None]:
    """Collect less often within the block, and leave alone what there is at its start.

    With CPython's own thresholds (700, 10, 10) and 7,000 jobs in flight, the full collections stop the event loop for
    up to half a second each: the first response to 1 command in 100 then took 459 ms, with these thresholds about 90 ms
    (`python -m tests.bench discord`). Cycles are still collected, only later.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
