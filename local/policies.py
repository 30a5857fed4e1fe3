"""Evaluates a policy that is attached to a resource: a role's trust policy, a queue's or a key's policy.

Only what such policies use is evaluated. A condition that is not known here never opens anything and never lifts a
deny, so that a policy is never more open locally than on AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Context = Mapping[str, str]


@dataclass(frozen=True)
class Caller:
    """Who asks: a person or role by account and ARN, or an AWS service by its principal name."""

    account: str | None = None
    arn: str | None = None
    service: str | None = None


def allows(policy: str, action: str, caller: Caller, context: Context, resource: str | None = None) -> bool:
    """Whether the policy lets the caller do the action; `context` holds the condition keys of the request."""
    known = {key.lower(): value for key, value in context.items()}
    effects = {
        statement.get("Effect")
        for statement in _as_list(json.loads(policy).get("Statement"))
        if _applies(statement, action, caller, known, resource)
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Mapping[str, Any], action: str, caller: Caller, context: Context, resource: str | None) -> bool:
    deny = statement.get("Effect") == "Deny"
    if {"NotPrincipal", "NotAction", "NotResource"} & set(statement):
        # Nothing here knows how to read these: they may only ever close.
        return deny
    return (
        any(_like(action.lower(), pattern.lower()) for pattern in _as_list(statement.get("Action")))
        and (resource is None or any(_like(resource, pattern) for pattern in _as_list(statement.get("Resource"))))
        and _names(statement.get("Principal"), caller)
        and _conditions_hold(statement.get("Condition") or {}, context, deny=deny)
    )


def _names(principal: Any, caller: Caller) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    people = _as_list(principal.get("AWS"))
    if caller.service is not None:
        return caller.service in _as_list(principal.get("Service")) or "*" in people
    wanted = {"*", caller.arn, caller.account, f"arn:aws:iam::{caller.account}:root"}
    return any(entry in wanted for entry in people)


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context, *, deny: bool) -> bool:
    return all(
        _condition_holds(operator, key, [str(value) for value in _as_list(values)], context, deny=deny)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _condition_holds(operator: str, key: str, expected: list[str], context: Context, *, deny: bool) -> bool:
    name = operator.lower().removesuffix("ifexists")
    test = _OPERATORS.get(name)
    if test is None:
        return deny
    actual = context.get(key.lower())
    if name == "null":
        return (actual is None) == (expected[0].lower() == "true")
    if actual is None:
        return name in _NEGATED or operator.lower().endswith("ifexists")
    return test(actual, expected)


def _like(actual: str, pattern: str) -> bool:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, actual, re.DOTALL) is not None


def _arn_like(actual: str, pattern: str) -> bool:
    actual_parts, pattern_parts = actual.split(":", 5), pattern.split(":", 5)
    return len(actual_parts) == len(pattern_parts) and all(map(_like, actual_parts, pattern_parts))


_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "null": lambda actual, expected: False,
    "stringequals": lambda actual, expected: actual in expected,
    "stringnotequals": lambda actual, expected: actual not in expected,
    "stringequalsignorecase": lambda actual, expected: actual.lower() in [value.lower() for value in expected],
    "stringlike": lambda actual, expected: any(_like(actual, value) for value in expected),
    "stringnotlike": lambda actual, expected: not any(_like(actual, value) for value in expected),
    "arnequals": lambda actual, expected: any(_arn_like(actual, value) for value in expected),
    "arnlike": lambda actual, expected: any(_arn_like(actual, value) for value in expected),
    "arnnotequals": lambda actual, expected: not any(_arn_like(actual, value) for value in expected),
    "arnnotlike": lambda actual, expected: not any(_arn_like(actual, value) for value in expected),
    "numericlessthan": lambda actual, expected: any(float(actual) < float(value) for value in expected),
    "bool": lambda actual, expected: actual.lower() in [value.lower() for value in expected],
}
_NEGATED = {"stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike"}


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
