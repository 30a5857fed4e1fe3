"""Gaps of moto's DynamoDB."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler

from local import patching


def install() -> None:
    """Closes the gaps of DynamoDB."""
    keep_contributor_insights()


def keep_contributor_insights() -> None:
    """UpdateContributorInsights, DescribeContributorInsights: moto lacks them."""

    @patching.add_method(DynamoHandler, "update_contributor_insights")
    def update(self: DynamoHandler) -> ActionResult:
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        wanted = {"ENABLE": "ENABLED", "DISABLE": "DISABLED"}[self.body["ContributorInsightsAction"]]
        insights = getattr(table, "contributor_insights", {})
        table.contributor_insights = {**insights, self.body.get("IndexName"): wanted}  # type: ignore[attr-defined]
        return describe(self)

    @patching.add_method(DynamoHandler, "describe_contributor_insights")
    def describe(self: DynamoHandler) -> ActionResult:
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        index = self.body.get("IndexName")
        status = getattr(table, "contributor_insights", {}).get(index, "DISABLED")
        answer = {"TableName": table.name, "ContributorInsightsStatus": status}
        return ActionResult({**answer, "IndexName": index} if index else answer)
