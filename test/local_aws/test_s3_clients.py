"""S3 as the SDKs use it: checksums, streams, multipart uploads, locks."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from .conftest import REGION, ROOT
from .helpers import bucket, refusal


def test_the_javascript_sdk(aws, account):
    name = bucket(aws, account, "sdk")
    versioning = {"Status": "Enabled"}
    aws.client("s3", account).put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": aws.endpoint,
    }
    script = ROOT / "test/local_aws/sdk_v3.cjs"
    ran = subprocess.run(
        ["node", str(script), name], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    crc = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    assert json.loads(ran.stdout) == {
        "crc32": crc,
        "text": ["hello", "text/plain", crc],
        "stream": True,
        "range": [True, "bytes 100-199/3000000"],
        "big": [True, True, "me"],
        "copied": True,
        "exists": "412 PreconditionFailed",
        "changed": "412 PreconditionFailed",
        "unchanged": "accepted",
        "wrongChecksum": "400 BadDigest",
        "missing": "404 NoSuchKey",
        "versions": 2,
        "odd": True,
        "deleted": 5,
    }


def test_presigned_urls_name_their_account(aws, account):
    name, s3 = bucket(aws, account, "signed"), aws.client("s3", account)
    s3.put_object(Bucket=name, Key="k", Body=b"v")
    for version in ("s3", "s3v4"):
        s3.meta.config.signature_version = version
        request = {"ClientMethod": "get_object", "Params": {"Bucket": name, "Key": "k"}}
        url = s3.generate_presigned_url(**request)
        assert urllib.request.urlopen(url).read() == b"v"
        old = s3.generate_presigned_url(**request, ExpiresIn=-1)
        for refused in (url.split("?")[0], old):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(refused)
            assert caught.value.code == 403


@pytest.fixture
def locked(aws, account):
    """A bucket whose objects are kept for a day: its name."""
    s3, name = aws.client("s3", account), bucket(aws, account, "locked", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=configuration)
    return name


def test_locked_versions_cannot_be_deleted(aws, account, locked):
    s3 = aws.client("s3", account)
    version = s3.put_object(Bucket=locked, Key="k", Body=b"v")["VersionId"]
    retention = s3.get_object_retention(Bucket=locked, Key="k")["Retention"]
    assert retention["Mode"] == "COMPLIANCE"
    assert timedelta(hours=23) < retention["RetainUntilDate"] - datetime.now(UTC) < timedelta(hours=25)
    assert refusal(lambda: s3.delete_object(Bucket=locked, Key="k", VersionId=version))[1] == "AccessDenied"
    bypass = {"Bucket": locked, "Key": "k", "VersionId": version, "BypassGovernanceRetention": True}
    assert refusal(lambda: s3.delete_object(**bypass))[1] == "AccessDenied"
    shorter = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(hours=1)}
    request = {"Bucket": locked, "Key": "k", "Retention": shorter, "BypassGovernanceRetention": True}
    assert refusal(lambda: s3.put_object_retention(**request))[1] == "AccessDenied"
    longer = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=9)}
    s3.put_object_retention(Bucket=locked, Key="k", Retention=longer)
    # A delete marker hides the object and deletes nothing.
    s3.delete_object(Bucket=locked, Key="k")
    assert s3.get_object(Bucket=locked, Key="k", VersionId=version)["Body"].read() == b"v"


def test_a_locked_bucket_stays_versioned(aws, account, locked):
    suspend = {"Bucket": locked, "VersioningConfiguration": {"Status": "Suspended"}}
    refused = refusal(lambda: aws.client("s3", account).put_bucket_versioning(**suspend))
    assert refused[:2] == (409, "InvalidBucketState")
    assert aws.client("s3", account).get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"


def test_governance_can_be_bypassed_and_a_legal_hold_cannot(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "governed", ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC) + timedelta(days=1)
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}
    version = s3.put_object(Bucket=name, Key="k", Body=b"v", **lock)["VersionId"]
    request = {"Bucket": name, "Key": "k", "VersionId": version}
    assert refusal(lambda: s3.delete_object(**request))[1] == "AccessDenied"
    s3.put_object_legal_hold(Bucket=name, Key="k", VersionId=version, LegalHold={"Status": "ON"})
    assert refusal(lambda: s3.delete_object(**request, BypassGovernanceRetention=True))[1] == "AccessDenied"
    s3.put_object_legal_hold(Bucket=name, Key="k", VersionId=version, LegalHold={"Status": "OFF"})
    s3.delete_object(**request, BypassGovernanceRetention=True)
    assert "Versions" not in s3.list_object_versions(Bucket=name)


def test_default_encryption_is_answered(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "sealed")
    key = aws.client("kms", account).create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    for answer in (s3.put_object(Bucket=name, Key="k", Body=b"v"), s3.head_object(Bucket=name, Key="k")):
        found = (answer["ServerSideEncryption"], answer["SSEKMSKeyId"], answer["BucketKeyEnabled"])
        assert found == ("aws:kms", key, True)


def test_wrong_digests_are_refused(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "digests")
    wrong = base64.b64encode(b"0" * 16).decode()
    assert refusal(lambda: s3.put_object(Bucket=name, Key="k", Body=b"v", ContentMD5=wrong))[:2] == (400, "BadDigest")
    sha = base64.b64encode(b"0" * 32).decode()
    assert refusal(lambda: s3.put_object(Bucket=name, Key="k", Body=b"v", ChecksumSHA256=sha))[1] == "BadDigest"
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
    upload = s3.create_multipart_upload(Bucket=name, Key="k")["UploadId"]
    part = {"Bucket": name, "Key": "k", "UploadId": upload, "PartNumber": 1, "Body": b"v"}
    assert refusal(lambda: s3.upload_part(**part, ContentMD5=wrong))[1] == "BadDigest"


def test_unknown_subresources_leave_the_object_alone(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "whole")
    s3.put_object(Bucket=name, Key="k", Body=b"v")
    assert refusal(lambda: s3.get_object_torrent(Bucket=name, Key="k"))[0] == 501
    assert refusal(lambda: s3.get_object_retention(Bucket=name, Key="k"))[:2] == (404, "NoSuchObjectLockConfiguration")
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"v"
