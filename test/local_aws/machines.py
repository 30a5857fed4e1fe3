"""Deploys state machines and follows their executions."""

from __future__ import annotations

import json
from typing import Any

from .conftest import REGION, RunningServer, wait_until
from .jobs import role


def machine(aws: RunningServer, account: str, name: str, states: dict[str, Any], **settings: Any) -> str:
    """Creates a state machine that begins with the first of its states; its ARN."""
    definition = {"StartAt": next(iter(states)), "States": states, **settings}
    return aws.client("stepfunctions", account).create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role(aws, account, "states.amazonaws.com")
    )["stateMachineArn"]


def execute(aws: RunningServer, account: str, arn: str, document: Any = None, **request: Any) -> str:
    """Starts an execution; its ARN."""
    client = aws.client("stepfunctions", account)
    return client.start_execution(stateMachineArn=arn, input=json.dumps(document or {}), **request)["executionArn"]


def finished(aws: RunningServer, account: str, execution: str, seconds: float = 20) -> dict[str, Any]:
    """The execution, once it has ended."""
    client = aws.client("stepfunctions", account)

    def description() -> Any:
        found = client.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return wait_until(description, seconds)


def result(aws: RunningServer, account: str, states: dict[str, Any], document: Any = None, **settings: Any) -> Any:
    """What a state machine of these states answers to the document."""
    arn = machine(aws, account, f"m{abs(hash(json.dumps(states)))}", states, **settings)
    ended = finished(aws, account, execute(aws, account, arn, document))
    assert ended["status"] == "SUCCEEDED", ended
    return json.loads(ended["output"])


def events(aws: RunningServer, account: str, execution: str, **request: Any) -> list[str]:
    """The types of the execution's events."""
    found = aws.client("stepfunctions", account).get_execution_history(executionArn=execution, **request)
    return [event["type"] for event in found["events"]]


def machine_arn(account: str, name: str) -> str:
    """The ARN of a state machine."""
    return f"arn:aws:states:{REGION}:{account}:stateMachine:{name}"
