"""What requests to DynamoDB need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html."""

from __future__ import annotations

import re
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from local.enforcement.call import Call, Context, Need, tag_context
from local.enforcement.implied_keys import find_key, key_context, table_used

_WITHOUT_TABLE = {
    "DescribeEndpoints",
    "DescribeLimits",
    "ListBackups",
    "ListExports",
    "ListGlobalTables",
    "ListImports",
    "ListTables",
}
_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_PARTIQL = {"SELECT": "PartiQLSelect", "INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete"}
_STATEMENT_TABLE = re.compile(r'(?:FROM|INTO|UPDATE)\s+"?(?P<table>[\w.-]+)"?', re.IGNORECASE)
_DATA = {
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
}


def needs(call: Call) -> list[Need]:
    """What a request needs: what it does, and the keys of the tables that it touches."""
    asked = _asked(call)
    tables = {need.resource.partition(":table/")[2].partition("/")[0] for need in asked if _is_data(need.action)}
    return asked + [use for name in sorted(tables) for use in table_used(call.owner, call.region, name)]


def _is_data(action: str) -> bool:
    return action.removeprefix("dynamodb:") in _DATA or action.startswith("dynamodb:PartiQL")


def _asked(call: Call) -> list[Need]:
    operation, parameters = call.operation, call.parameters
    if operation in _WITHOUT_TABLE:
        return [Need(f"dynamodb:{operation}", "*", call.account)]
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [_on_table(call, operation, name) for name in parameters.get("RequestItems") or {}]
    if operation in ("TransactGetItems", "TransactWriteItems"):
        return [
            _on_table(call, _TRANSACTION[kind], item["TableName"])
            for entry in parameters.get("TransactItems") or []
            for kind, item in entry.items()
        ]
    if operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        entries = parameters.get("Statements") or parameters.get("TransactStatements") or [parameters]
        return [_of_statement(call, entry["Statement"]) for entry in entries]
    name = call.text("TableName", "TableArn", "ResourceArn", "SourceTableName")
    needed = _on_table(call, operation, name, call.text("IndexName"))
    tags = {tag["Key"]: tag.get("Value", "") for tag in parameters.get("Tags") or []}
    needed = Need(needed.action, needed.resource, needed.owner, {**needed.context, **tag_context(tags)})
    if operation == "CreateTable":
        return [needed, *_table_key_needs(call)]
    return [needed]


def _on_table(call: Call, operation: str, name: str, index: str = "") -> Need:
    arn = name if name.startswith("arn:") else call.arn(f"table/{name}")
    context: dict[str, Any] = {}
    if operation in _DATA:
        context = {**_leading_keys(call, name, operation), **_attributes(call)}
    return Need(f"dynamodb:{operation}", f"{arn}/index/{index}" if index else arn, call.owner, context)


def _leading_keys(call: Call, name: str, operation: str) -> Context:
    """The partition keys of the items that a request names."""
    table = dynamodb_backends[call.owner][call.region].tables.get(name.rpartition("/")[2])
    item = call.parameters.get("Key") or (call.parameters.get("Item") if operation == "PutItem" else None)
    if table is None or not isinstance(item, dict) or table.hash_key_attr not in item:
        return {}
    return {"dynamodb:LeadingKeys": [str(value) for value in item[table.hash_key_attr].values()]}


def _attributes(call: Call) -> Context:
    selected = call.text("Select")
    returned = call.text("ReturnValues")
    return {
        **({"dynamodb:Select": selected} if selected else {}),
        **({"dynamodb:ReturnValues": returned} if returned else {}),
    }


def _of_statement(call: Call, statement: str) -> Need:
    found = _STATEMENT_TABLE.search(statement)
    action = _PARTIQL.get(statement.split(None, 1)[0].upper(), "PartiQLSelect")
    return _on_table(call, action, found["table"] if found else "*")


def _table_key_needs(call: Call) -> list[Need]:
    """A table with a key of the customer: DynamoDB keeps a grant on it, made in the name of who creates the table."""
    reference = (call.parameters.get("SSESpecification") or {}).get("KMSMasterKeyId")
    key = find_key(reference, call.owner, call.region) if reference else None
    if key is None:
        return []
    via = {**key_context(key, {}), "kms:ViaService": f"dynamodb.{call.region}.amazonaws.com"}
    grant = {**via, "kms:GrantIsForAWSResource": "true"}
    return [
        Need("kms:DescribeKey", key.arn, key.account_id, via),
        Need("kms:CreateGrant", key.arn, key.account_id, grant),
    ]
