"""Tasks that start something and wait for it, like `glue:startJobRun.sync` and `elasticmapreduce:addStep.sync`.

A further service is one more `Integration` in INTEGRATIONS.
"""

from __future__ import annotations

import logging
import time
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
from local.runtimes.states_emr import EMR, EMR_SERVERLESS
from local.runtimes.states_integration import Awaited, Client, Document, Integration, UnfitParametersError
from local.runtimes.states_values import plain, service_model

log = logging.getLogger(__name__)

# Short tasks are not kept waiting, and long ones do not keep the server busy.
_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.1, 1.0
_FAILED, _RUNTIME = "States.TaskFailed", "States.Runtime"


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
    "elasticmapreduce": EMR,
    "emr-serverless": EMR_SERVERLESS,
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
        calls = self._integration.calls
        if calls is not None:
            return self.resource.api_action if self.resource.api_action in calls else None
        names = service_model(self._integration.sdk).operation_names
        return next((name for name in names if name.lower() == self.resource.api_action.lower()), None)

    def _get_boto_service_name(self, boto_service_name: str | None = None) -> str:
        return self._integration.sdk

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Document, state_credentials: Any
    ) -> None:
        client = boto_client_for(resource_runtime_part.region, self._integration.sdk, state_credentials)
        if self._integration.calls:
            try:
                answer = self._integration.calls[self.resource.api_action](client, normalised_parameters)
            except UnfitParametersError as error:
                raise FailureEventException(self._failure(env, _RUNTIME, str(error))) from error
        else:
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
        integration = self._integration
        cause = (
            f"{error['Message']} (Service: {integration.service or integration.title}; "
            f"Status Code: {metadata.get('HTTPStatusCode')}; Error Code: {error['Code']}; "
            f"Request ID: {metadata.get('RequestId')}; Proxy: null)"
        )
        return self._failure(env, f"{integration.title}.{integration.error_of(error['Code'])}", cause)

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
