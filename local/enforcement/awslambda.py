"""What requests to Lambda need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html."""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import lambda_backends

from local.enforcement.call import Call, Need, tag_context
from local.enforcement.implied_keys import find_key, key_context
from local.enforcement.operations import operation_of, path_parameters
from local.refusals import NotEmulatedError

_ACTIONS = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
_ACTIONS |= {"GetLayerVersionByArn": "GetLayerVersion"}
_WITHOUT_RESOURCE = {
    "GetAccountSettings",
    "ListEventSourceMappings",
    "ListFunctions",
    "ListLayers",
    "ListCodeSigningConfigs",
}
_WITHOUT_RESOURCE |= {"CreateCodeSigningConfig", "ListLayerVersions"}
_MAPPINGS = {
    "CreateEventSourceMapping",
    "DeleteEventSourceMapping",
    "GetEventSourceMapping",
    "UpdateEventSourceMapping",
}


def needs(call: Call) -> list[Need]:
    """What a request needs; NotEmulatedError for one that is not known here."""
    operation = operation_of("lambda", call.method, call.path, frozenset(call.query))
    if operation is None:
        raise NotEmulatedError(f"the rights for {call.method} {call.path} of Lambda")
    action = f"lambda:{_ACTIONS.get(operation, operation)}"
    named = path_parameters("lambda", operation, call.path)
    # What is invoked is the function's own business: only settings are looked at.
    body = json.loads(call.body) if call.body[:1] == b"{" and "InvokeFunction" not in action else {}
    context = tag_context(body.get("Tags") or {})
    if operation in _WITHOUT_RESOURCE:
        return [Need(action, "*", call.owner)]
    if operation in _MAPPINGS:
        return [_mapping_need(call, action, named.get("UUID", ""), body)]
    if "Arn" in named or "Resource" in named:
        return [Need(action, named.get("Arn") or named["Resource"], call.owner, context)]
    if "LayerName" in named:
        version = f":{named['VersionNumber']}" if "VersionNumber" in named else ""
        return [Need(action, call.arn(f"layer:{named['LayerName']}{version}", "lambda"), call.owner)]
    name = named.get("FunctionName") or body.get("FunctionName") or ""
    arn = _function_arn(call, name, call.query.get("Qualifier", ""))
    if operation == "AddPermission":
        context = {**context, "lambda:Principal": body.get("Principal", "")}
    needed = [Need(action, arn, arn.split(":")[4], context)]
    if operation == "CreateFunction" and body.get("Tags"):
        needed.append(Need("lambda:TagResource", arn, call.owner, context))
    needed += [Need("lambda:GetLayerVersion", layer, layer.split(":")[4]) for layer in body.get("Layers") or []]
    return needed + _key_needs(call, body)


def _key_needs(call: Call, body: dict[str, Any]) -> list[Need]:
    """A function with a key for its environment: Lambda keeps a grant, made in the name of who sets it."""
    key = find_key(body["KMSKeyArn"], call.owner, call.region) if body.get("KMSKeyArn") else None
    if key is None:
        return []
    via = {**key_context(key, {}), "kms:ViaService": f"lambda.{call.region}.amazonaws.com"}
    grant = {**via, "kms:GrantIsForAWSResource": "true"}
    return [
        Need("kms:Encrypt", key.arn, key.account_id, via),
        Need("kms:CreateGrant", key.arn, key.account_id, grant),
    ]


def _function_arn(call: Call, name: str, qualifier: str) -> str:
    if not name.startswith("arn:"):
        # `name`, `name:qualifier`, or `123456789012:function:name`.
        name = call.arn(f"function:{name.partition('function:')[2] or name}", "lambda")
    return f"{name}:{qualifier}" if qualifier and name.count(":") == 6 else name


def _mapping_need(call: Call, action: str, uuid: str, body: dict[str, Any]) -> Need:
    mapping = lambda_backends[call.owner][call.region]._event_source_mappings.get(uuid)
    name = body.get("FunctionName") or (mapping.function_arn if mapping is not None else "")
    context = {"lambda:FunctionArn": _function_arn(call, name, "")} if name else {}
    # What is made has no ARN yet: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    is_named = action != "lambda:CreateEventSourceMapping"
    return Need(action, call.arn(f"event-source-mapping:{uuid}", "lambda") if is_named else "*", call.owner, context)
