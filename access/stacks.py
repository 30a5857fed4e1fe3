"""Reads who there is, what there is and all of its policies from the synthesized stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from access.model import Document
from access.references import Account, References, Resource, UnresolvedReferenceError, resources_of
from access.validation import InvalidPolicyError, PolicyKind, problems_of


@dataclass
class Identity:
    """A role, a user, or who is in a group and nowhere else."""

    kind: Literal["role", "user", "group"]
    name: str
    arn: str
    account: Account
    policies: list[Document] = field(default_factory=list)
    boundary: Document | None = None
    trust: Document | None = None


@dataclass
class Owned:
    """What can have a policy of its own, or is spoken of by others."""

    type: str
    name: str
    arn: str
    account: Account
    policy: Document | None = None
    #: ARN of the key that encrypts a bucket.
    key: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """A way from a network into a service, without which one would need the internet."""

    #: As policies of identities write it: `s3`.
    service: str
    policy: Document


@dataclass
class Estate:
    """All accounts together."""

    accounts: list[Account]
    identities: list[Identity]
    owned: list[Owned]
    #: By the account's id.
    catalog_policies: dict[str, Document] = field(default_factory=dict)
    #: By the account's id and the endpoint's name.
    endpoints: dict[str, dict[str, Endpoint]] = field(default_factory=dict)
    #: What an organization holds all accounts to; nothing of that is in the stacks.
    organization: Document | None = None

    def of_type(self, kind: str) -> list[Owned]:
        return [one for one in self.owned if one.type == kind]


#: Type of a resource -> where its own policy stands inline.
_OWNED = {
    "aws_s3_bucket": None,
    "aws_kms_key": "policy",
    "aws_sqs_queue": "policy",
    "aws_sns_topic": "policy",
    "aws_secretsmanager_secret": "policy",
    "aws_lambda_function": None,
    "aws_dynamodb_table": None,
    "aws_athena_workgroup": None,
    "aws_glue_catalog_database": None,
    "aws_glue_job": None,
    "aws_sfn_state_machine": None,
    "aws_cloudtrail": None,
}
#: Policy that stands beside its resource -> the attribute that names the resource.
_BESIDE = {
    "aws_s3_bucket_policy": "bucket",
    "aws_kms_key_policy": "key_id",
    "aws_sqs_queue_policy": "queue_url",
    "aws_sns_topic_policy": "arn",
    "aws_secretsmanager_secret_policy": "secret_arn",
}
#: Services whose endpoints are called otherwise than their actions.
_PREFIXES = {"monitoring": "cloudwatch"}
_HOLDERS = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group"}


def read_estate(folder: Path) -> Estate:
    """Everything that the stacks in a folder of a synthesis make.

    :raises InvalidPolicyError: with all that is wrong with any policy, and each reference that nothing resolves.
    """
    files = sorted(folder.glob("stacks/*/cdk.tf.json"))
    if not files:
        raise FileNotFoundError(f"{folder} has no stacks: synthesize them first")
    resources = [one for file in files for one in resources_of(file.parent.name, json.loads(file.read_text("utf-8")))]
    return _Reader(resources).read()


class _Reader:
    def __init__(self, resources: list[Resource]) -> None:
        self._declared = [resource for resource in resources if not resource.is_data]
        self._references = References(resources)
        self._problems: list[str] = []
        self._managed = {self._arn(one): self._policy(one, "policy", "identity") for one in self._of("aws_iam_policy")}

    def read(self) -> Estate:
        accounts = {resource.account.id: resource.account for resource in self._declared}
        identities = [self._identity(one) for kind in _HOLDERS for one in self._of(kind)]
        self._attach(identities)
        owned = [self._owned(one, policy) for kind, policy in _OWNED.items() for one in self._of(kind)]
        self._place(owned)
        self._encrypt(owned)
        catalogs = {
            one.account.id: document
            for one in self._of("aws_glue_resource_policy")
            if (document := self._policy(one, "policy", "resource")) is not None
        }
        endpoints = self._endpoints()
        if self._problems:
            raise InvalidPolicyError(self._problems)
        return Estate(list(accounts.values()), identities, owned, catalogs, endpoints)

    def _endpoints(self) -> dict[str, dict[str, Endpoint]]:
        found: dict[str, dict[str, Endpoint]] = {}
        for one in self._of("aws_vpc_endpoint"):
            name = str(one.block.get("tags", {}).get("Name") or one.name)
            document = self._policy(one, "policy", "resource")
            if document is not None:
                last = str(one.block["service_name"]).rpartition(".")[2]
                policy = Document(f"endpoint {name}", document.body)
                found.setdefault(one.account.id, {})[name] = Endpoint(_PREFIXES.get(last, last), policy)
        return found

    def _of(self, kind: str) -> list[Resource]:
        return [resource for resource in self._declared if resource.type == kind]

    def _arn(self, resource: Resource) -> str:
        return self._text(resource, "arn", self._references.attribute(resource, "arn"))

    def _text(self, resource: Resource, what: str, text: str | None) -> str:
        if text is None:
            self._problems.append(f"{resource.stack}: {resource.address} has no {what} that the stacks tell")
            return ""
        return text

    def _resolved(self, resource: Resource, attribute: str) -> str | None:
        value = resource.block.get(attribute)
        if not isinstance(value, str):
            return None
        try:
            return self._references.resolve(value, resource)
        except UnresolvedReferenceError as error:
            self._problems.append(str(error))
            return None

    def _policy(self, resource: Resource, attribute: str, kind: PolicyKind) -> Document | None:
        text = self._resolved(resource, attribute)
        if text is None:
            return None
        name = str(resource.block.get("name") or self._name_of(resource))
        return self._document(f"{resource.stack}: {resource.address}", name, text, kind)

    def _document(self, label: str, name: str, text: str, kind: PolicyKind) -> Document | None:
        try:
            body = json.loads(text)
        except ValueError as error:
            self._problems.append(f"{label} has a policy that is no JSON: {error}")
            return None
        problems = problems_of(label, body, kind)
        self._problems += problems
        return None if problems else Document(name, body)

    def _name_of(self, resource: Resource) -> str:
        for attribute in ("name", "bucket", "function_name"):
            if (text := self._resolved(resource, attribute)) is not None:
                return text
        return resource.address

    def _identity(self, resource: Resource) -> Identity:
        kind = _HOLDERS[resource.type]
        name, arn = self._name_of(resource), self._arn(resource)
        identity = Identity(kind, name, arn, resource.account)  # type: ignore[arg-type]
        boundary = self._resolved(resource, "permissions_boundary")
        if boundary is not None:
            identity.boundary = self._attached(resource, boundary)
        if kind == "role":
            trust = self._policy(resource, "assume_role_policy", "trust")
            identity.trust = None if trust is None else Document(f"trust of {name}", trust.body)
        for inline in _blocks(resource.block.get("inline_policy")):
            text = self._references.resolve(str(inline["policy"]), resource)
            document = self._document(resource.address, str(inline["name"]), text, "identity")
            identity.policies += [] if document is None else [document]
        for arn_of_policy in resource.block.get("managed_policy_arns") or []:
            resolved = self._references.resolve(arn_of_policy, resource)
            document = self._attached(resource, resolved)
            identity.policies += [] if document is None else [document]
        return identity

    def _attached(self, resource: Resource, arn: str) -> Document | None:
        if arn not in self._managed:
            self._problems.append(
                f"{resource.stack}: {resource.address} has the policy {arn}, which no stack declares; declare it, "
                "for what others write changes without a commit here"
            )
        return self._managed.get(arn)

    def _attach(self, identities: list[Identity]) -> None:
        known = {(one.account.id, one.kind, one.name): one for one in identities}
        for kind in _HOLDERS.values():
            for resource in [*self._of(f"aws_iam_{kind}_policy"), *self._of(f"aws_iam_{kind}_policy_attachment")]:
                holder = known.get((resource.account.id, kind, str(self._resolved(resource, kind))))
                is_inline = resource.type.endswith("_policy")
                if holder is None:
                    self._problems.append(f"{resource.stack}: {resource.address} is of a {kind} that no stack declares")
                    continue
                arn = None if is_inline else self._resolved(resource, "policy_arn")
                document = self._policy(resource, "policy", "identity") if is_inline else None
                if arn is not None:
                    document = self._attached(resource, arn)
                if document is not None:
                    holder.policies.append(Document(f"{holder.name}/{document.name}", document.body))

    def _owned(self, resource: Resource, policy: str | None) -> Owned:
        name = self._name_of(resource)
        if resource.type == "aws_kms_key":
            name = self._arn(resource).partition(":key/")[2]
        document = None if policy is None else self._policy(resource, policy, "resource")
        found = None if document is None else Document(f"{resource.type.removeprefix('aws_')} {name}", document.body)
        return Owned(resource.type.removeprefix("aws_"), name, self._arn(resource), resource.account, found)

    def _place(self, owned: list[Owned]) -> None:
        for kind, attribute in _BESIDE.items():
            for resource in self._of(kind):
                target = self._resolved(resource, attribute)
                # A queue is named by its URL, of which the stacks know its own name only.
                place = self._named(owned, resource, kind, str(target))
                document = self._policy(resource, "policy", "resource")
                if place is not None and document is not None:
                    place.policy = Document(f"{place.type} {place.name}", document.body)
        for resource in self._of("aws_lambda_permission"):
            self._permit(owned, resource)

    def _named(self, owned: list[Owned], resource: Resource, kind: str, target: str) -> Owned | None:
        type_of = kind.removeprefix("aws_").removesuffix("_policy")
        for one in owned:
            if one.type == type_of and one.account.id == resource.account.id and target in (one.name, one.arn):
                return one
        self._problems.append(f"{resource.stack}: {resource.address} is of {target}, which no stack declares")
        return None

    def _permit(self, owned: list[Owned], resource: Resource) -> None:
        block = resource.block
        target = str(self._resolved(resource, "function_name"))
        place = self._named(owned, resource, "aws_lambda_function", target.partition(":function:")[2] or target)
        principal = str(self._resolved(resource, "principal"))
        statement: dict[str, Any] = {
            "Sid": str(block.get("statement_id") or resource.name),
            "Effect": "Allow",
            "Principal": {"Service": principal} if principal.endswith(".com") else {"AWS": principal},
            "Action": str(block["action"]),
            "Resource": "*" if place is None else place.arn,
        }
        conditions = (
            {"ArnLike": {"aws:SourceArn": self._resolved(resource, "source_arn")}} if "source_arn" in block else {}
        )
        if "source_account" in block:
            conditions["StringEquals"] = {"aws:SourceAccount": self._resolved(resource, "source_account")}
        if conditions:
            statement["Condition"] = conditions
        if place is not None:
            earlier = [] if place.policy is None else list(place.policy.body["Statement"])
            body = {"Version": "2012-10-17", "Statement": [*earlier, statement]}
            place.policy = Document(f"function {place.name}", body)

    def _encrypt(self, owned: list[Owned]) -> None:
        buckets = {(one.account.id, one.name): one for one in owned if one.type == "s3_bucket"}
        for resource in self._of("aws_s3_bucket_server_side_encryption_configuration"):
            bucket = buckets.get((resource.account.id, str(self._resolved(resource, "bucket"))))
            for rule in _blocks(resource.block.get("rule")):
                for default in _blocks(rule.get("apply_server_side_encryption_by_default")):
                    key = default.get("kms_master_key_id")
                    if bucket is not None and isinstance(key, str):
                        bucket.key = self._references.resolve(key, resource)


def _blocks(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from value if isinstance(value, list) else [] if value is None else [value]
