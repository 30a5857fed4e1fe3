"""What the calls of EMR have in common: how they take moto's place, and what a request names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.emr.responses import ElasticMapReduceResponse

from local import patching
from local.runtimes.emr_records import Cluster, Document
from local.runtimes.emr_requests import invalid, invalid_request


def clusters(response: ElasticMapReduceResponse) -> dict[str, Cluster]:
    """The clusters of the account that a request is about."""
    return response.backend.clusters  # type: ignore[return-value]


def document(response: ElasticMapReduceResponse) -> Document:
    """The request as it came."""
    return json.loads(response.body or "{}")


def cluster_of(response: ElasticMapReduceResponse, name: str = "ClusterId") -> Cluster:
    """The cluster that a request names."""
    cluster_id = document(response).get(name) or ""
    if cluster_id not in clusters(response):
        raise invalid_request(f"Cluster id '{cluster_id}' is not valid.")
    return clusters(response)[cluster_id]


def living(cluster: Cluster) -> Cluster:
    """The cluster, unless it has ended or is about to."""
    if cluster.ending:
        raise invalid("A job flow that is shutting down, terminated, or finished may not be modified.")
    return cluster


def replace(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Puts a call in the place of moto's, which it does not need."""

    def decorate(call: Callable[[ElasticMapReduceResponse], Any]) -> Callable[..., Any]:
        patching.replace_method(ElasticMapReduceResponse, name, "self")(lambda original, self: call(self))
        return call

    return decorate


def install_call(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Puts a call in the place of moto's, or beside moto's where it has none."""
    if hasattr(ElasticMapReduceResponse, name):
        return replace(name)
    return patching.add_method(ElasticMapReduceResponse, name)
