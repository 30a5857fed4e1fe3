"""Gaps of moto's CloudTrail."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.exceptions import InsufficientSnsTopicPolicyException
from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse

from local import patching
from local.accounts import find_role
from local.policies import Caller, allows
from local.refusals import RefusalError
from local.service_access import Source, refusal_of_destination

_SERVICE = "cloudtrail.amazonaws.com"


def install() -> None:
    """Closes the gaps of CloudTrail."""
    describe_only_named_trails()
    delete_trails_by_arn()
    replace_selectors()
    refuse_topics_that_keep_the_trail_out()
    refuse_roles_that_do_not_trust_cloudtrail()


def describe_only_named_trails() -> None:
    """DescribeTrails: moto ignores the list of names."""

    @patching.replace_method(CloudTrailResponse, "describe_trails", "self")
    def describe_trails(original: Any, self: CloudTrailResponse) -> str:
        names = self._get_param("trailNameList")
        answer = json.loads(original(self))
        if names:
            answer["trailList"] = [t for t in answer["trailList"] if t["Name"] in names or t["TrailARN"] in names]
        return json.dumps(answer)


def delete_trails_by_arn() -> None:
    """DeleteTrail: moto knows a trail by its name only, and answers success for an ARN."""

    @patching.replace_method(CloudTrailBackend, "delete_trail", "self name")
    def delete_trail(original: Any, self: CloudTrailBackend, name: str) -> None:
        original(self, self.get_trail(name).trail_name)


def replace_selectors() -> None:
    """PutEventSelectors, PutInsightSelectors: moto adds to the selectors that were there."""

    @patching.replace_method(Trail, "put_event_selectors", "self event_selectors advanced_event_selectors")
    def put_event_selectors(
        original: Any, self: Trail, event_selectors: list[Any], advanced_event_selectors: list[Any]
    ) -> None:
        self.event_selectors = event_selectors or []
        self.advanced_event_selectors = advanced_event_selectors or []

    @patching.replace_method(Trail, "put_insight_selectors", "self insight_selectors")
    def put_insight_selectors(original: Any, self: Trail, insight_selectors: list[Any]) -> None:
        self.insight_selectors = list(insight_selectors or [])


def refuse_topics_that_keep_the_trail_out() -> None:
    """CreateTrail: moto takes any topic, also one whose policy or key does not let CloudTrail publish."""

    @patching.replace_method(Trail, "check_topic_exists", "self")
    def check_topic_exists(original: Any, self: Trail) -> None:
        original(self)
        if self.topic_arn is None:
            return
        refusal = refusal_of_destination(self.topic_arn, Source(_SERVICE, self.arn, self.account_id))
        if refusal:
            raise InsufficientSnsTopicPolicyException(f"The topic does not let the trail in: {refusal}")


def refuse_roles_that_do_not_trust_cloudtrail() -> None:
    """CreateTrail: moto takes any role for the log group. CloudTrail says no source when it takes it."""

    @patching.replace_method(Trail, "check_bucket_exists", "self")
    def check_bucket_exists(original: Any, self: Trail) -> None:
        original(self)
        role = find_role(self.cw_role_arn) if self.cw_role_arn else None
        if role and not allows(role.assume_role_policy_document, "sts:AssumeRole", Caller(service=_SERVICE), {}):
            raise RefusalError(
                "InvalidCloudWatchLogsRoleArnException", f"{self.cw_role_arn} does not trust CloudTrail."
            )
