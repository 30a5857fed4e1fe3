"""What services do with keys of KMS in the name of who calls them: the caller needs the right to it as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.glue.models import glue_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.enforcement.call import Call, Need

_OWN_ALIAS = "alias/aws/"


def find_key(reference: str, account: str, region: str) -> Any | None:
    """moto's key by its id, ARN or alias; None for keys that AWS manages and for what is not there."""
    if reference.startswith("arn:"):
        _, _, _, region, account, reference = reference.split(":", 5)
    backend = kms_backends[account][region]
    if reference.startswith("alias/"):
        if reference.startswith(_OWN_ALIAS):
            return None
        return next((key for key in list(backend.keys.values()) if reference in key.aliases), None)
    return backend.keys.get(reference.rpartition("/")[2])


def key_context(key: Any, encryption: Mapping[str, str]) -> dict[str, Any]:
    """The condition keys of a call with the key."""
    aliases = list(key.aliases)
    return {
        "kms:KeySpec": key.key_spec,
        "kms:KeyUsage": key.key_usage or "ENCRYPT_DECRYPT",
        **({"kms:ResourceAliases": aliases} if aliases else {}),
        **({"kms:EncryptionContextKeys": list(encryption)} if encryption else {}),
        **{f"kms:EncryptionContext:{name}": value for name, value in encryption.items()},
    }


def object_read(found: Any, bucket: str) -> list[Need]:
    """S3 decrypts what is read."""
    if found.encryption not in ("aws:kms", "aws:kms:dsse") or not found.kms_key_id:
        return []
    _, owner = s3_backends.bucket_accounts[bucket]
    region = s3_backends[owner]["aws"].head_bucket(bucket).region_name
    context = {"aws:s3:arn": _encrypted_arn(bucket, found.name, found.bucket_key_enabled)}
    return _uses(found.kms_key_id, owner, region, "s3", ["kms:Decrypt"], context)


def object_written(bucket: str, key: str, call: Call) -> list[Need]:
    """S3 encrypts what is written, and decrypts the key of the parts of a multipart upload."""
    _, owner = s3_backends.bucket_accounts.get(bucket, (None, None))
    if owner is None:
        return []
    stored = s3_backends[owner]["aws"].head_bucket(bucket)
    rule = (stored.encryption or {}).get("Rule") or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    cipher = call.headers.get("x-amz-server-side-encryption") or default.get("SSEAlgorithm")
    reference = call.headers.get("x-amz-server-side-encryption-aws-kms-key-id") or default.get("KMSMasterKeyID")
    if cipher not in ("aws:kms", "aws:kms:dsse") or not reference:
        return []
    context = {"aws:s3:arn": _encrypted_arn(bucket, key, rule.get("BucketKeyEnabled"))}
    in_parts = "uploads" in call.query or "uploadId" in call.query
    actions = ["kms:GenerateDataKey", *(["kms:Decrypt"] if in_parts else [])]
    return _uses(reference, owner, stored.region_name, "s3", actions, context)


def message_sent(queue_arn: str) -> list[Need]:
    """SQS encrypts messages."""
    return _queue_uses(queue_arn, ["kms:GenerateDataKey", "kms:Decrypt"])


def message_received(queue_arn: str) -> list[Need]:
    """SQS decrypts messages."""
    return _queue_uses(queue_arn, ["kms:Decrypt"])


def message_published(topic_arn: str) -> list[Need]:
    """SNS encrypts what is published."""
    _, _, _, region, account, _ = topic_arn.split(":", 5)
    topic = sns_backends[account][region].topics.get(topic_arn)
    if topic is None or not topic.kms_master_key_id:
        return []
    actions = ["kms:GenerateDataKey", "kms:Decrypt"]
    return _uses(topic.kms_master_key_id, account, region, "sns", actions, {"aws:sns:topicArn": topic_arn})


def secret_used(secret_arn: str, *, written: bool) -> list[Need]:
    """Secrets Manager decrypts secrets and encrypts new values."""
    _, _, _, region, account, _ = secret_arn.split(":", 5)
    found = next(
        (known for known in secretsmanager_backends[account][region].secrets.values() if known.arn == secret_arn), None
    )
    if found is None or not found.kms_key_id:
        return []
    actions = ["kms:GenerateDataKey", "kms:Decrypt"] if written else ["kms:Decrypt"]
    return _uses(found.kms_key_id, account, region, "secretsmanager", actions, {"SecretARN": secret_arn})


def table_used(account: str, region: str, name: str) -> list[Need]:
    """DynamoDB decrypts the key of a table for whoever reads or writes it."""
    table = dynamodb_backends[account][region].tables.get(name)
    reference = (table.sse_specification or {}).get("KMSMasterKeyId") if table is not None else None
    if not reference:
        return []
    context = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account}
    return _uses(reference, account, region, "dynamodb", ["kms:Decrypt"], context)


def catalog_used(account: str, region: str, *, written: bool) -> list[Need]:
    """Glue decrypts and encrypts what a catalog says, where it is encrypted with a key of the account."""
    settings = glue_backends[account][region].data_catalog_encryption_settings.get(account) or {}
    at_rest = settings.get("EncryptionAtRest") or {}
    if at_rest.get("CatalogEncryptionMode") != "SSE-KMS" or not at_rest.get("SseAwsKmsKeyId"):
        return []
    actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"] if written else ["kms:Decrypt"]
    return _uses(at_rest["SseAwsKmsKeyId"], account, region, "glue", actions, {"glue_catalog_id": account})


def _queue_uses(queue_arn: str, actions: list[str]) -> list[Need]:
    _, _, _, region, account, name = queue_arn.split(":", 5)
    queue = sqs_backends[account][region].queues.get(name)
    if queue is None or not queue.kms_master_key_id:
        return []
    return _uses(queue.kms_master_key_id, account, region, "sqs", actions, {"aws:sqs:arn": queue_arn})


def _uses(
    reference: str, account: str, region: str, service: str, actions: list[str], encryption: Mapping[str, str]
) -> list[Need]:
    key = find_key(reference, account, region)
    if key is None:
        return []
    context = {
        **key_context(key, encryption),
        "kms:ViaService": f"{service}.{region}.amazonaws.com",
        "aws:CalledVia": [f"{service}.amazonaws.com"],
        "aws:ViaAWSService": "true",
    }
    return [Need(action, key.arn, key.account_id, context) for action in actions]


def _encrypted_arn(bucket: str, key: str, has_bucket_key: Any) -> str:
    # With a bucket key one data key serves the bucket, whose ARN is then what binds it.
    enabled = str(has_bucket_key).lower() == "true"
    return f"arn:aws:s3:::{bucket}" if enabled else f"arn:aws:s3:::{bucket}/{key}"
