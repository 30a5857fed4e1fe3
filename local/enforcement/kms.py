"""What requests to KMS need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html."""

from __future__ import annotations

import base64
from typing import Any

from moto.kms.models import kms_backends

from local.enforcement.call import Call, Context, Need, tag_context
from local.enforcement.implied_keys import find_key, key_context

_WITHOUT_KEY = {
    "CreateKey",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "CreateCustomKeyStore",
    "DescribeCustomKeyStores",
}
_ALGORITHMS = {
    "EncryptionAlgorithm": "kms:EncryptionAlgorithm",
    "MacAlgorithm": "kms:MacAlgorithm",
    "SigningAlgorithm": "kms:SigningAlgorithm",
}
# moto's ciphertexts begin with the id of their key.
_ID_BYTES = 36


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    action = f"kms:{call.operation}"
    tags = {tag["TagKey"]: tag.get("TagValue", "") for tag in call.parameters.get("Tags") or [] if "TagKey" in tag}
    asked = tag_context(tags)
    if call.operation in _WITHOUT_KEY:
        bypass = call.parameters.get("BypassPolicyLockoutSafetyCheck") is True
        more = {"kms:BypassPolicyLockoutSafetyCheck": str(bypass).lower()} if call.operation == "CreateKey" else {}
        return [Need(action, "*", call.account, {**asked, **more})]
    if call.operation in ("CreateAlias", "DeleteAlias", "UpdateAlias"):
        return _alias_needs(call, action)
    if call.operation == "ReEncrypt":
        return _re_encrypt_needs(call)
    reference = call.text("KeyId", "GrantId")
    if not reference and "CiphertextBlob" in call.parameters:
        reference = _key_of(call.parameters["CiphertextBlob"], call)
    return [_need_of(call, action, reference, {**asked, **_context(call)})]


def _context(call: Call) -> Context:
    context: dict[str, Any] = {}
    if call.operation == "CreateGrant":
        context["kms:GrantIsForAWSResource"] = "false"
        context["kms:GrantOperations"] = call.parameters.get("Operations") or []
        context["kms:GranteePrincipal"] = call.text("GranteePrincipal")
    if call.operation == "ScheduleKeyDeletion":
        context["kms:ScheduleKeyDeletionPendingWindowInDays"] = str(call.parameters.get("PendingWindowInDays", 30))
    if call.operation == "PutKeyPolicy":
        bypass = call.parameters.get("BypassPolicyLockoutSafetyCheck") is True
        context["kms:BypassPolicyLockoutSafetyCheck"] = str(bypass).lower()
    for parameter, condition in _ALGORITHMS.items():
        if call.text(parameter):
            context[condition] = call.text(parameter)
    if "alias/" in call.text("KeyId"):
        context["kms:RequestAlias"] = "alias/" + call.text("KeyId").partition("alias/")[2]
    return context


def _need_of(call: Call, action: str, reference: str, context: Context) -> Need:
    key = find_key(reference, call.owner, call.region) if reference else None
    if key is None:
        arn = (
            reference
            if reference.startswith("arn:")
            else call.arn(reference if "/" in reference else f"key/{reference}")
        )
        return Need(action, arn, call.owner, context)
    encryption = call.parameters.get("EncryptionContext") or {}
    return Need(action, key.arn, key.account_id, {**key_context(key, encryption), **context})


def _alias_needs(call: Call, action: str) -> list[Need]:
    name = call.text("AliasName")
    target = call.text("TargetKeyId")
    bound = find_key(name, call.owner, call.region)
    needed = [Need(action, call.arn(name), call.owner)]
    if bound is not None:
        needed.append(_need_of(call, action, bound.arn, {}))
    if target:
        needed.append(_need_of(call, action, target, {}))
    return needed


def _re_encrypt_needs(call: Call) -> list[Need]:
    source = call.text("SourceKeyId") or _key_of(call.parameters["CiphertextBlob"], call)
    contexts = [call.parameters.get(f"{side}EncryptionContext") or {} for side in ("Source", "Destination")]
    needed = []
    for action, reference, encryption in (
        ("kms:ReEncryptFrom", source, contexts[0]),
        ("kms:ReEncryptTo", call.text("DestinationKeyId"), contexts[1]),
    ):
        found = _need_of(call, action, reference, {})
        key = find_key(found.resource, found.owner, call.region)
        context = key_context(key, encryption) if key is not None else {}
        needed.append(Need(action, found.resource, found.owner, context))
    return needed


def _key_of(blob: str, call: Call) -> str:
    """The key of a ciphertext, in whichever account it is."""
    identifier = base64.b64decode(blob)[:_ID_BYTES].decode("ascii", "replace")
    for regions in list(kms_backends.values()):
        key = regions[call.region].keys.get(identifier)
        if key is not None:
            return key.arn
    return identifier
