"""Gaps of moto's Cost Explorer: monitors of anomalies and subscriptions to them. No costs are watched."""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.ce.models import CostExplorerBackend
from moto.ce.responses import CostExplorerResponse

from local import patching
from local.refusals import RefusalError

Document = dict[str, Any]


def install() -> None:
    """Closes the gaps of Cost Explorer."""
    keep_anomaly_documents()
    anomaly_calls("Monitor", "AnomalyMonitor", "MonitorArn")
    anomaly_calls("Subscription", "AnomalySubscription", "SubscriptionArn")


def keep_anomaly_documents() -> None:
    """A place for what moto does not know, in the state that ends with all else."""

    @patching.replace_method(CostExplorerBackend, "__init__", "self region_name account_id")
    def init(original: Any, self: CostExplorerBackend, *args: Any, **named: Any) -> None:
        original(self, *args, **named)
        self.anomaly_documents = {}  # type: ignore[attr-defined]


def _documents(response: CostExplorerResponse) -> dict[str, Document]:
    documents: dict[str, Document] = response.ce_backend.anomaly_documents  # type: ignore[attr-defined]
    return documents


def _request(response: CostExplorerResponse) -> Document:
    request: Document = json.loads(response.body)
    return request


def anomaly_calls(kind: str, member: str, arn_of: str) -> None:
    """CreateAnomaly*, GetAnomaly*s, UpdateAnomaly*, DeleteAnomaly*: moto lacks all of them."""
    name = f"anomaly_{kind.lower()}"

    def found(self: CostExplorerResponse, arn: str) -> Document:
        document = _documents(self).get(arn)
        if document is None:
            raise RefusalError(f"Unknown{kind}Exception", f"There is no {arn}.", 400)
        return document

    @patching.add_method(CostExplorerResponse, f"create_{name}")
    def create(self: CostExplorerResponse) -> str:
        request = _request(self)
        backend = self.ce_backend
        arn = f"arn:{self.partition}:ce::{backend.account_id}:anomaly{kind.lower()}/{uuid.uuid4()}"
        _documents(self)[arn] = {**request[member], arn_of: arn, "AccountId": backend.account_id}
        backend.tag_resource(arn, request.get("ResourceTags") or [])
        return json.dumps({arn_of: arn})

    @patching.add_method(CostExplorerResponse, f"get_{name}s")
    def get(self: CostExplorerResponse) -> str:
        asked = _request(self).get(f"{arn_of}List")
        own = [each for arn, each in _documents(self).items() if f":anomaly{kind.lower()}/" in arn]
        documents = own if asked is None else [found(self, arn) for arn in asked]
        return json.dumps({f"{member}s": documents})

    @patching.add_method(CostExplorerResponse, f"update_{name}")
    def update(self: CostExplorerResponse) -> str:
        changes = _request(self)
        document = found(self, changes.pop(arn_of))
        document.update(changes)
        return json.dumps({arn_of: document[arn_of]})

    @patching.add_method(CostExplorerResponse, f"delete_{name}")
    def delete(self: CostExplorerResponse) -> str:
        arn = found(self, _request(self)[arn_of])[arn_of]
        del _documents(self)[arn]
        self.ce_backend.tagger.delete_all_tags_for_resource(arn)
        return json.dumps({})
