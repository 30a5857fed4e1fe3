"""Gaps of moto's KMS."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.responses import KmsResponse

from local import patching

_DEFAULT_PERIOD = 365


def install() -> None:
    """Closes the gaps of KMS."""
    keep_rotation_periods()


def keep_rotation_periods() -> None:
    """EnableKeyRotation, GetKeyRotationStatus: moto drops RotationPeriodInDays."""

    @patching.replace_method(KmsResponse, "enable_key_rotation", "self")
    def enable_key_rotation(original: Any, self: KmsResponse) -> str:
        answer = original(self)
        _key(self).rotation_period = self._get_param("RotationPeriodInDays") or _DEFAULT_PERIOD
        return answer

    @patching.replace_method(KmsResponse, "get_key_rotation_status", "self")
    def get_key_rotation_status(original: Any, self: KmsResponse) -> str:
        answer = json.loads(original(self))
        if answer["KeyRotationEnabled"]:
            answer["RotationPeriodInDays"] = getattr(_key(self), "rotation_period", _DEFAULT_PERIOD)
        return json.dumps(answer)


def _key(response: KmsResponse) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]
