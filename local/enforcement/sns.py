"""What requests to SNS need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html."""

from __future__ import annotations

from local.enforcement.call import Call, Need, tag_context
from local.enforcement.implied_keys import message_published

_WITHOUT_TOPIC = {"ListTopics", "ListSubscriptions", "ListPlatformApplications", "GetSMSAttributes", "SetSMSAttributes"}


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    operation = "Publish" if call.operation == "PublishBatch" else call.operation
    if operation in _WITHOUT_TOPIC:
        return [Need(f"sns:{operation}", "*", call.account)]
    arn = _topic_arn(call)
    context = {**tag_context({tag["Key"]: tag.get("Value", "") for tag in call.members("Tags")})}
    if operation == "Subscribe":
        context |= {"sns:Protocol": call.text("Protocol"), "sns:Endpoint": call.text("Endpoint")}
    owner = arn.split(":")[4] if arn.count(":") >= 5 else call.owner
    needed = [Need(f"sns:{operation}", arn, owner, context)]
    if operation == "CreateTopic" and context:
        needed.append(Need("sns:TagResource", arn, owner, context))
    return needed + (message_published(arn) if operation == "Publish" else [])


def _topic_arn(call: Call) -> str:
    arn = call.text("TopicArn", "TargetArn", "ResourceArn")
    if arn:
        return arn
    subscription = call.text("SubscriptionArn")
    if subscription:
        # A subscription is part of its topic.
        return subscription.rpartition(":")[0]
    return call.arn(call.text("Name")) if call.text("Name") else "*"
