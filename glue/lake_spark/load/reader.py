"""The user who reads: it sees every table, changes none, and its password is in one secret only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import SecretRefusedError
from ..ingest.database import Database, Session
from ..ingest.secret import Credentials, read_secret

READER = "lake_reader"
_ITERATIONS = 4096


@dataclass(frozen=True)
class ReaderSecret:
    """Where the reader's password is."""

    #: Name or ARN.
    name: str
    #: boto3's client of Secrets Manager.
    client: Any


def let_read(session: Session, database: Database, schema: str, name: str) -> None:
    """Makes the user unless it is there, and lets it read all tables of the schema in the database `name`."""
    quote, literal = database.dialect.identifier, database.dialect.literal
    role = quote(READER)
    if session.text(f"SELECT COUNT(*) FROM pg_roles WHERE rolname = {literal(READER)}") == "0":
        session.execute(f"CREATE ROLE {role} LOGIN")
    session.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    session.execute(f"GRANT CONNECT ON DATABASE {quote(name)} TO {role}")
    session.execute(f"GRANT USAGE ON SCHEMA {quote(schema)} TO {role}")
    session.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote(schema)} TO {role}")


def give_password(
    session: Session, database: Database, secret: ReaderSecret, open_as: Callable[[Credentials], Database], rotate: bool
) -> bool:
    """Gives the user a new password when asked to, or when the secret does not open the database.

    A run that ends between secret and database leaves a secret that does not: the next run puts that right.
    Returns whether the password is new.
    """
    if not rotate and _lets_in(secret, open_as):
        return False
    quote, literal = database.dialect.identifier, database.dialect.literal
    password = secrets.token_urlsafe(32)
    value = json.dumps({"username": READER, "password": password})
    session.execute("BEGIN")
    session.execute(f"ALTER ROLE {quote(READER)} PASSWORD {literal(verifier(password))}")
    # Should this fail, so does the run, and the old password stays.
    secret.client.put_secret_value(SecretId=secret.name, SecretString=value)
    session.execute("COMMIT")
    return True


def _lets_in(secret: ReaderSecret, open_as: Callable[[Credentials], Database]) -> bool:
    """Whether what the secret says opens the database."""
    try:
        credentials = read_secret(f"secretsmanager:{secret.name}", lambda _: secret.client)
        with open_as(credentials).open():
            return True
    except SecretRefusedError:
        return False


def verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803): so the password is in no statement, and no log of statements."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{text[0]}${text[1]}:{text[2]}"
