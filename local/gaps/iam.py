"""Gaps of moto's IAM."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import User
from moto.iam.responses import IamResponse

from local import patching


def install() -> None:
    """Closes the gaps of IAM."""
    keep_boundaries_of_users()


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


def _boundary(user: Any) -> dict[str, str] | None:
    arn = user.permissions_boundary_arn
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None
