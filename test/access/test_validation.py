"""Policies that do not mean what they say are refused, with policy, statement and what to do."""

from __future__ import annotations

import pytest
from access_rules import LAKE, OBJECT, ROLE, allow, deny, policy

from access.evaluator import InvalidPolicyError, Policies, Request, decide
from access.validation import problems_of

TO = {"AWS": LAKE}


def of(statement: object, kind: str = "identity") -> list[str]:
    return problems_of("p", {"Version": "2012-10-17", "Statement": [statement]}, kind)


@pytest.mark.parametrize(
    ("statement", "problem", "fix"),
    [
        ({**allow(), "Effect": "Alow"}, "Effect 'Alow'", "say Allow or Deny"),
        ({**deny(), "Effect": "deny"}, "Effect 'deny'", "say Allow or Deny"),
        ({"Action": "*", "Resource": "*"}, "Effect None", "say Allow or Deny"),
        ({**deny(), "Conditions": {}}, "unknown element 'Conditions'", "did you mean Condition?"),
        ({**deny(), "resource": "*"}, "unknown element 'resource'", "did you mean Resource?"),
        ({**deny(), "NotAction": "s3:*"}, "both Action and NotAction", "say one of them"),
        ({"Effect": "Deny", "Resource": "*"}, "neither Action nor NotAction", "say one of them"),
        ({**deny(), "NotResource": "*"}, "both Resource and NotResource", "say one of them"),
        ({"Effect": "Allow", "Action": "*"}, "neither Resource nor NotResource", "say one of them"),
        (deny([]), "Action []", "not empty"),
        (deny("s3:Get*", []), "Resource []", "not empty"),
        (deny(["s3:GetObject", 5]), "Action ['s3:GetObject', 5]", "not empty"),
        (deny("GetObject"), "Action 'GetObject'", "service:Name"),
        (deny("s3:Get Object"), "Action 's3:Get Object'", "service:Name"),
        (deny("*:GetObject"), "Action '*:GetObject'", "service:Name"),
        (deny("s3:${aws:username}"), "variables are not expanded in actions", "name the actions"),
        (deny("s3:*", "lake/*"), "Resource 'lake/*'", "whole ARN"),
        (deny("s3:*", "arn:aws:s3:lake/*"), "Resource 'arn:aws:s3:lake/*'", "whole ARN"),
        (deny("s3:*", "arn:aws:s3:::${aws:usrname}/*"), "there is no variable ${aws:usrname}", "did you mean aws:username?"),
        (deny("s3:*", "arn:aws:s3:::${aws:TagKeys}/*"), "there is no variable ${aws:TagKeys}", ""),
        (deny("s3:*", "arn:aws:s3:::${aws:username/*"), "not closed", "write ${key}"),
        (deny(when={"StringEqual": {"aws:username": "a"}}), "unknown operator 'StringEqual'", "did you mean StringEquals?"),
        (deny(when={"NullIfExists": {"aws:username": "true"}}), "unknown operator 'NullIfExists'", ""),
        (deny(when={"ForSomeValues:StringEquals": {"aws:TagKeys": "a"}}), "unknown operator", ""),
        (deny(when={"StringEquals": {"aws:PrincipleArn": "a"}}), "no such condition key", "did you mean aws:PrincipalArn?"),
        (deny(when={"StringEquals": {"aws:PrincipalTag": "a"}}), "no such condition key", "aws:PrincipalTag/"),
        (deny(when={"StringEquals": {"username": "a"}}), "no such condition key", ""),
        (deny(when={"StringEquals": {"aws:TagKeys": "a"}}), "several values", "ForAnyValue:StringEquals"),
        (deny(when={"ForAnyValue:StringEquals": {"aws:SourceVpce": "a"}}), "has one value", "say StringEquals"),
        (deny(when={"StringEquals": {"aws:username": []}}), "no value to compare with", "give at least one"),
        (deny(when={"StringEquals": {"aws:username": None}}), "None is no value", "give a text"),
        (deny(when={"StringEquals": {"aws:username": "${aws:usernam}"}}), "no variable ${aws:usernam}", "aws:username?"),
        (deny(when={"Bool": {"aws:SecureTransport": "no"}}), "'no' is neither true nor false", ""),
        (deny(when={"Null": {"aws:username": "yes"}}), "'yes' is neither true nor false", ""),
        (deny(when={"NumericLessThan": {"s3:max-keys": "ten"}}), "'ten' is no number", ""),
        (deny(when={"NumericEquals": {"s3:max-keys": "${aws:username}"}}), "takes literally", "String or Arn operator"),
        (deny(when={"DateLessThan": {"aws:CurrentTime": "soon"}}), "'soon' is no date", "2026-01-31T00:00:00Z"),
        (deny(when={"IpAddress": {"aws:SourceIp": "10.0.0"}}), "no range of addresses", "203.0.113.0/24"),
        (deny(when={"ArnLike": {"aws:PrincipalArn": "role/*"}}), "'role/*' is no ARN", "all six parts"),
        (deny(when=["StringEquals"]), "Condition ['StringEquals']", "object of operators"),
        (deny(when={"StringEquals": "aws:username"}), "StringEquals: 'aws:username'", "object of condition keys"),
        (deny(to="*"), "Principal; only policies of resources", "remove it"),
        ("Allow", "is str", "a JSON object"),
    ],
)  # fmt: skip
def test_statements_of_identities(statement: object, problem: str, fix: str):
    found = of(statement)
    assert any(problem in text and fix in text for text in found), found
    assert all(text.startswith("p, statement #1: ") for text in found)


