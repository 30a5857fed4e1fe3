"""Policy variables: `${aws:PrincipalTag/team}` stands for what the request says.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

The engine knows none, and reads each `*` and `?` as a wildcard. What is meant literally, by `${*}` or because it is
part of a request, is therefore written in characters that Unicode leaves to private use, on both sides of a comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"([^,]*?)\s*,\s*'([^']*)'\s*")
#: A line break is no wildcard, but what the engine takes for one does not match it.
_LITERAL = str.maketrans({"*": "\ue000", "?": "\ue001", "\n": "\ue002"})

Context = Mapping[str, Sequence[str]]


class UnresolvedError(LookupError):
    """A variable without default has no value in the request."""


@lru_cache(maxsize=1 << 12)
def literal(text: str) -> str:
    """The text without wildcards: as it is compared."""
    return text.translate(_LITERAL)


def parts(variable: str) -> tuple[str, str | None]:
    """Key and default of what stands between the brackets."""
    found = _DEFAULT.fullmatch(variable)
    return (found[1], found[2]) if found else (variable, None)


def expand(pattern: str, context: Context) -> str:
    """The pattern with values for its variables."""

    def value(found: re.Match[str]) -> str:
        key, default = parts(found[1])
        if key in ("*", "?", "$"):
            return literal(key)
        values = context.get(key.lower(), ())
        if len(values) == 1:
            return literal(values[0])
        if default is None:
            raise UnresolvedError(key)
        return literal(default)

    return VARIABLE.sub(value, pattern.replace("\n", literal("\n")))


def has_variables(statement: Mapping[str, Any]) -> bool:
    """Whether a statement has to be written anew for each request."""
    return any("${" in text for text in _texts(statement))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for child in children for text in _texts(child)]
