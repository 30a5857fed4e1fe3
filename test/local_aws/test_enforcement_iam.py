"""What calls of IAM need: with it they pass, with less they do not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningServer
from .enforcement import Case, Trial, policy, statement

ACCOUNT = "300000000004"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
IAM_ARN = f"arn:aws:iam::{ACCOUNT}"
TRUST = json.dumps(policy(statement("sts:AssumeRole", None, Principal={"AWS": ACCOUNT})))
SOME = json.dumps(policy(statement("s3:GetObject", "*")))
IAM = [
    Case("iam", "get_role", [("iam:GetRole", ROLE)], {"RoleName": "worker"}),
    Case("iam", "list_roles", [("iam:ListRoles", "*")]),
    Case(
        "iam",
        "update_assume_role_policy",
        [("iam:UpdateAssumeRolePolicy", f"{IAM_ARN}:role/none")],
        {"RoleName": "none", "PolicyDocument": TRUST},
    ),
    Case(
        "iam",
        "create_role",
        [("iam:CreateRole", f"{IAM_ARN}:role/team/new")],
        {"RoleName": "new", "Path": "/team/", "AssumeRolePolicyDocument": TRUST},
    ),
    Case(
        "iam",
        "put_role_policy",
        [("iam:PutRolePolicy", f"{IAM_ARN}:role/none")],
        {"RoleName": "none", "PolicyName": "p", "PolicyDocument": SOME},
    ),
    Case(
        "iam",
        "attach_role_policy",
        [("iam:AttachRolePolicy", f"{IAM_ARN}:role/none")],
        {"RoleName": "none", "PolicyArn": f"{IAM_ARN}:policy/some"},
    ),
    Case("iam", "get_policy", [("iam:GetPolicy", f"{IAM_ARN}:policy/some")], {"PolicyArn": f"{IAM_ARN}:policy/some"}),
    Case(
        "iam",
        "create_policy",
        [("iam:CreatePolicy", f"{IAM_ARN}:policy/new")],
        {"PolicyName": "new", "PolicyDocument": SOME},
    ),
    Case("iam", "get_user", [("iam:GetUser", f"{IAM_ARN}:user/people/anna")], {"UserName": "anna"}),
    Case("iam", "create_access_key", [("iam:CreateAccessKey", f"{IAM_ARN}:user/people/anna")], {"UserName": "anna"}),
    Case(
        "iam",
        "add_user_to_group",
        [("iam:AddUserToGroup", f"{IAM_ARN}:group/job/steward")],
        {"GroupName": "steward", "UserName": "anna"},
    ),
    Case(
        "iam", "delete_role_permissions_boundary", [("iam:DeleteRolePermissionsBoundary", ROLE)], {"RoleName": "worker"}
    ),
    Case("iam", "get_account_password_policy", [("iam:GetAccountPasswordPolicy", "*")]),
    Case(
        "iam",
        "create_virtual_mfa_device",
        [("iam:CreateVirtualMFADevice", f"{IAM_ARN}:mfa/phone")],
        {"VirtualMFADeviceName": "phone"},
    ),
]


@pytest.fixture(scope="module")
def trial(enforced: RunningServer) -> Iterator[Trial]:
    """A role, beside another one, a user, a group and a policy."""
    iam = enforced.client("iam", ACCOUNT)
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName="anna", Path="/people/")
    iam.create_group(GroupName="steward", Path="/job/")
    iam.create_policy(PolicyName="some", PolicyDocument=SOME)
    yield Trial(enforced, ACCOUNT)


@pytest.mark.parametrize("case", IAM, ids=str)
def test_iam(trial: Trial, case: Case) -> None:
    trial.check(case)


def test_roles_are_made_with_the_boundary_that_a_policy_demands(trial: Trial) -> None:
    bounds = f"{IAM_ARN}:policy/some"
    trial.may(statement("iam:CreateRole", "*", Condition={"StringEquals": {"iam:PermissionsBoundary": bounds}}))
    make = lambda **more: trial.client("iam").create_role(  # noqa: E731
        RoleName="bounded", AssumeRolePolicyDocument=TRUST, **more
    )
    assert trial.refusal(make) is not None
    assert trial.refusal(lambda: make(PermissionsBoundary=f"{IAM_ARN}:policy/other")) is not None
    assert trial.refusal(lambda: make(PermissionsBoundary=bounds)) is None


def test_whether_a_role_of_a_service_is_gone_is_told_to_who_may_ask_about_that_role(trial: Trial) -> None:
    service = "config.amazonaws.com"
    iam = trial.aws.client("iam", ACCOUNT)
    name = iam.create_service_linked_role(AWSServiceName=service)["Role"]["RoleName"]
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert task.startswith(f"task/aws-service-role/{service}/{name}/")
    needed = [("iam:GetServiceLinkedRoleDeletionStatus", f"{IAM_ARN}:role/aws-service-role/{service}/{name}")]
    trial.check(Case("iam", "get_service_linked_role_deletion_status", needed, {"DeletionTaskId": task}))


def test_a_user_has_no_more_than_the_boundary(trial: Trial) -> None:
    iam = trial.aws.client("iam", ACCOUNT)
    everything = json.dumps(policy(statement("*", "*")))
    iam.put_user_policy(UserName="anna", PolicyName="p", PolicyDocument=everything)
    key = iam.create_access_key(UserName="anna")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    anna = trial.aws.client("sqs", ACCOUNT, **keys)
    assert trial.refusal(anna.list_queues) is None
    iam.put_user_permissions_boundary(UserName="anna", PermissionsBoundary=f"{IAM_ARN}:policy/some")
    assert iam.get_user(UserName="anna")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("/some")
    assert "permissions boundary" in (trial.refusal(anna.list_queues) or "")
    iam.delete_user_permissions_boundary(UserName="anna")
    assert trial.refusal(anna.list_queues) is None
    iam.update_access_key(UserName="anna", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        anna.list_queues()
