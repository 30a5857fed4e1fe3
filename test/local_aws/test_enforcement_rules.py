"""Conditions and layers of policies as requests meet them: each refusal stands beside what passes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from local.sessions import time_based_code

from .conftest import REGION, RunningServer
from .enforcement import Trial, policy, refused, statement
from .helpers import bucket, refusal

LEVELS = {"StringEquals": {"s3:ExistingObjectTag/classification": ["proprietary", "confidential"]}}


@pytest.fixture
def trial(enforced: RunningServer, account: str) -> Trial:
    """A role in an account of its own."""
    return Trial(enforced, account)


def sealed_bucket(trial: Trial, rules: list[dict[str, Any]] | None = None) -> str:
    """A bucket with a policy."""
    name = bucket(trial.aws, trial.account, "sealed")
    s3 = trial.aws.client("s3", trial.account)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if rules:
        document = policy(*({"Principal": "*", "Effect": "Deny", **rule} for rule in rules))
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))
    return name


def test_objects_are_read_by_their_tags(trial: Trial) -> None:
    name = sealed_bucket(trial)
    root, s3 = trial.aws.client("s3", trial.account), trial.client("s3")
    tags = {"open": "classification=proprietary", "closed": "classification=secret", "untagged": ""}
    versions = {
        key: root.put_object(Bucket=name, Key=key, Body=b"1", Tagging=tag)["VersionId"] for key, tag in tags.items()
    }
    trial.may(statement(["s3:GetObject", "s3:GetObjectVersion"], f"arn:aws:s3:::{name}/*", Condition=LEVELS))
    s3.get_object(Bucket=name, Key="open")
    s3.get_object(Bucket=name, Key="open", VersionId=versions["open"])
    for key in ("closed", "untagged"):
        assert "s3:GetObject on resource" in refused(lambda key=key: s3.get_object(Bucket=name, Key=key))
        refused(lambda key=key: s3.get_object(Bucket=name, Key=key, VersionId=versions[key]))
    # What somebody may read is not what they may copy away with another tag, nor read by a URL that they sign.
    refused(lambda: s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "closed"}))
    assert fetch(s3.generate_presigned_url("get_object", {"Bucket": name, "Key": "open"})) == 200
    assert fetch(s3.generate_presigned_url("get_object", {"Bucket": name, "Key": "closed"})) == 403


def fetch(url: str) -> int:
    """The status of what a URL answers."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_writes_are_refused_by_tag_and_key(trial: Trial) -> None:
    levels = {"StringNotEquals": {"s3:RequestObjectTag/classification": ["proprietary"]}}
    other_key = {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": ["ours"]}}
    given = {"Null": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "false"}}
    objects = f"arn:aws:s3:::sealed-{trial.account}/*"
    name = sealed_bucket(
        trial,
        [
            {"Action": "s3:PutObject", "Resource": objects, "Condition": levels},
            {"Action": "s3:PutObject", "Resource": objects, "Condition": {**other_key, **given}},
        ],
    )
    trial.may(statement("s3:*", "*"))
    s3 = trial.client("s3")
    put = {"Bucket": name, "Key": "a", "Body": b"1"}
    s3.put_object(**put, Tagging="classification=proprietary")
    assert "explicit deny in a resource-based policy" in refused(lambda: s3.put_object(**put))
    refused(lambda: s3.put_object(**put, Tagging="classification=secret"))
    theirs = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "theirs"}
    refused(lambda: s3.put_object(**put, **theirs, Tagging="classification=proprietary"))
    # Roots of accounts are held by what buckets refuse to everybody.
    refused(lambda: trial.aws.client("s3", trial.account).put_object(**put))


def test_buckets_are_listed_below_a_prefix(trial: Trial) -> None:
    name = sealed_bucket(trial)
    below = {"StringLike": {"s3:prefix": "mine/*"}}
    trial.may(statement("s3:ListBucket", f"arn:aws:s3:::{name}", Condition=below))
    trial.client("s3").list_objects_v2(Bucket=name, Prefix="mine/")
    refused(lambda: trial.client("s3").list_objects_v2(Bucket=name, Prefix="theirs/"))
    refused(lambda: trial.client("s3").list_objects_v2(Bucket=name))


def test_plain_http_is_refused(trial: Trial) -> None:
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    name = sealed_bucket(
        trial, [{"Action": "s3:*", "Resource": f"arn:aws:s3:::sealed-{trial.account}", "Condition": plain}]
    )
    trial.may(statement("s3:*", "*"))
    s3 = trial.aws.client("s3", trial.account, **trial._session)
    s3.list_objects_v2(Bucket=name)
    s3.meta.events.register(
        "before-sign.s3", lambda request, **_: request.headers.add_header("x-lake-secure-transport", "false")
    )
    refused(lambda: s3.list_objects_v2(Bucket=name))


