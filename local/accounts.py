"""Accounts and who acts in them: access keys, AssumeRole, and the access role that each member account is born with."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, get_account_id_from, iam_backends
from moto.sts.models import AssumedRole, STSBackend, sts_backends
from moto.sts.responses import TokenResponse

from local import patching, policies, request_context
from local.refusals import AccessDeniedError, RefusalError
from local.request_context import Principal, SessionFacts
from local.sessions import UserSession, facts_of_assumed_role, session_of_user
from local.signing import Scope

ADMIN_ROLE = "OrganizationAccountAccessRole"

_ACCOUNT_ID = re.compile(r"\d{12}")
_ROLE_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}):role/(?P<path>.+)")


class Accounts:
    """Maps credentials to principals and hands out sessions of roles."""

    def __init__(self, management_account: str) -> None:
        self.management_account = management_account
        self._sessions: dict[str, AssumedRole] = {}
        self._facts: dict[str, SessionFacts] = {}
        self._user_sessions: dict[str, UserSession] = {}
        self._lock = threading.Lock()

    def authenticate(self, scope: Scope) -> Principal:
        """The principal behind an access key: a 12-digit account id is that account's root."""
        key = scope.access_key_id
        if _ACCOUNT_ID.fullmatch(key):
            root = f"arn:aws:iam::{key}:root"
            return Principal(key, root, root, key)
        session = self._sessions.get(key)
        if session is not None:
            return self._session_principal(session, scope.session_token)
        of_user = self._user_sessions.get(key)
        if of_user is not None:
            _require_valid(of_user, scope.session_token)
            return of_user.user
        for account, partitions in list(iam_backends.items()):
            user = partitions["aws"].get_user_from_access_key_id(key)
            if user and any(known.access_key_id == key and known.status == "Active" for known in user.access_keys):
                return Principal(account, user.arn, user.arn, user.id)
        raise invalid_token()

    def remember(self, session: AssumedRole) -> None:
        """Makes the keys of a new session known."""
        with self._lock:
            now = utcnow()
            for key in [key for key, known in self._sessions.items() if known.expiration < now]:
                del self._sessions[key]
                self._facts.pop(key, None)
            self._sessions[session.access_key_id] = session

    def note_facts(self, access_key_id: str, facts: SessionFacts) -> None:
        """Keeps what a session was asked for with."""
        with self._lock:
            self._facts[access_key_id] = facts

    def remember_user(self, session: UserSession) -> None:
        """Makes the keys of GetSessionToken known."""
        with self._lock:
            now = utcnow()
            for key in [key for key, known in self._user_sessions.items() if known.expiration < now]:
                del self._user_sessions[key]
            self._user_sessions[session.access_key_id] = session

    def sessions(self) -> list[AssumedRole | UserSession]:
        """All whose credentials are known."""
        with self._lock:
            return [*self._sessions.values(), *self._user_sessions.values()]

    def assume_for_service(
        self, role_arn: str, service: str, session_name: str, context: policies.Context, seconds: int = 3600
    ) -> AssumedRole:
        """A session that an AWS service takes of the role it was given, if the role trusts that service."""
        role = find_role(role_arn)
        caller = policies.Caller(service=service)
        if role is None or not _trusts(role, caller, context):
            raise AccessDeniedError(f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}")
        backend = sts_backends[role_arn.split(":")[4]]["aws"]
        return backend.assume_role(
            region_name="us-east-1",
            role_session_name=session_name,
            role_arn=role_arn,
            policy=None,  # type: ignore[arg-type]
            duration=seconds,
            external_id=None,  # type: ignore[arg-type]
        )

    def _session_principal(self, session: AssumedRole, token: str | None) -> Principal:
        _require_valid(session, token)
        facts = self._facts.get(session.access_key_id) or SessionFacts()
        return Principal(session.account_id, session.arn, session.role_arn, session.user_id, facts)


