"""Calls behind audit records and account settings that moto lacks or answers wrongly."""

import json

from .conftest import REGION
from .helpers import bucket, refusal


def test_public_access_to_networks_is_blocked_and_opened(aws, account):
    client = aws.client("ec2", account)

    def mode():
        options = client.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
        return options["InternetGatewayBlockMode"], options["State"]

    assert mode() == ("off", "default-state")
    client.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    assert mode() == ("block-ingress", "update-complete")
    assert ("ec2", "setting", "vpc_block_public_access") in aws.resources(account)
    client.modify_vpc_block_public_access_options(InternetGatewayBlockMode="off")
    assert mode() == ("off", "update-complete")
    assert aws.resources(account) == []


def test_public_access_to_clusters_is_blocked_and_opened(aws, account):
    client = aws.client("emr", account)

    def settings():
        return client.get_block_public_access_configuration()["BlockPublicAccessConfiguration"]

    new = {
        "BlockPublicSecurityGroupRules": True,
        "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": 22, "MaxRange": 22}],
    }
    assert settings() == new
    for closed in (True, False):
        client.put_block_public_access_configuration(
            BlockPublicAccessConfiguration={"BlockPublicSecurityGroupRules": closed}
        )
        assert settings()["BlockPublicSecurityGroupRules"] is closed
        assert settings().get("PermittedPublicSecurityGroupRuleRanges", []) == []
        assert ("emr", "setting", "block_public_access") in aws.resources(account)
    client.put_block_public_access_configuration(BlockPublicAccessConfiguration=new)
    assert aws.resources(account) == []


def test_contacts_are_listed_while_there_are_any(aws, account):
    client = aws.client("account", account)
    kind = "SECURITY"
    client.put_alternate_contact(
        AlternateContactType=kind, EmailAddress="a@example.com", Name="n", PhoneNumber="+44 20 7946 0000", Title="t"
    )
    assert aws.resources(account) == [("account", "contact", kind)]
    client.delete_alternate_contact(AlternateContactType=kind)
    assert aws.resources(account) == []


def test_named_queries_are_deleted(aws, account):
    client = aws.client("athena", account)
    client.create_work_group(Name="audit", Configuration={"BytesScannedCutoffPerQuery": 10_000_000})
    query = client.create_named_query(Name="q", Database="d", QueryString="SELECT 1", WorkGroup="audit")["NamedQueryId"]
    client.delete_named_query(NamedQueryId=query)
    assert client.list_named_queries(WorkGroup="audit")["NamedQueryIds"] == []
    client.delete_work_group(WorkGroup="audit")
    assert aws.resources(account) == []


def test_workgroups_are_updated(aws, account):
    client = aws.client("athena", account)
    location = {"OutputLocation": "s3://one/", "ExpectedBucketOwner": account}
    client.create_work_group(
        Name="audit", Configuration={"BytesScannedCutoffPerQuery": 10_000_000, "ResultConfiguration": location}
    )
    client.update_work_group(
        WorkGroup="audit",
        State="DISABLED",
        ConfigurationUpdates={
            "RemoveBytesScannedCutoffPerQuery": True,
            "PublishCloudWatchMetricsEnabled": True,
            "ResultConfigurationUpdates": {"OutputLocation": "s3://two/", "RemoveExpectedBucketOwner": True},
        },
    )
    group = client.get_work_group(WorkGroup="audit")["WorkGroup"]
    assert group["State"] == "DISABLED"
    assert group["Configuration"]["PublishCloudWatchMetricsEnabled"]
    assert "BytesScannedCutoffPerQuery" not in group["Configuration"]
    assert group["Configuration"]["ResultConfiguration"] == {"OutputLocation": "s3://two/"}


def test_access_logs_are_taken_by_a_bucket_that_refuses_old_tls(aws, account):
    logs, logged = bucket(aws, account, "logs"), bucket(aws, account, "logged")
    client = aws.client("s3", account)
    arn = f"arn:aws:s3:::{logs}/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arn}
    statements = [
        {**deny, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ]
    client.put_bucket_policy(Bucket=logs, Policy=policy(statements))
    target = {"TargetBucket": logs, "TargetPrefix": ""}
    client.put_bucket_logging(Bucket=logged, BucketLoggingStatus={"LoggingEnabled": target})
    assert client.get_bucket_logging(Bucket=logged)["LoggingEnabled"]["TargetBucket"] == logs


def test_a_trail_needs_a_topic_that_lets_it_in(aws, account):
    name = bucket(aws, account, "trail")
    topic = aws.client("sns", account).create_topic(Name="trail")["TopicArn"]
    trails = aws.client("cloudtrail", account)
    request = {"Name": "lake", "S3BucketName": name, "SnsTopicName": "trail"}

    def let_in(trail):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{account}:trail/{trail}"}},
        }
        aws.client("sns", account).set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=policy([statement])
        )

    let_in("another")
    assert refusal(lambda: trails.create_trail(**request))[1] == "InsufficientSnsTopicPolicyException"
    let_in("lake")
    assert trails.create_trail(**request)["SnsTopicARN"] == topic


def test_a_trail_needs_a_role_that_trusts_it_without_asking_for_a_source(aws, account):
    name = bucket(aws, account, "trail")
    iam, trails = aws.client("iam", account), aws.client("cloudtrail", account)

    def role(role_name, **condition):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "sts:AssumeRole",
            **condition,
        }
        return iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=policy([statement]))["Role"]["Arn"]

    def create(role_arn):
        group = f"arn:aws:logs:{REGION}:{account}:log-group:trail:*"
        return {
            "Name": "lake",
            "S3BucketName": name,
            "CloudWatchLogsLogGroupArn": group,
            "CloudWatchLogsRoleArn": role_arn,
        }

    asking = role("asking", Condition={"StringEquals": {"aws:SourceAccount": account}})
    assert refusal(lambda: trails.create_trail(**create(asking)))[1] == "InvalidCloudWatchLogsRoleArnException"
    trails.create_trail(**create(role("trusting")))


def policy(statements):
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
