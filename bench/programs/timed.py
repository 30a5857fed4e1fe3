"""Runs a command and prints what the operating system says of it: wall and CPU seconds, peak memory in MB."""

import json
import resource
import subprocess
import sys
import time

start = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
# Linux counts kilobytes, macOS bytes: getrusage(2).
unit = 1024 * 1024 if sys.platform == "darwin" else 1024
print(json.dumps({"code": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "peakMb": used.ru_maxrss / unit}))
