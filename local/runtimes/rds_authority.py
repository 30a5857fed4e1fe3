"""The authority behind the certificates of local databases, as Amazon's is behind those of RDS."""

from __future__ import annotations

import functools
from pathlib import Path

from local.postgres_certificates import Authority

# Programs that call databases have the authorities of RDS in a file of this name.
TRUST_STORE = "rds-ca.pem"


@functools.cache
def authority() -> Authority:
    """The same for all databases of this process."""
    return Authority("Local RDS authority")


def trust_local_databases(folder: Path) -> None:
    """Adds the authority to `rds-ca.pem` in the folder, if there is one: to a copy, never to what others link to."""
    store = folder / TRUST_STORE
    if not store.is_file():
        return
    text = store.read_text().rstrip("\n")
    store.unlink()
    store.write_text(f"{text}\n{authority().pem}")
