"""Kills the process groups it was told of once the server is gone, however the server ended.

A worker ends by itself when its stdin closes, unless its function blocks it; this process makes sure of it. It reads
`+<group>` and `-<group>` lines and acts at the end of its input.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Follows the list of process groups until the server's end of the pipe closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
