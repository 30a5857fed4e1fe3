"""What a workgroup makes of a request: where results go, how much may be scanned, and whether it runs at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.athena.models import AthenaBackend, WorkGroup

from local.refusals import RefusalError


@dataclass(frozen=True)
class Terms:
    """The settings that hold for one execution."""

    workgroup: WorkGroup
    results: dict[str, Any]
    """ResultConfiguration with an output location that ends in a slash."""
    scan_limit: int | None
    """Most bytes that may be read. None: no limit."""

    @property
    def key_arn(self) -> str | None:
        """The key with which results are to be encrypted; None where that is left to the bucket."""
        return (self.results.get("EncryptionConfiguration") or {}).get("KmsKey")


def terms_of(backend: AthenaBackend, workgroup: str | None, requested: dict[str, Any] | None) -> Terms:
    """The terms of a request.

    Raises RefusalError where the workgroup is unknown or disabled, or nobody says where results go.
    """
    name = workgroup or "primary"
    group = backend.work_groups.get(name)
    if group is None:
        raise RefusalError("InvalidRequestException", f"WorkGroup {name} is not found.")
    if group.state == "DISABLED":
        raise RefusalError("InvalidRequestException", f"WorkGroup {name} is disabled.")
    settings = group.configuration
    own = settings.get("ResultConfiguration") or {}
    enforced = settings.get("EnforceWorkGroupConfiguration", True)
    results = dict(own) if enforced or not requested else {**own, **requested}
    location = results.get("OutputLocation")
    if not location:
        raise RefusalError(
            "InvalidRequestException",
            "No output location provided. An output location is required either through the Workgroup result"
            " configuration setting or as an API input.",
        )
    results["OutputLocation"] = location.rstrip("/") + "/"
    return Terms(group, results, settings.get("BytesScannedCutoffPerQuery"))
