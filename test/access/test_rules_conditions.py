"""Operators and keys of conditions: in one statement that allows, or in one that denies beside one that allows."""

from __future__ import annotations

from typing import Any

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
    ROLE_ARN,
    ROOT,
    S3,
    SESSION_ARN,
    STRANGER,
    USER,
    YES,
    Rule,
    allow,
    check,
    deny,
    name_of,
)

OPERATORS = f"{IAM}reference_policies_elements_condition_operators.html"
SETS = f"{IAM}reference_policies_condition-single-vs-multi-valued-context-keys.html"
LOGIC = f"{IAM}reference_policies_condition-logic-multiple-context-keys-or-values.html"
KEYS = f"{IAM}reference_policies_condition-keys.html"

KEY_OF_OBJECT = "s3:x-amz-server-side-encryption-aws-kms-key-id"
LEVEL = "s3:ExistingObjectTag/classification"
TAGS = "aws:TagKeys"
AT = "aws:CurrentTime"
FROM = "aws:SourceIp"
NAMED = "aws:PrincipalArn"


def if_(says: str, reason: str, operator: str, key: str, value: Any, *given: Any, page: str = OPERATORS) -> Rule:
    """An Allow with one condition; `given` is the key's value in the request, nothing if it is missing."""
    context = {key: given[0]} if given else {}
    return Rule(page, says, reason, given=context, identity=[allow(when={operator: {key: value}})])


def unless(says: str, reason: str, operator: str, key: str, value: Any, *given: Any, page: str = OPERATORS) -> Rule:
    """A Deny with one condition, beside an Allow of everything."""
    context = {key: given[0]} if given else {}
    return Rule(page, says, reason, given=context, identity=[allow(), deny(when={operator: {key: value}})])


STRINGS = [
    if_("StringEquals is exact", YES, "StringEquals", LEVEL, "secret", "secret"),
    if_("StringEquals heeds case", NOT_SAID, "StringEquals", LEVEL, "secret", "Secret"),
    if_("StringEquals takes a star as a star", NOT_SAID, "StringEquals", LEVEL, "se*", "secret"),
    if_("StringEquals finds a star", YES, "StringEquals", LEVEL, "se*", "se*"),
    if_("StringEquals is false without the key", NOT_SAID, "StringEquals", LEVEL, "secret"),
    if_("StringNotEquals is true without the key", YES, "StringNotEquals", LEVEL, "secret"),
    unless("StringNotEquals denies without the key", DENIED, "StringNotEquals", LEVEL, "secret"),
    unless("StringNotEquals denies another value", DENIED, "StringNotEquals", LEVEL, ["a", "b"], "c"),
    unless("StringNotEquals spares each value that it names", YES, "StringNotEquals", LEVEL, ["a", "b"], "b"),
    if_("StringEqualsIgnoreCase heeds no case", YES, "StringEqualsIgnoreCase", LEVEL, "secret", "SECRET"),
    unless("StringNotEqualsIgnoreCase heeds no case", YES, "StringNotEqualsIgnoreCase", LEVEL, "secret", "SECRET"),
    if_("StringLike knows wildcards", YES, "StringLike", "s3:prefix", "sales/*", "sales/a"),
    if_("StringLike heeds case", NOT_SAID, "StringLike", "s3:prefix", "sales/*", "Sales/a"),
    if_("StringLike takes an escaped star as a star", NOT_SAID, "StringLike", "s3:prefix", "${*}", "sales"),
    if_("StringLike takes a star of the request as a letter", NOT_SAID, "StringLike", "s3:prefix", "sales", "*"),
    if_("StringLike fits over line breaks", YES, "StringLike", "s3:prefix", "a*c", "a\nb\nc"),
    unless("StringNotLike denies what fits none", DENIED, "StringNotLike", "s3:prefix", ["a*", "b*"], "c"),
    unless("StringNotLike spares what fits one", YES, "StringNotLike", "s3:prefix", ["a*", "b*"], "b"),
    if_("operators have no case", YES, "stringequals", LEVEL, "secret", "secret"),
    if_("keys have no case", YES, "StringEquals", "S3:existingobjecttag/Classification", "x", "x"),
]

