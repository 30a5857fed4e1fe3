"""Operators of conditions, taken apart: `ForAnyValue:StringLikeIfExists` is ForAnyValue, StringLike and IfExists.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STRING = "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike"
_ARN = "ArnEquals ArnNotEquals ArnLike ArnNotLike"
_COMPARED = "Equals NotEquals LessThan LessThanEquals GreaterThan GreaterThanEquals"
NUMERIC = frozenset(f"Numeric{name}" for name in _COMPARED.split())
DATE = frozenset(f"Date{name}" for name in _COMPARED.split())
ADDRESS = frozenset({"IpAddress", "NotIpAddress"})
#: Whose values may have variables.
TEXT = frozenset([*_STRING.split(), *_ARN.split()])
#: Whose values may have wildcards.
PATTERN = frozenset({"StringLike", "StringNotLike", *_ARN.split()})
NULL = "Null"
KNOWN = {name.lower(): name for name in (*TEXT, *NUMERIC, *DATE, *ADDRESS, "Bool", "BinaryEquals", NULL)}

_FORM = re.compile(r"(?:(forallvalues|foranyvalue):)?(.+?)(ifexists)?", re.IGNORECASE)


class Operator(NamedTuple):
    """An operator of the policy language."""

    #: `ForAllValues`, `ForAnyValue` or nothing.
    quantifier: str
    name: str
    if_exists: bool

    @property
    def is_negated(self) -> bool:
        """Whether it holds where no value fits."""
        return "Not" in self.name

    def __str__(self) -> str:
        prefix = f"{self.quantifier}:" if self.quantifier else ""
        return f"{prefix}{self.name}{'IfExists' if self.if_exists else ''}"


def operator_of(text: str) -> Operator | None:
    """The operator that a policy names, or nothing where there is none of that name."""
    found = _FORM.fullmatch(text)
    name = KNOWN.get(found[2].lower()) if found else None
    if found is None or name is None or (name == NULL and (found[1] or found[3])):
        return None
    quantifier = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue", "": ""}[(found[1] or "").lower()]
    return Operator(quantifier, name, bool(found[3]))
