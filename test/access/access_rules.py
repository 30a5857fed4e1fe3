"""What the tables of rules are written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from access.evaluator import Decision, Policies, Principal, Request, decide

LAKE, OTHER = "111111111111", "222222222222"
OBJECT = "arn:aws:s3:::lake/sales/a.csv"
KEY = f"arn:aws:kms:eu-west-1:{LAKE}:key/k"
ROLE_ARN = f"arn:aws:iam::{LAKE}:role/reader"
SESSION_ARN = f"arn:aws:sts::{LAKE}:assumed-role/reader/ada"
USER_ARN = f"arn:aws:iam::{LAKE}:user/people/ada"
ROOT_ARN = f"arn:aws:iam::{LAKE}:root"

ROLE = Principal(ROLE_ARN, LAKE, "role", SESSION_ARN)
CLEARED = Principal(ROLE_ARN, LAKE, "role", SESSION_ARN, {"clearance": "secret"})
USER = Principal(USER_ARN, LAKE, "user")
ROOT = Principal(ROOT_ARN, LAKE, "root")
GLUE = Principal("glue.amazonaws.com", "", "service")
NOBODY = Principal("*", "", "anonymous")
PROVIDER = Principal(f"arn:aws:iam::{LAKE}:oidc-provider/token.actions.githubusercontent.com", "", "federated")
STRANGER = Principal(
    f"arn:aws:iam::{OTHER}:role/stranger", OTHER, "role", f"arn:aws:sts::{OTHER}:assumed-role/stranger/eve"
)

YES = "allowed"
DENIED = "explicit deny"
NOT_SAID = "no statement allows"
BOUNDARY = "boundary"
SESSION = "session policy"
SCP = "service control policy"
RESOURCE = "resource policy"

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
ORGANIZATIONS = "https://docs.aws.amazon.com/organizations/latest/userguide/"


def allow(action: Any = "*", resource: Any = "*", *, to: Any = None, when: Any = None, **elements: Any) -> dict:
    """A statement; without `resource` in trust policies, which have none."""
    return _statement("Allow", action, resource, to, when, elements)


def deny(action: Any = "*", resource: Any = "*", *, to: Any = None, when: Any = None, **elements: Any) -> dict:
    return _statement("Deny", action, resource, to, when, elements)


def _statement(effect: str, action: Any, resource: Any, to: Any, when: Any, elements: dict) -> dict:
    said = {"Action": action, "Resource": resource, "Principal": to, "Condition": when, **elements}
    for name in ("Action", "Resource", "Principal"):
        if f"Not{name}" in elements:
            del said[name]
    return {"Effect": effect, **{name: value for name, value in said.items() if value is not None}}


def policy(*statements: dict, version: str = "2012-10-17") -> dict:
    return {"Version": version, "Statement": list(statements)}


@dataclass(frozen=True)
class Rule:
    """One rule of the policy language: a request, the policies, and what AWS decides by the page that says so."""

    page: str
    says: str
    reason: str
    who: Principal = ROLE
    action: str = "s3:GetObject"
    on: str = OBJECT
    owner: str = LAKE
    given: dict = field(default_factory=dict)
    identity: list = field(default_factory=list)
    boundary: list | None = None
    session: list | None = None
    resource: list | None = None
    resource_decides: bool = False
    scp: list | None = None

    def decide(self) -> Decision:
        request = Request(self.who, self.action, self.on, self.owner, self.given)
        return decide(
            request,
            Policies(
                identity=[("own", policy(*self.identity))] if self.identity else [],
                boundary=None if self.boundary is None else ("boundary", policy(*self.boundary)),
                session=[] if self.session is None else [("session", policy(*self.session))],
                resource=None if self.resource is None else ("resource", policy(*self.resource)),
                resource_decides=self.resource_decides,
                limits=[] if self.scp is None else [("scp", policy(*self.scp))],
            ),
        )


def check(rule: Rule) -> None:
    decision = rule.decide()
    assert (decision.allowed, decision.reason) == (rule.reason == YES, rule.reason), f"{rule.page}: {rule.says}"


def name_of(rule: Rule) -> str:
    return rule.says.replace(" ", "-")
