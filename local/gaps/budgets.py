"""Gaps of moto's Budgets."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.models import Budget, BudgetsBackend
from moto.budgets.responses import BudgetsResponse

from local import patching
from local.refusals import RefusalError


def install() -> None:
    """Closes the gaps of Budgets."""
    update_budget()
    describe_subscribers()
    tag_budgets()


def _found(response: BudgetsResponse, name: str) -> Budget:
    backend: BudgetsBackend = response.backend
    budget = backend.budgets[response._get_param("AccountId") or backend.account_id].get(name)
    if budget is None:
        raise RefusalError("NotFoundException", f"The budget {name} does not exist.", 404)
    return budget


def update_budget() -> None:
    """UpdateBudget: moto lacks it."""

    @patching.add_method(BudgetsResponse, "update_budget")
    def update(self: BudgetsResponse) -> str:
        changed: dict[str, Any] = self._get_param("NewBudget")
        budget = _found(self, changed["BudgetName"])
        budget.budget = {"TimePeriod": budget.budget["TimePeriod"], **changed}
        return json.dumps({})


def describe_subscribers() -> None:
    """DescribeSubscribersForNotification: moto keeps subscribers, but has no way to ask for them."""

    @patching.add_method(BudgetsResponse, "describe_subscribers_for_notification")
    def describe(self: BudgetsResponse) -> str:
        budget = _found(self, self._get_param("BudgetName"))
        asked = _identity(self._get_param("Notification"))
        for notification in budget.notifications:
            if _identity(notification.details) == asked:
                return json.dumps({"Subscribers": notification.subscribers})
        raise RefusalError("NotFoundException", "The notification does not exist.", 404)


def _identity(notification: dict[str, Any]) -> tuple[str, str, float, str]:
    """What tells one notification of a budget from another: its state is none of it."""
    kind = notification.get("ThresholdType", "PERCENTAGE")
    parts = notification["NotificationType"], notification["ComparisonOperator"]
    return *parts, float(notification["Threshold"]), kind


def tag_budgets() -> None:
    """CreateBudget with ResourceTags, TagResource, UntagResource, ListTagsForResource: moto knows no tags."""

    @patching.replace_method(BudgetsResponse, "create_budget", "self")
    def create_budget(original: Any, self: BudgetsResponse) -> str:
        answer: str = original(self)
        name = self._get_param("Budget")["BudgetName"]
        _set_tags(_found(self, name), self._get_param("ResourceTags") or [])
        return answer

    @patching.add_method(BudgetsResponse, "list_tags_for_resource")
    def list_tags_for_resource(self: BudgetsResponse) -> str:
        return json.dumps({"ResourceTags": _tags_of(_named(self))})

    @patching.add_method(BudgetsResponse, "tag_resource")
    def tag_resource(self: BudgetsResponse) -> str:
        budget, new = _named(self), self._get_param("ResourceTags")
        kept = [tag for tag in _tags_of(budget) if tag["Key"] not in {each["Key"] for each in new}]
        _set_tags(budget, kept + new)
        return json.dumps({})

    @patching.add_method(BudgetsResponse, "untag_resource")
    def untag_resource(self: BudgetsResponse) -> str:
        budget, gone = _named(self), self._get_param("ResourceTagKeys")
        _set_tags(budget, [tag for tag in _tags_of(budget) if tag["Key"] not in gone])
        return json.dumps({})


def _named(response: BudgetsResponse) -> Budget:
    return _found(response, response._get_param("ResourceARN").split(":budget/", 1)[1])


def _tags_of(budget: Budget) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = getattr(budget, "tags", [])
    return tags


def _set_tags(budget: Budget, tags: list[dict[str, str]]) -> None:
    budget.tags = tags  # type: ignore[attr-defined]
