"""SDK clients that act with the role which a service was given, and sessions of it that are taken once and kept."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config
from moto.core.utils import utcnow
from moto.sts.models import AssumedRole

from local.accounts import Accounts

_SESSION_SECONDS = 3600
# A session is not used any more when it is about to expire.
_RESERVE = timedelta(minutes=5)


class RoleClients:
    """Clients of this server's own endpoint."""

    def __init__(self, endpoint: str, accounts: Accounts) -> None:
        self._endpoint = endpoint
        self._accounts = accounts
        self._lock = threading.Lock()
        self._sessions: dict[tuple[str, str, str], AssumedRole] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    def assume(self, role_arn: str, service: str, source_arn: str, session_name: str) -> AssumedRole:
        """A session of the role for the service, which acts for `source_arn`; AccessDeniedError without trust."""
        key = (role_arn, source_arn, session_name)
        with self._lock:
            known = self._sessions.get(key)
        if known is not None and utcnow() + _RESERVE < known.expiration:
            return known
        session = self._accounts.assume_for_service(
            role_arn, service, session_name, source_context(source_arn), _SESSION_SECONDS
        )
        with self._lock:
            self._sessions[key] = session
        return session

    def client(self, service: str, region: str, session: AssumedRole) -> Any:
        """A client that signs with the session; clients are shared and may be used by several threads."""
        key = (service, region, session.access_key_id)
        with self._lock:
            if key not in self._clients:
                self._forget_expired()
                # Creating a client is not safe across threads, using one is.
                self._clients[key] = boto3.session.Session().client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint,
                    aws_access_key_id=session.access_key_id,
                    aws_secret_access_key=session.secret_access_key,
                    aws_session_token=session.session_token,
                    config=Config(
                        parameter_validation=False,
                        retries={"total_max_attempts": 1},
                        connect_timeout=5,
                        # A Lambda function may take fifteen minutes to answer.
                        read_timeout=910,
                        max_pool_connections=50,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._clients[key]

    def _forget_expired(self) -> None:
        now = utcnow()
        self._sessions = {key: session for key, session in self._sessions.items() if now < session.expiration}
        alive = {session.access_key_id for session in self._sessions.values()}
        self._clients = {key: client for key, client in self._clients.items() if key[2] in alive}


def source_context(source_arn: str) -> dict[str, str]:
    """What a role's trust policy may ask about the resource that a service acts for."""
    return {"aws:SourceAccount": source_arn.split(":")[4], "aws:SourceArn": source_arn}
