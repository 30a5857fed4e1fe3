"""How policies of several kinds decide together, within an account and across accounts."""

from __future__ import annotations

import pytest
from access_rules import (
    BOUNDARY,
    CLEARED,
    DENIED,
    GLUE,
    IAM,
    KEY,
    KMS,
    LAKE,
    NOBODY,
    NOT_SAID,
    ORGANIZATIONS,
    OTHER,
    RESOURCE,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SCP,
    SESSION,
    SESSION_ARN,
    STRANGER,
    USER,
    USER_ARN,
    YES,
    Rule,
    allow,
    check,
    deny,
    name_of,
)

LOGIC = f"{IAM}reference_policies_evaluation-logic_policy-eval-denyallow.html"
ACROSS = f"{IAM}reference_policies_evaluation-logic-cross-account.html"
BOUNDARIES = f"{IAM}access_policies_boundaries.html"
SESSIONS = f"{IAM}access_policies.html#policies_session"
SCPS = f"{ORGANIZATIONS}orgs_manage_policies_scps.html"
KEY_POLICY = f"{KMS}key-policy-default.html"
VIA = f"{KMS}conditions-kms.html#conditions-kms-via-service"
CONTEXT = f"{KMS}conditions-kms.html#conditions-kms-encryption-context"
GRANTS = f"{KMS}conditions-kms.html#conditions-kms-grant-is-for-aws-resource"
KEYS_ACROSS = f"{KMS}key-policy-modifying-external-accounts.html"
EXTERNAL_ID = f"{IAM}id_roles_common-scenarios_third-party.html"
TAGGED = f"{IAM}id_session-tags.html"
DEPUTY = f"{IAM}confused-deputy.html"

ALL = [allow()]
READ = [allow("s3:Get*")]
WRITE = [allow("s3:Put*")]
NO_READ = [deny("s3:Get*")]
TO_ROLE = [allow(to={"AWS": ROLE_ARN})]
TO_SESSION = [allow(to={"AWS": SESSION_ARN})]
TO_USER = [allow(to={"AWS": USER_ARN})]
TO_ACCOUNT = [allow(to={"AWS": ROOT_ARN})]
TO_ALL = [allow(to="*")]

