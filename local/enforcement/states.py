"""What requests to Step Functions need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html."""

from __future__ import annotations

from local.enforcement.call import Call, Need, tag_context

_WITHOUT_RESOURCE = {"ListActivities", "ListStateMachines", "ValidateStateMachineDefinition"}
# Tasks are known by their tokens, which say nothing about the machine.
_BY_TOKEN = {"SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"}


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    action = f"states:{call.operation}"
    if call.operation in _WITHOUT_RESOURCE | _BY_TOKEN:
        return [Need(action, "*", call.account)]
    tags = {tag["key"]: tag.get("value", "") for tag in call.parameters.get("tags") or []}
    arn = call.text(
        "executionArn", "stateMachineArn", "activityArn", "mapRunArn", "stateMachineVersionArn", "resourceArn"
    )
    if not arn:
        kind = "activity" if "Activity" in call.operation else "stateMachine"
        arn = call.arn(f"{kind}:{call.text('name')}")
    needed = [Need(action, arn, call.owner, tag_context(tags))]
    if call.operation == "CreateStateMachine" and tags:
        needed.append(Need("states:TagResource", arn, call.owner, tag_context(tags)))
    return needed
