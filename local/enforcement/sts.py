"""What requests to STS need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html."""

from __future__ import annotations

from typing import Any

from local import request_context
from local.enforcement.call import Call, Need, tag_context
from local.sessions import shows_second_factor

# Nobody can be kept from asking who they are.
_EVERYBODYS = {"GetCallerIdentity", "GetSessionToken", "GetAccessKeyInfo"}


def needs(call: Call) -> list[Need]:
    """What a request needs: tags and a source identity are rights of their own."""
    if call.operation == "GetSessionToken":
        shows_second_factor(request_context.principal(), call.parameters)
    if call.operation in _EVERYBODYS:
        return []
    if call.operation == "GetFederationToken":
        return [Need("sts:GetFederationToken", call.arn(f"federated-user/{call.text('Name')}"), call.account)]
    arn = call.text("RoleArn")
    if not arn:
        return [Need(f"sts:{call.operation}", "*", call.account)]
    context = session_context(call)
    owner = arn.split(":")[4] if arn.count(":") >= 5 else call.owner
    needed = [Need(f"sts:{call.operation}", arn, owner, context)]
    if call.members("Tags"):
        needed.append(Need("sts:TagSession", arn, owner, context))
    if call.text("SourceIdentity"):
        needed.append(Need("sts:SetSourceIdentity", arn, owner, context))
    return needed


def session_context(call: Call) -> dict[str, Any]:
    """The condition keys of a session that is asked for."""
    names = {
        "ExternalId": "sts:ExternalId",
        "RoleSessionName": "sts:RoleSessionName",
        "SourceIdentity": "sts:SourceIdentity",
    }
    context: dict[str, Any] = {key: call.text(name) for name, key in names.items() if call.text(name)}
    transitive = [member[""] for member in call.members("TransitiveTagKeys")]
    if transitive:
        context["sts:TransitiveTagKeys"] = transitive
    if call.text("SerialNumber") and shows_second_factor(request_context.principal(), call.parameters):
        context["aws:MultiFactorAuthPresent"] = "true"
    return {**context, **tag_context({tag["Key"]: tag.get("Value", "") for tag in call.members("Tags")})}
