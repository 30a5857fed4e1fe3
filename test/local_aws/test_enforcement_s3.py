"""What calls of S3 need: with it they pass, with less they do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import RunningServer
from .enforcement import Case, Trial
from .helpers import bucket

ACCOUNT = "300000000003"
OBJECTS = f"arn:aws:s3:::data-{ACCOUNT}"
SEALED = f"arn:aws:s3:::sealed-{ACCOUNT}"
DATA, LOCKED = f"data-{ACCOUNT}", f"sealed-{ACCOUNT}"


@pytest.fixture(scope="module")
def trial(enforced: RunningServer) -> Iterator[Trial]:
    """A role, beside a bucket with S3's own cipher and one with a key."""
    aws = enforced
    kms = aws.client("kms", ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/lake", TargetKeyId=key)
    s3 = aws.client("s3", ACCOUNT)
    bucket(aws, ACCOUNT, "data")
    bucket(aws, ACCOUNT, "sealed")
    for name in (DATA, LOCKED):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    cipher = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=LOCKED,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": cipher}]},
    )
    s3.put_object(Bucket=DATA, Key="a/plain", Body=b"1")
    s3.put_object(Bucket=DATA, Key="a/tagged", Body=b"1", Tagging="classification=secret")
    s3.put_object(Bucket=LOCKED, Key="a", Body=b"1")
    yield Trial(aws, ACCOUNT)


@pytest.fixture(scope="module")
def key(trial: Trial) -> str:
    """The ARN of the key."""
    return trial.aws.client("kms", ACCOUNT).describe_key(KeyId="alias/lake")["KeyMetadata"]["Arn"]


