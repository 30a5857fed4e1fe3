"""Asks the matrix of the real accounts in words that rules are written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from access import asks
from access.explain import Answer, Question, explain
from access.matrix import may
from access.places import keys_of, label_of
from access.stacks import Estate, Owned
from access.who import Who, everybody

LAKE, SAFE = "333333333333", "222222222222"


@dataclass
class Lake:
    """The accounts, with what they are made of by its short name."""

    estate: Estate

    def __post_init__(self) -> None:
        self.people: Mapping[str, Who] = {self._short(who): who for who in everybody(self.estate)}
        self.buckets: Mapping[str, Owned] = {self._place(bucket): bucket for bucket in self.estate.of_type("s3_bucket")}
        self.keys: Mapping[str, Owned] = {self._place(key): key for key in self.estate.of_type("kms_key")}

    def _short(self, who: Who) -> str:
        label = who.label.removeprefix("lake-prod-").replace("lake-security-", "security:")
        return label if who.clearance is None else f"{label}, {who.clearance}"

    def _place(self, one: Owned) -> str:
        return label_of(one) if one.account.name == "prod" else f"{one.account.name}:{label_of(one)}"

    def may(self, who: str, action: str, where: str, level: str = "untagged") -> bool:
        """Whether somebody may do something with an object `raw/sales/x.csv` of a classification."""
        name, _, key = where.partition("/")
        bucket, asker = self.buckets[name], self.people[who]
        kms = keys_of(self.estate).get(bucket.key or "")
        return may(asker, asks.object_ways(action, bucket, key, level, kms, replicates=asker.replicates))

    def may_call(self, who: str, call: str, bucket: str, **context: str) -> bool:
        """Whether one call is allowed on a bucket, or on an object in it where it is about objects."""
        place = self.buckets[bucket]
        is_of_object = call.startswith(
            ("s3:DeleteObject", "s3:PutObject", "s3:Bypass", "s3:ReplicateDelete", "s3:UpdateObject")
        )
        resource = f"{place.arn}/AWSLogs/x" if is_of_object else place.arn
        return may(self.people[who], [[asks.Call(call, resource, place.account, place.policy, context=context)]])

    def may_with_key(self, who: str, call: str, key: str, by: str) -> bool:
        place = self.keys[key]
        return may(self.people[who], [[asks.key_call(call, place.arn, place.account, place, by)]])

    def explain(self, who: str, action: str, resource: str, **context: str) -> Answer:
        pairs = [f"{name}={value}" for name, value in context.items()]
        return explain(self.estate, Question(who, action, resource, context=pairs))

    def of(self, account: str) -> Iterable[str]:
        """Everybody at home in an account, its root apart."""
        return [name for name, who in self.people.items() if who.home == account and who.principal.kind != "root"]
