"""What moto does not keep of temporary credentials: tags, session policies, whether a second factor was shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import iam_backends

from local.enforcement.call import members_of
from local.refusals import AccessDeniedError, RefusalError
from local.request_context import Principal, SessionFacts

_STEP_SECONDS = 30
# Clocks differ: the codes before and after the one of this moment are taken as well.
_STEPS_APART = (0, -1, 1)
_DEFAULT_TOKEN_SECONDS = 43200


@dataclass(frozen=True)
class UserSession:
    """Credentials of GetSessionToken."""

    user: Principal
    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: datetime


def facts_of_assumed_role(caller: Principal, parameters: Mapping[str, Any]) -> SessionFacts:
    """What AssumeRole asks for, with the tags that go on from the session of who asks."""
    before = caller.session or SessionFacts()
    handed_on = {name: value for name, value in before.tags.items() if name in before.transitive}
    asked = {tag["Key"]: tag.get("Value", "") for tag in members_of(parameters, "Tags")}
    for name in sorted(set(handed_on) & set(asked)):
        raise RefusalError(
            "AccessDenied", f"The transitive tag {name} of the caller's session cannot be set again.", 403
        )
    policy = parameters.get("Policy") or None
    if policy is not None:
        _require_json(policy)
    return SessionFacts(
        tags={**handed_on, **asked},
        transitive=before.transitive | {member[""] for member in members_of(parameters, "TransitiveTagKeys")},
        policy=policy,
        policy_arns=tuple(member["arn"] for member in members_of(parameters, "PolicyArns")),
        has_mfa=shows_second_factor(caller, parameters),
        source_identity=parameters.get("SourceIdentity") or before.source_identity,
    )


def shows_second_factor(caller: Principal, parameters: Mapping[str, Any]) -> bool:
    """Whether who asks has shown a code of their own virtual device, with this request or with an earlier one.

    Raises AccessDeniedError for a code that is wrong.
    """
    serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
    if not serial and not code:
        return bool(caller.session and caller.session.has_mfa)
    backend = iam_backends[caller.account]["aws"]
    user: Any = next((known for known in list(backend.users.values()) if known.arn == caller.identity_arn), None)
    device: Any = backend.virtual_mfa_devices.get(serial)
    if user is None or device is None or serial not in user.mfa_devices or code not in _codes(device):
        raise AccessDeniedError("MultiFactorAuthentication failed with invalid MFA one time pass code.")
    return True


def time_based_code(seed: str, moment: float) -> str:
    """The six digits that a device with this seed shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", int(moment) // _STEP_SECONDS), hashlib.sha1)
    start = digest[-1] & 0xF
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def session_of_user(caller: Principal, parameters: Mapping[str, Any]) -> UserSession:
    """New credentials of GetSessionToken: those of the caller, for a while."""
    if caller.session is not None:
        message = "Cannot call GetSessionToken with session credentials"
        raise AccessDeniedError(message)
    seconds = int(parameters.get("DurationSeconds") or _DEFAULT_TOKEN_SECONDS)
    facts = SessionFacts(has_mfa=shows_second_factor(caller, parameters))
    return UserSession(
        user=replace(caller, session=facts),
        access_key_id="ASIA" + secrets.token_hex(8).upper(),
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(120),
        expiration=utcnow() + timedelta(seconds=seconds),
    )


def _codes(device: Any) -> set[str]:
    now = time.time()
    return {time_based_code(device.base32_string_seed, now + step * _STEP_SECONDS) for step in _STEPS_APART}


def _require_json(policy: str) -> None:
    try:
        json.loads(policy)
    except ValueError:
        raise RefusalError("MalformedPolicyDocument", "The policy is not in the valid JSON format.", 400) from None
