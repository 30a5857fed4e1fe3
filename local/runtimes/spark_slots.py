"""How Spark programs run on this machine, and how many at once, whichever service started them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProgramOptions:
    """How programs run on this machine; tests shorten the minute in which timeouts and idle times are counted."""

    run_dir: Path
    endpoint: str
    jars_dir: Path
    minute_seconds: float


class SparkSlots:
    """The places of Spark programs; who finds none waits."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def slot(self, is_stopped: Callable[[], bool], *, needed: bool = True) -> Iterator[bool]:
        """A place while the block runs; False where the program was stopped while it waited for one."""
        if not needed:
            yield True
            return
        while not self._free.acquire(timeout=0.1):
            if is_stopped():
                yield False
                return
        try:
            yield True
        finally:
            self._free.release()
