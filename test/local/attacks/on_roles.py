"""Attempts to become somebody else, or to make somebody who may do more."""

from __future__ import annotations

import json
from typing import Any

from attempts import Attempt
from callers import Anna, Caller, Callers

ADMIN = "OrganizationAccountAccessRole"


def attempts(callers: Callers, anna: Anna) -> list[Attempt]:
    """All of them."""
    return [*_entering(callers), *_users(anna), *_making(callers), *_planning(callers)]


def _entering(callers: Callers) -> list[Attempt]:
    lake = callers.lake
    operator = callers.root(lake.management)
    analyst = callers.person("data-analyst", "secret")

    def enter(who: Caller, part: str = "data-analyst", **request: Any) -> Any:
        asked = {"RoleArn": lake.role(part), "RoleSessionName": "attack", "ExternalId": lake.external_id, **request}
        return who("sts").assume_role(**{name: value for name, value in asked.items() if value is not None})

    tag = lambda name, value: {"Tags": [{"Key": name, "Value": value}]}  # noqa: E731
    own = lambda: enter(operator, **tag("clearance", "proprietary"))  # noqa: E731
    return [
        Attempt("an operator comes with another external id", lambda: enter(operator, ExternalId="guessed"), own),
        Attempt("an operator comes without an external id", lambda: enter(operator, ExternalId=None), own),
        Attempt("an operator gives the session another tag", lambda: enter(operator, **tag("team", "a")), own),
        Attempt(
            "an operator asks for a clearance that there is not",
            lambda: enter(operator, **tag("clearance", "everything")),
            own,
        ),
        Attempt(
            "the deployer's role is taken with another external id",
            lambda: enter(operator, "deploy", ExternalId="guessed"),
            lambda: enter(operator, "deploy"),
        ),
        Attempt("root of the security account becomes an analyst", lambda: enter(callers.root(lake.security)), own),
        Attempt(
            "an analyst becomes the deployer",
            lambda: enter(analyst, "deploy"),
            lambda: analyst("sts").get_caller_identity(),
        ),
        Attempt(
            "an analyst becomes an engineer",
            lambda: enter(analyst, "data-engineer"),
            lambda: analyst("sts").get_caller_identity(),
        ),
        Attempt("an operator becomes a function", lambda: enter(operator, "intake"), own),
        Attempt(
            "the deployer becomes a job",
            lambda: enter(callers.deployer(), "refine-sales"),
            lambda: callers.deployer()("iam").get_role(RoleName=f"{lake.prefix}-refine-sales"),
        ),
        Attempt(
            "the deployer becomes the account's administrator",
            lambda: callers.deployer()("sts").assume_role(
                RoleArn=f"arn:aws:iam::{lake.prod}:role/{ADMIN}", RoleSessionName="attack"
            ),
            lambda: callers.deployer()("sts").get_caller_identity(),
        ),
    ]


def _users(anna: Anna) -> list[Attempt]:
    own = lambda: anna.become("data-analyst", "proprietary")  # noqa: E731
    return [
        Attempt(
            "a user comes without a second factor",
            lambda: anna.become("data-analyst", "proprietary", mfa=False),
            own,
        ),
        Attempt(
            "a user asks for more clearance than their group has", lambda: anna.become("data-analyst", "secret"), own
        ),
        Attempt("a user takes a job that is not theirs", lambda: anna.become("data-engineer", "proprietary"), own),
        Attempt(
            "a user reads without a role",
            lambda: anna.caller("s3").list_objects_v2(Bucket=anna.lake.bucket("curated")),
            lambda: anna.caller("sts").get_caller_identity(),
        ),
        Attempt(
            "a user makes a key for themselves", lambda: anna.caller("iam").create_access_key(UserName="anna"), own
        ),
    ]


def _making(callers: Callers) -> list[Attempt]:
    lake, deployer = callers.lake, callers.deployer()
    engineer = callers.person("data-engineer", "secret")
    iam = deployer("iam")
    boundary = f"arn:aws:iam::{lake.prod}:policy/{lake.prefix}-boundary"
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": lake.management}}],
        }
    )
    anything = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    made = f"{lake.prefix}-attack"
    job = f"{lake.prefix}-refine-sales"

    def make_bounded() -> None:
        iam.create_role(RoleName=made, AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
        iam.delete_role(RoleName=made)

    see = lambda: iam.get_role(RoleName=job)  # noqa: E731
    create = {"Name": f"{lake.prefix}-attack", "Command": {"Name": "glueetl", "ScriptLocation": "s3://a/b.py"}}
    return [
        Attempt(
            "the deployer makes a role without the boundary",
            lambda: iam.create_role(RoleName=made, AssumeRolePolicyDocument=trust),
            make_bounded,
        ),
        Attempt(
            "the deployer makes a role with another boundary",
            lambda: iam.create_role(
                RoleName=made,
                AssumeRolePolicyDocument=trust,
                PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
            ),
            make_bounded,
        ),
        Attempt(
            "the deployer makes a role of another name",
            lambda: iam.create_role(RoleName="attack", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary),
            make_bounded,
        ),
        Attempt("the deployer takes a boundary away", lambda: iam.delete_role_permissions_boundary(RoleName=job), see),
        Attempt(
            "the deployer changes the boundary",
            lambda: iam.create_policy_version(PolicyArn=boundary, PolicyDocument=anything, SetAsDefault=True),
            see,
        ),
        Attempt(
            "the deployer changes whom the administrator's role trusts",
            lambda: iam.update_assume_role_policy(RoleName=ADMIN, PolicyDocument=trust),
            see,
        ),
        Attempt(
            "the deployer changes its own rights",
            lambda: iam.put_role_policy(RoleName=f"{lake.prefix}-deploy", PolicyName="a", PolicyDocument=anything),
            see,
        ),
        Attempt("the deployer makes a user", lambda: iam.create_user(UserName="attack"), see),
        Attempt(
            "the deployer passes the administrator's role to a job",
            lambda: deployer("glue").create_job(**create, Role=f"arn:aws:iam::{lake.prod}:role/{ADMIN}"),
            see,
        ),
        Attempt(
            "an engineer changes whom a role trusts",
            lambda: engineer("iam").update_assume_role_policy(RoleName=job, PolicyDocument=trust),
            see,
        ),
        Attempt(
            "an engineer makes a role",
            lambda: engineer("iam").create_role(
                RoleName=made, AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary
            ),
            make_bounded,
        ),
        Attempt(
            "an engineer passes a role to a job of their own",
            lambda: engineer("glue").create_job(**create, Role=lake.role("refine-sales")),
            lambda: engineer("sts").get_caller_identity(),
        ),
    ]


def _planning(callers: Callers) -> list[Attempt]:
    lake, planner = callers.lake, callers.person("plan")
    raw = lake.bucket("raw")
    see = lambda: planner("s3").get_bucket_policy(Bucket=raw)  # noqa: E731
    return [
        Attempt("a planner takes a bucket's policy away", lambda: planner("s3").delete_bucket_policy(Bucket=raw), see),
        Attempt(
            "a planner lets somebody else into a bucket",
            lambda: planner("s3").put_bucket_policy(Bucket=raw, Policy=see()["Policy"]),
            see,
        ),
        Attempt(
            "a planner changes the rights of a role",
            lambda: planner("iam").delete_role_policy(RoleName=f"{lake.prefix}-intake", PolicyName="grants"),
            see,
        ),
    ]
