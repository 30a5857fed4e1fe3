"""User and password, from where the definition says they are. They are in no argument, no file and no log."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import SecretRefusedError


@dataclass(frozen=True)
class Credentials:
    """Who reads."""

    username: str
    password: str = field(repr=False)


def read_secret(reference: str, client: Callable[[str], Any]) -> Credentials:
    """What `secretsmanager:<name or ARN>` or `ssm:<name>` holds: JSON with `username` and `password`.

    `client` makes boto3's clients by their service. Raises SecretRefusedError, which never shows what was found.
    """
    service, _, name = reference.partition(":")
    try:
        text = _READERS[service](client, name)
    except KeyError:
        fix = "use secretsmanager:<name> or ssm:<name>"
        raise SecretRefusedError(f"the secret {reference} is in no service that the lake knows: {fix}") from None
    except ClientError as error:
        problem = error.response.get("Error", {})
        said = f"{problem.get('Code')}: {problem.get('Message')}"
        raise SecretRefusedError(
            f"the secret {reference} cannot be read: {said}: check that it exists and that the job's role may read it"
        ) from None
    except BotoCoreError as error:
        raise SecretRefusedError(
            f"the secret {reference} cannot be read: {error}: check the way to {service}"
        ) from None
    try:
        found = json.loads(text)
        username, password = found["username"], found["password"]
        if not (isinstance(username, str) and isinstance(password, str) and username and password):
            raise TypeError
    # Neither the error nor its cause may be shown: both can hold what was found.
    except (ValueError, KeyError, TypeError):
        raise SecretRefusedError(
            f'the secret {reference} has another form: store {{"username": "...", "password": "..."}} as texts'
        ) from None
    return Credentials(username, password)


def _secrets_manager(client: Callable[[str], Any], name: str) -> str:
    return str(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def _ssm(client: Callable[[str], Any], name: str) -> str:
    return str(client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


_READERS = {"secretsmanager": _secrets_manager, "ssm": _ssm}