def test_a_boundary_bounds(trial: Trial) -> None:
    root = trial.aws.client("iam", trial.account)
    arn = root.create_policy(PolicyName="bounds", PolicyDocument=json.dumps(policy(statement("s3:*", "*"))))["Policy"][
        "Arn"
    ]
    root.put_role_permissions_boundary(RoleName="trial", PermissionsBoundary=arn)
    trial.may(statement("*", "*"))
    trial.client("s3").list_buckets()
    assert "no permissions boundary allows the sqs:ListQueues" in refused(trial.client("sqs").list_queues)


def test_a_session_has_no_more_than_its_policy(trial: Trial) -> None:
    trial.may(statement("*", "*"))
    only_s3 = json.dumps(policy(statement("s3:*", "*")))
    narrow = trial.aws.session(trial.arn, trial.account, Policy=only_s3)
    trial.aws.client("s3", trial.account, **narrow).list_buckets()
    message = refused(trial.aws.client("sqs", trial.account, **narrow).list_queues)
    assert "no session policy allows" in message
    read = {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]}
    managed = trial.aws.session(trial.arn, trial.account, **read)
    trial.aws.client("s3", trial.account, **managed).list_buckets()
    refused(lambda: trial.aws.client("s3", trial.account, **managed).create_bucket(Bucket="x"))


def test_sessions_are_tagged_by_those_who_may(trial: Trial) -> None:
    root = trial.aws.client("iam", trial.account)
    once = {"StringEquals": {"aws:RequestTag/clearance": ["proprietary"]}}
    trust = policy(
        statement("sts:AssumeRole", None, Principal={"AWS": trial.account}),
        statement("sts:TagSession", None, Principal={"AWS": trial.account}, Condition=once),
    )
    root.create_role(RoleName="tagged", AssumeRolePolicyDocument=json.dumps(trust))
    root.put_role_policy(
        RoleName="tagged",
        PolicyName="p",
        PolicyDocument=json.dumps(
            policy(statement("sqs:*", "*", Condition={"StringEquals": {"aws:PrincipalTag/clearance": "proprietary"}}))
        ),
    )
    arn = trial.arn.replace("trial", "tagged")
    trial.may(statement(["sts:AssumeRole", "sts:TagSession"], arn))
    sts = trial.client("sts")
    request = {"RoleArn": arn, "RoleSessionName": "test"}
    tags = lambda level: [{"Key": "clearance", "Value": level}]  # noqa: E731
    found = sts.assume_role(**request, Tags=tags("proprietary"))["Credentials"]
    with_tag = {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }
    trial.aws.client("sqs", trial.account, **with_tag).list_queues()
    assert "sts:TagSession" in refused(lambda: sts.assume_role(**request, Tags=tags("secret")))
    trial.may(statement("sts:AssumeRole", arn))
    assert "sts:TagSession" in refused(lambda: sts.assume_role(**request, Tags=tags("proprietary")))
    sts.assume_role(**request)
    without = trial.aws.session(arn, trial.account)
    refused(trial.aws.client("sqs", trial.account, **without).list_queues)


def test_an_external_id_has_to_be_right(trial: Trial) -> None:
    root = trial.aws.client("iam", trial.account)
    wanted = {"StringEquals": {"sts:ExternalId": "ours"}}
    trust = policy(statement("sts:AssumeRole", None, Principal={"AWS": trial.account}, Condition=wanted))
    root.create_role(RoleName="guarded", AssumeRolePolicyDocument=json.dumps(trust))
    arn = trial.arn.replace("trial", "guarded")
    trial.may(statement("sts:AssumeRole", arn))
    request = {"RoleArn": arn, "RoleSessionName": "test"}
    trial.client("sts").assume_role(**request, ExternalId="ours")
    for wrong in ({"ExternalId": "theirs"}, {}):
        refused(lambda wrong=wrong: trial.client("sts").assume_role(**request, **wrong))


