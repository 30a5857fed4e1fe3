"""How much memory a process holds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def resident_megabytes(pid: int) -> float:
    """The resident memory of a process; 0 once it has ended."""
    statm = Path(f"/proc/{pid}/statm")
    try:
        if statm.exists():
            return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576
        found = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return int(found.stdout.strip() or 0) / 1024
    except (OSError, ValueError, IndexError):
        return 0.0
