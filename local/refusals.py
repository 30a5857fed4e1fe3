"""Refused requests, answered in the protocol of the service that was called."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from local.signing import Environ


class RefusalError(Exception):
    """A request is refused; may be raised anywhere while a request is handled."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class AccessDeniedError(RefusalError):
    """The caller may not do this."""

    def __init__(self, message: str) -> None:
        super().__init__("AccessDenied", message, 403)


class NotEmulatedError(RefusalError):
    """AWS has this, the embedded one does not: said loudly instead of answering something invented."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplemented", f"The embedded local AWS does not emulate this: {what}", 501)


Answer = tuple[int, dict[str, str], bytes]


def answer_refusal(environ: Environ, service: str | None, refusal: RefusalError) -> Answer:
    """Status, headers and body of a refusal, as the SDK of the service expects them."""
    request_id = str(uuid.uuid4())
    code, message = escape(refusal.code), escape(refusal.message)
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    path = environ.get("PATH_INFO", "")
    if service == "s3" and not path.startswith("/v20180820/"):
        return _xml(refusal.status, f"<Error>{error}<RequestId>{request_id}</RequestId></Error>")
    if service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        return _xml(refusal.status, body)
    if service == "s3" or environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        error = f"<Error><Type>Sender</Type>{error}</Error>"
        return _xml(refusal.status, f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>")
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amzn-Errortype": refusal.code,
        "x-amzn-RequestId": request_id,
    }
    document = {"__type": refusal.code, "message": refusal.message, "Message": refusal.message}
    return refusal.status, headers, json.dumps(document).encode()


def _xml(status: int, body: str) -> Answer:
    return status, {"Content-Type": "application/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
