"""The policies of resources, as they are deployed at this moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.glue.models import glue_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from access.evaluator import Document
from local.enforcement.call import Need
from local.enforcement.deployed import document


def policy_of(need: Need) -> Document | None:
    """The policy of the resource of a need; None where it has none."""
    find = _FINDERS.get(need.action.partition(":")[0])
    text: Any = find(need) if find else None
    if not text:
        return None
    if isinstance(text, bytes):
        text = text.decode()
    found = document(f"policy of {need.resource}", text if isinstance(text, str) else json.dumps(text))
    return found if found.body.get("Statement") else None


def decides(need: Need) -> bool:
    """Whether nothing is allowed that the resource's own policy does not allow or leave to the account's policies."""
    service, _, operation = need.action.partition(":")
    if service == "kms":
        return need.resource != "*" and ":alias/" not in need.resource
    return service == "sts" and operation.startswith(("AssumeRole", "TagSession", "SetSourceIdentity"))


def _of_bucket(need: Need) -> Any:
    bucket = need.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    _, owner = s3_backends.bucket_accounts.get(bucket, (None, None))
    return s3_backends[owner]["aws"].head_bucket(bucket).policy if owner else None


def _of_key(need: Need) -> Any:
    _, _, _, region, account, name = _parts(need.resource)
    key = kms_backends[account][region].keys.get(name.rpartition("/")[2]) if account else None
    return key.policy if key is not None else None


def _of_queue(need: Need) -> Any:
    _, _, _, region, account, name = _parts(need.resource)
    queue = sqs_backends[account][region].queues.get(name) if account else None
    return queue.policy if queue is not None else None


def _of_topic(need: Need) -> Any:
    _, _, _, region, account, _ = _parts(need.resource)
    topic = sns_backends[account][region].topics.get(need.resource) if account else None
    # The policy that a topic is born with speaks of a caller's account by a name that nothing else has any more.
    return topic.policy.replace('"AWS:SourceOwner"', '"aws:PrincipalAccount"') if topic is not None else None


def _of_secret(need: Need) -> Any:
    _, _, _, region, account, _ = _parts(need.resource)
    known = list(secretsmanager_backends[account][region].secrets.values()) if account else []
    return next((secret.policy for secret in known if secret.arn == need.resource), None)


def _of_function(need: Need) -> Any:
    _, _, _, region, account, name = _parts(need.resource)
    if not name.startswith("function:"):
        return None
    try:
        function = lambda_backends[account][region].get_function(name.split(":")[1])
    except UnknownFunctionException:
        return None
    statements = function.policy.statements
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def _of_table(need: Need) -> Any:
    _, _, _, region, account, name = _parts(need.resource)
    table = need.resource.rpartition(":")[0] + ":" + "/".join(name.split("/")[:2])
    found = dynamodb_backends[account][region].resource_policies.get(table) if account else None
    return found.policy_doc if found is not None else None


def _of_catalog(need: Need) -> Any:
    backend = glue_backends[need.owner][_parts(need.resource)[3] or "us-east-1"]
    return backend.resource_policies.get(backend.default_catalog_arn, {}).get("PolicyInJson")


def _of_role(need: Need) -> Any:
    if ":role/" not in need.resource:
        return None
    roles = list(iam_backends[need.owner]["aws"].roles.values())
    return next((role.assume_role_policy_document for role in roles if role.arn == need.resource), None)


def _parts(arn: str) -> list[str]:
    parts = arn.split(":", 5)
    return parts if len(parts) == 6 else [""] * 6


_FINDERS: dict[str, Callable[[Need], Any]] = {
    "dynamodb": _of_table,
    "glue": _of_catalog,
    "kms": _of_key,
    "lambda": _of_function,
    "s3": _of_bucket,
    "secretsmanager": _of_secret,
    "sns": _of_topic,
    "sqs": _of_queue,
    "sts": _of_role,
}
