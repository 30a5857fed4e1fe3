"""What requests to Secrets Manager need.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
"""

from __future__ import annotations

from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from local.enforcement.call import Call, Context, Need, tag_context
from local.enforcement.implied_keys import find_key, key_context, secret_used

_WITHOUT_SECRET = {"GetRandomPassword", "ListSecrets", "BatchGetSecretValue"}
_WRITES = {"PutSecretValue", "RotateSecret", "UpdateSecret"}


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    action = f"secretsmanager:{call.operation}"
    tags = {tag["Key"]: tag.get("Value", "") for tag in call.parameters.get("Tags") or []}
    if call.operation in _WITHOUT_SECRET:
        return [Need(action, "*", call.account)]
    if call.operation == "CreateSecret":
        return _create_needs(call, tags)
    secret = find_secret(call)
    if secret is None:
        named = call.text("SecretId")
        arn = named if named.startswith("arn:") else call.arn(f"secret:{named}-??????")
        return [Need(action, arn, call.owner, tag_context(tags))]
    context: dict[str, Any] = {**tag_context(tags), "secretsmanager:SecretId": secret.arn, **_tags_of(secret)}
    if call.operation == "GetSecretValue":
        context["secretsmanager:VersionStage"] = call.text("VersionStage") or "AWSCURRENT"
    needed = [Need(action, secret.arn, secret.account_id, context)]
    if call.operation == "GetSecretValue":
        needed += secret_used(secret.arn, written=False)
    elif call.operation in _WRITES:
        needed += secret_used(secret.arn, written=True)
    return needed


def find_secret(call: Call) -> Any | None:
    """moto's secret by its name or ARN; ARNs may lack the characters that AWS adds."""
    named = call.text("SecretId")
    backend = secretsmanager_backends[call.owner][call.region]
    for secret in list(backend.secrets.values()):
        if named in (secret.arn, secret.name) or (named.startswith("arn:") and secret.arn.rpartition("-")[0] == named):
            return secret
    return None


def _create_needs(call: Call, tags: dict[str, str]) -> list[Need]:
    arn = call.arn(f"secret:{call.text('Name')}-??????")
    context: dict[str, Any] = {**tag_context(tags), "secretsmanager:Name": call.text("Name")}
    reference = call.text("KmsKeyId")
    if reference:
        context["secretsmanager:KmsKeyArn"] = reference
    needed = [Need("secretsmanager:CreateSecret", arn, call.owner, context)]
    if tags:
        needed.append(Need("secretsmanager:TagResource", arn, call.owner, context))
    key = find_key(reference, call.owner, call.region) if reference else None
    if key is not None and ("SecretString" in call.parameters or "SecretBinary" in call.parameters):
        via: Context = {**key_context(key, {}), "kms:ViaService": f"secretsmanager.{call.region}.amazonaws.com"}
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            needed.append(Need(action, key.arn, key.account_id, via))
    return needed


def _tags_of(secret: Any) -> Context:
    return {f"aws:ResourceTag/{tag['Key']}": tag["Value"] for tag in secret.tags or []}
