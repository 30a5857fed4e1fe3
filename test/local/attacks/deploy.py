"""Puts what synthesized stacks say about rights into a local AWS, without Terraform: FOLDER ENDPOINT.

Roles, groups and their policies, keys, buckets, queues, topics, tables, workgroups and databases are made as the stacks
say; of all else only the name is known, to which policies refer.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

Block = dict[str, Any]
_REFERENCE = re.compile(r"(?<!\$)\$\{([\w.-]+)\}")
# What is only known by its name: type -> service and what its ARN has before the name.
_NAMED = {
    "aws_cloudtrail": ("cloudtrail", "trail/"),
    "aws_cloudwatch_log_group": ("logs", "log-group:"),
    "aws_glue_crawler": ("glue", "crawler/"),
    "aws_glue_job": ("glue", "job/"),
    "aws_lambda_function": ("lambda", "function:"),
    "aws_sfn_state_machine": ("states", "stateMachine:"),
}


@dataclass
class Deployment:
    """One stack, whose resources are made one type after the other."""

    stack: Block
    endpoint: str
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)

    def account(self, block: Block) -> str:
        """The account in which a resource is made."""
        alias = block.get("provider", "aws").partition(".")[2] or None
        providers = self.stack["provider"]["aws"]
        return next(one["allowed_account_ids"][0] for one in providers if one.get("alias") == alias)

    def region(self) -> str:
        """The region of the stack."""
        return self.stack["provider"]["aws"][0]["region"]

    def client(self, service: str, block: Block) -> Any:
        """A client of the root of the resource's account."""
        return boto3.client(
            service,
            region_name=self.region(),
            endpoint_url=self.endpoint,
            aws_access_key_id=self.account(block),
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def arn(self, service: str, block: Block, resource: str) -> str:
        """An ARN in the resource's account."""
        region = "" if service == "iam" else self.region()
        return f"arn:aws:{service}:{region}:{self.account(block)}:{resource}"

    def value(self, text: Any) -> Any:
        """A value with its references resolved; of what is not made here they stay as they are."""
        if isinstance(text, dict):
            return {name: self.value(entry) for name, entry in text.items()}
        if isinstance(text, list):
            return [self.value(entry) for entry in text]
        return _REFERENCE.sub(self._resolve, text).replace("$${", "${") if isinstance(text, str) else text

    def make(self, kind: str, maker: Callable[[Deployment, Block], dict[str, str] | None]) -> None:
        """Makes all resources of a type, and remembers what others may refer to."""
        for name, block in self.stack.get("resource", {}).get(kind, {}).items():
            known = self.attributes.setdefault(f"{kind}.{name}", {})
            known |= maker(self, {**block, "__known": known}) or {}

    def _resolve(self, found: re.Match[str]) -> str:
        parts = found[1].split(".")
        length = 3 if parts[0] == "data" else 2
        known = self.attributes.get(".".join(parts[:length]), {})
        return known.get(".".join(parts[length:]), f"not-made-{parts[-2]}")


def _key(to: Deployment, block: Block) -> dict[str, str]:
    # Its policy follows when all whom it names are there.
    made = to.client("kms", block).create_key()["KeyMetadata"]
    return {"arn": made["Arn"], "key_id": made["KeyId"], "id": made["KeyId"]}


def _alias(to: Deployment, block: Block) -> dict[str, str]:
    to.client("kms", block).create_alias(AliasName=block["name"], TargetKeyId=to.value(block["target_key_id"]))
    return {"name": block["name"], "arn": to.arn("kms", block, block["name"])}


def _bucket(to: Deployment, block: Block) -> dict[str, str]:
    name, s3 = block["bucket"], to.client("s3", block)
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": to.region()},
        ObjectLockEnabledForBucket=bool(block.get("object_lock_enabled")),
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return {"bucket": name, "id": name, "arn": f"arn:aws:s3:::{name}"}


def _encryption(to: Deployment, block: Block) -> None:
    rule = to.value(block["rule"][0])
    asked = rule["apply_server_side_encryption_by_default"]
    key = {"KMSMasterKeyID": asked["kms_master_key_id"]} if asked.get("kms_master_key_id") else {}
    default = {"SSEAlgorithm": asked["sse_algorithm"], **key}
    configuration = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": bool(rule.get("bucket_key_enabled")),
    }
    to.client("s3", block).put_bucket_encryption(
        Bucket=to.value(block["bucket"]), ServerSideEncryptionConfiguration={"Rules": [configuration]}
    )


