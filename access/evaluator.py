"""Decides requests by all policies that have a say in them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from access.model import Decision, Document, Found, Kind, Policies, Principal, Reason, Request
from access.principals import is_exempt, reach_of
from access.statements import Asked, Statement, policy_of
from access.validation import InvalidPolicyError, PolicyKind

__all__ = [
    "Decision",
    "Document",
    "Found",
    "InvalidPolicyError",
    "Kind",
    "Policies",
    "Principal",
    "Reason",
    "Request",
    "context_of",
    "decide",
]

_ROOT = Document(
    "root of the account",
    {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
)
_PEOPLE = ("role", "user", "root")
_PRINCIPAL_TYPES = {"role": "AssumedRole", "user": "User", "root": "Account", "anonymous": "Anonymous"}


def decide(request: Request, policies: Policies) -> Decision:
    """Whether a request is allowed, why, and by which statements.

    :raises InvalidPolicyError: if a policy does not mean what it says; nothing is decided then.
    """
    if not request.resource_account:
        raise ValueError(f"{request.action} on {request.resource}: say which account has the resource")
    layers = _Layers(request, policies)
    denies = layers.denies()
    if denies:
        return _decision("explicit deny", denies)
    if layers.has_limits and not layers.limits:
        return _decision("service control policy", [])
    if request.principal.kind not in _PEOPLE:
        return _decision("allowed" if layers.direct else "resource policy", layers.direct)
    if request.principal.account == request.resource_account:
        return _within_account(layers, policies.resource_decides)
    if not layers.granted:
        return _decision("resource policy", [])
    return _by_identity(layers, layers.granted)


def _within_account(layers: _Layers, resource_decides: bool) -> Decision:
    """Here an Allow of either side is enough, but for keys and roles."""
    if layers.direct:
        return _decision("allowed", layers.direct)
    if layers.to_role:
        return _narrowed(layers, layers.to_role)
    if resource_decides and not layers.to_account:
        return _decision("resource policy", [])
    return _by_identity(layers, layers.to_account)


def _by_identity(layers: _Layers, granted: Sequence[Statement]) -> Decision:
    if not layers.identity:
        return _decision("no statement allows", [])
    return _narrowed(layers, [*layers.identity, *granted])


def _narrowed(layers: _Layers, allowing: Sequence[Statement]) -> Decision:
    """An Allow counts as far as boundary and session policies allow the same."""
    if layers.boundary is not None and not layers.boundary:
        return _decision("boundary", allowing)
    if layers.session is not None and not layers.session:
        return _decision("session policy", allowing)
    return _decision("allowed", [*allowing, *(layers.boundary or ()), *(layers.session or ()), *layers.limits])


def _decision(reason: Reason, statements: Sequence[Statement]) -> Decision:
    found = tuple(Found(statement.policy, statement.sid, statement.effect) for statement in statements)
    return Decision(reason == "allowed", reason, found)


class _Layers:
    """The statements that apply to a request, by the kind of policy that they stand in."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self._request = request
        self._asked = Asked(request.action, request.resource, context_of(request))
        self._denies: list[Statement] = []
        caller = request.principal
        is_root = caller.kind == "root"
        # Service control policies and boundaries hold people, and boundaries no root.
        has_limits = caller.kind in _PEOPLE
        is_limited = has_limits and not is_root
        identity = [_ROOT] if is_root else policies.identity if has_limits else ()
        self.identity = self._allows(identity, "identity")
        self.boundary = None
        if is_limited and policies.boundary is not None:
            self.boundary = self._allows([policies.boundary], "identity")
        self.session = self._allows(policies.session, "identity") if is_limited and policies.session else None
        self.has_limits = has_limits and bool(policies.limits)
        self.limits = self._allows(policies.limits, "limit") if self.has_limits else []
        self.direct: list[Statement] = []
        self.to_role: list[Statement] = []
        self.to_account: list[Statement] = []
        if policies.resource is not None:
            self._read_resource(policies.resource)

    @property
    def granted(self) -> list[Statement]:
        """All that the resource's policy allows the caller."""
        return [*self.direct, *self.to_role, *self.to_account]

    def denies(self) -> list[Statement]:
        return self._denies

    def _allows(self, documents: Iterable[tuple[str, Mapping[str, Any]]], kind: PolicyKind) -> list[Statement]:
        applying = [statement for document in documents for statement in self._applying(document, kind)]
        self._denies += [statement for statement in applying if statement.effect == "Deny"]
        return [statement for statement in applying if statement.effect == "Allow"]

    def _applying(self, document: tuple[str, Mapping[str, Any]], kind: PolicyKind) -> list[Statement]:
        name, body = document
        about = policy_of(name, body, kind).about(self._request.action)
        return [one for one in about if one.fits(self._asked)]

    def _read_resource(self, document: tuple[str, Mapping[str, Any]]) -> None:
        caller = self._request.principal
        kind: PolicyKind = "trust" if self._request.action.lower().startswith("sts:") else "resource"
        for statement in self._applying(document, kind):
            if statement.not_principal is not None:
                if not is_exempt(statement.not_principal, caller):
                    self._denies.append(statement)
                continue
            reach = reach_of(statement.principal, caller)
            if reach is None:
                continue
            if statement.effect == "Deny":
                self._denies.append(statement)
            else:
                {"itself": self.direct, "role": self.to_role, "account": self.to_account}[reach].append(statement)


def context_of(request: Request) -> dict[str, tuple[str, ...]]:
    """All condition keys of a request, in lower case; keys that differ in case only are one with several values."""
    now = datetime.now(UTC)
    derived = {**_of_principal(request.principal), **_of_resource(request)}
    context: dict[str, tuple[str, ...]] = {}
    for key, value in request.context.items():
        lower = key.lower()
        if lower in derived:
            raise ValueError(f"{key} follows from principal and resource; leave it out of the context")
        values = (value,) if isinstance(value, str) else tuple(value)
        context[lower] = context.get(lower, ()) + values
    context.setdefault("aws:currenttime", (now.strftime("%Y-%m-%dT%H:%M:%SZ"),))
    context.setdefault("aws:epochtime", (str(int(now.timestamp())),))
    for key, value in derived.items():
        context[key] = (value,)
    for key, value in request.principal.tags.items():
        lower = f"aws:principaltag/{key.lower()}"
        context[lower] = (*context.get(lower, ()), value)
    return context


def _of_principal(caller: Principal) -> dict[str, str]:
    derived = {}
    if caller.kind in _PRINCIPAL_TYPES:
        derived["aws:principaltype"] = _PRINCIPAL_TYPES[caller.kind]
    if caller.kind in _PEOPLE:
        derived["aws:principalarn"] = caller.arn
        derived["aws:principalaccount"] = caller.account
        derived["aws:principalisawsservice"] = "false"
    if caller.kind == "user":
        derived["aws:username"] = caller.arn.rsplit("/", 1)[-1]
    if caller.kind == "service":
        derived["aws:principalisawsservice"] = "true"
        derived["aws:principalservicename"] = caller.arn
    return derived


def _of_resource(request: Request) -> dict[str, str]:
    service = request.action.split(":")[0].lower()
    derived = {"aws:resourceaccount": request.resource_account}
    if service == "s3":
        derived["s3:resourceaccount"] = request.resource_account
    if service == "kms" and request.principal.kind in _PEOPLE:
        derived["kms:calleraccount"] = request.principal.account
    return derived
