"""Refusals in the words, codes and statuses of the services."""

from __future__ import annotations

from access.evaluator import Decision, Policies
from local.enforcement.call import Need
from local.refusals import AccessDeniedError, RefusalError

_XML = {"iam", "s3", "sts"}
_KEY_CODES = {"sns": "KMSAccessDenied", "sqs": "KMS.AccessDeniedException"}


def refusal(service: str, caller: str, need: Need, decision: Decision, policies: Policies) -> RefusalError:
    """The error that the caller of the service gets."""
    resource = f'"{need.resource}"' if need.action.startswith("s3:") else need.resource
    asked = f"User: {caller} is not authorized to perform: {need.action} on resource: {resource}"
    # STS does not tell what a role's trust policy lacks.
    text = asked if service == "sts" else f"{asked} {_why(need, decision, policies)}"
    if service in _XML:
        return AccessDeniedError(text)
    if need.action.startswith("kms:") and service in _KEY_CODES:
        return RefusalError(_KEY_CODES[service], text, 400)
    if service == "sns":
        return RefusalError("AuthorizationError", text, 403)
    if service == "sqs":
        return RefusalError("AccessDenied", text, 403)
    return RefusalError("AccessDeniedException", text, 403 if service == "lambda" else 400)


def _why(need: Need, decision: Decision, policies: Policies) -> str:
    if decision.reason == "explicit deny":
        return f"with an explicit deny in a{_kind_of(decision, policies)}"
    kind = {
        "boundary": "permissions boundary",
        "session policy": "session policy",
        "service control policy": "service control policy",
        "resource policy": "resource-based policy",
    }.get(decision.reason, "identity-based policy")
    return f"because no {kind} allows the {need.action} action"


def _kind_of(decision: Decision, policies: Policies) -> str:
    name = next((found.policy for found in decision.statements if found.effect == "Deny"), "")
    if policies.resource is not None and policies.resource[0] == name:
        return " resource-based policy"
    if policies.boundary is not None and policies.boundary[0] == name:
        return " permissions boundary"
    if name in {known[0] for known in policies.session}:
        return " session policy"
    return "n identity-based policy"