def _queue(to: Deployment, block: Block) -> dict[str, str]:
    key = {"KmsMasterKeyId": to.value(block["kms_master_key_id"])}
    url = to.client("sqs", block).create_queue(QueueName=block["name"], Attributes=key)["QueueUrl"]
    return {"arn": to.arn("sqs", block, block["name"]), "url": url, "id": url, "name": block["name"]}


def _topic(to: Deployment, block: Block) -> dict[str, str]:
    key = {"KmsMasterKeyId": to.value(block["kms_master_key_id"])}
    to.client("sns", block).create_topic(Name=block["name"], Attributes=key)
    return {"arn": to.arn("sns", block, block["name"]), "name": block["name"]}


def _table(to: Deployment, block: Block) -> dict[str, str]:
    def schema(of: Block) -> list[dict[str, str]]:
        kinds = {"HASH": of["hash_key"], "RANGE": of["range_key"]}
        return [{"AttributeName": name, "KeyType": kind} for kind, name in kinds.items()]

    indexes = [
        {"IndexName": one["name"], "KeySchema": schema(one), "Projection": {"ProjectionType": one["projection_type"]}}
        for one in block.get("global_secondary_index", [])
    ]
    to.client("dynamodb", block).create_table(
        TableName=block["name"],
        KeySchema=schema(block),
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]} for one in block["attribute"]
        ],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={
            "Enabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": to.value(block["server_side_encryption"]["kms_key_arn"]),
        },
    )
    return {"arn": to.arn("dynamodb", block, f"table/{block['name']}"), "name": block["name"]}


def _database(to: Deployment, block: Block) -> dict[str, str]:
    to.client("glue", block).create_database(DatabaseInput={"Name": block["name"]})
    return {"name": block["name"]}


def _workgroup(to: Deployment, block: Block) -> dict[str, str]:
    results = to.value(block["configuration"]["result_configuration"])
    key = results["encryption_configuration"]["kms_key_arn"]
    configuration = {
        "EnforceWorkGroupConfiguration": True,
        "ResultConfiguration": {
            "OutputLocation": results["output_location"],
            "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key},
        },
    }
    to.client("athena", block).create_work_group(Name=block["name"], Configuration=configuration)
    return {"arn": to.arn("athena", block, f"workgroup/{block['name']}"), "name": block["name"]}


def _policy(to: Deployment, block: Block) -> dict[str, str]:
    to.client("iam", block).create_policy(PolicyName=block["name"], PolicyDocument=to.value(block["policy"]))
    return {"arn": to.arn("iam", block, f"policy/{block['name']}")}


def _role(to: Deployment, block: Block) -> dict[str, str]:
    to.client("iam", block).create_role(
        RoleName=block["name"],
        AssumeRolePolicyDocument=to.value(block["assume_role_policy"]),
        **({"PermissionsBoundary": to.value(block["permissions_boundary"])} if "permissions_boundary" in block else {}),
    )
    return {"arn": to.arn("iam", block, f"role/{block['name']}"), "name": block["name"], "id": block["name"]}


def _group(to: Deployment, block: Block) -> dict[str, str]:
    to.client("iam", block).create_group(GroupName=block["name"], Path=block.get("path", "/"))
    return {"name": block["name"]}


