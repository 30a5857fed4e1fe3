"""What an organization holds all accounts to: nothing of that is in the stacks, so it is read from a file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from access.model import Document
from access.stacks import Estate
from access.validation import InvalidPolicyError, problems_of


def held_by(estate: Estate, file: Path) -> Estate:
    """The estate as if a service control policy were attached to its accounts.

    :raises InvalidPolicyError: if the file has none, or one that does not mean what it says.
    """
    try:
        body = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidPolicyError([f"{file.name} cannot be read as a policy: {error}"]) from error
    if problems := problems_of(file.name, body, "limit"):
        raise InvalidPolicyError(problems)
    return replace(estate, organization=Document(f"organization {file.name}", body))
