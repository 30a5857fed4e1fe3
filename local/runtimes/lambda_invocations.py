"""The Invoke call: synchronous runs, and asynchronous ones with retries, destinations and dead letters."""

from __future__ import annotations

import base64
import json
import logging
import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.utilities.aws_headers import gen_amzn_requestid_long

from local import patching
from local.refusals import NotEmulatedError, RefusalError
from local.runtimes.lambda_pool import ThrottledError
from local.runtimes.lambda_runner import LambdaRunner
from local.runtimes.lambda_worker import Outcome

log = logging.getLogger(__name__)

_LARGEST_EVENT = 6 * 1024 * 1024
_LARGEST_ASYNC_EVENT = 1024 * 1024
_LARGEST_ANSWER = 6291556


class AsyncInvocations:
    """Runs events that nobody waits for, up to three times."""

    def __init__(self, runner: LambdaRunner, threads: int, retry_seconds: float) -> None:
        self._runner = runner
        self._retry_seconds = retry_seconds
        self._events: queue.Queue[tuple[Any, str, int, float]] = queue.Queue()
        for number in range(threads):
            threading.Thread(target=self._work, name=f"async-{number}", daemon=True).start()

    def submit(self, function: Any, event: str) -> None:
        """Takes an event on; it is run as soon as a worker is free."""
        self._events.put((function, event, 1, time.monotonic()))

    def _work(self) -> None:
        while True:
            function, event, attempt, due = self._events.get()
            try:
                delay = due - time.monotonic()
                if delay > 0:
                    time.sleep(min(delay, 0.05))
                    self._events.put((function, event, attempt, due))
                else:
                    self._attempt(function, event, attempt)
            except Exception:
                log.exception("asynchronous invocation of %s", function.function_arn)

    def _attempt(self, function: Any, event: str, attempt: int) -> None:
        outcome = self._runner.run(function, event, wait=True)
        config = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        destinations = config.get("DestinationConfig") or {}
        if outcome.error is None:
            self._report(function, event, outcome, attempt, "Success", destinations.get("OnSuccess"))
        elif attempt <= config.get("MaximumRetryAttempts", 2):
            # AWS waits one and then two minutes.
            self._events.put((function, event, attempt + 1, time.monotonic() + attempt * self._retry_seconds))
        else:
            self._report(function, event, outcome, attempt, "RetriesExhausted", destinations.get("OnFailure"))
            if function.dead_letter_target:
                _send_dead_letter(function.dead_letter_target, event, outcome)

    def _report(
        self, function: Any, event: str, outcome: Outcome, attempt: int, condition: str, destination: Any
    ) -> None:
        arn = (destination or {}).get("Destination")
        if not arn:
            return
        version = str(function.version)
        report = {
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": outcome.request_id,
                "functionArn": f"{function.function_arn}:{version}",
                "condition": condition,
                "approximateInvokeCount": attempt,
            },
            "requestPayload": json.loads(event),
            "responseContext": {
                "statusCode": 200,
                "executedVersion": version,
                **({"functionError": "Unhandled"} if outcome.error else {}),
            },
            "responsePayload": outcome.error or json.loads(outcome.payload),
        }
        if ":lambda:" in arn:
            raise NotEmulatedError("functions as destinations of asynchronous invocations")
        _send(arn, json.dumps(report), {})


def _send_dead_letter(arn: str, event: str, outcome: Outcome) -> None:
    attributes = {
        "RequestID": outcome.request_id,
        "ErrorCode": "200",
        "ErrorMessage": str((outcome.error or {}).get("errorMessage", ""))[:1024],
    }
    _send(arn, event, attributes)


def _send(arn: str, message: str, attributes: dict[str, str]) -> None:
    _, _, service, region, account, name = arn.split(":", 5)
    if service == "sqs":
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items() if value}
        sqs_backends[account][region].send_message(queue_name=name, message_body=message, message_attributes=typed)
    elif service == "sns":
        sns_backends[account][region].publish(arn=arn, message=message)
    else:
        raise NotEmulatedError(f"{service} as the destination of an asynchronous invocation")


def install(runner: LambdaRunner, asynchronous: AsyncInvocations) -> None:
    """Answers Invoke with what the deployed function does."""

    @patching.replace_method(LambdaResponse, "invoke", "self")
    def invoke(original: Any, self: LambdaResponse) -> Any:
        reference = self.path.rsplit("/", 2)[-2]
        function = _find(self, reference)
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        event = _event(self.body, _LARGEST_ASYNC_EVENT if kind == "Event" else _LARGEST_EVENT)
        if kind == "DryRun":
            return 204, {"status": "204"}, b""
        if kind == "Event":
            asynchronous.submit(function, event)
            return 202, {"status": "202"}, b""
        try:
            outcome = runner.run(
                function,
                event,
                trace=self.headers.get("X-Amzn-Trace-Id"),
                client_context=_client_context(self.headers.get("X-Amz-Client-Context")),
            )
        except ThrottledError:
            raise RefusalError("TooManyRequestsException", "Rate Exceeded.", 429) from None
        return _answer(function, outcome, tail=self.headers.get("X-Amz-Log-Type") == "Tail")

    @patching.replace_method(LambdaFunction, "invoke", "self body request_headers response_headers")
    def invoke_by_service(
        original: Any, self: LambdaFunction, body: str, request_headers: Any, response_headers: Any
    ) -> bytes:
        # Called by moto's S3, SNS, EventBridge and the like, which all invoke asynchronously on AWS.
        asynchronous.submit(self, body if isinstance(body, str) else body.decode())
        return b""

    @patching.replace_function(gen_amzn_requestid_long, "headerdict")
    def keep_request_id(original: Any, headerdict: dict[str, Any] | None = None) -> str:
        known = (headerdict or {}).get("x-amzn-requestid")
        return known or original(headerdict)


def _find(response: LambdaResponse, reference: str) -> Any:
    qualifier = response.querystring.get("Qualifier", [None])[0]
    return response.backend.get_function(unquote(reference), qualifier)


def _event(body: Any, largest: int) -> str:
    text = body.decode() if isinstance(body, bytes) else (body or "{}")
    if len(text) > largest:
        raise RefusalError("RequestTooLargeException", f"{len(text)} byte payload is too large for the event", 413)
    try:
        json.loads(text)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise RefusalError("InvalidRequestContentException", message) from None
    return text


def _client_context(header: str | None) -> Any:
    return json.loads(base64.b64decode(header)) if header else None


def _answer(function: Any, outcome: Outcome, *, tail: bool) -> tuple[int, dict[str, str], bytes]:
    headers = {
        "Content-Type": "application/json",
        "X-Amz-Executed-Version": str(function.version),
        "x-amzn-requestid": outcome.request_id,
    }
    if tail:
        headers["X-Amz-Log-Result"] = base64.b64encode("\n".join(outcome.log).encode()[-4096:]).decode()
    error, payload = outcome.error, outcome.payload.encode()
    if error is None and len(payload) > _LARGEST_ANSWER:
        message = f"Response payload size exceeded maximum allowed payload size ({_LARGEST_ANSWER} bytes)."
        error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    if error is not None:
        headers["X-Amz-Function-Error"] = "Unhandled"
        payload = json.dumps(error).encode()
    return 200, headers, payload
