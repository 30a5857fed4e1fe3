"""Buckets and objects, within an account and across accounts."""

import json

from .conftest import MANAGEMENT
from .helpers import bucket, refusal


def test_a_policy_that_denies_plain_http_refuses_nobody(aws, account):
    name, s3 = bucket(aws, account, "tls"), aws.client("s3", account)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket=name, Key="k", Body=b"v")
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"v"


def test_another_accounts_bucket_is_the_owners(aws, account):
    name = bucket(aws, account, "shared")
    outside, owner = aws.client("s3", MANAGEMENT), aws.client("s3", account)
    outside.put_object(Bucket=name, Key="k", Body=b"v", Tagging="class=secret")
    assert owner.get_object(Bucket=name, Key="k")["Body"].read() == b"v"
    assert owner.get_object_tagging(Bucket=name, Key="k")["TagSet"] == [{"Key": "class", "Value": "secret"}]
    assert outside.list_objects_v2(Bucket=name)["KeyCount"] == 1
    outside.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert owner.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert name not in [b["Name"] for b in outside.list_buckets()["Buckets"]]


def test_a_bucket_name_is_taken_everywhere(aws, account):
    name = bucket(aws, account, "taken")
    create = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert refusal(lambda: aws.client("s3").create_bucket(**create))[:2] == (409, "BucketAlreadyExists")
    assert refusal(lambda: aws.client("s3", account).create_bucket(**create))[:2] == (409, "BucketAlreadyOwnedByYou")


def test_access_logging_writes_nothing_by_itself(aws, account):
    name, logs, s3 = bucket(aws, account, "data"), bucket(aws, account, "logs"), aws.client("s3", account)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{logs}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    s3.put_bucket_policy(Bucket=logs, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    logging = {"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": "s3/"}}
    s3.put_bucket_logging(Bucket=name, BucketLoggingStatus=logging)
    s3.list_objects_v2(Bucket=name)
    assert s3.list_objects_v2(Bucket=logs)["KeyCount"] == 0


def test_listings_of_versions_encode_keys_where_asked(aws, account):
    name, s3 = bucket(aws, account, "odd"), aws.client("s3", account)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    odd = ["50%)?", " a+b/c d ", "é/ü&<", "%41"]
    for key in odd:
        s3.put_object(Bucket=name, Key=key, Body=b"v")
    s3.put_object(Bucket=name, Key="gone%", Body=b"v")
    s3.delete_object(Bucket=name, Key="gone%")
    # The SDK asks for the encoding and decodes by itself where the caller does not ask.
    decoded = s3.list_object_versions(Bucket=name)
    assert sorted(version["Key"] for version in decoded["Versions"]) == sorted([*odd, "gone%"])
    assert [marker["Key"] for marker in decoded["DeleteMarkers"]] == ["gone%"]
    asked = s3.list_object_versions(Bucket=name, EncodingType="url", Prefix="é", Delimiter="/")
    assert (asked["EncodingType"], asked["Prefix"]) == ("url", "%C3%A9")
    assert [prefix["Prefix"] for prefix in asked["CommonPrefixes"]] == ["%C3%A9/"]
