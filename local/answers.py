"""Answers that are given again: a client that lost one sends its request a second time, under the same invocation id.

A lost answer would otherwise end in an error, because what the request was to make or to remove is made or gone
already. Failures are not kept: clients repeat these requests on purpose. Nor are answers of S3, whose requests may be
repeated, and which may be large.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

# Terraform works on ten resources at once, and repeats a request within seconds.
_KEPT = 500
_LARGEST_BODY = 256 * 1024


@dataclass(frozen=True)
class _Answer:
    status: str
    headers: Headers
    body: bytes


class Answers:
    """The latest successful answers, by the invocation id that AWS's SDKs put into their requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Answer] = OrderedDict()
        self._turns: dict[str, tuple[threading.Lock, int]] = {}

    def once(self, environ: dict[str, Any], start_response: StartResponse, answer: Application) -> Iterable[bytes]:
        """Lets the application answer, unless it has answered this invocation; a repetition waits for the first."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if invocation is None:
            return answer(environ, start_response)
        with self._turn(invocation):
            found = self._kept.get(invocation)
            if found is not None:
                log.info("answered again: %s (%s)", invocation, environ.get("HTTP_AMZ_SDK_REQUEST"))
            else:
                found = self._take(environ, answer)
            self._keep(invocation, found)
        start_response(found.status, found.headers)
        return [found.body]

    def _turn(self, invocation: str) -> Any:
        return _Turn(self._lock, self._turns, invocation)

    @staticmethod
    def _take(environ: dict[str, Any], answer: Application) -> _Answer:
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *_: Any) -> None:
            started.append((status, headers))

        chunks = answer(environ, start)
        if hasattr(chunks, "close"):
            with closing(chunks):  # type: ignore[type-var]
                body = b"".join(chunks)
        else:
            body = b"".join(chunks)
        status, headers = started[-1]
        return _Answer(status, headers, body)

    def _keep(self, invocation: str, answer: _Answer) -> None:
        if not answer.status.startswith("2") or len(answer.body) > _LARGEST_BODY:
            return
        with self._lock:
            self._kept[invocation] = answer
            self._kept.move_to_end(invocation)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


class _Turn:
    """One request of an invocation at a time."""

    def __init__(self, lock: threading.Lock, turns: dict[str, tuple[threading.Lock, int]], key: str) -> None:
        self._lock, self._turns, self._key = lock, turns, key

    def __enter__(self) -> None:
        with self._lock:
            own, users = self._turns.get(self._key, (threading.Lock(), 0))
            self._turns[self._key] = (own, users + 1)
        own.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            own, users = self._turns.pop(self._key)
            if users > 1:
                self._turns[self._key] = (own, users - 1)
        own.release()
