"""The operation of a request to a service that is called by paths: botocore's model of the service names it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import botocore.session


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], frozenset[str], str]]:
    model = botocore.session.get_session().get_service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.sub(r"\\\{(\w+)\\\+\\\}", "(.+)", re.escape(path)))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"([^/]+)", pattern)
        routes.append(
            (http["method"], re.compile(pattern.rstrip("/") + "/?"), frozenset(filter(None, query.split("&"))), name)
        )
    # The most specific first: a path with a name in it fits less than the same path with a word in that place.
    return sorted(routes, key=lambda route: (-len(route[2]), route[1].pattern.count("("), -len(route[1].pattern)))


@functools.lru_cache(maxsize=1024)
def operation_of(service: str, method: str, path: str, query: frozenset[str]) -> str | None:
    """The operation behind a method and a path, or None."""
    for wanted, pattern, needed, name in _routes(service):
        if wanted == method and needed <= query and pattern.fullmatch(path):
            return name
    return None


def path_parameters(service: str, operation: str, path: str) -> Mapping[str, Any]:
    """What the path of a request says, by the names of the model."""
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    template = model.http["requestUri"].partition("?")[0]
    names = re.findall(r"\{(\w+)\+?\}", template)
    pattern = re.sub(
        r"\\\{\w+(\\\+)?\\\}", lambda found: "(.+)" if found[1] else "([^/]+)", re.escape(template.rstrip("/"))
    )
    found = re.fullmatch(pattern + "/?", path)
    return dict(zip(names, found.groups(), strict=True)) if found else {}
