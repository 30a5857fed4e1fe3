"""Calls the application from many threads at once, without a network between, and prints what came of it.

Run as a process of its own: it patches moto, and slows it down at the points where threads could meet.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.__main__ import prepare_environment

prepare_environment()

from moto.dynamodb.models import table  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.s3.models import FakeKey  # noqa: E402
from moto.sqs.models import Message  # noqa: E402
from werkzeug.test import EnvironBuilder, run_wsgi_app  # noqa: E402

from local.accounts import Accounts, install  # noqa: E402
from local.enforcement.authorizer import TrustAuthorizer  # noqa: E402
from local.gaps import before_first_use, install_gaps  # noqa: E402
from local.runtimes.role_clients import RoleClients  # noqa: E402
from local.runtimes.states import StatesRuntime  # noqa: E402
from local.server import LocalAws  # noqa: E402

accounts = Accounts("123456789012")
install(accounts)
install_gaps()
StatesRuntime(RoleClients("http://127.0.0.1:9", accounts), before_first_use).install()
authorizer = TrustAuthorizer()
app = LocalAws(accounts, authorizer, authorizer.as_document)


def call(service: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of one request."""
    scope = f"AWS4-HMAC-SHA256 Credential=300000000009/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host"
    sent = {"Authorization": scope, **{name.replace("_", "-"): value for name, value in headers.items()}}
    environ = EnvironBuilder(path=path, method=method, data=body, headers=sent).get_environ()
    environ["RAW_URI"] = path
    answer, status, _ = run_wsgi_app(app, environ)
    return int(status.split()[0]), b"".join(answer)


def ask(service: str, target: str, **parameters: Any) -> tuple[int, Any]:
    """Status and document of a call to a JSON service."""
    headers = {"X_Amz_Target": target, "Content_Type": "application/x-amz-json-1.0"}
    status, body = call(service, "POST", "/", json.dumps(parameters).encode(), **headers)
    return status, json.loads(body or b"{}")


def side_by_side(work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """The results of the work on all items, done by many threads."""
    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(work, items))


def objects() -> list[int]:
    """How many of the writers of each object were told that they created it."""
    place = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
    call("s3", "PUT", "/race", place)

    def write(number: int) -> int:
        return call("s3", "PUT", f"/race/{number // 8}", b"x", If_None_Match="*")[0]

    outcomes = side_by_side(write, range(160))
    return [sum(status == 200 for status in outcomes[start : start + 8]) for start in range(0, 160, 8)]


def messages() -> list[int]:
    """How often each message was received, while others were sent and deleted."""
    _, created = ask("sqs", "AmazonSQS.CreateQueue", QueueName="race")
    url, received, total = created["QueueUrl"], [], 300

    def send(start: int) -> None:
        entries = [{"Id": str(n), "MessageBody": str(start + n)} for n in range(10)]
        ask("sqs", "AmazonSQS.SendMessageBatch", QueueUrl=url, Entries=entries)

    def work(start: int) -> None:
        send(start)
        _, answer = ask("sqs", "AmazonSQS.ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            received.append(int(message["Body"]))
            ask("sqs", "AmazonSQS.DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    side_by_side(work, range(0, total, 10))
    while found := ask("sqs", "AmazonSQS.ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)[1].get("Messages"):
        received += [int(message["Body"]) for message in found]
    return [received.count(number) for number in range(total)]


def items() -> list[int]:
    """How many claims of each item won, and what a counter came to."""
    key = {"KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    definitions = [{"AttributeName": "k", "AttributeType": "S"}]
    ask("dynamodb", "DynamoDB_20120810.CreateTable", TableName="race", AttributeDefinitions=definitions, **key)

    def claim(number: int) -> bool:
        item = {"k": {"S": str(number // 8)}}
        condition = {"ConditionExpression": "attribute_not_exists(k)"}
        return ask("dynamodb", "DynamoDB_20120810.PutItem", TableName="race", Item=item, **condition)[0] == 200

    def count(_: int) -> None:
        change = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        ask("dynamodb", "DynamoDB_20120810.UpdateItem", TableName="race", Key={"k": {"S": "counter"}}, **change)

    won = side_by_side(claim, range(240))
    side_by_side(count, range(160))
    _, found = ask("dynamodb", "DynamoDB_20120810.GetItem", TableName="race", Key={"k": {"S": "counter"}})
    return [*(sum(won[start : start + 8]) for start in range(0, 240, 8)), int(found["Item"]["n"]["N"])]


def starts() -> list[int]:
    """How many of those who start an execution of one name, each with an input of its own, got it."""
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam_backends["300000000009"]["aws"].create_role(
        "race", json.dumps({"Statement": [trust]}), "/", None, "", [], "3600"
    )
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    machine = {"name": "race", "definition": definition, "roleArn": role.arn}
    arn = ask("states", "AWSStepFunctions.CreateStateMachine", **machine)[1]["stateMachineArn"]
    pause_before(importlib.import_module("moto.stepfunctions.parser.models").Execution, "__init__", 0.002)

    def start(number: int) -> int:
        request = {"stateMachineArn": arn, "name": str(number // 8), "input": str(number)}
        return ask("states", "AWSStepFunctions.StartExecution", **request)[0]

    outcomes = side_by_side(start, range(80))
    return [sum(status == 200 for status in outcomes[first : first + 8]) for first in range(0, 80, 8)]


def pause_before(owner: Any, name: str, seconds: float) -> None:
    """Lets other threads run whenever the function is called."""
    original = getattr(owner, name)

    def paused(*arguments: Any, **options: Any) -> Any:
        time.sleep(seconds)
        return original(*arguments, **options)

    setattr(owner, name, paused)


if __name__ == "__main__":
    pause_before(FakeKey, "__init__", 0.002)
    pause_before(Message, "mark_received", 0.002)
    pause_before(Message, "had_receipt_handle", 0)
    pause_before(table, "get_filter_expression", 0.002)
    print(json.dumps({"objects": objects(), "messages": messages(), "items": items(), "starts": starts()}))