S3 = [
    Case("s3", "list_buckets", [("s3:ListAllMyBuckets", "*")]),
    Case("s3", "list_objects_v2", [("s3:ListBucket", OBJECTS)], {"Bucket": DATA, "Prefix": "a/"}),
    Case("s3", "list_object_versions", [("s3:ListBucketVersions", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "list_multipart_uploads", [("s3:ListBucketMultipartUploads", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_location", [("s3:GetBucketLocation", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "head_bucket", [("s3:ListBucket", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_policy", [("s3:GetBucketPolicy", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "delete_bucket_policy", [("s3:DeleteBucketPolicy", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_encryption", [("s3:GetEncryptionConfiguration", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_lifecycle_configuration", [("s3:GetLifecycleConfiguration", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "delete_bucket_lifecycle", [("s3:PutLifecycleConfiguration", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_versioning", [("s3:GetBucketVersioning", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_tagging", [("s3:GetBucketTagging", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_public_access_block", [("s3:GetBucketPublicAccessBlock", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_bucket_notification_configuration", [("s3:GetBucketNotification", OBJECTS)], {"Bucket": DATA}),
    Case("s3", "get_object", [("s3:GetObject", f"{OBJECTS}/a/plain")], {"Bucket": DATA, "Key": "a/plain"}),
    Case("s3", "head_object", [("s3:GetObject", f"{OBJECTS}/a/plain")], {"Bucket": DATA, "Key": "a/plain"}),
    Case(
        "s3",
        "get_object",
        [("s3:GetObject", f"{OBJECTS}/none"), ("s3:ListBucket", OBJECTS)],
        {"Bucket": DATA, "Key": "none"},
    ),
    Case("s3", "put_object", [("s3:PutObject", f"{OBJECTS}/b")], {"Bucket": DATA, "Key": "b", "Body": b"2"}),
    Case(
        "s3",
        "put_object",
        [("s3:PutObject", f"{OBJECTS}/b"), ("s3:PutObjectTagging", f"{OBJECTS}/b")],
        {"Bucket": DATA, "Key": "b", "Body": b"2", "Tagging": "classification=secret"},
    ),
    Case(
        "s3",
        "copy_object",
        [("s3:GetObject", f"{OBJECTS}/a/plain"), ("s3:PutObject", f"{OBJECTS}/copy")],
        {"Bucket": DATA, "Key": "copy", "CopySource": {"Bucket": DATA, "Key": "a/plain"}},
    ),
    Case(
        "s3",
        "copy_object",
        [
            ("s3:GetObject", f"{OBJECTS}/a/tagged"),
            ("s3:GetObjectTagging", f"{OBJECTS}/a/tagged"),
            ("s3:PutObject", f"{OBJECTS}/copy"),
            ("s3:PutObjectTagging", f"{OBJECTS}/copy"),
        ],
        {"Bucket": DATA, "Key": "copy", "CopySource": {"Bucket": DATA, "Key": "a/tagged"}},
    ),
    Case(
        "s3",
        "get_object_tagging",
        [("s3:GetObjectTagging", f"{OBJECTS}/a/tagged")],
        {"Bucket": DATA, "Key": "a/tagged"},
    ),
    Case(
        "s3",
        "put_object_tagging",
        [("s3:PutObjectTagging", f"{OBJECTS}/b")],
        {"Bucket": DATA, "Key": "b", "Tagging": {"TagSet": [{"Key": "x", "Value": "y"}]}},
    ),
    Case("s3", "delete_object_tagging", [("s3:DeleteObjectTagging", f"{OBJECTS}/b")], {"Bucket": DATA, "Key": "b"}),
    Case("s3", "delete_object", [("s3:DeleteObject", f"{OBJECTS}/b")], {"Bucket": DATA, "Key": "b"}),
    Case(
        "s3",
        "delete_objects",
        [("s3:DeleteObject", f"{OBJECTS}/b"), ("s3:DeleteObject", f"{OBJECTS}/c")],
        {"Bucket": DATA, "Delete": {"Objects": [{"Key": "b"}, {"Key": "c"}]}},
    ),
    Case("s3", "create_multipart_upload", [("s3:PutObject", f"{OBJECTS}/big")], {"Bucket": DATA, "Key": "big"}),
    Case(
        "s3",
        "list_parts",
        [("s3:ListMultipartUploadParts", f"{OBJECTS}/big")],
        {"Bucket": DATA, "Key": "big", "UploadId": "none"},
    ),
    Case(
        "s3",
        "abort_multipart_upload",
        [("s3:AbortMultipartUpload", f"{OBJECTS}/big")],
        {"Bucket": DATA, "Key": "big", "UploadId": "none"},
    ),
]


@pytest.mark.parametrize("case", S3, ids=str)
def test_s3(trial: Trial, case: Case) -> None:
    trial.check(case)


def test_s3_versions(trial: Trial) -> None:
    root = trial.aws.client("s3", ACCOUNT)
    version = root.put_object(Bucket=DATA, Key="v", Body=b"1")["VersionId"]
    named = {"Bucket": DATA, "Key": "v", "VersionId": version}
    trial.check(Case("s3", "get_object", [("s3:GetObjectVersion", f"{OBJECTS}/v")], named))
    trial.check(Case("s3", "get_object_tagging", [("s3:GetObjectVersionTagging", f"{OBJECTS}/v")], named))
    trial.check(Case("s3", "delete_object", [("s3:DeleteObjectVersion", f"{OBJECTS}/v")], named))


def test_s3_with_a_key(trial: Trial, key: str) -> None:
    read = [("s3:GetObject", f"{SEALED}/a"), ("kms:Decrypt", key)]
    trial.check(Case("s3", "get_object", read, {"Bucket": LOCKED, "Key": "a"}))
    trial.check(Case("s3", "head_object", read, {"Bucket": LOCKED, "Key": "a", "ChecksumMode": "ENABLED"}))
    trial.check(Case("s3", "head_object", read[:1], {"Bucket": LOCKED, "Key": "a"}))
    write = [("s3:PutObject", f"{SEALED}/b"), ("kms:GenerateDataKey", key)]
    trial.check(Case("s3", "put_object", write, {"Bucket": LOCKED, "Key": "b", "Body": b"1"}))
    parts = [*write, ("kms:Decrypt", key)]
    trial.check(Case("s3", "create_multipart_upload", parts, {"Bucket": LOCKED, "Key": "b"}))
