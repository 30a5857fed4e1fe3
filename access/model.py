"""What a decision is asked with and answered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Kind = Literal["role", "user", "root", "service", "federated", "anonymous"]

Reason = Literal[
    "allowed",
    "explicit deny",
    "no statement allows",
    "boundary",
    "session policy",
    "service control policy",
    "resource policy",
    "endpoint policy",
]


class Document(NamedTuple):
    """A policy by its name. Its body must not be changed after it was first evaluated."""

    name: str
    body: Mapping[str, Any]


class Found(NamedTuple):
    """A statement that decided: its Sid, or `#2` for the second statement where it has none."""

    policy: str
    sid: str
    effect: str


@dataclass(frozen=True)
class Principal:
    """Who asks."""

    #: The ARN that policies name: of a role, a user or `arn:aws:iam::<account>:root`; `glue.amazonaws.com` of a
    #: service, the provider of who comes with a token, `*` of who is anonymous.
    arn: str
    #: Empty for services, tokens and who is anonymous.
    account: str
    kind: Kind
    #: `arn:aws:sts::<account>:assumed-role/<role>/<session>` of a role.
    session_arn: str | None = None
    #: `aws:PrincipalTag/...`: those of the role or user and those of the session.
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What is asked."""

    principal: Principal
    action: str
    #: An ARN, or `*` where the action has no resource.
    resource: str
    resource_account: str
    #: Condition keys, apart from those that follow from principal and resource.
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """Every policy that has a say in a request. Each document is a pair of name and body."""

    identity: Sequence[tuple[str, Mapping[str, Any]]] = ()
    boundary: tuple[str, Mapping[str, Any]] | None = None
    session: Sequence[tuple[str, Mapping[str, Any]]] = ()
    resource: tuple[str, Mapping[str, Any]] | None = None
    #: Keys and roles: nothing is allowed that their own policy does not allow, or leave to the account's policies.
    resource_decides: bool = False
    #: Service control policies of one place in the organization: one of them has to allow, none may deny.
    limits: Sequence[tuple[str, Mapping[str, Any]]] = ()


@dataclass(frozen=True)
class Decision:
    """What was decided, and by which statements: those that deny, else those that allow."""

    allowed: bool
    reason: Reason
    statements: Sequence[Found] = ()