OTHERS = [
    if_("NumericLessThan compares numbers", YES, "NumericLessThan", "s3:max-keys", "10", "9"),
    if_("NumericLessThanEquals includes the bound", YES, "NumericLessThanEquals", "s3:max-keys", "10", "10"),
    if_("NumericGreaterThan excludes the bound", NOT_SAID, "NumericGreaterThan", "s3:max-keys", "10", "10"),
    if_("NumericEquals takes a number", YES, "NumericEquals", "s3:max-keys", 10, "10.0"),
    unless("NumericNotEquals denies without the key", DENIED, "NumericNotEquals", "s3:max-keys", "10"),
    if_("what is no number fits none", NOT_SAID, "NumericLessThan", "s3:max-keys", "10", "many"),
    if_("MFA may be too old", NOT_SAID, "NumericLessThan", "aws:MultiFactorAuthAge", "3600", "3601"),
    if_("MFA that was not used has no age", NOT_SAID, "NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
    if_("DateLessThan is true before", YES, "DateLessThan", AT, "2026-01-31T00:00:00Z", "2026-01-30T23:59:59Z"),
    if_("DateLessThan is false at that moment", NOT_SAID, "DateLessThan", AT, "2026-01-31", "2026-01-31T00:00:00Z"),
    if_("DateGreaterThan knows zones", YES, "DateGreaterThan", AT, "2026-01-31T12:00:00+02:00", "2026-01-31T10:30:00Z"),
    if_("dates may be seconds", YES, "DateGreaterThan", "aws:TokenIssueTime", "1700000000", "2026-01-31T00:00:00Z"),
    if_("a time that is not given is now", YES, "DateGreaterThan", AT, "2020-01-01T00:00:00Z"),
    if_("IpAddress takes ranges", YES, "IpAddress", FROM, "203.0.113.0/24", "203.0.113.77"),
    if_("IpAddress takes one address", NOT_SAID, "IpAddress", FROM, "203.0.113.7", "203.0.113.77"),
    if_("IpAddress takes IPv6", YES, "IpAddress", FROM, "2001:db8::/32", "2001:db8::1"),
    unless("NotIpAddress denies outside of all ranges", DENIED, "NotIpAddress", FROM, ["10.0.0.0/8"], "203.0.113.7"),
    unless(
        "NotIpAddress spares each range", YES, "NotIpAddress", FROM, ["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.7"
    ),
    unless("NotIpAddress denies without the key", DENIED, "NotIpAddress", FROM, "10.0.0.0/8"),
    if_("Bool is true", YES, "Bool", "aws:SecureTransport", "true", "true"),
    if_("Bool takes JSON's true", YES, "Bool", "aws:SecureTransport", True, "true"),
    unless("Bool denies without TLS", DENIED, "Bool", "aws:SecureTransport", "false", "false"),
    unless("Bool denies nothing without the key", YES, "Bool", "aws:MultiFactorAuthPresent", "false"),
    unless("BoolIfExists denies without the key", DENIED, "BoolIfExists", "aws:MultiFactorAuthPresent", "false"),
    unless("BoolIfExists spares who used MFA", YES, "BoolIfExists", "aws:MultiFactorAuthPresent", "false", "true"),
    if_("BinaryEquals is exact", YES, "BinaryEquals", "lake:Bytes", "QmluYXJ5", "QmluYXJ5"),
    if_("Null asks for the key's absence", YES, "Null", "aws:RequestTag/owner", "true"),
    if_("Null is false where the key is there", NOT_SAID, "Null", "aws:RequestTag/owner", "true", "ada"),
    unless("Null denies what lacks a tag", DENIED, "Null", "aws:RequestTag/owner", "true"),
    unless("Null spares what has a tag", YES, "Null", "aws:RequestTag/owner", True, "ada"),
    if_("Null false asks for the key's presence", YES, "Null", "aws:RequestTag/owner", "false", "ada"),
    if_("IfExists lets pass without the key", YES, "StringEqualsIfExists", KEY_OF_OBJECT, "k"),
    if_("IfExists checks the key that is there", NOT_SAID, "StringEqualsIfExists", KEY_OF_OBJECT, "k", "l"),
    unless("IfExists denies the wrong key", DENIED, "StringNotEqualsIfExists", KEY_OF_OBJECT, "k", "l"),
    unless("IfExists with a negation denies without the key", DENIED, "StringNotEqualsIfExists", KEY_OF_OBJECT, "k"),
]

ARNS = [
    if_("ArnLike fits part by part", YES, "ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:lake-*", "arn:aws:s3:::lake-raw"),
    if_("ArnLike reaches over slashes of its part", YES, "ArnLike", "aws:SourceArn", "arn:aws:s3:::a/*", "arn:aws:s3:::a/b/c"),
    if_("ArnLike reaches into no other part", NOT_SAID, "ArnLike", "aws:SourceArn", f"arn:aws:sqs:*:{LAKE}:q",
        f"arn:aws:sqs:eu-west-1:{OTHER}:q:{LAKE}:q"),
    if_("ArnEquals knows wildcards too", YES, "ArnEquals", "aws:SourceArn", "arn:aws:s3:::lake-*", "arn:aws:s3:::lake-raw"),
    if_("ArnLike heeds case", NOT_SAID, "ArnLike", "aws:SourceArn", "arn:aws:s3:::Lake", "arn:aws:s3:::lake"),
    if_("ArnLike is false without the key", NOT_SAID, "ArnLike", "aws:SourceArn", "arn:aws:s3:::lake"),
    if_("ArnLikeIfExists is true without the key", YES, "ArnLikeIfExists", "aws:SourceArn", "arn:aws:s3:::lake"),
    if_("ArnLike fits no text", NOT_SAID, "ArnLike", "aws:SourceArn", "arn:aws:s3:::*", "lake"),
    unless("ArnNotLike denies what fits none", DENIED, "ArnNotLike", "aws:SourceArn", "arn:aws:s3:::a*", "arn:aws:s3:::b"),
    unless("ArnNotLike does not spare what a star would reach into", DENIED, "ArnNotLike", "aws:SourceArn",
           f"arn:aws:sqs:*:{LAKE}:q", f"arn:aws:sqs:eu-west-1:{OTHER}:q:{LAKE}:q"),
    unless("ArnNotEquals denies without the key", DENIED, "ArnNotEquals", "aws:SourceArn", "arn:aws:s3:::a"),
    unless("ArnNotEquals spares each that it names", YES, "ArnNotEquals", "aws:SourceArn",
           ["arn:aws:s3:::a", "arn:aws:s3:::b"], "arn:aws:s3:::b"),
]  # fmt: skip

SETS_OF_VALUES = [
    if_("ForAllValues needs all to fit", NOT_SAID, "ForAllValues:StringEquals", TAGS, ["a", "b"], ["a", "c"], page=SETS),
    if_("ForAllValues holds where all fit", YES, "ForAllValues:StringEquals", TAGS, ["a", "b"], ["a"], page=SETS),
    if_("ForAllValues holds without the key", YES, "ForAllValues:StringEquals", TAGS, ["a", "b"], page=SETS),
    if_("ForAllValues holds where there are no values", YES, "ForAllValues:StringEquals", TAGS, ["a"], [], page=SETS),
    if_("ForAnyValue needs one to fit", YES, "ForAnyValue:StringEquals", TAGS, ["a", "b"], ["c", "b"], page=SETS),
    if_("ForAnyValue fails where none fits", NOT_SAID, "ForAnyValue:StringEquals", TAGS, ["a"], ["c"], page=SETS),
    if_("ForAnyValue fails without the key", NOT_SAID, "ForAnyValue:StringEquals", TAGS, ["a"], page=SETS),
    if_("ForAnyValue knows patterns", YES, "ForAnyValue:StringLike", TAGS, ["team-*"], ["x", "team-a"], page=SETS),
    unless("ForAnyValue denies by one value", DENIED, "ForAnyValue:StringEquals", TAGS, "clearance",
           ["name", "clearance"], page=SETS),
    unless("ForAllValues with a negation denies where none is named", DENIED, "ForAllValues:StringNotEquals", TAGS,
           ["a"], ["b", "c"], page=SETS),
    unless("ForAllValues with a negation spares where one is named", YES, "ForAllValues:StringNotEquals", TAGS,
           ["a"], ["a", "c"], page=SETS),
    unless("ForAnyValue with a negation denies where one is not named", DENIED, "ForAnyValue:StringNotEquals", TAGS,
           ["a"], ["a", "c"], page=SETS),
    unless("ForAnyValue with a negation denies nothing without the key", YES, "ForAnyValue:StringNotEquals", TAGS, ["a"],
           page=SETS),
    if_("Null tells whether there are several values", YES, "Null", TAGS, "false", ["a", "b"], page=SETS),
    if_("the services on the way are a set", YES, "ForAnyValue:StringEquals", "aws:CalledVia",
        ["athena.amazonaws.com"], ["athena.amazonaws.com", "s3.amazonaws.com"], page=SETS),
]  # fmt: skip

BOTH = {"aws:SecureTransport": "true", LEVEL: "secret"}
TOGETHER = [
    Rule(LOGIC, "all operators have to hold", NOT_SAID, given={**BOTH, LEVEL: "none"},
         identity=[allow(when={"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {LEVEL: "secret"}})]),
    Rule(LOGIC, "all operators hold", YES, given=BOTH,
         identity=[allow(when={"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {LEVEL: "secret"}})]),
    Rule(LOGIC, "all keys of an operator have to hold", NOT_SAID, given={LEVEL: "secret", "s3:prefix": "b"},
         identity=[allow(when={"StringEquals": {LEVEL: "secret", "s3:prefix": "a"}})]),
    Rule(LOGIC, "one value of a key is enough", YES, given={LEVEL: "secret"},
         identity=[allow(when={"StringEquals": {LEVEL: ["public", "secret"]}})]),
    Rule(LOGIC, "a Deny needs all of its conditions", YES, given={LEVEL: "secret", "s3:prefix": "b"},
         identity=[allow(), deny(when={"StringEquals": {LEVEL: "secret", "s3:prefix": "a"}})]),
    Rule(LOGIC, "conditions of two statements are apart", YES, given={LEVEL: "secret"},
         identity=[allow(when={"StringEquals": {LEVEL: "none"}}), allow(when={"StringEquals": {LEVEL: "secret"}})]),
]  # fmt: skip

CALLERS = [
    Rule(KEYS, "PrincipalArn of a session is its role", YES,
         identity=[allow(when={"ArnEquals": {NAMED: ROLE_ARN}})]),
    Rule(KEYS, "PrincipalArn of a session is not its own", NOT_SAID,
         identity=[allow(when={"ArnEquals": {NAMED: SESSION_ARN}})]),
    Rule(KEYS, "a service has no PrincipalArn", DENIED, who=GLUE,
         resource=[allow(to={"Service": GLUE.arn}), deny(to="*", when={"ArnNotLike": {NAMED: f"arn:aws:iam::{LAKE}:role/*"}})]),
    Rule(KEYS, "PrincipalIsAWSService tells services", YES, who=GLUE,
         resource=[allow(to={"Service": GLUE.arn}),
                   deny(to="*", when={"StringNotEquals": {"aws:PrincipalAccount": LAKE},
                                      "Bool": {"aws:PrincipalIsAWSService": "false"}})]),
    Rule(KEYS, "PrincipalIsAWSService is false of people", DENIED, who=STRANGER, identity=[allow()],
         resource=[allow(to="*"),
                   deny(to="*", when={"StringNotEquals": {"aws:PrincipalAccount": LAKE},
                                      "Bool": {"aws:PrincipalIsAWSService": "false"}})]),
    Rule(KEYS, "PrincipalServiceName names the service", YES, who=GLUE,
         resource=[allow(to="*", when={"StringEquals": {"aws:PrincipalServiceName": "glue.amazonaws.com"}})]),
    Rule(KEYS, "PrincipalAccount is the caller's", YES, who=STRANGER, identity=[allow()],
         resource=[allow(to="*", when={"StringEquals": {"aws:PrincipalAccount": OTHER}})]),
    Rule(KEYS, "PrincipalType of the root is Account", YES, who=ROOT,
         resource=[deny(to="*", when={"StringNotEquals": {"aws:PrincipalType": "Account"}})]),
    Rule(KEYS, "who is anonymous is of no account", DENIED, who=NOBODY,
         resource=[allow(to="*"), deny(to="*", when={"StringNotEquals": {"aws:PrincipalAccount": LAKE}})]),
    Rule(KEYS, "ResourceAccount is the owner's", NOT_SAID, owner=OTHER, resource=[allow(to={"AWS": ROLE_ARN})],
         identity=[allow(when={"StringEquals": {"aws:ResourceAccount": LAKE}})]),
    Rule(KEYS, "ResourceAccount of an own bucket is the own account", YES,
         identity=[allow(when={"StringEquals": {"aws:ResourceAccount": LAKE, "s3:ResourceAccount": LAKE}})]),
    Rule(KEYS, "username is a user's name without its path", YES, who=USER,
         identity=[allow(when={"StringEquals": {"aws:username": "ada"}})]),
    Rule(f"{IAM}id_session-tags.html", "a session's tag is a tag of the principal", YES, who=CLEARED,
         identity=[allow(when={"StringEquals": {"aws:PrincipalTag/clearance": ["confidential", "secret"]}})]),
    Rule(f"{IAM}id_session-tags.html", "a session without the tag is not cleared", NOT_SAID,
         identity=[allow(when={"StringEquals": {"aws:PrincipalTag/clearance": ["confidential", "secret"]}})]),
    Rule(f"{S3}amazon-s3-policy-keys.html", "a list is limited to a prefix", NOT_SAID, action="s3:ListBucket",
         on="arn:aws:s3:::lake", given={"s3:prefix": "other/"},
         identity=[allow("s3:ListBucket", "arn:aws:s3:::lake", when={"StringLike": {"s3:prefix": "sales/*"}})]),
]  # fmt: skip


@pytest.mark.parametrize("rule", [*STRINGS, *OTHERS, *ARNS, *SETS_OF_VALUES, *TOGETHER, *CALLERS], ids=name_of)
def test_conditions(rule: Rule):
    check(rule)
