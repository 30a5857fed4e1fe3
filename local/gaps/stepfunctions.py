"""Gaps of moto's Step Functions."""

from __future__ import annotations

import base64
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local import patching
from local.refusals import RefusalError

_MOST_EVENTS = 1000


def install() -> None:
    """Closes the gaps of Step Functions."""
    validate_definitions()
    list_versions()
    refuse_other_machines_of_the_name()
    forget_tags_of_deleted_machines()
    tell_when_and_why_executions_ended()
    page_histories()


def validate_definitions() -> None:
    """ValidateStateMachineDefinition: moto lacks it, and Terraform asks before each plan."""

    @patching.add_method(StepFunctionResponse, "validate_state_machine_definition")
    def validate_state_machine_definition(self: StepFunctionResponse) -> ActionResult:
        try:
            StepFunctionsParserBackend._validate_definition(self._get_param("definition"))
        except InvalidDefinition as error:
            problem = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": str(error.message)}
            return ActionResult({"result": "FAIL", "diagnostics": [problem], "truncated": False})
        return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})


def list_versions() -> None:
    """ListStateMachineVersions: moto lacks it."""

    @patching.add_method(StepFunctionResponse, "list_state_machine_versions")
    def list_state_machine_versions(self: StepFunctionResponse) -> ActionResult:
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        versions = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
            for _, version in sorted(machine.versions.items(), reverse=True)
        ]
        return ActionResult({"stateMachineVersions": versions})


def refuse_other_machines_of_the_name() -> None:
    """CreateStateMachine: moto answers with the machine that has the name, whatever its definition is."""

    @patching.replace_method(
        StepFunctionBackend,
        "create_state_machine",
        "self name definition roleArn tags publish loggingConfiguration tracingConfiguration encryptionConfiguration "
        "version_description sm_type",
    )
    def create_state_machine(original: Any, self: StepFunctionBackend, **request: Any) -> Any:
        for known in self.state_machines:
            same = (known.definition, known.roleArn) == (request["definition"], request["roleArn"])
            if known.name == request["name"] and not same:
                raise RefusalError("StateMachineAlreadyExists", f"State Machine Already Exists: '{known.arn}'")
        return original(self, **request)


def forget_tags_of_deleted_machines() -> None:
    """DeleteStateMachine: moto gives the tags to the next one of that name, and lets its executions run on."""

    @patching.replace_method(StepFunctionBackend, "delete_state_machine", "self arn")
    def delete_state_machine(original: Any, self: StepFunctionBackend, arn: str) -> None:
        original(self, arn)
        self.tagger.delete_all_tags_for_resource(arn)


def tell_when_and_why_executions_ended() -> None:
    """DescribeExecution, ListExecutions, StopExecution: moto drops the end of a timeout and the reason of a stop."""

    @patching.replace_method(StepFunctionResponse, "describe_execution", "self")
    def describe_execution(original: Any, self: StepFunctionResponse) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        answer = dict(original(self).result)
        if execution.stop_date:
            answer["stopDate"] = execution.stop_date
        if "output" in answer:
            # moto takes an output that is a string for JSON.
            answer["output"] = to_json_str(execution.output, separators=(",", ":"))
        return ActionResult(answer)

    @patching.replace_method(StepFunctionResponse, "list_executions", "self")
    def list_executions(original: Any, self: StepFunctionResponse) -> ActionResult:
        answer = dict(original(self).result)
        for entry in answer["executions"]:
            ended = self.stepfunction_backend.describe_execution(entry["executionArn"]).stop_date
            if ended:
                entry["stopDate"] = ended
        return ActionResult(answer)

    @patching.replace_method(StepFunctionResponse, "stop_execution", "self")
    def stop_execution(original: Any, self: StepFunctionResponse) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        was_running = execution.status == "RUNNING"
        answer = original(self)
        if was_running:
            execution.error = self._get_param("error")
            execution.cause = self._get_param("cause")
        return answer


def page_histories() -> None:
    """GetExecutionHistory: moto answers everything, always from the start."""

    @patching.replace_method(StepFunctionResponse, "get_execution_history", "self")
    def get_execution_history(original: Any, self: StepFunctionResponse) -> ActionResult:
        events = list(original(self).result["events"])
        if self._get_bool_param("reverseOrder"):
            events.reverse()
        token = self._get_param("nextToken")
        start = int(base64.b64decode(token)) if token else 0
        end = start + (self._get_int_param("maxResults") or _MOST_EVENTS)
        page = {"events": events[start:end]}
        if end < len(events):
            page["nextToken"] = base64.b64encode(str(end).encode()).decode()
        return ActionResult(page)