def _inline(holder: str) -> Callable[[Deployment, Block], None]:
    def make(to: Deployment, block: Block) -> None:
        put = getattr(to.client("iam", block), f"put_{holder}_policy")
        name = {f"{holder.title()}Name": to.value(block[holder])}
        put(**name, PolicyName=block["name"], PolicyDocument=to.value(block["policy"]))

    return make


def _attachment(to: Deployment, block: Block) -> None:
    role, arn = to.value(block["role"]), to.value(block["policy_arn"])
    to.client("iam", block).attach_role_policy(RoleName=role, PolicyArn=arn)


def _queue_policy(to: Deployment, block: Block) -> None:
    attributes = {"Policy": to.value(block["policy"])}
    to.client("sqs", block).set_queue_attributes(QueueUrl=to.value(block["queue_url"]), Attributes=attributes)


def _topic_policy(to: Deployment, block: Block) -> None:
    to.client("sns", block).set_topic_attributes(
        TopicArn=to.value(block["arn"]), AttributeName="Policy", AttributeValue=to.value(block["policy"])
    )


def _bucket_policy(to: Deployment, block: Block) -> None:
    to.client("s3", block).put_bucket_policy(Bucket=to.value(block["bucket"]), Policy=to.value(block["policy"]))


def _key_policy(to: Deployment, block: Block) -> None:
    request = {"KeyId": block["__known"]["key_id"], "PolicyName": "default", "Policy": to.value(block["policy"])}
    to.client("kms", block).put_key_policy(**request)


def _named(service: str, before: str) -> Callable[[Deployment, Block], dict[str, str]]:
    def make(to: Deployment, block: Block) -> dict[str, str]:
        name = block.get("name") or block.get("function_name")
        return {"arn": to.arn(service, block, f"{before}{name}"), "name": name, "function_name": name}

    return make


_FIRST: dict[str, Callable[[Deployment, Block], dict[str, str] | None]] = {
    "aws_kms_key": _key,
    "aws_kms_alias": _alias,
    "aws_s3_bucket": _bucket,
    "aws_sqs_queue": _queue,
    "aws_sns_topic": _topic,
    "aws_dynamodb_table": _table,
    "aws_glue_catalog_database": _database,
    "aws_athena_workgroup": _workgroup,
    **{kind: _named(service, before) for kind, (service, before) in _NAMED.items()},
    "aws_iam_policy": _policy,
    "aws_iam_role": _role,
    "aws_iam_group": _group,
    "aws_iam_role_policy": _inline("role"),
    "aws_iam_group_policy": _inline("group"),
    "aws_iam_role_policy_attachment": _attachment,
    "aws_sqs_queue_policy": _queue_policy,
    "aws_sns_topic_policy": _topic_policy,
    "aws_s3_bucket_server_side_encryption_configuration": _encryption,
}
# What may refuse further changes comes when all stacks are made.
_LAST = {"aws_s3_bucket_policy": _bucket_policy, "aws_kms_key": _key_policy}


def deploy(folder: Path, endpoint: str) -> None:
    """Makes all stacks of a synthesis, in the order in which they need each other."""
    made = []
    for name in ("bootstrap", "security", "prod"):
        one = Deployment(json.loads((folder / "stacks" / name / "cdk.tf.json").read_text()), endpoint)
        for data, block in one.stack.get("data", {}).get("aws_kms_key", {}).items():
            account = block["key_id"].split(":")[4]
            asked = boto3.client(
                "kms",
                region_name=one.region(),
                endpoint_url=endpoint,
                aws_access_key_id=account,
                aws_secret_access_key="any",
            ).describe_key(KeyId=block["key_id"])["KeyMetadata"]
            one.attributes[f"data.aws_kms_key.{data}"] = {"arn": asked["Arn"], "key_id": asked["KeyId"]}
        for kind, maker in _FIRST.items():
            one.make(kind, maker)
        made.append(one)
    for one in made:
        for kind, maker in _LAST.items():
            one.make(kind, maker)


if __name__ == "__main__":
    deploy(Path(sys.argv[1]), sys.argv[2])
