"""Gaps of moto's CloudTrail."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse

from local import patching


def install() -> None:
    """Closes the gaps of CloudTrail."""
    describe_only_named_trails()
    delete_trails_by_arn()
    replace_selectors()


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
