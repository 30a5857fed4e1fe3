"""What exists in any account, apart from what AWS itself creates: proves that a destroy leaves nothing.

Services with rules (`inventory_rules`) are listed by them. Whatever else moto holds is compared with a backend that
nobody has used: what is not in that one was created by someone and is listed under the name of moto's own store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from local import recorded
from local.inventory_rules import RULES

# Stores that record what happened, or cache what was asked for, rather than hold what was created.
_NO_RESOURCES = {
    "approved_parent_event_bus_names",
    "assumed_roles",
    "executions",
    "job_runs",
    "metric_data",
    "next_tokens",
    "opt_out_numbers",
    "paged_metric_data",
    "queries",
    "query_results",
    "query_results_queue",
    "settings",
    "shard_iterators",
    "sms_messages",
    "tags",
}
_SERVICE_NAMES = {"monitoring": "cloudwatch", "awslambda": "lambda"}

_pristine: dict[tuple[type, str], BaseBackend] = {}


def list_resources() -> list[dict[str, str]]:
    """Every resource as account, region, service, type and id."""
    found = list(recorded.list_resources())
    for backends in list(BackendDict._instances):
        service = _SERVICE_NAMES.get(backends.service_name, backends.service_name)
        for account, region, backend in _backends(backends):
            for kind, name in _resources(service, backend):
                resource = {"account": account, "region": region, "service": service, "type": kind, "id": name}
                found.append(resource)
    return sorted(found, key=lambda resource: tuple(resource.values()))


def _backends(backends: Any) -> list[tuple[str, str, BaseBackend]]:
    return [
        (account, region, backend)
        for account, regions in list(backends.items())
        for region, backend in list(regions.items())
    ]


def _resources(service: str, backend: BaseBackend) -> Iterator[tuple[str, str]]:
    rules = RULES.get(service, {})
    for kind, rule in rules.items():
        for name in rule.names(backend):
            yield kind, name
    covered = {store for rule in rules.values() for store in rule.stores}
    for store, content in list(vars(backend).items()):
        if store in covered | _NO_RESOURCES or store.startswith("_"):
            continue
        if isinstance(content, dict | list) and content:
            known = _untouched(backend, store) if store not in covered else {}
            for name in _names(content) - _names(known):
                yield store.replace("_", "-"), name


def _untouched(backend: BaseBackend, store: str) -> Any:
    key = (type(backend), backend.region_name)
    if key not in _pristine:
        _pristine[key] = type(backend)(backend.region_name, "000000000000")
    return getattr(_pristine[key], store, {})


def _names(content: Any) -> set[str]:
    if isinstance(content, Mapping):
        return {
            key if isinstance(key, str) else "/".join(map(str, key)) for key, value in list(content.items()) if value
        }
    return {_name(entry) for entry in list(content)}


def _name(entry: Any) -> str:
    for attribute in ("arn", "id", "name"):
        value = getattr(entry, attribute, None)
        if isinstance(value, str):
            return value
    return str(entry)