def _require_valid(session: AssumedRole | UserSession, token: str | None) -> None:
    if token != session.session_token:
        raise invalid_token()
    if session.expiration < utcnow():
        raise RefusalError("ExpiredToken", "The security token included in the request is expired", 403)


def invalid_token() -> RefusalError:
    """AWS's answer to an access key or session token that it does not know."""
    return RefusalError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def find_role(role_arn: str) -> Any | None:
    """moto's role of that ARN, or None."""
    found = _ROLE_ARN.fullmatch(role_arn or "")
    if not found:
        return None
    try:
        return iam_backends[found["account"]]["aws"].get_role_by_arn(role_arn)
    except NotFoundException:
        return None


def _trusts(role: Any, caller: policies.Caller, context: policies.Context) -> bool:
    return policies.allows(role.assume_role_policy_document, "sts:AssumeRole", caller, context)


def install(accounts: Accounts) -> None:
    """Gives moto real accounts: keys, AssumeRole with trust policies, the organization's access role."""
    default_user_config["iam"]["load_aws_managed_policies"] = True
    _install_key_lookup(accounts)
    _install_sts(accounts)
    _install_access_role(accounts)


def _install_key_lookup(accounts: Accounts) -> None:
    @patching.replace_function(get_account_id_from, "access_key")
    def account_of_key(original: Any, access_key: str) -> str:
        # Every signed request carries its account already; what is left are moto's calls to itself.
        return access_key if _ACCOUNT_ID.fullmatch(access_key or "") else accounts.management_account


def _install_sts(accounts: Accounts) -> None:
    @patching.replace_method(
        STSBackend, "assume_role", "self region_name role_session_name role_arn policy duration external_id"
    )
    def assume_role(original: Any, self: STSBackend, **request: Any) -> AssumedRole:
        session = original(self, **request)
        # moto searches this list from the start on each request; the sessions are looked up here instead.
        sts_backends[session.account_id]["aws"].assumed_roles.remove(session)
        accounts.remember(session)
        return session

    @patching.replace_method(TokenResponse, "assume_role", "self")
    def assume_with_facts(original: Any, self: TokenResponse) -> Any:
        facts = facts_of_assumed_role(request_context.principal(), _parameters(self))
        answer = original(self)
        accounts.note_facts(answer.result["Credentials"].access_key_id, facts)
        return answer

    @patching.replace_method(TokenResponse, "get_session_token", "self")
    def get_session_token(original: Any, self: TokenResponse) -> Any:
        session = session_of_user(request_context.principal(), _parameters(self))
        accounts.remember_user(session)
        return ActionResult({"Credentials": session})

    @patching.replace_method(STSBackend, "get_caller_identity", "self access_key_id region")
    def unused(original: Any, self: STSBackend, access_key_id: str, region: str) -> Any:
        raise NotImplementedError("callers are known before STS is asked")

    @patching.replace_method(TokenResponse, "get_caller_identity", "self")
    def get_caller_identity(original: Any, self: TokenResponse) -> Any:
        caller = request_context.principal()
        return ActionResult({"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn})


def _parameters(response: TokenResponse) -> dict[str, str]:
    return {name: values[0] for name, values in response.querystring.items()}


def _install_access_role(accounts: Accounts) -> None:
    trusted = {"AWS": f"arn:aws:iam::{accounts.management_account}:root"}
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}

    @patching.replace_method(IAMBackend, "initialize_service_roles", "self")
    def create_access_role(original: Any, self: IAMBackend) -> None:
        original(self)
        if self.account_id == accounts.management_account or self.partition != "aws":
            return
        self.create_role(
            role_name=ADMIN_ROLE,
            assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            path="/",
            permissions_boundary=None,
            description="Created by AWS Organizations",
            tags=[],
            max_session_duration="3600",
        )
        self.attach_role_policy("arn:aws:iam::aws:policy/AdministratorAccess", ADMIN_ROLE)
