"""A decision names the statements that made it."""

from __future__ import annotations

from access_rules import LAKE, OBJECT, ROLE, ROLE_ARN, allow, deny, policy

from access.evaluator import Decision, Found, Policies, Request, decide

REQUEST = Request(ROLE, "s3:GetObject", OBJECT, LAKE)
READS = ("reads", policy({**allow("s3:Get*"), "Sid": "Objects"}, allow("kms:*"), allow("s3:*")))


def test_those_that_allow_are_named_by_sid_or_place():
    assert decide(REQUEST, Policies(identity=[READS])) == Decision(
        True, "allowed", (Found("reads", "Objects", "Allow"), Found("reads", "#3", "Allow"))
    )


def test_those_that_deny_are_named_from_every_layer():
    closed = ("closed", policy({**deny(to="*"), "Sid": "Everybody"}))
    limit = ("organization", policy(allow(), {**deny("s3:*"), "Sid": "NoObjects"}))
    decision = decide(REQUEST, Policies(identity=[READS], resource=closed, limits=[limit]))
    assert set(decision.statements) == {
        Found("closed", "Everybody", "Deny"),
        Found("organization", "NoObjects", "Deny"),
    }


def test_what_a_boundary_holds_back_is_named():
    decision = decide(REQUEST, Policies(identity=[READS], boundary=("frame", policy(allow("kms:*")))))
    assert (decision.reason, decision.statements[0]) == ("boundary", Found("reads", "Objects", "Allow"))


def test_both_sides_are_named():
    bucket = ("bucket", policy({**allow(to={"AWS": [ROLE_ARN]}), "Sid": "Reader"}))
    decision = decide(
        Request(ROLE, "s3:GetObject", OBJECT, "222222222222"), Policies(identity=[READS], resource=bucket)
    )
    assert {found.policy for found in decision.statements} == {"reads", "bucket"}


def test_policies_of_one_kind_are_read_together():
    first, second = ("a", policy(allow("kms:*"))), ("b", policy(allow("s3:*")))
    assert decide(REQUEST, Policies(identity=[first, second])).allowed
    assert decide(REQUEST, Policies(identity=[second], session=[first, second])).allowed
    assert decide(REQUEST, Policies(identity=[second], limits=[first, second])).allowed
