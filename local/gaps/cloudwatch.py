"""Gaps of moto's CloudWatch."""

from __future__ import annotations

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from local import patching


def install() -> None:
    """Closes the gaps of CloudWatch."""
    put_composite_alarms()


def put_composite_alarms() -> None:
    """PutCompositeAlarm: moto keeps composite alarms, but has lost the call."""

    @patching.add_method(CloudWatchResponse, "put_composite_alarm")
    def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
        return self.put_metric_alarm()
