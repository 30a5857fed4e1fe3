"""A service of which only the configuration is kept: what its calls set is what its calls answer.

Requests are told apart by botocore's model of the service, and nothing is translated: functions get the members of a
request under the names that they have on the wire, and answer the same way.
"""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel

from local.ownership import raw_path, read_body
from local.refusals import Answer, NotEmulatedError, RefusalError
from local.signing import Environ

Document = dict[str, Any]

# The one parameter of the services here that may stand in a query more than once.
_LISTS = ("tagKeys",)
_REGION = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/")


@dataclass
class Records:
    """What is kept of a service in one account and region: documents by kind and id."""

    account: str
    region: str
    kinds: dict[str, dict[str, Document]] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Document]:
        """The documents of a kind, to read and to change."""
        return self.kinds.setdefault(kind, {})

    def arn(self, service: str, resource: str) -> str:
        """ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


Call = Callable[[Records, Document], Document | None]


class RecordedService:
    """Answers the calls that were added to it; all others are said not to be emulated."""

    def __init__(self, model: str, missing: str = "ResourceNotFoundException") -> None:
        self._name = model
        self._missing = missing
        self._calls: dict[str, Call] = {}
        self._records: dict[tuple[str, str], Records] = {}

    def call(self, name: str) -> Callable[[Call], Call]:
        """Adds a call by its name in the API."""

        def decorate(function: Call) -> Call:
            self._calls[name] = function
            return function

        return decorate

    def records(self, account: str, region: str) -> Records:
        """The state of an account and region, where another account's is asked for as well."""
        return self._records.setdefault((account, region), Records(account, region))

    def everywhere(self, region: str) -> list[Records]:
        """The state of all accounts in a region."""
        return [records for (_, of), records in list(self._records.items()) if of == region]

    def found(self, records: Records, kind: str, name: str) -> Document:
        """A document that has to be there."""
        document = records.of(kind).get(name)
        if document is None:
            raise RefusalError(self._missing, f"The {kind} {name} does not exist.", 404)
        return document

    def resources(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Account, region, service, kind and id of everything that is kept."""
        for (account, region), records in list(self._records.items()):
            for kind, documents in records.kinds.items():
                for name in list(documents):
                    yield account, region, self._name, kind, name

    def answer(self, environ: Environ, account: str) -> Answer:
        """Answers a request."""
        operation, parameters = self._read(environ)
        call = self._calls.get(operation)
        if call is None:
            raise NotEmulatedError(f"{self._name} {operation}")
        found = _REGION.search(environ.get("HTTP_AUTHORIZATION", ""))
        region = found["region"] if found else "us-east-1"
        answer = call(self.records(account, region), parameters) or {}
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def _read(self, environ: Environ) -> tuple[str, Document]:
        path, method = raw_path(environ).rstrip("/") or "/", environ["REQUEST_METHOD"]
        for operation, verb, pattern in _routes(self._name):
            match = pattern.fullmatch(path) if verb == method else None
            if match:
                body = read_body(environ)
                labels = {name: unquote(value) for name, value in match.groupdict().items()}
                query = {
                    name: values if name in _LISTS else values[0]
                    for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()
                }
                return operation, {**query, **(json.loads(body) if body else {}), **labels}
        raise NotEmulatedError(f"{self._name} {method} {path}")


@functools.cache
def _model(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


@functools.cache
def _routes(name: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """Calls with their methods and paths, those with the fewest labels first: `/members/get` before `/members/{id}`."""
    operations: list[OperationModel] = [_model(name).operation_model(each) for each in _model(name).operation_names]
    ordered = sorted(operations, key=lambda operation: operation.http["requestUri"].count("{"))
    return [(each.name, each.http["method"], _pattern(each.http["requestUri"])) for each in ordered]


def _pattern(uri: str) -> re.Pattern[str]:
    path = uri.split("?")[0].rstrip("/") or "/"
    parts = re.split(r"\{(\w+)(\+?)\}", path)
    text = re.escape(parts[0])
    for label, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{label}>{'.+' if greedy else '[^/]+'})" + re.escape(literal)
    return re.compile(text)


def now() -> str:
    """The time as services write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id() -> str:
    """An id as services give them."""
    return uuid.uuid4().hex


def add_tags(service: RecordedService, kinds: tuple[str, ...]) -> None:
    """TagResource, UntagResource and ListTagsForResource of documents that carry their `arn` and `tags`."""

    def tagged(records: Records, request: Document) -> Document:
        arn = request.get("resourceArn") or request["ResourceArn"]
        for kind in kinds:
            for document in records.of(kind).values():
                if arn in (document.get("arn"), quote(str(document.get("arn")), safe="")):
                    return document
        raise RefusalError("ResourceNotFoundException", f"There is no {arn}.", 404)

    @service.call("TagResource")
    def tag_resource(records: Records, request: Document) -> None:
        tagged(records, request)["tags"].update(request["tags"])

    @service.call("UntagResource")
    def untag_resource(records: Records, request: Document) -> None:
        for key in request["tagKeys"]:
            tagged(records, request)["tags"].pop(key, None)

    @service.call("ListTagsForResource")
    def list_tags_for_resource(records: Records, request: Document) -> Document:
        return {"tags": tagged(records, request)["tags"]}
