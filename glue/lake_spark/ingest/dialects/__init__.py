"""What databases do not have in common."""

from __future__ import annotations

from ...errors import ArgumentsError
from .dialect import Dialect
from .mysql import MySql
from .postgresql import PostgreSql

_DIALECTS: dict[str, type[Dialect]] = {"postgresql": PostgreSql, "mysql": MySql}


def dialect_of(engine: str) -> Dialect:
    """The dialect of `connection.engine`. Raises ArgumentsError that names the known ones."""
    if engine not in _DIALECTS:
        raise ArgumentsError(f"engine {engine} is unknown: use one of {', '.join(_DIALECTS)}")
    return _DIALECTS[engine]()
