"""Computes who may do what, where and on data of which classification, from the policies alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from access import asks
from access.evaluator import Decision, Policies, Request, decide
from access.model import Document
from access.places import Folder, all_documents, folders_of, keys_of, label_of
from access.references import Account
from access.stacks import Estate, Owned
from access.statements import policy_of
from access.validation import PolicyKind
from access.who import Who, everybody

#: What a place is open for: classifications of objects, services of keys, workgroups of databases; one `yes` of others.
Qualifiers = tuple[str, ...]
_YES: Qualifiers = ("yes",)

KINDS: Mapping[str, str] = {
    "s3_bucket": "bucket",
    "kms_key": "key",
    "cloudtrail": "trail",
    "glue_catalog_database": "database",
    "sqs_queue": "queue",
    "dynamodb_table": "table",
    "secretsmanager_secret": "secret",
}
_OF_OBJECTS = ("read", "write", "delete", "tag")
_BASE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}


class Place(NamedTuple):
    """Where something can be done: a folder of a bucket, a key, a database and the like."""

    account: str
    kind: str
    name: str
    folder: str = ""


@dataclass
class Row:
    """What one may do: for each action the places, each with what it is open for."""

    home: str
    label: str
    clearance: str | None
    cells: dict[str, dict[Place, Qualifiers]] = field(default_factory=dict)


@dataclass
class Matrix:
    """All rows, and for each action every place that was asked for with everything that it could be open for."""

    rows: list[Row]
    asked: dict[str, dict[Place, Qualifiers]]

    @property
    def decided(self) -> int:
        """How many questions were answered by yes or no."""
        return len(self.rows) * sum(len(possible) for places in self.asked.values() for possible in places.values())


def matrix_of(estate: Estate) -> Matrix:
    """The whole matrix."""
    return _Computation(estate).matrix()


def may(who: Who, ways: Iterable[asks.Way]) -> bool:
    """Whether one of the ways is open."""
    return any(all(_can_be(who, call) and decide_call(who, call).allowed for call in way) for way in ways)


def _can_be(who: Who, call: asks.Call) -> bool:
    """Whether any statement allows it in some circumstances: a shortcut, for most is said nowhere."""
    if who.principal.kind == "root":
        return True
    kinds: list[tuple[Document, PolicyKind]] = [(document, "identity") for document in who.policies]
    if call.policy is not None:
        kinds.append((call.policy, "resource"))
    about = (policy_of(*document, kind).about(call.action) for document, kind in kinds)
    return any(one.effect == "Allow" and one.may_concern(call.resource) for statements in about for one in statements)


def decide_call(who: Who, call: asks.Call, context: Mapping[str, str] | None = None) -> Decision:
    """What the policies say to one call; `context` goes before what the matrix takes for granted."""
    given = {**_BASE, "aws:RequestedRegion": call.owner.region, **who.context, **call.context, **(context or {})}
    return decide(
        Request(who.principal, call.action, call.resource, call.owner.id, given),
        Policies(
            identity=who.policies,
            boundary=who.boundary,
            resource=call.policy,
            resource_decides=call.policy_decides,
            limits=who.limits,
        ),
    )


class _Computation:
    def __init__(self, estate: Estate) -> None:
        documents = all_documents(estate)
        self._estate = estate
        self._buckets = estate.of_type("s3_bucket")
        self._databases = estate.of_type("glue_catalog_database")
        self._folders = {bucket.arn: folders_of(bucket, documents) for bucket in self._buckets}
        self._keys = keys_of(estate)
        #: Whether a policy of the estate, which outlives this, speaks of tags of objects.
        self._tagged: dict[int, bool] = {}

    def matrix(self) -> Matrix:
        asked: dict[str, dict[Place, Qualifiers]] = {action: {} for action in asks.ACTIONS}
        rows = []
        for who in everybody(self._estate):
            row = Row(who.home, who.label, who.clearance)
            for action in asks.ACTIONS:
                row.cells[action] = {}
                for place, possible, opened in self._answers(who, action):
                    asked[action][place] = possible
                    if opened:
                        row.cells[action][place] = opened
            rows.append(row)
        return Matrix(rows, asked)

    def _answers(self, who: Who, action: str) -> Iterator[tuple[Place, Qualifiers, Qualifiers]]:
        """Places with what they can be open for and what they are open for."""
        if action in _OF_OBJECTS:
            for bucket in self._buckets:
                for folder in self._folders[bucket.arn]:
                    place = _place(bucket)._replace(folder=folder.pattern)
                    yield place, asks.CLASSIFICATIONS, self._levels(who, action, folder)
        elif action == "decrypt":
            possible = (asks.DIRECTLY, *asks.KEY_USERS)
            for key in self._keys.values():
                opened = tuple(by for by in possible if may(who, asks.decrypt_ways(self._estate, key, by)))
                yield _place(key), possible, opened
        elif action == "query":
            yield from self._queries(who)
        else:
            yield from self._administration(who)
        for store in self._estate.owned:
            if calls := asks.STORES.get(store.type, {}).get(action):
                yield _place(store), _YES, _YES if may(who, asks.store_ways(self._estate, store, calls)) else ()

    def _levels(self, who: Who, action: str, folder: Folder) -> Qualifiers:
        values = {key.lower(): value for key, value in who.context.items()}
        values |= {f"aws:principaltag/{key.lower()}": value for key, value in who.principal.tags.items()}
        key = folder.key(values)
        if key is None:
            return ()
        bucket = folder.bucket
        kms = self._keys.get(bucket.key or "")

        def is_open(level: str) -> bool:
            return may(who, asks.object_ways(action, bucket, key, level, kms, replicates=who.replicates))

        # Deletion knows no tags, and where no policy speaks of them each object is as the next.
        if action == "delete" or (action != "write" and not self._heeds_tags(who, bucket)):
            return asks.CLASSIFICATIONS if is_open("untagged") else ()
        if action == "write" and not self._heeds_tags(who, bucket):
            opened = {level: is_open(level) for level in ("proprietary", "untagged")}
            return tuple(level for level in asks.CLASSIFICATIONS if opened.get(level, opened["proprietary"]))
        return tuple(level for level in asks.CLASSIFICATIONS if is_open(level))

    def _heeds_tags(self, who: Who, bucket: Owned) -> bool:
        documents = [*who.policies, who.boundary, bucket.policy]
        return any(self._speaks_of_tags(document) for document in documents if document is not None)

    def _speaks_of_tags(self, document: Document) -> bool:
        known = self._tagged.get(id(document.body))
        if known is None:
            known = self._tagged[id(document.body)] = "objecttag" in json.dumps(document.body).lower()
        return known

    def _queries(self, who: Who) -> Iterator[tuple[Place, Qualifiers, Qualifiers]]:
        for database in self._databases:
            workgroups = [one for one in self._estate.of_type("athena_workgroup") if one.account == database.account]
            possible = tuple(label_of(one) for one in workgroups)
            asked = ((one, asks.query_ways(self._estate, database, one)) for one in workgroups)
            yield _place(database), possible, tuple(label_of(one) for one, ways in asked if may(who, ways))

    def _administration(self, who: Who) -> Iterator[tuple[Place, Qualifiers, Qualifiers]]:
        for one in self._estate.owned:
            if one.type in asks.ADMINISTRATION:
                yield _place(one), _YES, _YES if may(who, asks.administer_ways(one)) else ()
        for account in self._estate.accounts:
            yield Place(account.name, "roles", _roles(account)), _YES, _YES if may(who, asks.role_ways(account)) else ()


def _place(one: Owned) -> Place:
    return Place(one.account.name, KINDS[one.type], label_of(one))


def _roles(account: Account) -> str:
    return f"of {account.name}"