LAYERS = [
    Rule(LOGIC, "nothing is allowed by itself", NOT_SAID),
    Rule(LOGIC, "an Allow of the identity is enough in the account", YES, identity=ALL),
    Rule(LOGIC, "an Allow of the resource is enough in the account", YES, resource=TO_ROLE),
    Rule(LOGIC, "a Deny of the identity wins", DENIED, identity=[*ALL, *NO_READ], resource=TO_ROLE),
    Rule(LOGIC, "a Deny of the resource wins", DENIED, identity=ALL, resource=[deny(to="*"), *TO_ROLE]),
    Rule(LOGIC, "a Deny of the boundary wins over the resource", DENIED, resource=TO_SESSION,
         boundary=[*ALL, *NO_READ]),
    Rule(LOGIC, "a Deny of the session policy wins over the resource", DENIED, resource=TO_SESSION,
         session=[*ALL, *NO_READ]),
    Rule(LOGIC, "a Deny of the organization wins", DENIED, identity=ALL, scp=[*ALL, *NO_READ]),
    Rule(LOGIC, "the root may everything in its account", YES, who=ROOT),
    Rule(LOGIC, "the root may nothing elsewhere", RESOURCE, who=ROOT, owner=OTHER),
    Rule(LOGIC, "a resource's Deny of its own statement order loses nothing", DENIED, identity=ALL,
         resource=[*TO_ROLE, deny("s3:GetObject", to={"AWS": ROLE_ARN})]),
    # Boundaries
    Rule(BOUNDARIES, "a boundary allows nothing", NOT_SAID, boundary=ALL),
    Rule(BOUNDARIES, "a boundary narrows the identity", BOUNDARY, identity=ALL, boundary=WRITE),
    Rule(BOUNDARIES, "a boundary lets pass what it allows", YES, identity=ALL, boundary=READ),
    Rule(BOUNDARIES, "a boundary narrows what a resource gives a role", BOUNDARY, resource=TO_ROLE, boundary=WRITE),
    Rule(BOUNDARIES, "a boundary does not narrow what a resource gives a session", YES, resource=TO_SESSION,
         boundary=WRITE),
    Rule(BOUNDARIES, "a boundary does not narrow what a resource gives a user", YES, who=USER, resource=TO_USER,
         boundary=WRITE),
    Rule(BOUNDARIES, "a boundary does not narrow what a resource gives everybody", YES, resource=TO_ALL,
         boundary=WRITE),
    Rule(BOUNDARIES, "a boundary does not narrow a role that a condition names", YES, boundary=WRITE,
         resource=[allow(to="*", when={"ArnEquals": {"aws:PrincipalArn": ROLE_ARN}})]),
    Rule(BOUNDARIES, "a boundary holds across accounts", BOUNDARY, owner=OTHER, identity=ALL, resource=TO_ROLE,
         boundary=WRITE),
    Rule(BOUNDARIES, "a boundary holds no root", YES, who=ROOT, boundary=WRITE),
    # Session policies
    Rule(SESSIONS, "a session policy narrows the identity", SESSION, identity=ALL, session=WRITE),
    Rule(SESSIONS, "a session policy gives nothing", NOT_SAID, identity=WRITE, session=READ),
    Rule(SESSIONS, "a session policy lets pass what it allows", YES, identity=ALL, session=READ),
    Rule(SESSIONS, "a session policy narrows what a resource gives a role", SESSION, resource=TO_ROLE, session=WRITE),
    Rule(SESSIONS, "a session policy does not narrow what a resource gives a session", YES, resource=TO_SESSION,
         session=WRITE),
    Rule(SESSIONS, "a session policy does not narrow what a resource gives everybody", YES, resource=TO_ALL,
         session=WRITE),
    Rule(SESSIONS, "identity and boundary and session all allow", YES, identity=ALL, boundary=READ, session=READ),
    Rule(SESSIONS, "the boundary is asked before the session", BOUNDARY, identity=ALL, boundary=WRITE, session=WRITE),
    # Service control policies
    Rule(SCPS, "the organization has to allow", SCP, identity=ALL, scp=WRITE),
    Rule(SCPS, "the organization gives nothing", NOT_SAID, scp=ALL),
    Rule(SCPS, "the organization lets pass what it allows", YES, identity=ALL, scp=[*ALL, deny("cloudtrail:*")]),
    Rule(SCPS, "the organization holds the root", DENIED, who=ROOT, scp=[*ALL, *NO_READ]),
    Rule(SCPS, "the organization narrows what a resource gives", SCP, resource=TO_SESSION, scp=WRITE),
    Rule(SCPS, "the organization holds no service", YES, who=GLUE, resource=[allow(to={"Service": GLUE.arn})],
         scp=[*ALL, *NO_READ]),
    Rule(SCPS, "the organization may spare roles", YES, identity=ALL,
         scp=[*ALL, deny("s3:*", when={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/read*"}})]),
]  # fmt: skip

ACCOUNTS = [
    Rule(ACROSS, "both sides have to allow", YES, who=STRANGER, identity=ALL, resource=[allow(to={"AWS": STRANGER.arn})]),
    Rule(ACROSS, "the resource alone is not enough", NOT_SAID, who=STRANGER,
         resource=[allow(to={"AWS": STRANGER.arn})]),
    Rule(ACROSS, "the identity alone is not enough", RESOURCE, who=STRANGER, identity=ALL),
    Rule(ACROSS, "the identity is not enough where the resource names others", RESOURCE, who=STRANGER, identity=ALL,
         resource=TO_ACCOUNT),
    Rule(ACROSS, "the resource may name the account", YES, who=STRANGER, identity=ALL, resource=[allow(to={"AWS": OTHER})]),
    Rule(ACROSS, "the resource may name everybody", YES, who=STRANGER, identity=ALL, resource=TO_ALL),
    Rule(ACROSS, "everybody is not enough without the identity", NOT_SAID, who=STRANGER, resource=TO_ALL),
    Rule(ACROSS, "a session named by the resource needs its identity too", NOT_SAID, who=STRANGER,
         resource=[allow(to={"AWS": STRANGER.session_arn})]),
    Rule(ACROSS, "a Deny of the other side wins", DENIED, who=STRANGER, identity=ALL,
         resource=[*TO_ALL, deny(to={"AWS": OTHER})]),
    Rule(ACROSS, "the own organization holds abroad", DENIED, owner=OTHER, identity=ALL, resource=TO_ROLE,
         scp=[*ALL, *NO_READ]),
    Rule(ACROSS, "a session policy holds abroad", SESSION, owner=OTHER, identity=ALL, resource=TO_SESSION, session=WRITE),
]  # fmt: skip


def key(says: str, reason: str, page: str = KEY_POLICY, **rest: object) -> Rule:
    return Rule(page, says, reason, action="kms:Decrypt", on=KEY, resource_decides=True, **rest)  # type: ignore[arg-type]


VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
BY_BUCKET = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake/*"}}
FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
KEYS = [
    key("a key opens to nobody whom its policy leaves out", RESOURCE, identity=ALL, resource=TO_USER),
    key("a key without policy opens to nobody", RESOURCE, identity=ALL),
    key("a key's policy opens it alone", YES, resource=TO_ROLE),
    key("a key may leave it to the account", YES, identity=[allow("kms:Decrypt", KEY)], resource=TO_ACCOUNT),
    key("a key left to the account needs the identity", NOT_SAID, resource=TO_ACCOUNT),
    key("a key's policy holds the root", RESOURCE, who=ROOT, resource=TO_ROLE),
    key("a key left to the account is the root's", YES, who=ROOT, resource=TO_ACCOUNT),
    key("a key left to the account stays within the boundary", BOUNDARY, identity=ALL, resource=TO_ACCOUNT,
        boundary=READ),
    key("a key abroad needs both sides", YES, KEYS_ACROSS, owner=OTHER, identity=ALL, resource=TO_ROLE),
    key("a key abroad needs the identity", NOT_SAID, KEYS_ACROSS, owner=OTHER, resource=TO_ROLE),
    key("a key abroad needs its policy", RESOURCE, KEYS_ACROSS, owner=OTHER, identity=ALL,
        resource=[allow(to={"AWS": OTHER})]),
    key("a key's Deny wins", DENIED, identity=ALL, resource=[*TO_ROLE, deny("kms:Decrypt", to="*")]),
    key("a key opens by way of a service", YES, VIA, resource=[allow(to={"AWS": ROLE_ARN}, when=VIA_S3)],
        given={"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),
    key("a key does not open by another service", RESOURCE, VIA, resource=[allow(to={"AWS": ROLE_ARN}, when=VIA_S3)],
        given={"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}),
    key("a key does not open directly", NOT_SAID, VIA, resource=[*TO_ACCOUNT, allow(to={"AWS": ROLE_ARN}, when=VIA_S3)]),
    key("a key opens to all of an account by a service", YES, VIA, given={"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        resource=[allow(to="*", when={"StringEquals": {"kms:CallerAccount": LAKE, **VIA_S3["StringEquals"]}})]),
    key("a key does not open to another account by a service", RESOURCE, VIA, who=STRANGER, identity=ALL,
        given={"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        resource=[allow(to="*", when={"StringEquals": {"kms:CallerAccount": LAKE, **VIA_S3["StringEquals"]}})]),
    key("a key opens for its objects", YES, CONTEXT, resource=[allow(to={"AWS": ROLE_ARN}, when=BY_BUCKET)],
        given={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake/a"}),
    key("a key does not open for other objects", NOT_SAID, CONTEXT,
        resource=[*TO_ACCOUNT, allow(to={"AWS": ROLE_ARN}, when=BY_BUCKET)],
        given={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other/a"}),
    Rule(GRANTS, "grants for services may be made", YES, action="kms:CreateGrant", on=KEY, resource_decides=True,
         given={"kms:GrantIsForAWSResource": "true"}, resource=[allow("kms:CreateGrant", to={"AWS": ROLE_ARN}, when=FOR_AWS)]),
    Rule(GRANTS, "other grants may not be made", NOT_SAID, action="kms:CreateGrant", on=KEY, resource_decides=True,
         given={"kms:GrantIsForAWSResource": "false"},
         resource=[*TO_ACCOUNT, allow("kms:CreateGrant", to={"AWS": ROLE_ARN}, when=FOR_AWS)]),
]  # fmt: skip


def trust(says: str, reason: str, page: str, statements: list, **rest: object) -> Rule:
    action = rest.pop("action", "sts:AssumeRole")
    return Rule(
        page, says, reason, action=action, on=f"arn:aws:iam::{LAKE}:role/steward", resource=statements,
        resource_decides=True, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def trusting(*names: str, when: dict | None = None, action: object = "sts:AssumeRole") -> dict:
    return allow(action, None, to={"AWS": list(names)}, when=when)


BY_ID = {"StringEquals": {"sts:ExternalId": "lake-1"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
LEVEL = {
    "StringEquals": {"aws:RequestTag/clearance": "secret"},
    "ForAllValues:StringEquals": {"aws:TagKeys": ["clearance"]},
}
OF_LAKE = {"StringEquals": {"aws:SourceAccount": LAKE}, "ArnLike": {"aws:SourceArn": f"arn:aws:glue:*:{LAKE}:*"}}
TRUST = f"{IAM}id_roles_update-role-trust-policy.html"
ROLES = [
    trust("a role is assumed by whom it trusts", YES, TRUST, [trusting(ROLE_ARN)]),
    trust("a role is assumed by nobody else", RESOURCE, TRUST, [trusting(USER_ARN)], identity=ALL),
    trust("a role that trusts the account needs the identity", NOT_SAID, TRUST, [trusting(ROOT_ARN)]),
    trust("a role that trusts the account is assumed by whom it allows", YES, TRUST, [trusting(ROOT_ARN)], identity=ALL),
    trust("a role abroad needs both sides", YES, ACROSS, [trusting(STRANGER.arn)], who=STRANGER, identity=ALL),
    trust("a role abroad needs the identity", NOT_SAID, ACROSS, [trusting(STRANGER.arn)], who=STRANGER),
    trust("the right external id opens", YES, EXTERNAL_ID, [trusting(OTHER, when=BY_ID)], who=STRANGER, identity=ALL,
          given={"sts:ExternalId": "lake-1"}),
    trust("the wrong external id does not", RESOURCE, EXTERNAL_ID, [trusting(OTHER, when=BY_ID)], who=STRANGER,
          identity=ALL, given={"sts:ExternalId": "lake-2"}),
    trust("no external id does not", RESOURCE, EXTERNAL_ID, [trusting(OTHER, when=BY_ID)], who=STRANGER, identity=ALL),
    trust("MFA opens", YES, f"{IAM}id_credentials_mfa_configure-api-require.html", [trusting(ROOT_ARN, when=WITH_MFA)],
          who=USER, identity=ALL, given={"aws:MultiFactorAuthPresent": "true"}),
    trust("without MFA it stays closed", RESOURCE, f"{IAM}id_credentials_mfa_configure-api-require.html",
          [trusting(ROOT_ARN, when=WITH_MFA)], who=USER, identity=ALL),
    trust("a tag may be passed that is allowed", YES, TAGGED, [trusting(ROOT_ARN, action="sts:TagSession", when=LEVEL)],
          action="sts:TagSession", identity=ALL, given={"aws:RequestTag/clearance": "secret", "aws:TagKeys": ["clearance"]}),
    trust("another value may not be passed", RESOURCE, TAGGED,
          [trusting(ROOT_ARN, action="sts:TagSession", when=LEVEL)], action="sts:TagSession", identity=ALL,
          given={"aws:RequestTag/clearance": "other", "aws:TagKeys": ["clearance"]}),
    trust("another tag may not be passed", RESOURCE, TAGGED,
          [trusting(ROOT_ARN, action="sts:TagSession", when=LEVEL)], action="sts:TagSession", identity=ALL,
          given={"aws:RequestTag/clearance": "secret", "aws:TagKeys": ["clearance", "admin"]}),
    trust("assuming is not tagging", RESOURCE, TAGGED, [trusting(ROOT_ARN)], action="sts:TagSession", identity=ALL),
    trust("a cleared session passes on its own tag", YES, TAGGED,
          [trusting(ROOT_ARN, action="sts:TagSession",
                    when={"StringEquals": {"aws:RequestTag/clearance": "${aws:PrincipalTag/clearance}"}})],
          who=CLEARED, action="sts:TagSession", identity=ALL, given={"aws:RequestTag/clearance": "secret"}),
    trust("a service assumes for its account", YES, DEPUTY,
          [allow("sts:AssumeRole", None, to={"Service": GLUE.arn}, when=OF_LAKE)], who=GLUE,
          given={"aws:SourceAccount": LAKE, "aws:SourceArn": f"arn:aws:glue:eu-west-1:{LAKE}:job/j"}),
    trust("a service does not assume for another account", RESOURCE, DEPUTY,
          [allow("sts:AssumeRole", None, to={"Service": GLUE.arn}, when=OF_LAKE)], who=GLUE,
          given={"aws:SourceAccount": OTHER, "aws:SourceArn": f"arn:aws:glue:eu-west-1:{OTHER}:job/j"}),
    trust("nobody assumes anonymously", RESOURCE, TRUST, [trusting(LAKE)], who=NOBODY),
    trust("a trust's Deny wins", DENIED, TRUST,
          [trusting(ROLE_ARN), deny("sts:*", None, to="*", when={"Null": {"sts:ExternalId": "true"}})]),
]  # fmt: skip


@pytest.mark.parametrize("rule", [*LAYERS, *ACCOUNTS, *KEYS, *ROLES], ids=name_of)
def test_layers(rule: Rule):
    check(rule)
