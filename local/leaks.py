"""Whether a text has secrets in it that this local AWS holds: passwords, material of keys, credentials.

Tests ask for it, who know no such value, and for what is to be searched. The answer says whose secret it is, and never
the secret.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sts.utils import SESSION_TOKEN_PREFIX

# Members of a secret that say where something is, and open nothing.
_NO_SECRETS = {"username", "engine", "host", "port", "dbname", "dbClusterIdentifier", "dbInstanceIdentifier"}
_SHORTEST = 8
_KEY = re.compile(rb"(?=([A-Za-z0-9+/_-]{40}))")
_TOKEN = re.compile(SESSION_TOKEN_PREFIX.encode() + rb"[A-Za-z0-9+/%]{8}")


class Credentials(Protocol):
    """What a session was given."""

    access_key_id: str
    secret_access_key: str


def find(content: bytes, sessions: Iterable[Credentials]) -> list[str]:
    """Whose secrets are in the content."""
    found = {whose for whose, value in _secrets() if any(form in content for form in _forms(value))}
    keys = {session.secret_access_key.encode(): session.access_key_id for session in sessions}
    # There may be thousands of these: each piece of the content is looked up, not each key.
    for text in {content, unquote_to_bytes(content)}:
        windows = (match[1] for match in _KEY.finditer(text))
        found |= {f"secret key of {keys[window]}" for window in windows if window in keys}
    if _TOKEN.search(content):
        found.add("a session token")
    return sorted(found)


def content_of(bucket: str, key: str, version: str) -> bytes:
    """A version of an object, whoever may read it."""
    for backend in _each(s3_backends):
        if bucket in backend.buckets:
            found = backend.get_object(bucket, key, version_id=version)
            return b"" if found is None else found.value
    return b""


def _secrets() -> Iterator[tuple[str, bytes]]:
    for backend in _each(secretsmanager_backends):
        for secret in list(backend.secrets.values()):
            for version in list(getattr(secret, "versions", {}).values()):
                for value in _values(version.get("secret_string") or version.get("secret_binary") or ""):
                    yield f"secret {secret.name}", value
    for backend in _each(kms_backends):
        for key in list(backend.keys.values()):
            yield f"material of key {key.arn}", key.key_material
    for backend in _each(iam_backends):
        for user in list(backend.users.values()):
            for key in user.access_keys:
                yield f"secret key of {key.access_key_id}", key.secret_access_key.encode()
        for device in list(backend.virtual_mfa_devices.values()):
            yield f"seed of {device.serial_number}", device.base32_string_seed.encode()


def _each(backends: Any) -> list[Any]:
    return [backend for regions in list(backends.values()) for backend in list(regions.values())]


def _values(secret: str | bytes) -> Iterator[bytes]:
    """The secret as it is written and, of a document, what its members say."""
    text = secret.decode("utf-8", "replace") if isinstance(secret, bytes) else secret
    yield text.encode()
    try:
        document = json.loads(text)
    except ValueError:
        return
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in _NO_SECRETS and isinstance(value, str):
                yield value.encode()


def _forms(value: bytes) -> set[bytes]:
    """The value as logs, documents and addresses may write it."""
    forms = {value, base64.b64encode(value), value.hex().encode(), quote(value, safe="").encode()}
    with contextlib.suppress(UnicodeDecodeError):
        forms.add(json.dumps(value.decode())[1:-1].encode())
    return {form for form in forms if len(form) >= _SHORTEST}
