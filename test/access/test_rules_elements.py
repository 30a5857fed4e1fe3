"""Elements of statements: actions, resources, their negations, variables, principals."""

from __future__ import annotations

import pytest
from access_rules import (
    CLEARED,
    DENIED,
    GLUE,
    IAM,
    LAKE,
    NOBODY,
    NOT_SAID,
    OTHER,
    PROVIDER,
    RESOURCE,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    S3,
    SESSION_ARN,
    STRANGER,
    USER,
    USER_ARN,
    YES,
    Principal,
    Rule,
    allow,
    check,
    deny,
    name_of,
)

ACTION = f"{IAM}reference_policies_elements_action.html"
NOT_ACTION = f"{IAM}reference_policies_elements_notaction.html"
ON = f"{IAM}reference_policies_elements_resource.html"
NOT_ON = f"{IAM}reference_policies_elements_notresource.html"
VARIABLES = f"{IAM}reference_policies_variables.html"
WHO = f"{IAM}reference_policies_elements_principal.html"
NOT_WHO = f"{IAM}reference_policies_elements_notprincipal.html"

HOME = "arn:aws:s3:::lake/${aws:PrincipalTag/clearance}/*"
AT_HOME = "arn:aws:s3:::lake/secret/a.csv"
ANY = {"AWS": "*"}
EVERYTHING = allow()
EXCEPT_ROLE = {"AWS": [ROOT_ARN, ROLE_ARN, SESSION_ARN]}


def spared(*names: str) -> dict:
    return deny(NotPrincipal={"AWS": list(names)})


