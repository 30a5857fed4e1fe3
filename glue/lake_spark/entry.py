"""How the scripts of jobs start and how they end."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType


def run(main: Callable[[Sequence[str]], None]) -> None:
    """Runs a job with the process's arguments. When it fails, stderr ends in one line `<class>: <message>`."""
    sys.excepthook = _report
    main(sys.argv[1:])


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    traceback.print_exception(kind, error, trace)
    sys.stderr.flush()
    print(one_line(error), file=sys.stderr, flush=True)


def one_line(error: BaseException) -> str:
    """An error as Glue shows it. Of an error in the JVM, the first line says what happened; the rest is a stack."""
    java = getattr(error, "java_exception", None)
    text = str(java.toString()) if java is not None else str(error)
    lines = text.strip().splitlines() or [""]
    message = lines[0] if len(lines) > 5 else " ".join(line.strip() for line in lines)
    return f"{type(error).__name__}: {message}"
