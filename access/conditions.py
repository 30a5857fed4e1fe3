"""What can be wrong with the conditions and the variables of a statement."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from access.keys import GLOBAL_FAMILIES, GLOBAL_KEYS, MULTIVALUED_KEYS, is_key, is_variable
from access.operators import ADDRESS, DATE, KNOWN, NULL, NUMERIC, TEXT, Operator, operator_of
from access.variables import VARIABLE, parts


def condition_problems(condition: Any) -> Iterator[str]:
    """Everything that is wrong with a Condition element."""
    if not isinstance(condition, Mapping):
        yield f"has Condition {condition!r}; give an object of operators"
        return
    for name, keys in condition.items():
        operator = operator_of(str(name))
        if operator is None:
            near = difflib.get_close_matches(str(name), list(KNOWN.values()), 1, 0.5)
            yield f"has the unknown operator {name!r}; {f'did you mean {near[0]}?' if near else 'use one that exists'}"
        elif not isinstance(keys, Mapping) or not keys:
            yield f"has {name}: {keys!r}; give an object of condition keys"
        else:
            for key, values in keys.items():
                yield from (f"has {name} on {key!r}: {problem}" for problem in _of_key(operator, str(key)))
                yield from (f"has {name} on {key!r}: {problem}" for problem in _of_values(operator, values))


def unknown_variables(text: str) -> str | None:
    """What is wrong with the variables of a text, if anything."""
    if "${" in VARIABLE.sub("", text):
        return "a variable is not closed; write ${key}, or ${$}{ for the characters themselves"
    for variable in VARIABLE.findall(text):
        key, _ = parts(variable)
        if key not in ("*", "?", "$") and not is_variable(key):
            near = difflib.get_close_matches(key, [*GLOBAL_KEYS.values(), *GLOBAL_FAMILIES], 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "use a condition key that has one value"
            return f"there is no variable ${{{variable}}}; {hint}"
    return None


def _of_key(operator: Operator, key: str) -> Iterator[str]:
    lower = key.lower()
    if not is_key(key):
        near = difflib.get_close_matches(key, [*GLOBAL_KEYS.values(), *GLOBAL_FAMILIES], 1, 0.5)
        yield f"there is no such condition key; {f'did you mean {near[0]}?' if near else 'write service:Key'}"
    elif lower in MULTIVALUED_KEYS and not operator.quantifier and operator.name != NULL:
        yield f"the key has several values; say ForAllValues:{operator.name} or ForAnyValue:{operator.name}"
    elif lower.startswith("aws:") and lower not in MULTIVALUED_KEYS and operator.quantifier:
        yield f"the key has one value, and without one {operator.quantifier} would decide alone; say {operator.name}"


def _of_values(operator: Operator, values: Any) -> Iterator[str]:
    entries = values if isinstance(values, list) else [values]
    if not entries:
        yield "there is no value to compare with; give at least one"
    for value in entries:
        if not isinstance(value, (str, bool, int, float)):
            yield f"{value!r} is no value; give a text"
            continue
        text = str(value)
        if "${" in text and operator.name not in TEXT:
            yield f"{text!r} has a variable, which {operator.name} takes literally; use a String or Arn operator"
        elif problem := unknown_variables(text) or _of_value(operator, text):
            yield problem


def _of_value(operator: Operator, text: str) -> str | None:
    name = operator.name
    if name in (NULL, "Bool") and text.lower() not in ("true", "false"):
        return f"{text!r} is neither true nor false"
    if name in NUMERIC and not _can(float, text):
        return f"{text!r} is no number"
    if name in DATE and not _can(float, text) and not _can(datetime.fromisoformat, text.replace("Z", "+00:00")):
        return f"{text!r} is no date; write 2026-01-31T00:00:00Z"
    if name in ADDRESS and not _can(_range, text):
        return f"{text!r} is no range of addresses; write 203.0.113.0/24"
    if name.startswith("Arn") and len(VARIABLE.sub("x", text).split(":", 5)) != 6 and text[:2] != "${":
        return f"{text!r} is no ARN, so it fits none; write all six parts"
    return None


def _range(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


def _can(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
