"""References of Terraform, like `${aws_iam_role.reader.arn}`, as what they will be: ARNs and names follow from the stacks.

Keys are told by their alias, for nobody knows their id before they exist: `arn:aws:kms:eu-west-1:333333333333:key/lake-raw`.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class UnresolvedReferenceError(ValueError):
    """A policy speaks of something whose name cannot be told from the stacks."""


@dataclass(frozen=True)
class Account:
    """Where resources of a stack are made."""

    id: str
    region: str
    #: `prod`: as people call it.
    name: str
    #: `lake-prod`: how its names begin.
    prefix: str


@dataclass(frozen=True)
class Resource:
    """A resource as a stack declares it."""

    stack: str
    type: str
    name: str
    account: Account
    block: Mapping[str, Any] = field(repr=False)
    is_data: bool = False

    @property
    def address(self) -> str:
        return f"{'data.' if self.is_data else ''}{self.type}.{self.name}"


_REFERENCE = re.compile(r"(?<!\$)\$\{([^}]*)\}")
_PLAIN = re.compile(r"(data\.)?(aws_[a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z_]+)")
_SERVICE_OF_ATTRIBUTE = {
    "aws_s3_bucket": ("bucket", "arn:aws:s3:::{name}"),
    "aws_iam_role": ("name", "arn:aws:iam::{account}:role{path}{name}"),
    "aws_iam_user": ("name", "arn:aws:iam::{account}:user{path}{name}"),
    "aws_iam_group": ("name", "arn:aws:iam::{account}:group{path}{name}"),
    "aws_iam_policy": ("name", "arn:aws:iam::{account}:policy{path}{name}"),
    "aws_iam_instance_profile": ("name", "arn:aws:iam::{account}:instance-profile{path}{name}"),
    "aws_iam_saml_provider": ("name", "arn:aws:iam::{account}:saml-provider/{name}"),
    "aws_sqs_queue": ("name", "arn:aws:sqs:{region}:{account}:{name}"),
    "aws_sns_topic": ("name", "arn:aws:sns:{region}:{account}:{name}"),
    "aws_lambda_function": ("function_name", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "aws_dynamodb_table": ("name", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "aws_cloudwatch_log_group": ("name", "arn:aws:logs:{region}:{account}:log-group:{name}"),
    "aws_cloudwatch_event_rule": ("name", "arn:aws:events:{region}:{account}:rule/{name}"),
    "aws_cloudtrail": ("name", "arn:aws:cloudtrail:{region}:{account}:trail/{name}"),
    "aws_sfn_state_machine": ("name", "arn:aws:states:{region}:{account}:stateMachine:{name}"),
    "aws_secretsmanager_secret": ("name", "arn:aws:secretsmanager:{region}:{account}:secret:{name}"),
    "aws_athena_workgroup": ("name", "arn:aws:athena:{region}:{account}:workgroup/{name}"),
    "aws_glue_job": ("name", "arn:aws:glue:{region}:{account}:job/{name}"),
    "aws_glue_crawler": ("name", "arn:aws:glue:{region}:{account}:crawler/{name}"),
    "aws_glue_connection": ("name", "arn:aws:glue:{region}:{account}:connection/{name}"),
    "aws_glue_catalog_database": ("name", "arn:aws:glue:{region}:{account}:database/{name}"),
    "aws_ssm_parameter": ("name", "arn:aws:ssm:{region}:{account}:parameter{name}"),
    "aws_scheduler_schedule_group": ("name", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}"),
    "aws_emrserverless_application": ("name", "arn:aws:emr-serverless:{region}:{account}:/applications/{name}"),
    "aws_rds_cluster": ("cluster_identifier", "arn:aws:rds:{region}:{account}:cluster:{name}"),
}
#: Attributes that AWS gives, told by the resource's own name in the stack.
_GIVEN = {"id", "unique_id", "url", "resource_id"}


class References:
    """All resources of all stacks, by stack and address."""

    def __init__(self, resources: list[Resource]) -> None:
        self._resources = {(resource.stack, resource.address): resource for resource in resources}
        self._aliases: dict[tuple[str, str], str] = {}
        for resource in resources:
            if resource.type == "aws_kms_alias" and not resource.is_data:
                target = re.search(r"aws_kms_key\.([A-Za-z0-9_-]+)\.", str(resource.block.get("target_key_id")))
                if target is not None:
                    alias = str(resource.block["name"]).removeprefix("alias/")
                    self._aliases[resource.stack, target[1]] = alias

    def resolve(self, text: str, owner: Resource) -> str:
        """The text with values for its references.

        :raises UnresolvedReferenceError: naming the first that has none.
        """

        def value(found: re.Match[str]) -> str:
            plain = _PLAIN.fullmatch(found[1])
            if plain is None:
                raise UnresolvedReferenceError(_message(owner, found[0]))
            is_data, kind, name, attribute = plain.groups()
            target = self._resources.get((owner.stack, f"{is_data or ''}{kind}.{name}"))
            known = None if target is None else self.attribute(target, attribute)
            if known is None:
                raise UnresolvedReferenceError(_message(owner, found[0]))
            return known

        # What a template wants to say literally stands behind a second dollar sign.
        return _REFERENCE.sub(value, text).replace("$${", "${")

    def attribute(self, resource: Resource, attribute: str) -> str | None:
        """What an attribute of a resource will be, if that can be told."""
        if resource.type == "aws_kms_key":
            return self._of_key(resource, attribute)
        attribute_of_name, pattern = _SERVICE_OF_ATTRIBUTE.get(resource.type, ("", ""))
        if attribute == "arn" and pattern:
            block = resource.block
            name = self._literal(resource, attribute_of_name)
            path = str(block.get("path") or "/")
            values = {"account": resource.account.id, "region": resource.account.region, "path": path, "name": name}
            return None if name is None else pattern.format(**values)
        said = self._literal(resource, attribute)
        if said is None and attribute == "id" and attribute_of_name:
            said = self._literal(resource, attribute_of_name)
        return resource.name if said is None and attribute in _GIVEN else said

    def key_arn(self, account: Account, alias: str) -> str:
        """The ARN under which a key is known here."""
        return f"arn:aws:kms:{account.region}:{account.id}:key/{alias}"

    def _of_key(self, resource: Resource, attribute: str) -> str | None:
        if resource.is_data:
            # Asked for by its alias: `arn:aws:kms:eu-west-1:222222222222:alias/lake-security-audit`.
            asked = str(resource.block.get("key_id"))
            return asked.replace(":alias/", ":key/") if attribute == "arn" and ":alias/" in asked else None
        alias = self._aliases.get((resource.stack, resource.name))
        if alias is None:
            return None
        return {"arn": self.key_arn(resource.account, alias), "key_id": alias, "id": alias}.get(attribute)

    def _literal(self, resource: Resource, attribute: str) -> str | None:
        value = resource.block.get(attribute)
        return self.resolve(value, resource) if isinstance(value, str) else None


def _message(owner: Resource, reference: str) -> str:
    return (
        f"{owner.stack}: {owner.address} speaks of {reference}, and nothing in the stacks tells what that will be; "
        "use a name that accounts/model/naming.ts computes, or teach access/references.py this attribute"
    )


def resources_of(stack: str, document: Mapping[str, Any]) -> Iterator[Resource]:
    """Every resource of a stack, with the account of its provider."""
    accounts = {entry.get("alias", ""): _account(entry) for entry in document.get("provider", {}).get("aws", [])}
    for section, is_data in (("resource", False), ("data", True)):
        for kind, blocks in document.get(section, {}).items():
            for name, block in blocks.items():
                alias = str(block.get("provider", "aws")).partition(".")[2]
                if kind.startswith("aws_"):
                    yield Resource(stack, kind, name, accounts[alias], block, is_data)


def _account(provider: Mapping[str, Any]) -> Account:
    tags = _one(_one(provider["default_tags"])["tags"])
    name, project = tags["environment"], tags["project"]
    return Account(provider["allowed_account_ids"][0], provider["region"], name, f"{project}-{name}")


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value
