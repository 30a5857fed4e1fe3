"""Values in state machines: paths, JSONata, what services answer, and the names of the errors they answer with."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.session
import jsonata
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from botocore.response import StreamingBody
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.jsonata import jsonata as expressions
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local import patching

_SEVERAL_VALUES = re.compile(r"\*|\.\.|\?\(|\[[^\]'\"]*[:,][^\]]*\]")
_TITLES = {"dynamodb": "DynamoDb", "eventbridge": "EventBridge", "cloudwatchlogs": "CloudWatchLogs"}
# The names of services in the resources of tasks that are not those of the SDK.
_SDK_NAMES = {"eventbridge": "events", "cloudwatchlogs": "logs", "sfn": "stepfunctions", "states": "stepfunctions"}


def install() -> None:
    """Corrects how moto's interpreter reads and writes values."""
    _install_paths()
    _install_jsonata()
    _install_shapes()
    _install_answers()
    _install_errors()


@lru_cache
def service_model(name: str) -> ServiceModel:
    """What the SDK knows of a service."""
    return botocore.session.get_session().get_service_model(name)


def plain(value: Any, *, epoch: bool = False) -> Any:
    """A service's answer as JSON; moments as ISO 8601, or as milliseconds where an integration answers those."""
    if isinstance(value, Mapping):
        return {key: plain(entry, epoch=epoch) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry, epoch=epoch) for entry in value]
    if isinstance(value, datetime):
        if epoch:
            return int(value.timestamp() * 1000)
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, StreamingBody):
        value = value.read()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _install_paths() -> None:
    @patching.replace_function(json_path.extract_json, "path data")
    def extract_json(original: Any, path: str, data: Any) -> Any:
        """A path that can only name one value gives the value, where moto gives a list of it."""
        if _SEVERAL_VALUES.search(path):
            return original(path, data)
        found = _parsed(path).find(data)
        if not found:
            raise json_path.NoSuchJsonPathError(json_path=path, data=data)
        return found[0].value


@lru_cache(maxsize=512)
def _parsed(path: str) -> Any:
    return json_path.parse(path)


def _install_jsonata() -> None:
    """moto has left out JSONata: its evaluation ran on a Java machine."""

    @patching.replace_function(expressions.eval_jsonata_expression, "jsonata_expression")
    def evaluate(original: Any, jsonata_expression: str) -> Any:
        try:
            sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
            return json.loads(json.dumps(jsonata.Jsonata(jsonata_expression).evaluate(None)))
        except Exception as error:
            raise expressions.JSONataException("UNKNOWN", str(error)) from error

    @patching.replace_function(expressions.encode_jsonata_variable_declarations, "bindings")
    def encode(original: Any, bindings: dict[str, Any]) -> str:
        """moto does not escape what stands in a string."""
        return "".join(f"{name}:={to_json_str(value, separators=(',', ':'))};" for name, value in bindings.items())

    @patching.replace_function(expressions.extract_jsonata_variable_references, "jsonata_expression")
    def references(original: Any, jsonata_expression: str) -> set[str]:
        """moto refuses `$`, which is the value at hand within a predicate or a step."""
        found = expressions._PATTERN_VARIABLE_REFERENCE.findall(jsonata_expression or "")
        return {name for name in found if name and name not in ("$", "$$")}


def _install_shapes() -> None:
    """moto has left out the translation of parameters' and answers' names between Step Functions and the SDK."""
    StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.update(_SDK_NAMES)

    @patching.replace_method(
        StateTaskService, "_normalise_parameters", "self parameters boto_service_name service_action_name"
    )
    def parameters(
        original: Any,
        self: StateTaskService,
        parameters: dict[str, Any],
        boto_service_name: str | None = None,
        service_action_name: str | None = None,
    ) -> None:
        shape = _shape(self, boto_service_name, service_action_name, "input_shape")
        if shape is not None:
            self._to_boto_request(parameters, shape)

    @patching.replace_method(
        StateTaskService, "_normalise_response", "self response boto_service_name service_action_name"
    )
    def response(
        original: Any,
        self: StateTaskService,
        response: Any,
        boto_service_name: str | None = None,
        service_action_name: str | None = None,
    ) -> None:
        shape = _shape(self, boto_service_name, service_action_name, "output_shape")
        if shape is not None:
            self._from_boto_response(response, shape)


def _shape(task: StateTaskService, service: str | None, action: str | None, side: str) -> Any:
    model = service_model(task._get_boto_service_name(service))
    wanted = task._get_boto_service_action(action).replace("_", "")
    operation = next((name for name in model.operation_names if name.lower() == wanted), None)
    return getattr(model.operation_model(operation), side) if operation else None


def _install_answers() -> None:
    @patching.replace_method(
        StateTaskService,
        "_after_eval_execution",
        "self env resource_runtime_part normalised_parameters state_credentials",
    )
    def after(original: Any, self: StateTaskService, env: Any, *arguments: Any, **named: Any) -> None:
        """Answers must be JSON: moments break moto's DescribeExecution."""
        env.stack[-1] = plain(env.stack[-1])
        original(self, env, *arguments, **named)


def _install_errors() -> None:
    @patching.replace_method(StateTaskServiceAwsSdk, "_normalise_service_error_name", "service_name")
    def title(original: Any, service_name: str) -> str:
        return _TITLES.get(service_name.lower(), service_name[:1].upper() + service_name[1:])

    @patching.replace_method(StateTaskServiceAwsSdk, "_normalise_exception_name", "norm_service_name ex")
    def name(original: Any, norm_service_name: str, ex: Exception) -> str:
        code = ex.response["Error"]["Code"] if isinstance(ex, ClientError) else type(ex).__name__
        return f"{norm_service_name}.{code.removesuffix('Exception')}Exception"
