"""Access keys, AssumeRole and its refusals."""

import json
import urllib.error
import urllib.request

import pytest

from .conftest import MANAGEMENT, RunningServer
from .helpers import refusal


def trust(principal, condition=None, effect="Allow"):
    statement = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


def create_role(aws: RunningServer, account: str, *statements: dict, name: str = "deploy") -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return aws.client("iam", account).create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def test_an_account_id_as_access_key_is_that_accounts_root(aws, account):
    identity = aws.client("sts", account).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:root")


def test_an_unknown_access_key_is_refused(aws):
    client = aws.client("sts", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x")
    assert refusal(client.get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_a_users_key_is_that_user(aws, account):
    iam = aws.client("iam", account)
    iam.create_user(UserName="ada", Path="/people/")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    client = aws.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert client.get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/people/ada"


def test_sessions_land_in_the_roles_account(aws, account):
    role = create_role(aws, account, trust({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}))
    credentials = aws.session(role)
    identity = aws.client("sts", **credentials).get_caller_identity()
    assert identity["Account"] == account
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/deploy/test"
    aws.client("sqs", **credentials).create_queue(QueueName="made-by-role")
    assert "made-by-role" in aws.client("sqs", account).list_queues()["QueueUrls"][0]


def test_session_keys_need_their_token(aws, account):
    role = create_role(aws, account, trust({"AWS": MANAGEMENT}))
    credentials = {**aws.session(role), "aws_session_token": "forged"}
    assert refusal(aws.client("sts", **credentials).get_caller_identity)[1] == "InvalidClientTokenId"


def test_a_role_that_does_not_exist_cannot_be_assumed(aws, account):
    status, code, message = refusal(lambda: aws.session(f"arn:aws:iam::{account}:role/none"))
    assert (status, code) == (403, "AccessDenied")
    assert message == (
        f"User: arn:aws:iam::{MANAGEMENT}:root is not authorized to perform: sts:AssumeRole"
        f" on resource: arn:aws:iam::{account}:role/none"
    )


def test_only_the_trusted_account_gets_in(aws, account):
    role = create_role(aws, account, trust({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}))
    assert aws.session(role)
    assert refusal(lambda: aws.session(role, account="300000000001"))[0] == 403
    assert refusal(lambda: aws.session(role, account=account))[0] == 403


def test_an_exact_principal_lets_in_nobody_else(aws, account):
    first = create_role(aws, account, trust({"AWS": account}), name="first")
    target = create_role(aws, account, trust({"AWS": first}), name="target")
    assert refusal(lambda: aws.session(target, account=account))[0] == 403
    sts = aws.client("sts", **aws.session(first, account=account))
    assert sts.assume_role(RoleArn=target, RoleSessionName="chained")["AssumedRoleUser"]["Arn"].endswith(
        "target/chained"
    )


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike"])
def test_the_external_id_must_match(aws, account, operator):
    condition = {operator: {"sts:ExternalId": "lake-42"}}
    role = create_role(aws, account, trust({"AWS": MANAGEMENT}, condition))
    assert aws.session(role, ExternalId="lake-42")
    assert refusal(lambda: aws.session(role))[1] == "AccessDenied"
    assert refusal(lambda: aws.session(role, ExternalId="lake-43"))[1] == "AccessDenied"


def test_tags_of_a_session_are_a_right_of_their_own_and_bounded(aws, account):
    tagging = {
        "Effect": "Allow",
        "Principal": {"AWS": MANAGEMENT},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEqualsIfExists": {"aws:RequestTag/clearance": ["proprietary", "secret"]},
            "ForAllValues:StringEquals": {"aws:TagKeys": "clearance"},
        },
    }
    bounded = create_role(aws, account, tagging, name="bounded")
    plain = create_role(aws, account, trust({"AWS": MANAGEMENT}), name="plain")
    tags = lambda **given: [{"Key": key, "Value": value} for key, value in given.items()]  # noqa: E731
    assert aws.session(bounded)
    assert aws.session(bounded, Tags=tags(clearance="secret"))
    assert refusal(lambda: aws.session(bounded, Tags=tags(clearance="royal")))[1] == "AccessDenied"
    assert refusal(lambda: aws.session(bounded, Tags=tags(clearance="secret", team="x")))[1] == "AccessDenied"
    assert aws.session(plain)
    assert refusal(lambda: aws.session(plain, Tags=tags(clearance="secret")))[1] == "AccessDenied"


def test_patterns_count_only_in_stringlike(aws, account):
    like = create_role(aws, account, trust({"AWS": MANAGEMENT}, {"StringLike": {"sts:ExternalId": "lake-*"}}), name="a")
    exact = create_role(
        aws, account, trust({"AWS": MANAGEMENT}, {"StringEquals": {"sts:ExternalId": "lake-*"}}), name="b"
    )
    assert aws.session(like, ExternalId="lake-7")
    assert refusal(lambda: aws.session(exact, ExternalId="lake-7"))[1] == "AccessDenied"


def test_a_service_principal_is_no_person(aws, account):
    role = create_role(aws, account, trust({"Service": "lambda.amazonaws.com"}))
    assert refusal(lambda: aws.session(role, account=account))[1] == "AccessDenied"


def test_a_deny_wins_and_an_unknown_condition_never_opens(aws, account):
    allow, deny = trust({"AWS": MANAGEMENT}), trust({"AWS": "*"}, effect="Deny")
    denied = create_role(aws, account, allow, deny, name="denied")
    unknown = create_role(
        aws, account, trust({"AWS": MANAGEMENT}, {"StringEquals": {"aws:PhaseOfMoon": "full"}}), name="moon"
    )
    assert refusal(lambda: aws.session(denied))[1] == "AccessDenied"
    assert refusal(lambda: aws.session(unknown))[1] == "AccessDenied"


def test_a_member_account_has_the_organizations_access_role(aws, account):
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    assert aws.client("sts", **aws.session(role)).get_caller_identity()["Account"] == account
    assert refusal(lambda: aws.session(role, account="300000000001"))[1] == "AccessDenied"
    names = [r["RoleName"] for r in aws.client("iam").list_roles()["Roles"]]
    assert "OrganizationAccountAccessRole" not in names


def test_anonymous_requests_are_refused(aws, account):
    aws.client("s3", account).create_bucket(
        Bucket=f"anonymous-{account}", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{aws.endpoint}/anonymous-{account}")
    assert caught.value.code == 403
