"""The list of what exists: a leftover of any kind must show, and nothing that AWS itself creates."""

import json

import pytest

from .emr_clusters import reached
from .emr_clusters import request as emr_request
from .emr_serverless_runs import application as emr_application
from .functions import role, zipped
from .helpers import bucket, queue
from .jobs import code_bucket
from .jobs import role as service_role

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
ASSUME = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Principal": {"Service": "x"}}]}
)


class Maker:
    """Creates one resource of each type and remembers how to delete it."""

    def __init__(self, aws, account):
        self.aws, self.account, self.undo = aws, account, []

    def client(self, service):
        return self.aws.client(service, self.account)

    def later(self, call, **request):
        self.undo.append(lambda: call(**request))

    def storage(self):
        s3 = self.client("s3")
        name = bucket(self.aws, self.account, "left")
        self.later(s3.delete_bucket, Bucket=name)
        control = self.client("s3control")
        block = {"BlockPublicAcls": True}
        control.put_public_access_block(AccountId=self.account, PublicAccessBlockConfiguration=block)
        self.later(control.delete_public_access_block, AccountId=self.account)
        return {("s3", "bucket"), ("s3control", "public-access-block")}

    def messages(self):
        sqs, sns = self.client("sqs"), self.client("sns")
        url, arn = queue(self.aws, self.account, "left")
        self.later(sqs.delete_queue, QueueUrl=url)
        topic = sns.create_topic(Name="left")["TopicArn"]
        self.later(sns.delete_topic, TopicArn=topic)
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        self.later(sns.unsubscribe, SubscriptionArn=subscription["SubscriptionArn"])
        return {("sqs", "queue"), ("sns", "topic"), ("sns", "subscription")}

    def keys(self):
        kms = self.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        self.later(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=7)
        kms.create_alias(AliasName="alias/left", TargetKeyId=key)
        self.later(kms.delete_alias, AliasName="alias/left")
        return {("kms", "key"), ("kms", "alias")}

    def functions(self):
        client = self.client("lambda")
        arn = role(self.aws, self.account)
        self.later(self.client("iam").delete_role, RoleName="functions")
        code = {"ZipFile": zipped(**{"index.mjs": "export const handler = async () => 1;"})}
        client.create_function(FunctionName="left", Role=arn, Runtime="nodejs22.x", Handler="index.handler", Code=code)
        self.later(client.delete_function, FunctionName="left")
        client.publish_layer_version(LayerName="left", Content=code)
        self.later(client.delete_layer_version, LayerName="left", VersionNumber=1)
        url, queue_arn = queue(self.aws, self.account, "fed")
        self.later(self.client("sqs").delete_queue, QueueUrl=url)
        mapping = client.create_event_source_mapping(FunctionName="left", EventSourceArn=queue_arn)["UUID"]
        self.later(client.delete_event_source_mapping, UUID=mapping)
        kinds = ("function", "layer-version", "event-source-mapping")
        return {("iam", "role"), ("sqs", "queue"), *(("lambda", kind) for kind in kinds)}

    def identities(self):
        iam = self.client("iam")
        policy = iam.create_policy(PolicyName="left", PolicyDocument=POLICY)["Policy"]["Arn"]
        self.later(iam.delete_policy, PolicyArn=policy)
        iam.create_user(UserName="left")
        self.later(iam.delete_user, UserName="left")
        iam.create_group(GroupName="left")
        self.later(iam.delete_group, GroupName="left")
        iam.create_instance_profile(InstanceProfileName="left")
        self.later(iam.delete_instance_profile, InstanceProfileName="left")
        provider = iam.create_open_id_connect_provider(Url="https://left.example.com", ThumbprintList=["a" * 40])
        self.later(iam.delete_open_id_connect_provider, OpenIDConnectProviderArn=provider["OpenIDConnectProviderArn"])
        iam.create_account_alias(AccountAlias="left")
        self.later(iam.delete_account_alias, AccountAlias="left")
        iam.update_account_password_policy(MinimumPasswordLength=14)
        self.later(iam.delete_account_password_policy)
        kinds = ("policy", "user", "group", "instance-profile", "openid-provider", "account-alias", "password-policy")
        return {("iam", kind) for kind in kinds}

    def data(self):
        dynamodb, glue, ssm = self.client("dynamodb"), self.client("glue"), self.client("ssm")
        dynamodb.create_table(
            TableName="left",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.later(dynamodb.delete_table, TableName="left")
        glue.create_database(DatabaseInput={"Name": "left"})
        self.later(glue.delete_database, Name="left")
        glue.create_table(DatabaseName="left", TableInput={"Name": "left", "StorageDescriptor": {"Columns": []}})
        self.later(glue.delete_table, DatabaseName="left", Name="left")
        encryption = {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}
        glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=encryption)
        disabled = {"EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"}}
        self.later(glue.put_data_catalog_encryption_settings, DataCatalogEncryptionSettings=disabled)
        ssm.put_parameter(Name="/left", Value="v", Type="String")
        self.later(ssm.delete_parameter, Name="/left")
        secrets = self.client("secretsmanager")
        secrets.create_secret(Name="left", SecretString="s")
        self.later(secrets.delete_secret, SecretId="left", ForceDeleteWithoutRecovery=True)
        kinds = {("glue", "database"), ("glue", "table"), ("glue", "catalog-encryption")}
        return kinds | {("dynamodb", "table"), ("ssm", "parameter"), ("secretsmanager", "secret")}

    def jobs(self):
        glue, states, schedules = self.client("glue"), self.client("stepfunctions"), self.client("scheduler")
        arn = service_role(self.aws, self.account, "states.amazonaws.com")
        self.later(self.client("iam").delete_role, RoleName="states")
        glue.create_job(Name="left", Role=arn, Command={"Name": "glueetl", "ScriptLocation": "s3://b/k.py"})
        self.later(glue.delete_job, JobName="left")
        glue.create_trigger(Name="left", Type="ON_DEMAND", Actions=[{"JobName": "left"}])
        self.later(glue.delete_trigger, Name="left")
        glue.create_crawler(Name="left", Role=arn, DatabaseName="d", Targets={"S3Targets": [{"Path": "s3://b/p"}]})
        self.later(glue.delete_crawler, Name="left")
        network = {"Name": "left", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
        glue.create_connection(ConnectionInput=network)
        self.later(glue.delete_connection, ConnectionName="left")
        glue.create_security_configuration(Name="left", EncryptionConfiguration={})
        self.later(glue.delete_security_configuration, Name="left")
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        machine = states.create_state_machine(name="left", definition=definition, roleArn=arn)["stateMachineArn"]
        self.later(states.delete_state_machine, stateMachineArn=machine)
        activity = states.create_activity(name="left")["activityArn"]
        self.later(states.delete_activity, activityArn=activity)
        schedules.create_schedule_group(Name="left")
        self.later(schedules.delete_schedule_group, Name="left")
        scheduler = service_role(self.aws, self.account, "scheduler.amazonaws.com")
        self.later(self.client("iam").delete_role, RoleName="scheduler")
        target = {"Arn": f"arn:aws:lambda:eu-west-1:{self.account}:function:f", "RoleArn": scheduler}
        request = {"Name": "left", "ScheduleExpression": "rate(1 days)", "FlexibleTimeWindow": {"Mode": "OFF"}}
        schedules.create_schedule(GroupName="left", Target=target, **request)
        self.later(schedules.delete_schedule, Name="left", GroupName="left")
        kinds = {("glue", kind) for kind in ("job", "trigger", "crawler", "connection", "security-configuration")}
        kinds |= {("scheduler", "schedule-group"), ("scheduler", "schedule")}
        return kinds | {("stepfunctions", "state-machine"), ("stepfunctions", "activity"), ("iam", "role")}

    def clusters(self):
        client, serverless = self.client("emr"), self.client("emr-serverless")
        client.create_security_configuration(Name="left", SecurityConfiguration="{}")
        self.later(client.delete_security_configuration, Name="left")
        iam = self.client("iam")
        request = emr_request(self.aws, self.account, LogUri="s3://none/")
        for name, profile in (("emr", None), ("node", "node")):
            self.later(iam.delete_role, RoleName=name)
            if profile:
                self.later(iam.delete_instance_profile, InstanceProfileName=profile)
                self.later(iam.remove_role_from_instance_profile, InstanceProfileName=profile, RoleName=name)
        self.later(self.client("s3").delete_bucket, Bucket=code_bucket(self.aws, self.account))
        cluster = client.run_job_flow(**request)["JobFlowId"]
        self.later(lambda: reached(self.aws, self.account, cluster, "TERMINATED"))
        self.later(client.terminate_job_flows, JobFlowIds=[cluster])
        application = emr_application(self.aws, self.account)
        self.later(serverless.delete_application, applicationId=application)
        kinds = {("emr", "cluster"), ("emr", "security-configuration"), ("emr-serverless", "application")}
        return kinds | {("iam", "role"), ("iam", "instance-profile"), ("s3", "bucket")}

    def monitoring(self):
        cloudwatch, logs, trails = self.client("cloudwatch"), self.client("logs"), self.client("cloudtrail")
        cloudwatch.put_metric_alarm(
            AlarmName="left", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
        )  # fmt: skip
        self.later(cloudwatch.delete_alarms, AlarmNames=["left"])
        cloudwatch.put_dashboard(DashboardName="left", DashboardBody='{"widgets": []}')
        self.later(cloudwatch.delete_dashboards, DashboardNames=["left"])
        logs.create_log_group(logGroupName="left")
        self.later(logs.delete_log_group, logGroupName="left")
        logs.put_metric_filter(
            logGroupName="left", filterName="left", filterPattern="x",
            metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        )  # fmt: skip
        self.later(logs.delete_metric_filter, logGroupName="left", filterName="left")
        name = bucket(self.aws, self.account, "trail")
        self.later(self.client("s3").delete_bucket, Bucket=name)
        arn = trails.create_trail(Name="left", S3BucketName=name)["TrailARN"]
        self.later(trails.delete_trail, Name=arn)
        kinds = {("cloudwatch", "alarm"), ("cloudwatch", "dashboard"), ("logs", "log-group"), ("logs", "metric-filter")}
        return kinds | {("cloudtrail", "trail"), ("s3", "bucket")}

    def network(self):
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.later(ec2.delete_vpc, VpcId=vpc)
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
        self.later(ec2.delete_subnet, SubnetId=subnet)
        group = ec2.create_security_group(GroupName="left", Description="d", VpcId=vpc)["GroupId"]
        self.later(ec2.delete_security_group, GroupId=group)
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        self.later(ec2.delete_route_table, RouteTableId=table)
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        self.later(ec2.delete_network_acl, NetworkAclId=acl)
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.later(ec2.delete_internet_gateway, InternetGatewayId=gateway)
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.later(ec2.release_address, AllocationId=address)
        nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        self.later(ec2.delete_nat_gateway, NatGatewayId=nat)
        endpoint = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName="com.amazonaws.eu-west-1.sqs", VpcEndpointType="Interface", SubnetIds=[subnet]
        )["VpcEndpoint"]["VpcEndpointId"]
        self.later(ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint])
        dhcp = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["x"]}])
        self.later(ec2.delete_dhcp_options, DhcpOptionsId=dhcp["DhcpOptions"]["DhcpOptionsId"])
        lists = ec2.create_managed_prefix_list(PrefixListName="left", MaxEntries=1, AddressFamily="IPv4")
        self.later(ec2.delete_managed_prefix_list, PrefixListId=lists["PrefixList"]["PrefixListId"])
        ec2.enable_ebs_encryption_by_default()
        self.later(ec2.disable_ebs_encryption_by_default)
        kinds = (
            "vpc", "subnet", "security-group", "route-table", "network-acl", "internet-gateway", "elastic-ip",
            "nat-gateway", "vpc-endpoint", "dhcp-options", "prefix-list", "setting", "network-interface",
        )  # fmt: skip
        return {("ec2", kind) for kind in kinds}

    def without_rules(self):
        """Services that the inventory knows nothing about are compared with an unused account."""
        athena, events = self.client("athena"), self.client("events")
        athena.create_work_group(Name="left")
        self.later(athena.delete_work_group, WorkGroup="left")
        events.put_rule(Name="left", ScheduleExpression="rate(1 day)")
        self.later(events.delete_rule, Name="left")
        registries = self.client("glue")
        registries.create_registry(RegistryName="left")
        self.later(registries.delete_registry, RegistryId={"RegistryName": "left"})
        return {("athena", "work-groups"), ("events", "rule"), ("glue", "registries")}


GROUPS = [name for name in vars(Maker) if not name.startswith("_") and name not in ("client", "later")]


@pytest.mark.parametrize("group", GROUPS)
def test_a_leftover_shows_and_goes_away(aws, account, group):
    maker = Maker(aws, account)
    assert aws.resources(account) == []
    expected = getattr(maker, group)()
    assert {(service, kind) for service, kind, _ in aws.resources(account)} == expected
    for undo in reversed(maker.undo):
        undo()
    assert aws.resources(account) == []


def test_what_aws_creates_is_not_listed(aws, account):
    aws.client("ec2", account).describe_vpcs()
    aws.client("kms", account).describe_key(KeyId="alias/aws/s3")
    role_arn = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    aws.client("sqs", **aws.session(role_arn)).list_queues()
    aws.client("iam", account).create_service_linked_role(AWSServiceName="elasticmapreduce.amazonaws.com")
    assert aws.resources(account) == []
