"""One attempt to do what is forbidden, beside its twin that is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

Call = Callable[[], Any]

REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMS.AccessDeniedException",
    "KMSAccessDenied",
    "403",
}


@dataclass(frozen=True)
class Attempt:
    """What is tried: refused for one, allowed for another, or for the same with what is their own."""

    title: str
    refused: Call
    allowed: Call


class RefusedError(Exception):
    """Somebody was refused by something else than an error of AWS, such as the status of a URL."""


def outcome(call: Call) -> str:
    """`refused`, `passed`, or the error in which the call ended otherwise."""
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return "refused" if code in REFUSALS else f"{code}: {error.response['Error']['Message']}"
    except RefusedError:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "passed"
