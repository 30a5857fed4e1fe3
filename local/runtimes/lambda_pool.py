"""Keeps a function's workers: warm ones are reused, outdated ones retired, and no more run than may."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.runtimes.lambda_worker import Worker

_IDLE_SECONDS = 300.0
_OVERFLOW_SECONDS = 5.0


class ThrottledError(Exception):
    """The function already runs as often at once as its reserved concurrency allows."""


class WorkerPool:
    """The workers of one function.

    `most` is what this machine is given, beyond which invocations wait; the function's reserved concurrency is what
    AWS would allow, beyond which they are throttled.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy = 0
        self._closed = False

    def reserve(self, reserved: int | None, *, wait_for_reserved: bool) -> None:
        """Takes a place for one invocation; ThrottledError where the reserved concurrency is used up."""
        overflow_at = time.monotonic() + _OVERFLOW_SECONDS
        with self._changed:
            while True:
                if reserved is not None and self._busy >= reserved:
                    if not wait_for_reserved:
                        raise ThrottledError
                # A function that waits for another run of itself would wait forever: after a while it gets a place.
                elif self._busy < self._most or time.monotonic() >= overflow_at:
                    self._busy += 1
                    return
                self._changed.wait(0.25)

    def release(self) -> None:
        """Gives the place of an invocation back."""
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    @contextmanager
    def worker(self, is_current: Callable[[Worker], bool], start: Callable[[], Worker]) -> Iterator[Worker]:
        """A worker for one invocation: a warm one that is still current, or a new one."""
        worker = self._take(is_current) or start()
        try:
            yield worker
        finally:
            self._give_back(worker)

    def retire_idle(self, older_than_seconds: float = _IDLE_SECONDS) -> None:
        """Stops the workers that have not been used for a while."""
        with self._changed:
            now = time.monotonic()
            old = [worker for worker in self._idle if now - worker.used_at >= older_than_seconds]
            self._idle = [worker for worker in self._idle if worker not in old]
        for worker in old:
            worker.stop()

    def close(self) -> None:
        """Stops every worker; those still running a function are stopped when they end."""
        self._closed = True
        self.retire_idle(0)

    def _take(self, is_current: Callable[[Worker], bool]) -> Worker | None:
        while True:
            with self._changed:
                if not self._idle:
                    return None
                worker = self._idle.pop()
            if worker.alive and is_current(worker):
                return worker
            worker.stop()

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            if worker.alive and not self._closed and len(self._idle) < self._most:
                self._idle.append(worker)
                return
        worker.stop()
