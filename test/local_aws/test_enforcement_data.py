"""What calls of KMS, SQS, SNS, Secrets Manager and DynamoDB need: with it they pass, with less they do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import REGION, RunningServer
from .enforcement import Case, Trial
from .helpers import queue

ACCOUNT = "300000000001"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:work"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/records"


@pytest.fixture(scope="module")
def trial(enforced: RunningServer) -> Iterator[Trial]:
    """A role, beside a key, queues, a topic, a secret and a table."""
    aws = enforced
    kms = aws.client("kms", ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/lake", TargetKeyId=key)
    queue(aws, ACCOUNT, "work", KmsMasterKeyId=key)
    queue(aws, ACCOUNT, "plain")
    sns = aws.client("sns", ACCOUNT)
    sns.create_topic(Name="news", Attributes={"KmsMasterKeyId": key})
    aws.client("secretsmanager", ACCOUNT).create_secret(Name="password", SecretString="x", KmsKeyId=key)
    aws.client("dynamodb", ACCOUNT).create_table(
        TableName="records",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    yield Trial(aws, ACCOUNT)


@pytest.fixture(scope="module")
def key(trial: Trial) -> str:
    """The ARN of the key."""
    return trial.aws.client("kms", ACCOUNT).describe_key(KeyId="alias/lake")["KeyMetadata"]["Arn"]


@pytest.fixture(scope="module")
def secret(trial: Trial) -> str:
    """The ARN of the secret."""
    return trial.aws.client("secretsmanager", ACCOUNT).describe_secret(SecretId="password")["ARN"]


def test_kms(trial: Trial, key: str) -> None:
    kms = trial.aws.client("kms", ACCOUNT)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias"
    for case in [
        Case("kms", "encrypt", [("kms:Encrypt", key)], {"KeyId": "alias/lake", "Plaintext": b"x"}),
        Case("kms", "decrypt", [("kms:Decrypt", key)], {"CiphertextBlob": blob}),
        Case("kms", "generate_data_key", [("kms:GenerateDataKey", key)], {"KeyId": key, "KeySpec": "AES_256"}),
        Case("kms", "describe_key", [("kms:DescribeKey", key)], {"KeyId": key.rpartition("/")[2]}),
        Case("kms", "get_key_policy", [("kms:GetKeyPolicy", key)], {"KeyId": key, "PolicyName": "default"}),
        Case("kms", "put_key_policy", [("kms:PutKeyPolicy", key)], {"KeyId": key, "PolicyName": "x", "Policy": "{}"}),
        Case("kms", "get_key_rotation_status", [("kms:GetKeyRotationStatus", key)], {"KeyId": key}),
        Case("kms", "list_keys", [("kms:ListKeys", "*")]),
        Case("kms", "list_aliases", [("kms:ListAliases", "*")]),
        Case(
            "kms",
            "create_alias",
            [("kms:CreateAlias", f"{alias}/other"), ("kms:CreateAlias", key)],
            {"AliasName": "alias/other", "TargetKeyId": key},
        ),
        Case(
            "kms",
            "re_encrypt",
            [("kms:ReEncryptFrom", key), ("kms:ReEncryptTo", key)],
            {"CiphertextBlob": blob, "DestinationKeyId": key},
        ),
        Case(
            "kms",
            "create_grant",
            [("kms:CreateGrant", key)],
            {"KeyId": key, "GranteePrincipal": trial.arn, "Operations": ["Decrypt"]},
        ),
    ]:
        trial.check(case)


def test_sqs(trial: Trial, key: str) -> None:
    url = trial.aws.client("sqs", ACCOUNT).get_queue_url(QueueName="work")["QueueUrl"]
    plain = trial.aws.client("sqs", ACCOUNT).get_queue_url(QueueName="plain")["QueueUrl"]
    other = QUEUE.replace("work", "plain")
    send = [("sqs:SendMessage", QUEUE), ("kms:GenerateDataKey", key), ("kms:Decrypt", key)]
    for case in [
        Case("sqs", "send_message", send, {"QueueUrl": url, "MessageBody": "x"}),
        Case("sqs", "send_message", [("sqs:SendMessage", other)], {"QueueUrl": plain, "MessageBody": "x"}),
        Case("sqs", "send_message_batch", send, {"QueueUrl": url, "Entries": [{"Id": "1", "MessageBody": "x"}]}),
        Case("sqs", "receive_message", [("sqs:ReceiveMessage", QUEUE), ("kms:Decrypt", key)], {"QueueUrl": url}),
        Case("sqs", "delete_message", [("sqs:DeleteMessage", QUEUE)], {"QueueUrl": url, "ReceiptHandle": "x"}),
        Case("sqs", "get_queue_url", [("sqs:GetQueueUrl", QUEUE)], {"QueueName": "work"}),
        Case("sqs", "get_queue_attributes", [("sqs:GetQueueAttributes", QUEUE)], {"QueueUrl": url}),
        Case("sqs", "set_queue_attributes", [("sqs:SetQueueAttributes", QUEUE)], {"QueueUrl": url, "Attributes": {}}),
        Case("sqs", "list_queues", [("sqs:ListQueues", "*")]),
        Case("sqs", "purge_queue", [("sqs:PurgeQueue", other)], {"QueueUrl": plain}),
        Case("sqs", "create_queue", [("sqs:CreateQueue", QUEUE.replace("work", "new"))], {"QueueName": "new"}),
    ]:
        trial.check(case)


def test_sns(trial: Trial, key: str) -> None:
    publish = [("sns:Publish", TOPIC), ("kms:GenerateDataKey", key), ("kms:Decrypt", key)]
    # The default policy of a topic lets everybody of its account in: a policy of its own has to take that away.
    root = trial.aws.client("sns", ACCOUNT)
    nobody = '{"Version": "2012-10-17", "Statement": []}'
    root.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=nobody)
    for case in [
        Case("sns", "publish", publish, {"TopicArn": TOPIC, "Message": "x"}),
        Case(
            "sns",
            "publish_batch",
            publish,
            {"TopicArn": TOPIC, "PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]},
        ),
        Case("sns", "get_topic_attributes", [("sns:GetTopicAttributes", TOPIC)], {"TopicArn": TOPIC}),
        Case(
            "sns",
            "set_topic_attributes",
            [("sns:SetTopicAttributes", TOPIC)],
            {"TopicArn": TOPIC, "AttributeName": "DisplayName", "AttributeValue": "x"},
        ),
        Case("sns", "subscribe", [("sns:Subscribe", TOPIC)], {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}),
        Case("sns", "list_topics", [("sns:ListTopics", "*")]),
        Case("sns", "list_subscriptions_by_topic", [("sns:ListSubscriptionsByTopic", TOPIC)], {"TopicArn": TOPIC}),
        Case("sns", "create_topic", [("sns:CreateTopic", TOPIC.replace("news", "new"))], {"Name": "new"}),
        Case("sns", "list_tags_for_resource", [("sns:ListTagsForResource", TOPIC)], {"ResourceArn": TOPIC}),
    ]:
        trial.check(case)


def test_secretsmanager(trial: Trial, key: str, secret: str) -> None:
    any_secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
    write = [("secretsmanager:PutSecretValue", secret), ("kms:GenerateDataKey", key), ("kms:Decrypt", key)]
    create = [("secretsmanager:CreateSecret", f"{any_secret}:new-??????")]
    for case in [
        Case(
            "secretsmanager",
            "get_secret_value",
            [("secretsmanager:GetSecretValue", secret), ("kms:Decrypt", key)],
            {"SecretId": "password"},
        ),
        Case("secretsmanager", "put_secret_value", write, {"SecretId": secret, "SecretString": "y"}),
        Case(
            "secretsmanager", "describe_secret", [("secretsmanager:DescribeSecret", secret)], {"SecretId": "password"}
        ),
        Case("secretsmanager", "list_secrets", [("secretsmanager:ListSecrets", "*")]),
        Case("secretsmanager", "get_random_password", [("secretsmanager:GetRandomPassword", "*")]),
        Case("secretsmanager", "create_secret", create, {"Name": "new", "SecretString": "x"}),
        Case(
            "secretsmanager",
            "get_resource_policy",
            [("secretsmanager:GetResourcePolicy", secret)],
            {"SecretId": secret},
        ),
        Case(
            "secretsmanager",
            "tag_resource",
            [("secretsmanager:TagResource", secret)],
            {"SecretId": secret, "Tags": [{"Key": "a", "Value": "b"}]},
        ),
        Case(
            "secretsmanager",
            "update_secret_version_stage",
            [("secretsmanager:UpdateSecretVersionStage", secret)],
            {"SecretId": secret, "VersionStage": "x"},
        ),
    ]:
        trial.check(case)


def test_dynamodb(trial: Trial, key: str) -> None:
    item, opened = {"id": {"S": "1"}}, ("kms:Decrypt", key)
    on = {"TableName": "records"}

    def needs(*operations: str) -> list[tuple[str, str]]:
        return [*((f"dynamodb:{operation}", TABLE) for operation in operations), opened]

    for case in [
        Case("dynamodb", "get_item", needs("GetItem"), {**on, "Key": item}),
        Case("dynamodb", "put_item", needs("PutItem"), {**on, "Item": item}),
        Case("dynamodb", "delete_item", needs("DeleteItem"), {**on, "Key": item}),
        Case("dynamodb", "update_item", needs("UpdateItem"), {**on, "Key": item}),
        Case("dynamodb", "scan", needs("Scan"), on),
        Case(
            "dynamodb",
            "scan",
            [("dynamodb:Scan", f"{TABLE}/index/by-time"), opened],
            {**on, "IndexName": "by-time"},
        ),
        Case("dynamodb", "batch_get_item", needs("BatchGetItem"), {"RequestItems": {"records": {"Keys": [item]}}}),
        Case(
            "dynamodb",
            "batch_write_item",
            needs("BatchWriteItem"),
            {"RequestItems": {"records": [{"PutRequest": {"Item": item}}]}},
        ),
        Case(
            "dynamodb",
            "transact_write_items",
            needs("PutItem", "UpdateItem"),
            {
                "TransactItems": [
                    {"Put": {**on, "Item": item}},
                    {"Update": {**on, "Key": {"id": {"S": "2"}}, "UpdateExpression": "REMOVE a"}},
                ]
            },
        ),
        Case(
            "dynamodb",
            "transact_get_items",
            needs("GetItem"),
            {"TransactItems": [{"Get": {**on, "Key": item}}]},
        ),
        Case("dynamodb", "describe_table", [("dynamodb:DescribeTable", TABLE)], on),
        Case("dynamodb", "list_tables", [("dynamodb:ListTables", "*")]),
        Case(
            "dynamodb",
            "execute_statement",
            needs("PartiQLSelect"),
            {"Statement": "SELECT * FROM records"},
        ),
    ]:
        trial.check(case)
