"""Names of tables in statements that Athena gives to Hive, which are read by patterns."""

from __future__ import annotations

import re

from local.runtimes.athena_session import Session

NAME = r"[`\"]?([\w$-]+)[`\"]?"
TABLE = rf"(?:[`\"]?awsdatacatalog[`\"]?\.)?(?:{NAME}\.)?{NAME}"


def named(session: Session, found: re.Match[str], at: int) -> tuple[str, str]:
    """Database and table that two neighbouring groups name."""
    return (found[at] or session.database).lower(), found[at + 1].lower()
