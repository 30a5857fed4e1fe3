"""A server that enforces, and calls that are tried with exactly what they need, and with one right less."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningServer

Needed = tuple[str, str]
"""Action and resource."""

_REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMS.AccessDeniedException",
    "KMSAccessDenied",
    "KMSAccessDeniedException",
    "403",
}


@dataclass(frozen=True)
class Case:
    """A call and everything that it needs."""

    service: str
    operation: str
    needed: list[Needed]
    parameters: dict[str, Any] = field(default_factory=dict)
    twice: bool = True
    """Whether the call can be made again, so that each right can be left out of it."""

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}({', '.join(self.parameters)})"


class Trial:
    """A role of an account whose one policy is replaced again and again."""

    def __init__(self, aws: RunningServer, account: str, name: str = "trial") -> None:
        self.aws, self.account, self.name = aws, account, name
        self.iam = aws.client("iam", account)
        trust = statement("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{account}:root"})
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy(trust)))
        self.arn = f"arn:aws:iam::{account}:role/{name}"
        self._session = aws.session(self.arn, account)
        self._clients: dict[str, Any] = {}

    def may(self, *statements: dict[str, Any]) -> None:
        """The role's policy is these statements and no others."""
        nothing = statement("iam:GetUser", "arn:aws:iam::000000000000:user/nobody")
        document = json.dumps(policy(*(statements or [nothing])))
        self.iam.put_role_policy(RoleName=self.name, PolicyName="tried", PolicyDocument=document)

    def client(self, service: str) -> Any:
        """A client of the role."""
        if service not in self._clients:
            self._clients[service] = self.aws.client(service, self.account, **self._session)
        return self._clients[service]

    def refusal(self, call: Callable[[], Any]) -> str | None:
        """The message of a refusal, or None for a call that was let in, whatever became of it then."""
        try:
            call()
        except ClientError as error:
            if error.response["Error"]["Code"] in _REFUSALS:
                return error.response["Error"]["Message"]
        return None

    def check(self, case: Case) -> None:
        """The call passes with all that it needs, and not without any of it."""

        def call() -> Any:
            return getattr(self.client(case.service), case.operation)(**case.parameters)

        rights = [statement(action, resource) for action, resource in case.needed]
        for left_out, (action, _) in enumerate(case.needed):
            self.may(*(right for number, right in enumerate(rights) if number != left_out))
            said = self.refusal(call)
            assert said is not None, f"{case} passes without {case.needed[left_out]}"
            assert action in said or said == "Forbidden", f"{case}: {said}"
        self.may(*rights)
        assert self.refusal(call) is None, f"{case} is refused"


def statement(action: Any, resource: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement of a policy."""
    return {"Effect": effect, "Action": action, **({"Resource": resource} if resource else {}), **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def refused(call: Callable[[], Any]) -> str:
    """The message of the refusal in which the call has to end."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert error["Code"] in _REFUSALS, error
    return error["Message"]
