"""Child processes that never outlive the server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Processes:
    """Starts children in process groups of their own, and kills what is left of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._closed = False
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Starts a command as the leader of a new process group."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the server is shutting down")
            process = subprocess.Popen(command, start_new_session=True, **options)
            self._groups.add(process.pid)
            self._tell(f"+{process.pid}")
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kills a child with everything it started, and waits for it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with self._lock:
            if process.pid in self._groups:
                self._groups.discard(process.pid)
                self._tell(f"-{process.pid}")

    def close(self) -> None:
        """Kills every child that is left; no further one can be started."""
        with self._lock:
            self._closed = True
            groups = list(self._groups)
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        if self._guardian.stdin:
            self._guardian.stdin.close()
        self._guardian.wait(5)

    def _tell(self, line: str) -> None:
        if self._guardian.stdin and self._guardian.poll() is None:
            self._guardian.stdin.write(line + "\n")
