"""The policies of who asks, as they are deployed at this moment."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

from access.evaluator import Document, Principal
from local import request_context
from local.request_context import SessionFacts


@dataclass(frozen=True)
class Asker:
    """Who asks, and the policies that are theirs."""

    principal: Principal
    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] = ()
    facts: SessionFacts | None = None
    user_id: str = ""

    @property
    def name(self) -> str:
        """The ARN by which refusals call them."""
        return self.principal.session_arn or self.principal.arn


_NOTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
)


@functools.lru_cache(maxsize=4096)
def document(name: str, text: str) -> Document:
    """A policy; the same text gives the same object, so that it is read only once."""
    return Document(name, json.loads(text))


def asker_of(caller: request_context.Principal) -> Asker:
    """The caller of a request with their policies."""
    if caller.identity_arn.endswith(":root"):
        principal = Principal(caller.identity_arn, caller.account, "root")
        return Asker(principal, facts=caller.session, user_id=caller.user_id)
    if ":role/" in caller.identity_arn:
        return role_asker(caller.identity_arn, caller.arn, caller.session, caller.user_id)
    return _user_asker(caller)


def role_asker(role_arn: str, session_arn: str, facts: SessionFacts | None = None, user_id: str = "") -> Asker:
    """A session of a role; one that is gone may do nothing."""
    account = role_arn.split(":")[4]
    backend = iam_backends[account]["aws"]
    role: Any = next((known for known in list(backend.roles.values()) if known.arn == role_arn), None)
    tags = {**_tags(role.tags if role is not None else []), **(facts.tags if facts else {})}
    principal = Principal(role_arn, account, "role", session_arn, tags)
    if role is None:
        return Asker(principal, facts=facts, user_id=user_id)
    return Asker(
        principal,
        identity=tuple(_attached(f"role {role.name}", role)),
        boundary=_boundary(account, role.permissions_boundary_arn),
        session=_session_policies(account, facts),
        facts=facts,
        user_id=user_id,
    )


def service_asker(service: str) -> Asker:
    """A service that acts by itself."""
    return Asker(Principal(service, "", "service"))


def _user_asker(caller: request_context.Principal) -> Asker:
    backend = iam_backends[caller.account]["aws"]
    user: Any = next((known for known in list(backend.users.values()) if known.arn == caller.identity_arn), None)
    if user is None:
        return Asker(Principal(caller.identity_arn, caller.account, "user"), user_id=caller.user_id)
    identity = list(_attached(f"user {user.name}", user))
    for group in list(backend.groups.values()):
        if user in group.users:
            identity += _attached(f"group {group.name}", group)
    tags = _tags(backend.tagger.list_tags_for_resource(user.arn)["Tags"])
    return Asker(
        Principal(user.arn, caller.account, "user", tags=tags),
        identity=tuple(identity),
        boundary=_boundary(caller.account, getattr(user, "permissions_boundary_arn", None)),
        session=_session_policies(caller.account, caller.session),
        facts=caller.session,
        user_id=caller.user_id,
    )


def _attached(owner: str, holder: Any) -> Iterable[Document]:
    for name, text in list(holder.policies.items()):
        yield document(f"{owner}: {name}", text)
    for policy in list(holder.managed_policies.values()):
        yield document(policy.arn, _default_version(policy))


def _default_version(policy: Any) -> str:
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _managed(account: str, arn: str) -> Document:
    """A managed policy; of one that is not there nothing is allowed."""
    policy = iam_backends[account]["aws"].managed_policies.get(arn)
    return document(arn, _default_version(policy) if policy is not None else _NOTHING)


def _boundary(account: str, arn: str | None) -> Document | None:
    return _managed(account, arn) if arn else None


def _session_policies(account: str, facts: SessionFacts | None) -> tuple[Document, ...]:
    if facts is None:
        return ()
    inline = [document("session policy", facts.policy)] if facts.policy else []
    return (*inline, *(_managed(account, arn) for arn in facts.policy_arns))


def _tags(tags: Any) -> dict[str, str]:
    if isinstance(tags, dict):
        return {name: value["Value"] if isinstance(value, dict) else value for name, value in tags.items()}
    return {tag["Key"]: tag["Value"] for tag in tags or []}
