"""What requests to CloudTrail need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html."""

from __future__ import annotations

from local.enforcement.call import Call, Need

_WITHOUT_RESOURCE = {"DescribeTrails", "ListTrails", "LookupEvents", "ListPublicKeys"}


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    action = f"cloudtrail:{call.operation}"
    if call.operation in _WITHOUT_RESOURCE:
        return [Need(action, "*", call.account)]
    listed = call.parameters.get("ResourceIdList") or []
    name = call.text("Name", "TrailName", "ResourceId") or (listed[0] if listed else "*")
    arn = name if name.startswith("arn:") else call.arn(f"trail/{name}")
    return [Need(action, arn, call.owner)]
