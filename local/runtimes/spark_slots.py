"""How many Spark programs run at once on this machine, whichever service started them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