RULES = [
    # Actions
    Rule(ACTION, "an action is named whole", YES, identity=[allow("s3:GetObject")]),
    Rule(ACTION, "an action is no other one", NOT_SAID, identity=[allow("s3:PutObject")]),
    Rule(ACTION, "an action's case does not count", YES, identity=[allow("S3:getobject")]),
    Rule(ACTION, "a star stands for any letters", YES, identity=[allow("s3:Get*")]),
    Rule(ACTION, "a question mark stands for one letter", YES, identity=[allow("s3:GetObjec?")]),
    Rule(ACTION, "a question mark stands for no two letters", NOT_SAID, identity=[allow("s3:GetObje?")]),
    Rule(ACTION, "a prefix is not the whole", NOT_SAID, action="s3:GetObjectAcl", identity=[allow("s3:GetObject")]),
    Rule(ACTION, "one of several actions is enough", YES, identity=[allow(["s3:PutObject", "s3:GetObject"])]),
    Rule(ACTION, "a star alone is every service", YES, action="kms:Decrypt", identity=[allow("*")]),
    Rule(NOT_ACTION, "NotAction in an Allow opens all else", YES, identity=[allow(NotAction="iam:*")]),
    Rule(NOT_ACTION, "NotAction in an Allow leaves out what it names", NOT_SAID, identity=[allow(NotAction="s3:*")]),
    Rule(NOT_ACTION, "NotAction in a Deny closes all else", DENIED, identity=[EVERYTHING, deny(NotAction="iam:*")]),
    Rule(NOT_ACTION, "NotAction in a Deny spares what it names", YES, identity=[EVERYTHING, deny(NotAction="s3:*")]),
    # Resources
    Rule(ON, "a resource is named whole", YES, identity=[allow("s3:*", "arn:aws:s3:::lake/sales/a.csv")]),
    Rule(ON, "a resource's case counts", NOT_SAID, identity=[allow("s3:*", "arn:aws:s3:::lake/Sales/a.csv")]),
    Rule(ON, "a star reaches over slashes", YES, identity=[allow("s3:*", "arn:aws:s3:::lake/*")]),
    Rule(ON, "a bucket is not its objects", NOT_SAID, identity=[allow("s3:*", "arn:aws:s3:::lake")]),
    Rule(ON, "a bucket's name does not begin another's", NOT_SAID, identity=[allow("s3:*", "arn:aws:s3:::lak/*")]),
    Rule(
        ON,
        "a star in one part of an ARN reaches into no other",
        NOT_SAID,
        action="sqs:SendMessage",
        on=f"arn:aws:sqs:eu-west-1:{OTHER}:q:{LAKE}:q",
        identity=[allow("sqs:*", f"arn:aws:sqs:*:{LAKE}:q")],
    ),
    Rule(
        ON,
        "what has no resource fits a star alone",
        NOT_SAID,
        action="s3:ListAllMyBuckets",
        on="*",
        identity=[allow("s3:*", "arn:aws:s3:::*")],
    ),
    Rule(ON, "a line break in a key is a letter like others", DENIED, on="arn:aws:s3:::lake/secret/a\nb",
         identity=[EVERYTHING, deny("s3:*", "arn:aws:s3:::lake/secret/*")]),
    Rule(ON, "a line break at the end belongs to the key", NOT_SAID, on="arn:aws:s3:::lake/a\n",
         identity=[allow("s3:*", "arn:aws:s3:::lake/a")]),
    Rule(NOT_ON, "NotResource in a Deny closes all else", DENIED,
         identity=[EVERYTHING, deny("s3:*", NotResource="arn:aws:s3:::other/*")]),
    Rule(NOT_ON, "NotResource in a Deny spares what it names", YES,
         identity=[EVERYTHING, deny("s3:*", NotResource=["arn:aws:s3:::lake/*", "arn:aws:s3:::lake"])]),
    Rule(NOT_ON, "NotResource in an Allow opens all else", YES,
         identity=[allow("s3:*", NotResource="arn:aws:s3:::other/*")]),
    Rule(NOT_ON, "NotResource in an Allow leaves out what it names", NOT_SAID,
         identity=[allow("s3:*", NotResource="arn:aws:s3:::lake/*")]),
    # Variables
    Rule(VARIABLES, "a variable has the value of the request", YES, who=CLEARED, on=AT_HOME,
         identity=[allow("s3:*", HOME)]),
    Rule(VARIABLES, "a variable has no other value", NOT_SAID, who=CLEARED, identity=[allow("s3:*", HOME)]),
    Rule(VARIABLES, "a variable without value fits nothing", NOT_SAID, on=AT_HOME, identity=[allow("s3:*", HOME)]),
    Rule(VARIABLES, "a variable without value spares nothing from a Deny", DENIED, on=AT_HOME,
         identity=[EVERYTHING, deny("s3:*", NotResource=HOME)]),
    Rule(VARIABLES, "a variable without value opens nothing by NotResource", NOT_SAID,
         identity=[allow("s3:*", NotResource=HOME)]),
    Rule(VARIABLES, "a default stands in for a missing value", YES, on="arn:aws:s3:::lake/all/a.csv",
         identity=[allow("s3:*", "arn:aws:s3:::lake/${aws:PrincipalTag/clearance, 'all'}/*")]),
    Rule(VARIABLES, "a default stands back for a value", NOT_SAID, who=CLEARED, on="arn:aws:s3:::lake/all/a.csv",
         identity=[allow("s3:*", "arn:aws:s3:::lake/${aws:PrincipalTag/clearance, 'all'}/*")]),
    Rule(VARIABLES, "a variable's case does not count", YES, who=USER, on="arn:aws:s3:::lake/ada/x",
         identity=[allow("s3:*", "arn:aws:s3:::lake/${AWS:UserName}/*")]),
    Rule(VARIABLES, "a role has no user name", NOT_SAID, on="arn:aws:s3:::lake/reader/x",
         identity=[allow("s3:*", "arn:aws:s3:::lake/${aws:username}/*")]),
    Rule(VARIABLES, "a wildcard in a value is a letter", NOT_SAID, on=AT_HOME,
         who=Principal(ROLE_ARN, LAKE, "role", SESSION_ARN, {"clearance": "*"}), identity=[allow("s3:*", HOME)]),
    Rule(VARIABLES, "an escaped star is a letter", NOT_SAID, identity=[allow("s3:*", "arn:aws:s3:::lake/${*}")]),
    Rule(VARIABLES, "an escaped star fits a star", YES, on="arn:aws:s3:::lake/*",
         identity=[allow("s3:*", "arn:aws:s3:::lake/${*}")]),
    Rule(VARIABLES, "a variable stands in a condition", YES, who=CLEARED,
         given={"s3:ExistingObjectTag/classification": "secret"},
         identity=[allow(when={"StringEquals": {
             "s3:ExistingObjectTag/classification": "${aws:PrincipalTag/clearance}"}})]),
    Rule(VARIABLES, "a variable without value makes a condition false", NOT_SAID,
         given={"s3:ExistingObjectTag/classification": "secret"},
         identity=[allow(when={"StringEquals": {
             "s3:ExistingObjectTag/classification": "${aws:PrincipalTag/clearance}"}})]),
    Rule(VARIABLES, "a variable without value lifts no Deny by a negated condition", DENIED,
         given={"s3:RequestObjectTag/classification": "secret"},
         identity=[EVERYTHING, deny(when={"StringNotEquals": {
             "s3:RequestObjectTag/classification": "${aws:PrincipalTag/clearance}"}})]),
    Rule(VARIABLES, "a variable without value opens nothing by a negated condition", NOT_SAID,
         given={"s3:RequestObjectTag/classification": "secret"},
         identity=[allow(when={"StringNotEquals": {
             "s3:RequestObjectTag/classification": "${aws:PrincipalTag/clearance}"}})]),
    Rule(VARIABLES, "a Deny by a variable applies to whom it describes", DENIED, who=CLEARED, on=AT_HOME,
         identity=[EVERYTHING, deny("s3:*", HOME)]),
    # Principals
    Rule(WHO, "a role is named by its ARN", YES, resource=[allow(to={"AWS": ROLE_ARN})]),
    Rule(WHO, "a session is named by its ARN", YES, resource=[allow(to={"AWS": SESSION_ARN})]),
    Rule(WHO, "another session is not meant", NOT_SAID, resource=[allow(to={"AWS": f"{SESSION_ARN}2"})]),
    Rule(WHO, "an account leaves it to policies of roles", NOT_SAID, resource=[allow(to={"AWS": LAKE})]),
    Rule(WHO, "an account is named by its root too", YES, resource=[allow(to={"AWS": ROOT_ARN})],
         identity=[allow("s3:*")]),
    Rule(WHO, "an account in a Deny is everybody of it", DENIED, identity=[EVERYTHING],
         resource=[deny(to={"AWS": LAKE})]),
    Rule(WHO, "another account in a Deny is somebody else", YES, identity=[EVERYTHING],
         resource=[deny(to={"AWS": OTHER})]),
    Rule(WHO, "a star is everybody", YES, who=NOBODY, resource=[allow(to="*")]),
    Rule(WHO, "a star among accounts is everybody", YES, who=NOBODY, resource=[allow(to=ANY)]),
    Rule(WHO, "who is anonymous is no account", RESOURCE, who=NOBODY, resource=[allow(to={"AWS": [LAKE, OTHER]})]),
    Rule(WHO, "a service is named by its principal", YES, who=GLUE,
         resource=[allow(to={"Service": "glue.amazonaws.com"})]),
    Rule(WHO, "a service is no other service", RESOURCE, who=GLUE,
         resource=[allow(to={"Service": "lambda.amazonaws.com"})]),
    Rule(WHO, "a service is not the account", RESOURCE, who=GLUE, resource=[allow(to={"AWS": LAKE})]),
    Rule(WHO, "a service's name means no root", NOT_SAID, resource=[allow(to={"Service": "glue.amazonaws.com"})],
         identity=[allow("kms:*")]),
    Rule(WHO, "a Deny to everybody holds services", DENIED, who=GLUE,
         resource=[allow(to={"Service": "glue.amazonaws.com"}), deny(to="*")]),
    Rule(WHO, "a Deny to everybody holds the root", DENIED, who=ROOT, resource=[deny(to="*")]),
    Rule(WHO, "a token's provider is named", YES, who=PROVIDER, action="sts:AssumeRoleWithWebIdentity", on=ROLE_ARN,
         resource=[allow("sts:AssumeRoleWithWebIdentity", None, to={"Federated": PROVIDER.arn})],
         resource_decides=True),
    Rule(WHO, "a token's provider is no other one", RESOURCE, who=PROVIDER, action="sts:AssumeRoleWithWebIdentity",
         on=ROLE_ARN, resource=[allow("sts:*", None, to={"Federated": "accounts.google.com"})], resource_decides=True),
    Rule(NOT_WHO, "NotPrincipal holds whom it does not name", DENIED, identity=[EVERYTHING],
         resource=[spared(USER_ARN, ROOT_ARN)]),
    Rule(NOT_WHO, "NotPrincipal spares account and role and session named together", YES, identity=[EVERYTHING],
         resource=[spared(ROOT_ARN, ROLE_ARN, SESSION_ARN)]),
    Rule(NOT_WHO, "NotPrincipal holds a session whose role alone is named", DENIED, identity=[EVERYTHING],
         resource=[spared(ROOT_ARN, ROLE_ARN)]),
    Rule(NOT_WHO, "NotPrincipal holds a role whose account is not named", DENIED, identity=[EVERYTHING],
         resource=[spared(ROLE_ARN, SESSION_ARN)]),
    Rule(NOT_WHO, "NotPrincipal spares a user named with the account", YES, who=USER, identity=[EVERYTHING],
         resource=[spared(USER_ARN, ROOT_ARN)]),
    Rule(NOT_WHO, "NotPrincipal of the account holds its users", DENIED, who=USER, identity=[EVERYTHING],
         resource=[spared(ROOT_ARN)]),
    Rule(NOT_WHO, "NotPrincipal of the account spares its root", YES, who=ROOT, resource=[spared(ROOT_ARN)]),
    Rule(NOT_WHO, "NotPrincipal holds strangers", DENIED, who=STRANGER, identity=[EVERYTHING],
         resource=[allow(to="*"), spared(ROOT_ARN)]),
    Rule(NOT_WHO, "NotPrincipal holds who is anonymous", DENIED, who=NOBODY,
         resource=[allow(to="*"), spared(ROOT_ARN)]),
    Rule(NOT_WHO, "NotPrincipal spares a service that it names", YES, who=GLUE,
         resource=[allow(to="*"), deny(NotPrincipal={"Service": "glue.amazonaws.com"})]),
    Rule(NOT_WHO, "NotPrincipal holds a service that it does not name", DENIED, who=GLUE,
         resource=[allow(to="*"), deny(NotPrincipal={"Service": "s3.amazonaws.com"})]),
    # Objects by their tags
    Rule(f"{S3}tagging-and-policies.html", "an object's tag opens it", YES,
         given={"s3:ExistingObjectTag/classification": "proprietary"},
         identity=[allow("s3:GetObject", when={"StringEquals": {
             "s3:ExistingObjectTag/classification": ["proprietary", "confidential"]}})]),
    Rule(f"{S3}tagging-and-policies.html", "an object of a higher tag stays closed", NOT_SAID,
         given={"s3:ExistingObjectTag/classification": "secret"},
         identity=[allow("s3:GetObject", when={"StringEquals": {
             "s3:ExistingObjectTag/classification": ["proprietary", "confidential"]}})]),
    Rule(f"{S3}tagging-and-policies.html", "an object without tags stays closed", NOT_SAID,
         identity=[allow("s3:GetObject", when={"StringEquals": {"s3:ExistingObjectTag/classification": "proprietary"}})]),
    Rule(f"{S3}tagging-and-policies.html", "tags whose keys differ in case have to fit all", NOT_SAID,
         given={"s3:ExistingObjectTag/classification": "proprietary", "s3:ExistingObjectTag/Classification": "secret"},
         identity=[allow("s3:GetObject", when={"StringEquals": {"s3:ExistingObjectTag/classification": "proprietary"}})]),
    Rule(f"{S3}tagging-and-policies.html", "one of the tags whose keys differ in case is enough to close", DENIED,
         given={"s3:ExistingObjectTag/classification": "proprietary", "s3:ExistingObjectTag/Classification": "secret"},
         identity=[EVERYTHING, deny(when={"StringEquals": {"s3:ExistingObjectTag/classification": "secret"}})]),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_elements(rule: Rule):
    check(rule)
