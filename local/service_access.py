"""Whether an AWS service that acts on its own may reach a queue, topic, function or key: their policies decide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.kms.models import kms_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.policies import Caller, allows


@dataclass(frozen=True)
class Source:
    """A service and the resource on whose behalf it acts."""

    service: str
    arn: str
    account: str

    def context(self) -> dict[str, str]:
        """The condition keys that a service's own request carries."""
        return {
            "aws:SourceArn": self.arn,
            "aws:SourceAccount": self.account,
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": self.service,
            "aws:SecureTransport": "true",
        }


def find_queue(arn: str) -> Any | None:
    """moto's queue of that ARN, in whichever account it is."""
    _, _, _, region, account, name = arn.split(":", 5)
    return sqs_backends[account][region].queues.get(name)


def refusal_of_destination(arn: str, source: Source) -> str | None:
    """Why the service cannot send to that queue or topic, or run that function; None if it can."""
    kind = arn.split(":")[2]
    if kind == "sqs":
        return _refusal_of_queue(arn, source)
    if kind == "sns":
        return _refusal_of_topic(arn, source)
    if kind == "lambda":
        return _refusal_of_function(arn, source)
    return None


def _refusal_of_function(arn: str, source: Source) -> str | None:
    _, _, _, region, account, _ = arn.split(":", 5)
    try:
        function = lambda_backends[account][region].get_function(arn)
    except UnknownFunctionException:
        return f"the function {arn} does not exist"
    policy = json.dumps({"Statement": function.policy.statements})
    if not allows(policy, "lambda:InvokeFunction", Caller(service=source.service), source.context()):
        return f"the policy of {arn} does not let {source.service} run it for {source.arn}"
    return None


def _refusal_of_queue(arn: str, source: Source) -> str | None:
    queue = find_queue(arn)
    if queue is None:
        return f"the queue {arn} does not exist"
    caller = Caller(service=source.service)
    if not allows(queue.policy or "{}", "sqs:SendMessage", caller, source.context(), arn):
        return f"the policy of {arn} does not let {source.service} send for {source.arn}"
    if not queue.kms_master_key_id:
        return None
    return _refusal_of_key(queue.kms_master_key_id, queue.account_id, queue.region, source, {"aws:sqs:arn": arn})


def _refusal_of_topic(arn: str, source: Source) -> str | None:
    _, _, _, region, account, _ = arn.split(":", 5)
    topic = sns_backends[account][region].topics.get(arn)
    if topic is None:
        return f"the topic {arn} does not exist"
    if not allows(topic.policy, "sns:Publish", Caller(service=source.service), source.context(), arn):
        return f"the policy of {arn} does not let {source.service} publish for {source.arn}"
    if not topic.kms_master_key_id:
        return None
    return _refusal_of_key(topic.kms_master_key_id, account, region, source, {"aws:sns:topicArn": arn})


def _refusal_of_key(
    key: str, account: str, region: str, source: Source, encryption_context: Mapping[str, str]
) -> str | None:
    if key.split("/")[0].endswith("alias") and "/aws/" in key:
        return f"{key} is AWS's own key, which {source.service} may not use"
    if key.startswith("arn:"):
        _, _, _, region, account, _ = key.split(":", 5)
    backend = kms_backends[account][region]
    if key.split(":")[-1].startswith("alias/"):
        key = backend.get_key_id_from_alias(key.split(":")[-1])
    found = backend.keys.get(str(key).split("/")[-1])
    if found is None:
        return f"the key {key} does not exist"
    policy = found.policy if isinstance(found.policy, str) else json.dumps(found.policy)
    context = {
        **source.context(),
        **{f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()},
    }
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        if not allows(policy, action, Caller(service=source.service), context):
            return f"the policy of the key {found.arn} does not let {source.service} do {action} for {source.arn}"
    return None
