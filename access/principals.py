"""Whom a statement of a resource's policy means, and how far it reaches.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from typing import Any, Literal

from access.model import Principal

#: `itself` grants whatever the caller's own policies leave out, `role` within boundary and session policies, `account`
#: leaves it to the policies of the caller.
Reach = Literal["itself", "role", "account"]

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")


def reach_of(principal: Any, caller: Principal) -> Reach | None:
    """How a Principal element names the caller, if it does."""
    if principal == "*":
        return "itself"
    people = _entries(principal, "AWS")
    if "*" in people:
        return "itself"
    if caller.kind == "service":
        services = [service.lower() for service in _entries(principal, "Service")]
        return "itself" if caller.arn.lower() in services else None
    if caller.kind == "federated":
        return "itself" if caller.arn in _entries(principal, "Federated") else None
    if caller.kind == "anonymous":
        return None
    if caller.session_arn is not None and caller.session_arn in people:
        return "itself"
    if caller.arn in people:
        return "role" if caller.kind == "role" else "itself"
    if caller.account in map(_account_of, people):
        return "itself" if caller.kind == "root" else "account"
    return None


def is_exempt(not_principal: Any, caller: Principal) -> bool:
    """Whether NotPrincipal leaves the caller out: of people it has to name account, role and session as well."""
    if caller.kind == "service":
        return caller.arn.lower() in [service.lower() for service in _entries(not_principal, "Service")]
    if caller.kind == "federated":
        return caller.arn in _entries(not_principal, "Federated")
    if caller.kind == "anonymous":
        return False
    people = _entries(not_principal, "AWS")
    named = caller.account in map(_account_of, people)
    if caller.kind != "root":
        named = named and caller.arn in people
    if caller.kind == "role":
        named = named and caller.session_arn in people
    return named


def _account_of(entry: str) -> str | None:
    found = _ROOT.fullmatch(entry)
    return found[1] if found else entry if entry.isdigit() else None


def _entries(principal: Any, kind: str) -> list[str]:
    value = principal.get(kind, []) if isinstance(principal, dict) else []
    return [value] if isinstance(value, str) else list(value)
