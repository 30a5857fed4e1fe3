"""A request as mappers see it, and what it needs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.ownership import raw_path, read_body
from local.signing import Environ, Scope

Value = str | Sequence[str]
Context = Mapping[str, Value]

_MEMBER = re.compile(r"(?P<list>\w+)\.(?:member|entry)\.(?P<number>\d+)(?:\.(?P<rest>.+))?")


@dataclass(frozen=True)
class Need:
    """One action on one resource that the caller has to be allowed, and the condition keys that come with it."""

    action: str
    resource: str
    owner: str
    """The account that owns the resource."""
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request, taken apart."""

    service: str
    operation: str
    """The name of the API call; empty for services that are called by paths."""
    method: str
    path: str
    """Decoded, beginning with a slash."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes
    region: str
    account: str
    """The account of the caller."""
    owner: str
    """The account that owns what the request names."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What the body says, as JSON services have it; of forms the fields as they are."""

    def need(self, action: str, resource: str, **context: Value) -> Need:
        """A need on a resource of the account that the call reaches."""
        return Need(action, resource, self.owner, context)

    def arn(self, resource: str, service: str | None = None) -> str:
        """The ARN of a resource in the region and account that the call reaches."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.owner}:{resource}"

    def text(self, *names: str) -> str:
        """The first of the parameters that is there, or an empty text."""
        for name in names:
            value = self.parameters.get(name)
            if isinstance(value, str) and value:
                return value
        return ""

    def members(self, name: str) -> list[dict[str, str]]:
        """A list of a form, see `members_of`."""
        return members_of(self.parameters, name)


def members_of(parameters: Mapping[str, Any], name: str) -> list[dict[str, str]]:
    """A list of a form: `Tags.member.1.Key`, `Tags.member.1.Value` and so on; plain members are under `""`."""
    found: dict[int, dict[str, str]] = {}
    for key, value in parameters.items():
        match = _MEMBER.fullmatch(key)
        if match and match["list"] == name:
            found.setdefault(int(match["number"]), {})[match["rest"] or ""] = value
    return [found[number] for number in sorted(found)]


def read_call(environ: Environ, scope: Scope, account: str, owner: str) -> Call:
    """Takes a request apart; its body stays readable."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    content_type = headers["content-type"] = environ.get("CONTENT_TYPE", "")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    # Objects may be large, and nothing in them matters here; of S3 only documents are read.
    body = b"" if scope.service == "s3" and not _is_document(environ, query) else read_body(environ)
    parameters: dict[str, Any] = {}
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if content_type.startswith("application/x-www-form-urlencoded"):
        parameters = {**query, **dict(parse_qsl(body.decode(), keep_blank_values=True))}
        operation = operation or parameters.get("Action", "")
    elif scope.service != "s3" and body[:1] == b"{":
        parameters = _json(body)
    elif "Action" in query:
        parameters, operation = query, operation or query["Action"]
    return Call(
        service=scope.service,
        operation=operation,
        method=environ["REQUEST_METHOD"],
        path=unquote(raw_path(environ)),
        query=query,
        headers=headers,
        body=body,
        region=scope.region,
        account=account,
        owner=owner,
        parameters=parameters,
    )


def tag_context(tags: Mapping[str, str], prefix: str = "aws:RequestTag/", keys: str | None = "aws:TagKeys") -> Context:
    """The condition keys of tags; `keys` is the one that has their names, where there is one."""
    named = {f"{prefix}{name}": value for name, value in tags.items()}
    return {**named, keys: list(tags)} if keys and tags else named


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        # What is no JSON is refused by the service itself.
        return {}
    return found if isinstance(found, dict) else {}


def _is_document(environ: Environ, query: Mapping[str, str]) -> bool:
    return (environ["REQUEST_METHOD"] == "POST" and "delete" in query) or bool({"tagging", "replication"} & set(query))
