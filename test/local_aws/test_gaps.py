"""Calls that moto lacks or answers wrongly, service by service."""

import functools
import json

import pytest

from .conftest import REGION
from .helpers import bucket, refusal


@pytest.fixture
def trail(aws, account):
    """A trail whose bucket belongs to another account: its ARN."""
    audit = bucket(aws, str(int(account) + 500000000000), "audit", ObjectLockEnabledForBucket=True)
    created = aws.client("cloudtrail", account).create_trail(Name="lake", S3BucketName=audit, IsMultiRegionTrail=True)
    return created["TrailARN"]


def test_trails_are_described_by_name(aws, account, trail):
    client = aws.client("cloudtrail", account)
    name = bucket(aws, account, "other")
    client.create_trail(Name="other", S3BucketName=name)
    assert [t["Name"] for t in client.describe_trails(trailNameList=["lake"])["trailList"]] == ["lake"]
    assert [t["Name"] for t in client.describe_trails(trailNameList=[trail])["trailList"]] == ["lake"]
    assert client.describe_trails(trailNameList=["none"])["trailList"] == []
    assert len(client.describe_trails()["trailList"]) == 2


def test_a_trail_logs_to_another_accounts_bucket_and_is_deleted_by_arn(aws, account, trail):
    client = aws.client("cloudtrail", account)
    client.start_logging(Name=trail)
    assert client.get_trail_status(Name=trail)["IsLogging"]
    client.delete_trail(Name=trail)
    assert client.describe_trails()["trailList"] == []


def test_selectors_are_replaced(aws, account, trail):
    client = aws.client("cloudtrail", account)
    advanced = [{"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    client.put_event_selectors(TrailName=trail, AdvancedEventSelectors=advanced)
    basic = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    client.put_event_selectors(TrailName=trail, EventSelectors=basic)
    found = client.get_event_selectors(TrailName=trail)
    assert (found["EventSelectors"][0]["ReadWriteType"], found.get("AdvancedEventSelectors") or []) == ("All", [])
    for _ in range(2):
        client.put_insight_selectors(TrailName=trail, InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    assert len(client.get_insight_selectors(TrailName=trail)["InsightSelectors"]) == 1


def test_composite_alarms(aws, account):
    client = aws.client("cloudwatch", account)
    client.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(a) OR ALARM(b)", AlarmActions=["arn:aws:sns:x:1:t"])
    [found] = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (found["AlarmRule"], found["AlarmActions"]) == ("ALARM(a) OR ALARM(b)", ["arn:aws:sns:x:1:t"])


def test_contributor_insights(aws, account):
    client = aws.client("dynamodb", account)
    client.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert client.describe_contributor_insights(TableName="t")["ContributorInsightsStatus"] == "DISABLED"
    client.update_contributor_insights(TableName="t", ContributorInsightsAction="ENABLE")
    assert client.describe_contributor_insights(TableName="t")["ContributorInsightsStatus"] == "ENABLED"


def test_rotation_periods(aws, account):
    client = aws.client("kms", account)
    key = client.create_key()["KeyMetadata"]["KeyId"]
    client.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert client.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 90
    client.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in client.get_key_rotation_status(KeyId=key)


def test_another_accounts_key_is_reached_by_its_arn(aws, account):
    key = aws.client("kms", account).create_key(Description="theirs")["KeyMetadata"]["Arn"]
    assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Description"] == "theirs"
    sealed = aws.client("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    assert aws.client("kms", account).decrypt(CiphertextBlob=sealed, KeyId=key)["Plaintext"] == b"secret"


def test_flow_logs_keep_folder_and_format(aws, account):
    client = aws.client("ec2", account)
    vpc = client.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    destination = f"arn:aws:s3:::{bucket(aws, account, 'flows')}/vpc/"
    options = {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": False}
    created = client.create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
        LogDestination=destination, DestinationOptions=options,
    )  # fmt: skip
    [found] = client.describe_flow_logs(FlowLogIds=created["FlowLogIds"])["FlowLogs"]
    assert (found["LogDestination"], found["DestinationOptions"]) == (destination, options)


def test_a_security_group_rule_that_is_gone_is_named(aws, account):
    client = aws.client("ec2", account)
    vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = client.create_security_group(GroupName="a", Description="d", VpcId=vpc)["GroupId"]
    permissions = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
    for authorize, revoke in (
        (client.authorize_security_group_egress, client.revoke_security_group_egress),
        (client.authorize_security_group_ingress, client.revoke_security_group_ingress),
    ):
        made = authorize(GroupId=group, IpPermissions=permissions)
        rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        revoke(GroupId=group, SecurityGroupRuleIds=[rule])
        again = functools.partial(revoke, GroupId=group, SecurityGroupRuleIds=[rule])
        assert refusal(again)[1] == "InvalidSecurityGroupRuleId.NotFound"


def test_descriptions_of_security_group_rules(aws, account):
    client = aws.client("ec2", account)
    vpc = client.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group, other = (
        client.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"] for name in "ab"
    )
    lists = client.describe_managed_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    )["PrefixLists"]
    base = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    permissions = [
        {**base, "PrefixListIds": [{"PrefixListId": lists[0]["PrefixListId"], "Description": "storage"}]},
        {**base, "UserIdGroupPairs": [{"GroupId": other, "Description": "endpoints"}]},
    ]
    client.authorize_security_group_egress(GroupId=group, IpPermissions=permissions)
    rules = client.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    assert {"storage", "endpoints"} <= {rule.get("Description") for rule in rules["SecurityGroupRules"]}
    [found] = client.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    listed = [entry for p in found["IpPermissionsEgress"] for entry in p["PrefixListIds"]]
    assert listed == [{"PrefixListId": lists[0]["PrefixListId"], "Description": "storage"}]


def test_dhcp_options_keep_their_tags(aws, account):
    client = aws.client("ec2", account)
    tags = [{"Key": "a", "Value": "b"}]
    created = client.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["x"]}],
        TagSpecifications=[{"ResourceType": "dhcp-options", "Tags": tags}],
    )["DhcpOptions"]["DhcpOptionsId"]
    assert client.describe_dhcp_options(DhcpOptionsIds=[created])["DhcpOptions"][0]["Tags"] == tags


