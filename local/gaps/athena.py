"""Gaps of moto's Athena."""

from __future__ import annotations

import json
from typing import Any

from moto.athena.responses import AthenaResponse

from local import patching


def install() -> None:
    """Closes the gaps of Athena."""
    delete_named_queries()
    update_work_groups()
    list_no_tags()


def list_no_tags() -> None:
    """ListTagsForResource: moto says that what has no tags does not exist."""

    @patching.replace_method(AthenaResponse, "list_tags_for_resource", "self")
    def list_tags_for_resource(original: Any, self: AthenaResponse) -> Any:
        arn = self._get_param("ResourceARN")
        groups = self.athena_backend.work_groups.values()
        catalogs = self.athena_backend.data_catalogs.values()
        is_known = any(entry.arn == arn for entry in [*groups, *catalogs])
        if is_known and not self.athena_backend.list_tags_for_resource(arn):
            return json.dumps({"Tags": []})
        return original(self)


def delete_named_queries() -> None:
    """DeleteNamedQuery: moto lacks it."""

    @patching.add_method(AthenaResponse, "delete_named_query")
    def delete_named_query(self: AthenaResponse) -> str:
        self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
        return "{}"


def update_work_groups() -> None:
    """UpdateWorkGroup: moto lacks it."""

    @patching.add_method(AthenaResponse, "update_work_group")
    def update_work_group(self: AthenaResponse) -> str:
        group = self.athena_backend.work_groups[self._get_param("WorkGroup")]
        updates = dict(self._get_param("ConfigurationUpdates") or {})
        results = _updated(
            group.configuration.get("ResultConfiguration") or {}, updates.pop("ResultConfigurationUpdates", {})
        )
        group.configuration = {**_updated(group.configuration, updates), "ResultConfiguration": results}
        group.description = self._get_param("Description") or group.description
        group.state = self._get_param("State") or group.state
        return "{}"


def _updated(settings: dict[str, object], updates: dict[str, object]) -> dict[str, object]:
    """The settings with what an update sets, and without what its `Remove...` flags name."""
    removed = {name.removeprefix("Remove") for name, value in updates.items() if name.startswith("Remove") and value}
    set_now = {name: value for name, value in updates.items() if not name.startswith("Remove")}
    return {name: value for name, value in {**settings, **set_now}.items() if name not in removed}
