"""Bucket notifications: what they say, when they are sent, and who may be told."""

import io
import json

import pytest

from .helpers import bucket, lets_bucket_send, notify, queue, receive, refusal


@pytest.fixture
def drop(aws, account):
    """A bucket that tells a queue, after the test event has been taken away: bucket, queue URL, queue ARN."""
    name = bucket(aws, account, "drop")
    url, arn = queue(aws, account, "drop")
    policy = json.dumps(lets_bucket_send(arn, name, account))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    notify(aws, account, name, arn)
    test = json.loads(receive(aws, account, url)[0]["Body"])
    assert (test["Event"], test["Service"], test["Bucket"]) == ("s3:TestEvent", "Amazon S3", name)
    return name, url, arn


def records(aws, account, url, count=1):
    return [json.loads(message["Body"])["Records"][0] for message in receive(aws, account, url, count)]


def test_an_event_says_what_s3_says(aws, account, drop):
    name, url, _ = drop
    answer = aws.client("s3", account).put_object(Bucket=name, Key="in/a b+ü=1.csv", Body=b"1,2\n")
    [record] = records(aws, account, url)
    assert record["eventName"] == "ObjectCreated:Put"
    assert (record["eventSource"], record["awsRegion"]) == ("aws:s3", "eu-west-1")
    assert record["userIdentity"] == {"principalId": f"AWS:{account}"}
    assert record["s3"]["bucket"]["name"] == name
    described = record["s3"]["object"]
    assert described["key"] == "in/a+b%2B%C3%BC%3D1.csv"
    assert (described["size"], described["eTag"]) == (4, answer["ETag"].strip('"'))
    assert "versionId" not in described


def test_versions_and_the_order_of_events(aws, account, drop):
    name, url, _ = drop
    s3 = aws.client("s3", account)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket=name, Key="k", Body=body)["VersionId"] for body in (b"1", b"2", b"3")]
    found = sorted(records(aws, account, url, 3), key=lambda record: record["s3"]["object"]["sequencer"])
    assert [record["s3"]["object"]["versionId"] for record in found] == versions


def test_a_completed_upload_is_announced_once(aws, account, drop):
    name, url, _ = drop
    s3 = aws.client("s3", account)
    upload = s3.create_multipart_upload(Bucket=name, Key="big", Tagging="a=1")["UploadId"]
    part = s3.upload_part(Bucket=name, Key="big", UploadId=upload, PartNumber=1, Body=io.BytesIO(b"x" * 100))
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket=name, Key="big", UploadId=upload, MultipartUpload=parts)
    s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "big"})
    s3.put_object(Bucket=name, Key="tagged", Body=b"", Tagging="class=secret")
    found = [(record["eventName"], record["s3"]["object"]["key"]) for record in records(aws, account, url, 3)]
    assert sorted(found) == [
        ("ObjectCreated:CompleteMultipartUpload", "big"),
        ("ObjectCreated:Copy", "copy"),
        ("ObjectCreated:Put", "tagged"),
    ]


def test_filters(aws, account, drop):
    name, url, arn = drop
    notify(aws, account, name, arn, {"prefix": "in/", "suffix": ".csv"})
    receive(aws, account, url)
    for key in ("in/a.txt", "out/a.csv", "in/a.csv"):
        aws.client("s3", account).put_object(Bucket=name, Key=key, Body=b"")
    assert [record["s3"]["object"]["key"] for record in records(aws, account, url)] == ["in/a.csv"]


def test_a_queue_that_does_not_let_the_bucket_send_is_refused(aws, account):
    name = bucket(aws, account, "drop")
    url, arn = queue(aws, account, "drop")
    problem = (400, "InvalidArgument", "Unable to validate the following destination configurations")
    assert refusal(lambda: notify(aws, account, name, arn)) == problem
    foreign = json.dumps(lets_bucket_send(arn, name, "999999999999"))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": foreign})
    assert refusal(lambda: notify(aws, account, name, arn)) == problem
    assert "QueueConfigurations" not in aws.client("s3", account).get_bucket_notification_configuration(Bucket=name)
    own = json.dumps(lets_bucket_send(arn, name, account))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": own})
    notify(aws, account, name, arn)


def test_a_queues_key_must_let_s3_use_it(aws, account):
    name = bucket(aws, account, "drop")
    kms = aws.client("kms", account)
    root = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [root]}))["KeyMetadata"]["Arn"]
    url, arn = queue(aws, account, "drop", KmsMasterKeyId=key)
    policy = json.dumps(lets_bucket_send(arn, name, account))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    assert refusal(lambda: notify(aws, account, name, arn))[1] == "InvalidArgument"
    use = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [root, use]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    notify(aws, account, name, arn)
    assert receive(aws, account, url)


def test_the_eventbridge_marker_is_kept(aws, account):
    name, s3 = bucket(aws, account, "events"), aws.client("s3", account)
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket=name)["EventBridgeConfiguration"] == {}


def test_topics_are_told_and_tell_their_queues(aws, account):
    name, sns = bucket(aws, account, "topic"), aws.client("sns", account)
    topic = sns.create_topic(Name="drop")["TopicArn"]
    url, arn = queue(aws, account, "drop")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    configuration = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    s3, request = aws.client("s3", account), {"Bucket": name, "NotificationConfiguration": configuration}
    assert refusal(lambda: s3.put_bucket_notification_configuration(**request))[1] == "InvalidArgument"
    policy = lets_bucket_send(topic, name, account)
    policy["Statement"][0]["Action"] = "sns:Publish"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    s3.put_bucket_notification_configuration(**request)
    assert json.loads(receive(aws, account, url)[0]["Body"])["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=name, Key="k", Body=b"")
    assert records(aws, account, url)[0]["s3"]["object"]["key"] == "k"