def test_account_settings_of_ec2(aws, account):
    client = aws.client("ec2", account)
    key = aws.client("kms", account).create_key()["KeyMetadata"]["Arn"]
    assert client.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    client.modify_ebs_default_kms_key_id(KmsKeyId=key)
    assert client.get_ebs_default_kms_key_id()["KmsKeyId"] == key
    client.reset_ebs_default_kms_key_id()
    assert client.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    client.enable_snapshot_block_public_access(State="block-all-sharing")
    assert client.get_snapshot_block_public_access_state()["State"] == "block-all-sharing"
    client.disable_snapshot_block_public_access()
    assert client.get_snapshot_block_public_access_state()["State"] == "unblocked"
    client.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)
    assert client.get_instance_metadata_defaults()["AccountLevel"]["HttpTokens"] == "required"
    client.modify_instance_metadata_defaults(HttpTokens="no-preference", HttpPutResponseHopLimit=-1)
    assert client.get_instance_metadata_defaults().get("AccountLevel", {}) == {}


LIFECYCLE = {
    "Rules": [
        {
            "ID": "big",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "x/", "ObjectSizeGreaterThan": 1000, "Tags": [{"Key": "a", "Value": "b"}]}},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3},
            "Transitions": [{"Days": 30, "StorageClass": "GLACIER_IR"}],
        }
    ]
}


def test_lifecycles_are_answered_as_they_were_put(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "old")
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration=LIFECYCLE,
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    found = s3.get_bucket_lifecycle_configuration(Bucket=name)
    assert found["Rules"] == LIFECYCLE["Rules"]
    assert found["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    s3.delete_bucket_lifecycle(Bucket=name)
    assert refusal(lambda: s3.get_bucket_lifecycle_configuration(Bucket=name))[0] == 404


def test_replication_and_logging_are_answered_as_they_were_put(aws, account):
    s3 = aws.client("s3", account)
    name, target = bucket(aws, account, "from"), bucket(aws, account, "to")
    for one in (name, target):
        s3.put_bucket_versioning(Bucket=one, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": "s3/"},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}", "Account": account},
    }
    replication = {"Role": f"arn:aws:iam::{account}:role/r", "Rules": [rule]}
    s3.put_bucket_replication(Bucket=name, ReplicationConfiguration=replication)
    assert s3.get_bucket_replication(Bucket=name)["ReplicationConfiguration"] == replication
    statements = [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Allow", "Principal": {"Service": ["logging.s3.amazonaws.com"]}, "Action": ["s3:Put*"],
         "Resource": f"arn:aws:s3:::{target}/s3/*",
         "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::from-*"}}},
    ]  # fmt: skip
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    logging = {
        "TargetBucket": target,
        "TargetPrefix": "s3/",
        "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
    }
    s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": logging})
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"] == logging
    other = {**logging, "TargetPrefix": "elsewhere/"}
    denied = refusal(lambda: s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": other}))
    assert denied[1] == "InvalidTargetBucketForLogging"


def test_named_configurations_of_buckets(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "named")
    configuration = {"Id": "EntireBucket"}
    s3.put_bucket_metrics_configuration(Bucket=name, Id="EntireBucket", MetricsConfiguration=configuration)
    found = s3.get_bucket_metrics_configuration(Bucket=name, Id="EntireBucket")["MetricsConfiguration"]
    assert found == configuration
    listed = s3.list_bucket_metrics_configurations(Bucket=name)
    assert (listed["MetricsConfigurationList"], listed["IsTruncated"]) == ([configuration], False)
    s3.delete_bucket_metrics_configuration(Bucket=name, Id="EntireBucket")
    missing = refusal(lambda: s3.get_bucket_metrics_configuration(Bucket=name, Id="EntireBucket"))
    assert missing[:2] == (404, "NoSuchConfiguration")


def test_unknown_configurations_neither_create_nor_delete_the_bucket(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "safe")
    payment = {"Payer": "BucketOwner"}
    assert refusal(lambda: s3.put_bucket_request_payment(Bucket=name, RequestPaymentConfiguration=payment))[0] == 501
    assert refusal(lambda: s3.delete_bucket_inventory_configuration(Bucket=name, Id="x"))[0] == 501
    s3.head_bucket(Bucket=name)


def test_the_last_version_may_be_a_delete_marker(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "marked")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=name, Key="k", Body=b"v")["VersionId"]
    marker = s3.delete_object(Bucket=name, Key="k")["VersionId"]
    objects = [{"Key": "k", "VersionId": version}, {"Key": "k", "VersionId": marker}]
    assert len(s3.delete_objects(Bucket=name, Delete={"Objects": objects})["Deleted"]) == 2
    s3.put_object(Bucket=name, Key="k", Body=b"v")
    s3.delete_object(Bucket=name, Key="k")
    # Terraform suspends versioning before it empties a bucket.
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    found = s3.list_object_versions(Bucket=name)
    for entry in [*found["Versions"], *found["DeleteMarkers"]]:
        s3.delete_object(Bucket=name, Key="k", VersionId=entry["VersionId"])
    s3.delete_bucket(Bucket=name)