def test_a_second_factor_is_shown_by_a_device_of_the_user(trial: Trial) -> None:
    iam = trial.aws.client("iam", trial.account)
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    trust = policy(statement("sts:AssumeRole", None, Principal={"AWS": trial.account}, Condition=with_mfa))
    iam.create_role(RoleName="person", AssumeRolePolicyDocument=json.dumps(trust))
    arn = trial.arn.replace("trial", "person")
    iam.create_user(UserName="anna")
    iam.create_group(GroupName="people", Path="/job/")
    document = json.dumps(policy(statement("sts:AssumeRole", arn)))
    iam.put_group_policy(GroupName="people", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="anna")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="anna")["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    iam.enable_mfa_device(
        UserName="anna", SerialNumber=serial, AuthenticationCode1="000000", AuthenticationCode2="000001"
    )
    sts = trial.aws.client("sts", trial.account, **keys)
    request = {"RoleArn": arn, "RoleSessionName": "test"}
    code = lambda: time_based_code(seed, time.time())  # noqa: E731
    # Only members of the group may ask at all.
    refused(lambda: sts.assume_role(**request, SerialNumber=serial, TokenCode=code()))
    iam.add_user_to_group(GroupName="people", UserName="anna")
    sts.assume_role(**request, SerialNumber=serial, TokenCode=code())
    refused(lambda: sts.assume_role(**request))
    assert "one time pass code" in refused(lambda: sts.assume_role(**request, SerialNumber=serial, TokenCode="000000"))

    def signed_in(**factor: str) -> Any:
        found = sts.get_session_token(**factor)["Credentials"]
        return trial.aws.client(
            "sts",
            trial.account,
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    signed_in(SerialNumber=serial, TokenCode=code()).assume_role(**request)
    refused(lambda: signed_in().assume_role(**request))


def test_a_key_opens_by_its_own_policy_and_through_the_service_it_names(trial: Trial) -> None:
    aws, account = trial.aws, trial.account
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    administer = statement(
        ["kms:PutKeyPolicy", "kms:DescribeKey"], "*", Principal={"AWS": f"arn:aws:iam::{account}:root"}
    )
    use = statement(["kms:Decrypt", "kms:GenerateDataKey"], "*", Principal={"AWS": trial.arn}, Condition=via)
    key = aws.client("kms", account).create_key(Policy=json.dumps(policy(administer, use)))["KeyMetadata"]["Arn"]
    name = sealed_bucket(trial)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    root = aws.client("s3", account)
    root.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    trial.may(statement(["s3:*", "kms:*"], "*"))
    trial.client("s3").put_object(Bucket=name, Key="a", Body=b"1")
    trial.client("s3").get_object(Bucket=name, Key="a")
    assert "resource-based policy allows the kms:GenerateDataKey" in refused(
        lambda: trial.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    )
    # Root of the account administers the key, and does not use it.
    aws.client("kms", account).describe_key(KeyId=key)
    assert "kms:Decrypt" in refused(lambda: root.get_object(Bucket=name, Key="a"))


def test_a_key_may_ask_for_an_algorithm(trial: Trial) -> None:
    kms = trial.aws.client("kms", trial.account)
    made = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["Arn"]
    mask = lambda: trial.client("kms").generate_mac(KeyId=made, MacAlgorithm="HMAC_SHA_256", Message=b"x")  # noqa: E731
    for algorithm, check in (("HMAC_SHA_512", lambda: refused(mask)), ("HMAC_SHA_256", mask)):
        condition = {"StringEquals": {"kms:MacAlgorithm": algorithm}}
        trial.may(statement("kms:GenerateMac", made, Condition=condition))
        check()


def test_another_account_needs_both_sides(enforced: RunningServer, trial: Trial) -> None:
    name = sealed_bucket(trial)
    stranger = Trial(enforced, str(int(trial.account) + 500_000))
    owner = enforced.client("s3", trial.account)
    owner.put_object(Bucket=name, Key="a", Body=b"1")
    objects = f"arn:aws:s3:::{name}/*"
    read = lambda: stranger.client("s3").get_object(Bucket=name, Key="a")  # noqa: E731
    stranger.may(statement("s3:GetObject", objects))
    assert "no resource-based policy allows" in refused(read)
    let_in = policy(statement("s3:GetObject", objects, Principal={"AWS": stranger.arn}))
    owner.put_bucket_policy(Bucket=name, Policy=json.dumps(let_in))
    read()
    stranger.may()
    assert "no identity-based policy allows" in refused(read)


def test_refusals_have_the_codes_of_their_services(trial: Trial) -> None:
    trial.may()
    client = trial.client
    calls = {
        "s3": (lambda: client("s3").list_buckets(), 403, "AccessDenied"),
        "iam": (lambda: client("iam").list_roles(), 403, "AccessDenied"),
        "kms": (lambda: client("kms").list_keys(), 400, "AccessDeniedException"),
        "dynamodb": (lambda: client("dynamodb").list_tables(), 400, "AccessDeniedException"),
        "lambda": (lambda: client("lambda").list_functions(), 403, "AccessDeniedException"),
        "glue": (lambda: client("glue").get_databases(), 400, "AccessDeniedException"),
        "sns": (lambda: client("sns").list_topics(), 403, "AuthorizationError"),
        "sqs": (lambda: client("sqs").list_queues(), 403, "AccessDenied"),
    }
    session = f"arn:aws:sts::{trial.account}:assumed-role/trial/test"
    for call, status, code in calls.values():
        found_status, found_code, message = refusal(call)
        assert (found_status, found_code) == (status, code)
        assert message.startswith(f"User: {session} is not authorized to perform: ")
        assert "because no identity-based policy allows the " in message
