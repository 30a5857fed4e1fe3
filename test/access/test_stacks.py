"""Principals, resources and policies are read from the synthesized stacks; what cannot be told is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_stacks import BUCKET, LAKE, lake, policy, provider, statement, write

from access.evaluator import InvalidPolicyError
from access.stacks import Estate, read_estate


def read(folder: Path, document: dict) -> Estate:
    return read_estate(write(folder, prod=document))


def refused(folder: Path, document: dict) -> str:
    with pytest.raises(InvalidPolicyError) as error:
        read(folder, document)
    return str(error.value)


def test_roles_have_their_policies_boundary_and_trust(tmp_path: Path):
    reader, writer = read(tmp_path, lake()).identities
    assert (reader.arn, reader.account.name) == (f"arn:aws:iam::{LAKE}:role/lake-prod-reader", "prod")
    assert [document.name for document in reader.policies] == ["lake-prod-reader/grants"]
    assert reader.boundary is not None
    assert reader.boundary.name == "lake-prod-boundary"
    assert writer.boundary is None
    assert writer.trust is not None


def test_references_are_resolved_and_variables_stay(tmp_path: Path):
    (reader, _) = read(tmp_path, lake()).identities
    sales, key = reader.policies[0].body["Statement"]
    assert sales["Resource"] == f"arn:aws:s3:::{BUCKET}/sales/*"
    assert sales["Condition"]["StringEquals"]["s3:ExistingObjectTag/classification"] == "${aws:PrincipalTag/clearance}"
    assert key["Resource"] == f"arn:aws:kms:eu-west-1:{LAKE}:key/lake-prod-raw"


def test_buckets_have_their_policy_and_their_key(tmp_path: Path):
    (bucket,) = read(tmp_path, lake()).of_type("s3_bucket")
    assert bucket.key == f"arn:aws:kms:eu-west-1:{LAKE}:key/lake-prod-raw"
    assert bucket.policy is not None
    assert bucket.policy.body["Statement"][0]["Sid"] == "Tls"


def test_groups_and_users_have_attached_policies(tmp_path: Path):
    document = lake()
    resources = document["resource"]
    resources["aws_iam_group"] = {"job": {"name": "analysts", "path": "/job/"}}
    resources["aws_iam_policy"]["ask"] = {
        "name": "ask",
        "path": "/job/",
        "policy": policy(statement("Allow", "athena:*", "*")),
    }
    resources["aws_iam_group_policy_attachment"] = {
        "ask": {"group": "${aws_iam_group.job.name}", "policy_arn": "${aws_iam_policy.ask.arn}"}
    }
    group = next(one for one in read(tmp_path, document).identities if one.kind == "group")
    assert group.arn == f"arn:aws:iam::{LAKE}:group/job/analysts"
    assert [held.name for held in group.policies] == ["analysts/ask"]


def test_a_provider_decides_the_account(tmp_path: Path):
    document = lake()
    document["provider"]["aws"].append(provider("222222222222", "security", "security"))
    document["resource"]["aws_iam_role"]["writer"]["provider"] = "aws.security"
    document["resource"]["aws_iam_role_policy"]["writer"]["provider"] = "aws.security"
    writer = read(tmp_path, document).identities[1]
    assert (writer.account.name, writer.arn) == ("security", "arn:aws:iam::222222222222:role/lake-prod-writer")


def test_a_key_of_another_stack_is_found_by_its_alias(tmp_path: Path):
    document = lake()
    arn = "arn:aws:kms:eu-west-1:222222222222:alias/lake-security-audit"
    document["data"] = {"aws_kms_key": {"audit": {"key_id": arn}}}
    grant = policy(statement("Allow", "kms:Decrypt", "${data.aws_kms_key.audit.arn}"))
    document["resource"]["aws_iam_role_policy"]["writer"]["policy"] = grant
    (used,) = read(tmp_path, document).identities[1].policies[0].body["Statement"]
    assert used["Resource"] == "arn:aws:kms:eu-west-1:222222222222:key/lake-security-audit"


def test_permissions_of_functions_are_a_policy(tmp_path: Path):
    document = lake()
    document["resource"]["aws_lambda_function"] = {"load": {"function_name": "lake-prod-load"}}
    permission = {
        "statement_id": "Events",
        "action": "lambda:InvokeFunction",
        "function_name": "${aws_lambda_function.load.arn}",
        "principal": "events.amazonaws.com",
        "source_arn": f"arn:aws:events:eu-west-1:{LAKE}:rule/x",
    }
    document["resource"]["aws_lambda_permission"] = {"events": permission}
    (function,) = read(tmp_path, document).of_type("lambda_function")
    assert function.policy is not None
    (said,) = function.policy.body["Statement"]
    assert said["Principal"] == {"Service": "events.amazonaws.com"}
    assert said["Condition"] == {"ArnLike": {"aws:SourceArn": f"arn:aws:events:eu-west-1:{LAKE}:rule/x"}}


@pytest.mark.parametrize(
    "reference", ["${aws_s3_bucket.none.arn}", "${aws_s3_bucket.raw.tags}", "${upper(x)}", "${var.x}"]
)
def test_a_reference_that_nothing_tells_is_named(tmp_path: Path, reference: str):
    document = lake()
    document["resource"]["aws_iam_role_policy"]["writer"]["policy"] = policy(statement("Allow", "s3:*", reference))
    text = refused(tmp_path, document)
    assert f"prod: aws_iam_role_policy.writer speaks of {reference}" in text
    assert "naming.ts" in text


def test_every_invalid_policy_is_said_at_once(tmp_path: Path):
    document = lake()
    document["resource"]["aws_iam_role_policy"]["writer"]["policy"] = policy(statement("Alow", "s3:*", "*"))
    document["resource"]["aws_s3_bucket_policy"]["raw"]["policy"] = policy(statement("Deny", "s3:*", "*"))
    text = refused(tmp_path, document)
    assert "aws_iam_role_policy.writer, statement #1: has Effect 'Alow'" in text
    assert "aws_s3_bucket_policy.raw, statement #1: has neither Principal nor NotPrincipal" in text


def test_a_policy_that_no_stack_declares_is_refused(tmp_path: Path):
    document = lake()
    attached = {"role": "${aws_iam_role.writer.name}", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    document["resource"]["aws_iam_role_policy_attachment"] = {"all": attached}
    assert "AdministratorAccess, which no stack declares" in refused(tmp_path, document)


def test_a_policy_of_nobody_is_refused(tmp_path: Path):
    document = lake()
    document["resource"]["aws_iam_role_policy"]["writer"]["role"] = "somebody"
    assert "is of a role that no stack declares" in refused(tmp_path, document)


def test_a_policy_that_is_no_json_is_refused(tmp_path: Path):
    document = lake()
    document["resource"]["aws_iam_role_policy"]["writer"]["policy"] = "{"
    assert "aws_iam_role_policy.writer has a policy that is no JSON" in refused(tmp_path, document)


def test_without_stacks_nothing_is_computed(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="synthesize them first"):
        read_estate(tmp_path)
