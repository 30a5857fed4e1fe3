"""Tasks that start something and wait for it: `glue:startJobRun.sync`, `athena:startQueryExecution.sync`.

A further service is one more `Integration` in INTEGRATIONS.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.utils import camel_to_snake_case

from local import patching
from local.runtimes.states_values import plain, service_model

log = logging.getLogger(__name__)

# Short tasks are not kept waiting, and long ones do not keep the server busy.
_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.1, 1.0
_FAILED = "States.TaskFailed"

Document = dict[str, Any]
Client = Any


@dataclass(frozen=True)
class Awaited:
    """How what an action has started is followed: `look` answers the state and the task's result.

    `look` and `cancel` get the client, the task's parameters and the action's answer.
    """

    look: Callable[[Client, Document, Document], tuple[str, Document]]
    cancel: Callable[[Client, Document, Document], Any]
    ended: frozenset[str]
    succeeded: frozenset[str] = frozenset({"SUCCEEDED"})


@dataclass(frozen=True)
class Integration:
    """A service whose actions Step Functions calls, and awaits where the resource ends in `.sync`.

    `title` begins the names of its errors, `sdk` is its name in the SDK, `answers` completes what an action answers.
    """

    title: str
    sdk: str
    awaited: Mapping[str, Awaited]
    answers: Callable[[Document, Document], Document] = field(default=lambda parameters, answer: answer)


def _job_run(glue: Client, parameters: Document, answer: Document) -> tuple[str, Document]:
    run = glue.get_job_run(JobName=parameters["JobName"], RunId=answer["JobRunId"])["JobRun"]
    return run["JobRunState"], {**run, "JobName": parameters["JobName"]}


def _query(athena: Client, parameters: Document, answer: Document) -> tuple[str, Document]:
    query = athena.get_query_execution(QueryExecutionId=answer["QueryExecutionId"])["QueryExecution"]
    return query["Status"]["State"], {"QueryExecution": query}


INTEGRATIONS = {
    "glue": Integration(
        title="Glue",
        sdk="glue",
        awaited={
            "startJobRun": Awaited(
                look=_job_run,
                cancel=lambda glue, parameters, answer: glue.batch_stop_job_run(
                    JobName=parameters["JobName"], JobRunIds=[answer["JobRunId"]]
                ),
                ended=frozenset({"SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "STOPPED", "EXPIRED"}),
            )
        },
        # Step Functions adds the job's name, which Glue does not answer.
        answers=lambda parameters, answer: {**answer, "JobName": parameters["JobName"]},
    ),
    "athena": Integration(
        title="Athena",
        sdk="athena",
        awaited={
            "startQueryExecution": Awaited(
                look=_query,
                cancel=lambda athena, parameters, answer: athena.stop_query_execution(
                    QueryExecutionId=answer["QueryExecutionId"]
                ),
                ended=frozenset({"SUCCEEDED", "FAILED", "CANCELLED"}),
            )
        },
    ),
}


class IntegratedTask(StateTaskServiceCallback):
    """A task of one of the integrations; takes the place of moto's, which cannot finish a `.sync`."""

    def __init__(self, integration: Integration) -> None:
        super().__init__(supported_integration_patterns=frozenset({ResourceCondition.Sync}))
        self._integration = integration

    def _validate_service_integration_is_supported(self) -> None:
        action = self.resource.api_action
        awaits = self.resource.condition is not None
        if self._operation() is None or (awaits and action not in self._integration.awaited):
            raise ValueError(f"The resource {self.resource.resource_arn} is not recognized or not emulated.")

    def _operation(self) -> str | None:
        names = service_model(self._integration.sdk).operation_names
        return next((name for name in names if name.lower() == self.resource.api_action.lower()), None)

    def _get_boto_service_name(self, boto_service_name: str | None = None) -> str:
        return self._integration.sdk

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Document, state_credentials: Any
    ) -> None:
        client = boto_client_for(resource_runtime_part.region, self._integration.sdk, state_credentials)
        answer = getattr(client, camel_to_snake_case(self.resource.api_action))(**normalised_parameters)
        answer.pop("ResponseMetadata", None)
        env.stack.append(plain(self._integration.answers(normalised_parameters, answer), epoch=True))

    def _eval_integration_pattern(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Document, state_credentials: Any
    ) -> None:
        """Waits for the end of what was started; what an execution no longer waits for is cancelled."""
        awaited = self._integration.awaited[self.resource.api_action]
        client = boto_client_for(resource_runtime_part.region, self._integration.sdk, state_credentials)
        answer, pause = env.stack[-1], _FIRST_POLL_SECONDS
        while env.is_running():
            state, result = awaited.look(client, normalised_parameters, answer)
            if state in awaited.ended:
                result = plain(result, epoch=True)
                if state not in awaited.succeeded:
                    raise FailureEventException(self._failure(env, _FAILED, to_json_str(result)))
                env.stack[-1] = result
                return
            time.sleep(pause)
            pause = min(pause * 1.2, _LONGEST_POLL_SECONDS)
        try:
            awaited.cancel(client, normalised_parameters, answer)
        except ClientError:
            log.exception("%s was not cancelled", self.resource.resource_arn)

    def _from_error(self, env: Any, ex: Exception) -> FailureEvent:
        if not isinstance(ex, ClientError):
            return super()._from_error(env, ex)
        error, metadata = ex.response["Error"], ex.response["ResponseMetadata"]
        title = self._integration.title
        cause = (
            f"{error['Message']} (Service: {title}; Status Code: {metadata.get('HTTPStatusCode')}; "
            f"Error Code: {error['Code']}; Request ID: {metadata.get('RequestId')}; Proxy: null)"
        )
        return self._failure(env, f"{title}.{error['Code']}", cause)

    def _failure(self, env: Any, error: str, cause: str) -> FailureEvent:
        details = TaskFailedEventDetails(
            resource=self._get_sfn_resource(), resourceType=self._get_sfn_resource_type(), error=error, cause=cause
        )
        return FailureEvent(
            env=env,
            error_name=ErrorName(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )


def install() -> None:
    """Gives tasks of the integrated services to this module."""

    @patching.replace_function(state_task_service_factory.state_task_service_for, "service_name")
    def task_of(original: Any, service_name: str) -> Any:
        if service_name in INTEGRATIONS:
            return IntegratedTask(INTEGRATIONS[service_name])
        if service_name in state_task_service_factory._UNSUPPORTED_SERVICE_NAMES:
            # moto would forward the call and not wait for what it starts.
            raise ValueError(f"tasks of {service_name} are not emulated")
        return original(service_name)
