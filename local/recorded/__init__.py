"""Services that watch accounts: here they are kept as configuration and watch nothing.

moto has little of them, and what they do takes what only AWS has. So that they can be deployed and planned, each is
one module with one short function a call.
"""

from __future__ import annotations

from collections.abc import Iterator

from local.recorded.accessanalyzer import accessanalyzer
from local.recorded.guardduty import guardduty
from local.recorded.macie2 import macie2
from local.recorded.securityhub import securityhub
from local.recorded.service import RecordedService

# By the name under which requests are signed.
SERVICES: dict[str, RecordedService] = {
    "access-analyzer": accessanalyzer,
    "guardduty": guardduty,
    "macie2": macie2,
    "securityhub": securityhub,
}


def list_resources() -> Iterator[dict[str, str]]:
    """Every resource as account, region, service, type and id."""
    for service in SERVICES.values():
        for account, region, name, kind, resource in service.resources():
            yield {"account": account, "region": region, "service": name, "type": kind, "id": resource}
