"""Who can ask: every role and group, each with each clearance that it can have, the roots, and outsiders."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from access.model import Document, Principal
from access.references import Account
from access.stacks import Estate, Identity

#: From the least to the most, as in `contracts/rules.ts`.
LEVELS = ("proprietary", "confidential", "secret")
#: The session tag.
CLEARANCE = "clearance"
_SESSION = "matrix"
#: What `${aws:userid}` is of whoever asks.
USER_ID = f"AROAMATRIX:{_SESSION}"

_EVERYTHING = Document(
    "all rights at home",
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
)


@dataclass(frozen=True)
class Who:
    """Somebody who asks, and all policies that are attached to them."""

    #: Name of the account, `elsewhere` of outsiders.
    home: str
    label: str
    principal: Principal
    clearance: str | None = None
    policies: list[Document] = field(default_factory=list)
    boundary: Document | None = None
    #: Whether it is a role that S3 takes to replicate.
    replicates: bool = False
    #: What the organization holds their account to, if it does.
    limits: tuple[Document, ...] = ()

    @property
    def name(self) -> str:
        return self.label if self.clearance is None else f"{self.label} ({self.clearance})"

    @property
    def context(self) -> dict[str, str]:
        """Condition keys of each of their requests: whoever can use MFA has used it."""
        if self.principal.kind == "anonymous":
            return {}
        return {"aws:userid": USER_ID, "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}


def everybody(estate: Estate) -> list[Who]:
    """All rows of the matrix."""
    inside = [
        *(who for identity in estate.identities for who in _with_clearances(identity)),
        *(_administrator(account) for account in estate.accounts),
        *(_root(account) for account in estate.accounts),
    ]
    return [*(replace(who, limits=limits_of(estate)) for who in inside), *_outsiders(estate)]


def limits_of(estate: Estate) -> tuple[Document, ...]:
    """What the organization holds everybody in the accounts to: its policy, beside AWS's own that allows all."""
    return () if estate.organization is None else (_EVERYTHING, estate.organization)


def identity_with(identity: Identity, clearance: str | None) -> Who:
    """A session of a role, or a member of a group, with a clearance or without."""
    account = identity.account
    tags = {} if clearance is None else {CLEARANCE: clearance}
    if identity.kind == "role":
        session = f"arn:aws:sts::{account.id}:assumed-role/{identity.name}/{_SESSION}"
        principal = Principal(identity.arn, account.id, "role", session, tags)
    else:
        # A group is no principal: somebody is who is in it and nowhere else.
        member = f"arn:aws:iam::{account.id}:user/in-{identity.name}"
        arn = member if identity.kind == "group" else identity.arn
        principal = Principal(arn, account.id, "user", None, tags)
    label = f"group {identity.name}" if identity.kind == "group" else identity.name
    replicates = identity.trust is not None and "s3.amazonaws.com" in json.dumps(identity.trust.body)
    return Who(account.name, label, principal, clearance, identity.policies, identity.boundary, replicates)


def _with_clearances(identity: Identity) -> Iterator[Who]:
    yield identity_with(identity, None)
    said = json.dumps([document.body for document in identity.policies]).lower()
    if identity.kind == "role" and f"aws:principaltag/{CLEARANCE}" in said:
        yield from (identity_with(identity, level) for level in LEVELS)


def _administrator(account: Account) -> Who:
    """Somebody with every right at home and no boundary: what they cannot do, policies of resources keep from them."""
    arn = f"arn:aws:iam::{account.id}:role/administrator"
    session = f"arn:aws:sts::{account.id}:assumed-role/administrator/{_SESSION}"
    principal = Principal(arn, account.id, "role", session, {CLEARANCE: LEVELS[-1]})
    return Who(account.name, f"administrator of {account.name}", principal, None, [_EVERYTHING])


def _root(account: Account) -> Who:
    arn = f"arn:aws:iam::{account.id}:root"
    return Who(account.name, f"root of {account.name}", Principal(arn, account.id, "root"))


def _outsiders(estate: Estate) -> Iterator[Who]:
    own = {account.id for account in estate.accounts}
    named = {account for document in _documents(estate) for account in _accounts_in(document.body)}
    for account in sorted({*named, "999999999999"} - own):
        label = "any other account" if account == "999999999999" else f"account {account}"
        principal = Principal(
            f"arn:aws:iam::{account}:role/administrator",
            account,
            "role",
            f"arn:aws:sts::{account}:assumed-role/administrator/{_SESSION}",
            {CLEARANCE: LEVELS[-1]},
        )
        yield Who("elsewhere", label, principal, None, [_EVERYTHING])
    yield Who("elsewhere", "anybody", Principal("*", "", "anonymous"))


def _documents(estate: Estate) -> Iterator[Document]:
    yield from (one.policy for one in estate.owned if one.policy)
    yield from (identity.trust for identity in estate.identities if identity.trust)
    yield from estate.catalog_policies.values()


def _accounts_in(body: Mapping[str, Any]) -> Iterator[str]:
    for statement in body["Statement"]:
        principal = statement.get("Principal")
        entries = principal.get("AWS", []) if isinstance(principal, dict) else []
        for entry in [entries] if isinstance(entries, str) else entries:
            yield from re.findall(r"^(?:arn:aws:(?:iam|sts)::)?(\d{12})", entry)
