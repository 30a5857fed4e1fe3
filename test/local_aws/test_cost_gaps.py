"""Calls behind budgets and anomalies of costs that moto lacks."""

from .helpers import refusal

LIMIT = {"Amount": "500", "Unit": "USD"}
BUDGET = {"BudgetName": "all", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": LIMIT}


def notification(threshold, kind="ACTUAL"):
    return {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": threshold}


def test_budgets_are_changed_and_keep_when_they_began(aws, account):
    client = aws.client("budgets", account)
    client.create_budget(AccountId=account, Budget=BUDGET)

    def budget():
        return client.describe_budget(AccountId=account, BudgetName="all")["Budget"]

    began = budget()["TimePeriod"]
    changed = {**BUDGET, "BudgetLimit": {"Amount": "700", "Unit": "USD"}}
    client.update_budget(AccountId=account, NewBudget=changed)
    assert budget()["BudgetLimit"]["Amount"] == "700"
    assert budget()["TimePeriod"] == began
    unknown = {**BUDGET, "BudgetName": "none"}
    assert refusal(lambda: client.update_budget(AccountId=account, NewBudget=unknown))[1] == "NotFoundException"
    assert ("budgets", "budget", "all") in aws.resources(account)
    client.delete_budget(AccountId=account, BudgetName="all")
    assert aws.resources(account) == []


def test_subscribers_are_those_of_the_notification(aws, account):
    client = aws.client("budgets", account)
    client.create_budget(AccountId=account, Budget=BUDGET)
    topic = [{"SubscriptionType": "SNS", "Address": f"arn:aws:sns:eu-west-1:{account}:t"}]
    mail = [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}]
    named = {"AccountId": account, "BudgetName": "all"}
    client.create_notification(**named, Notification=notification(80), Subscribers=topic)
    client.create_notification(**named, Notification=notification(80, "FORECASTED"), Subscribers=mail)

    def subscribers(of):
        return client.describe_subscribers_for_notification(**named, Notification=of)["Subscribers"]

    # As AWS answers them, with what it adds.
    assert subscribers({**notification(80.0), "ThresholdType": "PERCENTAGE"}) == topic
    assert subscribers(notification(80, "FORECASTED")) == mail
    assert refusal(lambda: subscribers(notification(90)))[1] == "NotFoundException"
    client.delete_budget(AccountId=account, BudgetName="all")


def test_budgets_have_tags(aws, account):
    client = aws.client("budgets", account)
    client.create_budget(AccountId=account, Budget=BUDGET, ResourceTags=[{"Key": "a", "Value": "1"}])
    arn = f"arn:aws:budgets::{account}:budget/all"

    def tags():
        return client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]

    client.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "b", "Value": "2"}])
    assert tags() == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    client.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
    assert tags() == [{"Key": "b", "Value": "2"}]
    client.delete_budget(AccountId=account, BudgetName="all")
    assert refusal(tags)[1] == "NotFoundException"


def test_anomalies_have_monitors_and_subscriptions(aws, account):
    client = aws.client("ce", account)
    monitor = client.create_anomaly_monitor(
        AnomalyMonitor={"MonitorName": "m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"},
        ResourceTags=[{"Key": "a", "Value": "1"}],
    )["MonitorArn"]
    subscription = client.create_anomaly_subscription(
        AnomalySubscription={
            "SubscriptionName": "s",
            "MonitorArnList": [monitor],
            "Subscribers": [{"Type": "SNS", "Address": f"arn:aws:sns:eu-west-1:{account}:t"}],
            "Frequency": "IMMEDIATE",
        }
    )["SubscriptionArn"]
    assert {kind for _, kind, _ in aws.resources(account)} == {"anomaly"}
    assert client.list_tags_for_resource(ResourceArn=monitor)["ResourceTags"] == [{"Key": "a", "Value": "1"}]
    assert [one["MonitorName"] for one in client.get_anomaly_monitors()["AnomalyMonitors"]] == ["m"]
    client.update_anomaly_monitor(MonitorArn=monitor, MonitorName="n")
    found = client.get_anomaly_monitors(MonitorArnList=[monitor])["AnomalyMonitors"]
    assert [one["MonitorName"] for one in found] == ["n"]
    client.update_anomaly_subscription(SubscriptionArn=subscription, Frequency="DAILY")
    [told] = client.get_anomaly_subscriptions(SubscriptionArnList=[subscription])["AnomalySubscriptions"]
    assert (told["Frequency"], told["MonitorArnList"], told["AccountId"]) == ("DAILY", [monitor], account)
    client.delete_anomaly_subscription(SubscriptionArn=subscription)
    client.delete_anomaly_monitor(MonitorArn=monitor)
    gone = refusal(lambda: client.get_anomaly_monitors(MonitorArnList=[monitor]))
    assert gone[1] == "UnknownMonitorException"
    gone = refusal(lambda: client.delete_anomaly_subscription(SubscriptionArn=subscription))
    assert gone[1] == "UnknownSubscriptionException"
    assert aws.resources(account) == []