@pytest.mark.parametrize(
    ("statement", "kind", "problem"),
    [
        (allow(), "resource", "neither Principal nor NotPrincipal"),
        ({**allow(to=TO), "NotPrincipal": TO}, "resource", "both Principal and NotPrincipal"),
        ({**allow(NotPrincipal=TO)}, "resource", "allows by NotPrincipal"),
        (deny(NotPrincipal="*"), "resource", "exempts everybody"),
        (deny(to={}), "resource", "give '*' or an object"),
        (deny(to="everybody"), "resource", "give '*' or an object"),
        (deny(to={"Role": "a"}), "resource", "unknown type 'Role'"),
        (deny(to={"AWS": []}), "resource", "not empty"),
        (deny(to={"AWS": f"arn:aws:iam::{LAKE}:role/*"}), "resource", "aws:PrincipalArn"),
        (deny(to={"AWS": "AROAEXAMPLE"}), "resource", "names nobody"),
        (deny(to={"Service": "glue"}), "resource", "no service"),
        (allow("sts:AssumeRole", "*", to=TO), "trust", "remove it"),
        (allow("s3:GetObject", None, to=TO), "trust", "begin with sts:"),
        (allow("sts:AssumeRole", None), "trust", "neither Principal nor NotPrincipal"),
        (allow(to="*"), "limit", "only policies of resources"),
    ],
)
def test_statements_of_resources(statement: dict, kind: str, problem: str):
    found = of(statement, kind)
    assert any(problem in text for text in found), found


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"Statement": [allow()]}, 'p: has no Version; say "Version": "2012-10-17"'),
        ({"Version": "2012-10-18", "Statement": [allow()]}, "p: has Version '2012-10-18'"),
        ({"Version": "2012-10-17"}, "p: has no Statement"),
        ({"Version": "2012-10-17", "Statement": []}, "p: has no Statement"),
        ({"Version": "2012-10-17", "Statements": [allow()]}, "did you mean Statement?"),
        (policy({**allow(), "Sid": "A"}, {**allow(), "Sid": "A"}), "2 statements with the Sid 'A'"),
        ("{}", "p: is str and no policy"),
        (policy(allow("s3:*", "arn:aws:s3:::${aws:username}/*"), version="2008-10-17"), "takes literally"),
    ],
)
def test_policies(body: object, problem: str):
    assert any(problem in text for text in problems_of("p", body, "identity"))


def test_what_is_valid_is_left_alone():
    statements = [
        {**allow(["s3:Get*", "s3:ListBucket"], ["arn:aws:s3:::lake", "arn:aws:s3:::lake/${aws:username}/*"]), "Sid": "A"},
        deny(NotAction="iam:*", when={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}, "Null": {"aws:username": True}}),
        allow("logs:*", "arn:aws:logs:*:*:log-group:/aws/lambda/*:*"),
        allow("s3:*", "arn:aws:s3:::a/${aws:PrincipalTag/team, 'all'}/${*}"),
    ]  # fmt: skip
    assert problems_of("p", policy(*statements), "identity") == []
    assert problems_of("p", policy(allow("sqs:SendMessage", to="*"), version="2008-10-17"), "resource") == []


def test_every_problem_is_said_at_once():
    body = policy({**deny("GetObject"), "Effect": "No"}, {**allow("s3:*", "x"), "Sid": "Reads"})
    assert [text.split(": ")[0] for text in problems_of("p", body, "identity")] == [
        "p, statement #1",
        "p, statement #1",
        "p, statement Reads",
    ]


@pytest.mark.parametrize("layer", ["identity", "boundary", "session", "resource", "limits"])
def test_nothing_is_decided_by_an_invalid_policy(layer: str):
    wrong = ("wrong", policy({**allow(), "Effect": "Alow"}))
    is_single = layer in ("boundary", "resource")
    given = {"identity": [("own", policy(allow()))]} | {layer: wrong if is_single else [wrong]}
    with pytest.raises(InvalidPolicyError, match="wrong, statement #1: has Effect 'Alow'"):
        decide(Request(ROLE, "s3:GetObject", OBJECT, LAKE), Policies(**given))


def test_a_request_says_whose_resource_it_means():
    with pytest.raises(ValueError, match="say which account has the resource"):
        decide(Request(ROLE, "s3:GetObject", OBJECT, ""), Policies())


@pytest.mark.parametrize("key", ["aws:PrincipalArn", "AWS:principalaccount", "aws:ResourceAccount"])
def test_a_request_cannot_say_who_asks_in_its_context(key: str):
    with pytest.raises(ValueError, match="leave it out"):
        decide(Request(ROLE, "s3:GetObject", OBJECT, LAKE, {key: "x"}), Policies())
