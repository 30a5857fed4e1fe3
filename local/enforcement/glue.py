"""What requests to Glue need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html.

A right to a table is asked for together with that to its database and to the catalog, and one to a database with that
to the catalog: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from local.enforcement.call import Call, Context, Need, tag_context
from local.enforcement.implied_keys import catalog_used

_OF_CATALOG = {
    "DeleteResourcePolicy",
    "GetDataCatalogEncryptionSettings",
    "GetResourcePolicy",
    "PutDataCatalogEncryptionSettings",
    "PutResourcePolicy",
}
# Parts of the catalog, by what their operations are about.
_CATALOG_PARTS = re.compile(r"(Database|Table|Partition|UserDefinedFunction|ColumnStatistics|Catalog(?!E))")
_CONNECTIONS = re.compile(r"Connection")
# Other resources: what an operation's name contains -> the kind in the ARN and the parameters that may name one.
_NAMED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("JobBookmark", "job", ("JobName",)),
    ("JobRun", "job", ("JobName", "Name")),
    ("Job", "job", ("JobName", "Name")),
    ("CrawlerSchedule", "crawler", ("CrawlerName",)),
    ("Crawl", "crawler", ("CrawlerName", "Name")),
    ("Trigger", "trigger", ("Name",)),
    ("Workflow", "workflow", ("Name",)),
    ("Blueprint", "blueprint", ("Name", "BlueprintName")),
    ("DataQualityRuleset", "dataQualityRuleset", ("Name",)),
    ("DevEndpoint", "devEndpoint", ("EndpointName",)),
    ("Session", "session", ("Id",)),
    ("Statement", "session", ("SessionId",)),
    ("Registry", "registry", ("RegistryName",)),
)
# Lists of everything, and settings that Glue knows no ARNs of.
_WITHOUT_RESOURCE = re.compile(
    r"(List\w+|Get(Jobs|Crawlers|CrawlerMetrics|Triggers|DevEndpoints)|\w*SecurityConfigurations?|\w*Classifiers?)"
)
_READS = ("Get", "BatchGet", "Search", "List")


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    operation, action = call.operation, f"glue:{call.operation}"
    tags = call.parameters.get("Tags") or call.parameters.get("TagsToAdd") or {}
    context: Context = tag_context(tags if isinstance(tags, dict) else {})
    if "ResourceArn" in call.parameters and operation not in _OF_CATALOG:
        return [Need(action, call.parameters["ResourceArn"], call.owner, context)]
    if operation in _OF_CATALOG:
        return [Need(action, call.arn("catalog"), call.owner)]
    if _WITHOUT_RESOURCE.fullmatch(operation) and not _CATALOG_PARTS.search(operation):
        return [Need(action, "*", call.owner, context)]
    if _CONNECTIONS.search(operation):
        return _connection_needs(call, action)
    for part, kind, names in _NAMED:
        if part in operation:
            name = call.text(*names)
            return [Need(action, call.arn(f"{kind}/{name}") if name else "*", call.owner, context)]
    if _CATALOG_PARTS.search(operation):
        return catalog_needs(action, call.owner, call.region, _catalog_resources(call), context)
    return [Need(action, "*", call.owner, context)]


def catalog_needs(
    action: str, account: str, region: str, resources: Iterable[str], context: Context | None = None
) -> list[Need]:
    """What an action on parts of the catalog needs, also where another service does it for somebody."""
    written = not action.removeprefix("glue:").startswith(_READS)
    base = f"arn:aws:glue:{region}:{account}"
    needed = [Need(action, f"{base}:{resource}", account, context or {}) for resource in resources]
    return needed + catalog_used(account, region, written=written)


def _catalog_resources(call: Call) -> list[str]:
    operation, parameters = call.operation, call.parameters
    if operation.endswith(("Database", "Databases")):
        name = call.text("Name") or (parameters.get("DatabaseInput") or {}).get("Name", "")
        if operation == "DeleteDatabase":
            # It takes tables and functions with it.
            return ["catalog", f"database/{name}", f"table/{name}/*", f"userDefinedFunction/{name}/*"]
        return ["catalog", f"database/{name or '*'}"]
    database = call.text("DatabaseName")
    if "UserDefinedFunction" in operation:
        function = call.text("FunctionName") or (parameters.get("FunctionInput") or {}).get("Name", "*")
        return ["catalog", f"database/{database}", f"userDefinedFunction/{database}/{function}"]
    if operation == "SearchTables":
        return ["catalog", "database/*", "table/*/*"]
    if "Table" not in operation and not database:
        return ["catalog"]
    tables = parameters.get("TablesToDelete") or [_table_name(call)]
    return ["catalog", f"database/{database}", *(f"table/{database}/{name}" for name in tables)]


def _table_name(call: Call) -> str:
    asked: Any = call.parameters.get("TableInput") or {}
    if call.operation == "GetTables":
        return "*"
    if call.operation in ("DeleteTable", "GetTable", "CreateTable", "UpdateTable"):
        opened: Any = ((call.parameters.get("OpenTableFormatInput") or {}).get("IcebergInput") or {}).get("Name", "")
        return call.text("Name") or asked.get("Name") or opened or "*"
    return call.text("TableName", "Name") or "*"


def _connection_needs(call: Call, action: str) -> list[Need]:
    name = call.text("Name", "ConnectionName") or (call.parameters.get("ConnectionInput") or {}).get("Name", "*")
    return [
        Need(action, call.arn("catalog"), call.owner),
        Need(action, call.arn(f"connection/{name}"), call.owner),
    ]
