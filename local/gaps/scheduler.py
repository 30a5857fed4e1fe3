"""Gaps of moto's EventBridge Scheduler."""

from __future__ import annotations

from typing import Any

from moto.scheduler.exceptions import ScheduleGroupNotFound
from moto.scheduler.models import EventBridgeSchedulerBackend

from local import patching
from local.refusals import RefusalError


def install() -> None:
    """Closes the gaps of EventBridge Scheduler."""
    look_groups_up()
    forget_tags_of_deleted_groups()


def look_groups_up() -> None:
    """CreateSchedule, CreateScheduleGroup: moto fails on a group that is missing, and empties one that exists."""

    @patching.replace_method(
        EventBridgeSchedulerBackend,
        "create_schedule",
        "self description end_date flexible_time_window group_name kms_key_arn name schedule_expression "
        "schedule_expression_timezone start_date state target action_after_completion",
    )
    def create_schedule(original: Any, self: EventBridgeSchedulerBackend, **request: Any) -> Any:
        self.get_schedule_group(request["group_name"])
        return original(self, **request)

    @patching.replace_method(EventBridgeSchedulerBackend, "create_schedule_group", "self name tags")
    def create_schedule_group(original: Any, self: EventBridgeSchedulerBackend, name: str, tags: Any) -> Any:
        if name in self.schedule_groups:
            raise RefusalError("ConflictException", f"Schedule group {name} already exists.", 409)
        return original(self, name, tags)


def forget_tags_of_deleted_groups() -> None:
    """DeleteScheduleGroup: moto gives the tags to the next group of that name, and fails where there is none."""

    @patching.replace_method(EventBridgeSchedulerBackend, "delete_schedule_group", "self name")
    def delete_schedule_group(original: Any, self: EventBridgeSchedulerBackend, name: str | None) -> None:
        if not name or name not in self.schedule_groups:
            raise ScheduleGroupNotFound(name or "default")
        arn = self.schedule_groups[name].arn
        original(self, name)
        self.tagger.delete_all_tags_for_resource(arn)
