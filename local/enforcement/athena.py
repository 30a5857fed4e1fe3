"""What requests to Athena need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html."""

from __future__ import annotations

from typing import Any

from moto.athena.models import athena_backends

from local.enforcement.call import Call, Need, tag_context
from local.enforcement.s3 import find_object, read_needs

_WITHOUT_RESOURCE = {
    "ListApplicationDPUSizes",
    "ListCapacityReservations",
    "ListDataCatalogs",
    "ListEngineVersions",
    "ListWorkGroups",
}


def needs(call: Call) -> list[Need]:
    """What a request needs: everything of a query belongs to its workgroup."""
    action, parameters = f"athena:{call.operation}", call.parameters
    if call.operation in _WITHOUT_RESOURCE:
        return [Need(action, "*", call.account)]
    backend = athena_backends[call.owner][call.region]
    if "ResourceARN" in parameters:
        return [Need(action, parameters["ResourceARN"], call.owner, _tags(parameters))]
    identifiers = [
        *(parameters.get("QueryExecutionIds") or []),
        *(parameters.get("NamedQueryIds") or []),
        *filter(None, [call.text("QueryExecutionId", "NamedQueryId")]),
    ]
    if identifiers:
        groups = {_group_of(backend, identifier) for identifier in identifiers}
        needed = [Need(action, call.arn(f"workgroup/{group}"), call.owner) for group in sorted(groups)]
        if call.operation in ("GetQueryResults", "GetQueryResultsStream"):
            needed += _result_needs(call, backend.executions.get(identifiers[0]))
        return needed
    if "DataCatalog" in call.operation or "CatalogName" in parameters:
        name = call.text("CatalogName") or call.text("Name")
        return [Need(action, call.arn(f"datacatalog/{name}"), call.owner, _tags(parameters))]
    group = call.text("WorkGroup") or (call.text("Name") if "WorkGroup" in call.operation else "") or "primary"
    needed = [Need(action, call.arn(f"workgroup/{group}"), call.owner, _tags(parameters))]
    if call.operation == "CreateWorkGroup" and parameters.get("Tags"):
        needed.append(Need("athena:TagResource", call.arn(f"workgroup/{group}"), call.owner, _tags(parameters)))
    return needed


def _result_needs(call: Call, execution: Any | None) -> list[Need]:
    """Answers are read from where they were written, with the caller's own rights."""
    location = execution.config.get("OutputLocation", "") if execution is not None else ""
    bucket, _, key = location.partition("://")[2].partition("/")
    if find_object(bucket, key) is None:
        return []
    return read_needs(call, bucket, key, None, {"aws:CalledVia": ["athena.amazonaws.com"]})


def _group_of(backend: Any, identifier: str) -> str:
    """The workgroup of an execution or a named query; `*`, which no narrow policy allows, of what is not there."""
    found = backend.executions.get(identifier) or backend.named_queries.get(identifier)
    if found is None:
        return "*"
    group = found.workgroup
    return getattr(group, "name", group) or "primary"


def _tags(parameters: dict[str, Any]) -> dict[str, Any]:
    return dict(tag_context({tag["Key"]: tag.get("Value", "") for tag in parameters.get("Tags") or []}))
