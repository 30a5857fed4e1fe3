"""Gaps of moto's Lake Formation: who is opted in, and grants by LF-tags. It is all kept, and decides nothing."""

from __future__ import annotations

import datetime
import json
from typing import Any

from moto.lakeformation.models import LakeFormationBackend
from moto.lakeformation.responses import LakeFormationResponse
from moto.lakeformation.urls import url_paths

from local import patching
from local.refusals import RefusalError

Document = dict[str, Any]


def install() -> None:
    """Closes the gaps of Lake Formation."""
    keep_opt_ins()
    opt_in_calls()
    list_permissions_by_tags()
    revoke_what_is_granted()
    get_known_tags()
    tag_each_column()


def keep_opt_ins() -> None:
    """A place for what moto does not know, in the state that ends with all else."""

    @patching.replace_method(LakeFormationBackend, "__init__", "self region_name account_id")
    def init(original: Any, self: LakeFormationBackend, *args: Any, **named: Any) -> None:
        original(self, *args, **named)
        self.opt_ins = {}  # type: ignore[attr-defined]


def _opt_ins(response: LakeFormationResponse) -> dict[str, Document]:
    opt_ins: dict[str, Document] = response.lakeformation_backend.opt_ins  # type: ignore[attr-defined]
    return opt_ins


def _in_catalog(response: LakeFormationResponse, resource: Document) -> Document:
    """The resource as AWS answers it: with the account whose catalog it is in."""
    return {kind: {"CatalogId": response.current_account, **named} for kind, named in resource.items()}


def _requested(response: LakeFormationResponse) -> tuple[str, Document]:
    document = {
        "Principal": response._get_param("Principal"),
        "Resource": _in_catalog(response, response._get_param("Resource")),
    }
    return json.dumps(document, sort_keys=True), document


def opt_in_calls() -> None:
    """CreateLakeFormationOptIn, DeleteLakeFormationOptIn, ListLakeFormationOptIns: moto lacks all of them."""

    for call in ("CreateLakeFormationOptIn", "DeleteLakeFormationOptIn", "ListLakeFormationOptIns"):
        url_paths[f"{{0}}/{call}$"] = LakeFormationResponse.dispatch

    @patching.add_method(LakeFormationResponse, "create_lake_formation_opt_in")
    def create(self: LakeFormationResponse) -> str:
        name, document = _requested(self)
        now = datetime.datetime.now(datetime.UTC).timestamp()
        _opt_ins(self)[name] = {**document, "LastModified": now, "LastUpdatedBy": self.current_account}
        return "{}"

    @patching.add_method(LakeFormationResponse, "delete_lake_formation_opt_in")
    def delete(self: LakeFormationResponse) -> str:
        if _opt_ins(self).pop(_requested(self)[0], None) is None:
            raise RefusalError("EntityNotFoundException", "The principal is not opted in to the resource.", 400)
        return "{}"

    @patching.add_method(LakeFormationResponse, "list_lake_formation_opt_ins")
    def list_opt_ins(self: LakeFormationResponse) -> str:
        principal, resource = self._get_param("Principal"), self._get_param("Resource")
        wanted = {
            **({"Principal": principal} if principal else {}),
            **({"Resource": _in_catalog(self, resource)} if resource else {}),
        }
        found = [
            document
            for document in _opt_ins(self).values()
            if all(document[part] == value for part, value in wanted.items())
        ]
        return json.dumps({"LakeFormationOptInsInfoList": found})


def _policy(resource: Document | None) -> tuple[str, Document] | None:
    """The kind of what carries the LF-tags, and their values by key: the order of the values is free."""
    policy = (resource or {}).get("LFTagPolicy")
    if policy is None:
        return None
    return policy["ResourceType"], {tag["TagKey"]: sorted(tag["TagValues"]) for tag in policy["Expression"]}


def list_permissions_by_tags() -> None:
    """ListPermissions: moto refuses to list what is granted by LF-tags."""

    @patching.replace_method(LakeFormationResponse, "list_permissions", "self")
    def list_permissions(original: Any, self: LakeFormationResponse) -> str:
        wanted = _policy(self._get_param("Resource"))
        if wanted is None:
            answer: str = original(self)
            return answer
        catalog = self._get_param("CatalogId") or self.current_account
        granted = self.lakeformation_backend.list_permissions(catalog, self._get_param("Principal"))
        found = [each for each in granted if _policy(each["Resource"]) == wanted]
        answers = [{**each, "Resource": _in_catalog(self, each["Resource"])} for each in found]
        return json.dumps({"PrincipalResourcePermissions": answers})


def revoke_what_is_granted() -> None:
    """RevokePermissions: moto accepts what was never granted, and Terraform revokes until it is refused.

    It does not know LF-tags again that are written otherwise than when they were granted.
    """

    @patching.replace_method(LakeFormationResponse, "revoke_permissions", "self")
    def revoke(_original: Any, self: LakeFormationResponse) -> str:
        catalog = self._get_param("CatalogId") or self.current_account
        principal, resource = self._get_param("Principal"), self._get_param("Resource")
        revoked, grantable = self._get_param("Permissions"), self._get_param("PermissionsWithGrantOption")
        backend = self.lakeformation_backend
        for granted in backend.list_permissions(catalog, principal):
            known: Document = granted["Resource"]
            if known == resource or (_policy(known) is not None and _policy(known) == _policy(resource)):
                backend.revoke_permissions(catalog, principal, known, revoked or [], grantable or [])
                return "{}"
        raise RefusalError(
            "InvalidInputException", "No permissions revoked. Grantee has no permissions on the resource.", 400
        )


def get_known_tags() -> None:
    """GetLFTag: moto answers a tag that there is not, without values."""

    @patching.replace_method(LakeFormationResponse, "get_lf_tag", "self")
    def get(original: Any, self: LakeFormationResponse) -> str:
        catalog = self._get_param("CatalogId") or self.current_account
        if self._get_param("TagKey") not in self.lakeformation_backend.list_lf_tags(catalog):
            raise RefusalError("EntityNotFoundException", "Tag key does not exist.", 400)
        answer: str = original(self)
        return answer


def tag_each_column() -> None:
    """AddLFTagsToResource: moto keeps one list for all columns, from which each of them then takes its tags away."""

    @patching.replace_method(LakeFormationBackend, "add_lf_tags_to_resource", "self catalog_id resource tags")
    def add(original: Any, self: LakeFormationBackend, catalog_id: str, resource: Document, tags: Any) -> Any:
        columns = resource.get("TableWithColumns", {}).get("ColumnNames")
        if columns is None:
            return original(self, catalog_id, resource, tags)
        failures = []
        for column in columns:
            one = {"TableWithColumns": {**resource["TableWithColumns"], "ColumnNames": [column]}}
            failures = original(self, catalog_id, one, [dict(tag) for tag in tags])
        return failures
