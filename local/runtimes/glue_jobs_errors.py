"""Finds the exception that ended a Python program in what it wrote to stderr."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TRACEBACK = "Traceback (most recent call last)"
_JAVA = "py4j.protocol.Py4JJavaError:"
_EXCEPTION = re.compile(r"(?:[\w]+\.)*(?P<name>[A-Za-z_]\w*)(?P<message>:.*)?")
_NAMED_LIKE_ONE = re.compile(r"(?!(?:java|javax|scala|org|com|software)\.)(?:\w+\.)*\w+(?:Error|Exception)(?::.*)?")


def last_exception(lines: Iterable[str]) -> str | None:
    """The last `Class: message` of the lines, without the class's module, as Glue reports it; None without one."""
    found, in_traceback, is_java = None, False, False
    for line in lines:
        # Of what failed in Spark itself the next line tells what it was.
        if is_java and line.startswith(": ") and found:
            found = f"{found} {line[2:]}"
        is_java = line.startswith(_JAVA)
        if line.startswith(_TRACEBACK):
            in_traceback = True
        elif in_traceback and line and not line[0].isspace():
            found, in_traceback = line, False
        elif not in_traceback and _NAMED_LIKE_ONE.fullmatch(line):
            found = line
    parts = _EXCEPTION.fullmatch(found) if found else None
    return parts["name"] + (parts["message"] or "") if parts else found
