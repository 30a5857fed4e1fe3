"""Gaps of moto's IAM."""

from __future__ import annotations

import secrets
import string
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import User
from moto.iam.responses import IamResponse
from moto.iam.utils import random_policy_id

from local import patching


def install() -> None:
    """Closes the gaps of IAM."""
    keep_boundaries_of_users()
    name_policies()
    name_deletions()


def keep_boundaries_of_users() -> None:
    """PutUserPermissionsBoundary, DeleteUserPermissionsBoundary, CreateUser: moto has boundaries of roles only."""
    User.permissions_boundary_arn = None  # type: ignore[attr-defined]
    User.permissions_boundary = property(_boundary)  # type: ignore[attr-defined]

    @patching.replace_method(IamResponse, "create_user", "self")
    def create_user(original: Any, self: IamResponse) -> ActionResult:
        answer = original(self)
        self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = self._get_param(
            "PermissionsBoundary"
        )
        return answer

    @patching.add_method(IamResponse, "put_user_permissions_boundary")
    def put_user_permissions_boundary(self: IamResponse) -> ActionResult:
        user = self.backend.get_user(self._get_param("UserName"))
        user.permissions_boundary_arn = self._get_param("PermissionsBoundary")
        return EmptyResult()

    @patching.add_method(IamResponse, "delete_user_permissions_boundary")
    def delete_user_permissions_boundary(self: IamResponse) -> ActionResult:
        self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = None
        return EmptyResult()


def name_policies() -> None:
    """CreatePolicy: ids of moto are an A and anything, which credentials of other products look like."""

    @patching.replace_function(random_policy_id, "")
    def policy_id(original: Any) -> str:
        return "ANPA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(17))


def name_deletions() -> None:
    """DeleteServiceLinkedRole: moto's task does not say which role it deletes, by which AWS decides who may ask."""

    @patching.replace_method(IamResponse, "delete_service_linked_role", "self")
    def delete_service_linked_role(original: Any, self: IamResponse) -> ActionResult:
        role = self.backend.get_role(self._get_param("RoleName"))
        task = original(self).result["DeletionTaskId"]
        return ActionResult({"DeletionTaskId": f"task{role.path}{role.name}/{task}"})


def _boundary(user: Any) -> dict[str, str] | None:
    arn = user.permissions_boundary_arn
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None
