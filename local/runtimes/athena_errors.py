"""Why a statement failed, in Athena's words, such as `COLUMN_NOT_FOUND: line 1:8: Column ... cannot be resolved`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import duckdb


class QueryError(Exception):
    """A statement fails; the message begins with Athena's code of the error and, where it has one, the place."""

    def __init__(self, code: str, message: str, place: Place | None = None) -> None:
        where = "" if place is None else f"line {place.line}:{place.column}: "
        super().__init__(f"{code}: {where}{message}")
        self.code = code


class NotEmulatedQueryError(QueryError):
    """Athena can do this, the embedded one cannot: said instead of answering something else."""

    def __init__(self, what: str, place: Place | None = None) -> None:
        super().__init__("NOT_SUPPORTED", f"The embedded local AWS does not emulate this: {what}", place)


class ScanLimitError(Exception):
    """The statement has read more than its workgroup allows."""


@dataclass(frozen=True)
class Place:
    """Where in the statement, both counted from 1."""

    line: int
    column: int


def place_of(statement: str, offset: int) -> Place:
    """The place of a character."""
    before = statement[:offset]
    return Place(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def find_word(statement: str, word: str) -> Place | None:
    """Where a name first stands in the statement."""
    found = re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", statement, re.IGNORECASE) or re.search(
        re.escape(word), statement, re.IGNORECASE
    )
    return place_of(statement, found.start()) if found else None


def translate(error: duckdb.Error, statement: str) -> QueryError:
    """The engine's error as Athena would put it."""
    kind, text, name = _read(error)
    if text.startswith(_RAISED):
        code, _, message = text.removeprefix(_RAISED).partition(": ")
        return QueryError(code, message)
    if "Division by zero" in text:
        return QueryError("DIVISION_BY_ZERO", "Division by zero")
    code = _CODES.get(kind)
    if code is not None:
        return QueryError(code, _first_line(text))
    for part, named_code, message in _MESSAGES:
        if part in text:
            word = _qualified(text) or name or _quoted(text)
            return QueryError(named_code, message.format(word), find_word(statement, word))
    if kind in ("Binder", "Parser", "Catalog"):
        return QueryError("SYNTAX_ERROR", _first_line(text), find_word(statement, name) if name else None)
    return QueryError("GENERIC_INTERNAL_ERROR", _first_line(text))


_CODES = {"Conversion": "INVALID_CAST_ARGUMENT", "Out of Range": "NUMERIC_VALUE_OUT_OF_RANGE"}
UNRESOLVED = "Column '{}' cannot be resolved or requester is not authorized to access requested resources"
_MESSAGES = (
    ("does not have a column named", "COLUMN_NOT_FOUND", UNRESOLVED),
    ("eferenced column", "COLUMN_NOT_FOUND", UNRESOLVED),
    ("Function with name", "FUNCTION_NOT_FOUND", "Function '{}' not registered"),
    (
        "must appear in the GROUP BY clause",
        "EXPRESSION_NOT_AGGREGATE",
        "'{}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    ("mbiguous reference", "AMBIGUOUS_NAME", "Column '{}' is ambiguous"),
)
_RAISED = "athena! "


def raised(code: str, message: str) -> str:
    """What a macro passes to the engine's `error` so that it comes back as an error of Athena."""
    return f"{_RAISED}{code}: {message}"


def _read(error: duckdb.Error) -> tuple[str, str, str | None]:
    text = str(error)
    kind, _, document = text.partition(" Error: ")
    try:
        parsed = json.loads(document)
        return kind, parsed["exception_message"], parsed.get("name")
    except ValueError:
        return kind, document or text, None


def _qualified(text: str) -> str | None:
    found = re.search(r'"([^"]*)" does not have a column named "([^"]*)"', text)
    return f"{found[1]}.{found[2]}" if found else None


def _quoted(text: str) -> str:
    found = re.findall(r'"([^"]*)"', text)
    return found[0] if found else ""


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
