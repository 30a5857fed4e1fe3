"""Gaps of moto's Lambda: what it forgets of a function's configuration. Running functions is a runtime's business."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage, LayerVersion
from moto.s3.models import s3_backends

from local import patching
from local.accounts import find_role
from local.policies import Caller, allows

_LARGEST_CODE = 262144000


def install() -> None:
    """Closes the gaps of Lambda."""
    keep_logging_and_dead_letter_configuration()
    update_every_setting()
    replace_event_invoke_configuration()
    read_the_named_object_version()
    refuse_roles_that_do_not_trust_lambda()
    refuse_code_that_is_too_large()
    answer_the_vpc_of_the_subnets()


def keep_logging_and_dead_letter_configuration() -> None:
    """CreateFunction, GetFunction: moto drops LoggingConfig and DeadLetterConfig."""

    @patching.replace_method(LambdaFunction, "__init__", "self account_id spec region version")
    def init(
        original: Any, self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: Any = 1
    ) -> None:
        original(self, account_id, spec, region, version)
        self.dead_letter_target = (spec.get("DeadLetterConfig") or {}).get("TargetArn")  # type: ignore[attr-defined]
        self.logging_config = _logging_config(self, spec.get("LoggingConfig") or {})  # type: ignore[attr-defined]

    @patching.replace_method(LambdaFunction, "get_configuration", "self on_create")
    def get_configuration(original: Any, self: Any, on_create: bool = False) -> dict[str, Any]:
        answer = {**original(self, on_create), "LoggingConfig": self.logging_config}
        if self.dead_letter_target:
            answer["DeadLetterConfig"] = {"TargetArn": self.dead_letter_target}
        return answer


def update_every_setting() -> None:
    """UpdateFunctionConfiguration: moto updates half of the settings and answers success for the others."""

    @patching.replace_method(LambdaFunction, "update_configuration", "self config_updates")
    def update_configuration(original: Any, self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        if "DeadLetterConfig" in config_updates:
            self.dead_letter_target = config_updates["DeadLetterConfig"].get("TargetArn")
        if "LoggingConfig" in config_updates:
            self.logging_config = _logging_config(self, config_updates["LoggingConfig"])
        if "TracingConfig" in config_updates:
            self.tracing_config = config_updates["TracingConfig"]
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        if "KMSKeyArn" in config_updates:
            self.kms_key_arn = config_updates["KMSKeyArn"]
        environment = config_updates.get("Environment")
        if environment is not None:
            config_updates = {**config_updates, "Environment": {"Variables": environment.get("Variables", {})}}
        return original(self, config_updates)


def replace_event_invoke_configuration() -> None:
    """PutFunctionEventInvokeConfig, UpdateFunctionEventInvokeConfig: moto keeps and answers the first one for ever."""

    @patching.replace_method(LambdaBackend, "put_function_event_invoke_config", "self function_name config")
    def put(original: Any, self: LambdaBackend, function_name: str, config: dict[str, Any]) -> Any:
        self.get_function(function_name).event_invoke_config = []
        return original(self, function_name, config)

    @patching.replace_method(LambdaBackend, "update_function_event_invoke_config", "self function_name config")
    def update(original: Any, self: LambdaBackend, function_name: str, config: dict[str, Any]) -> Any:
        known = self.get_function(function_name).event_invoke_config
        merged = {**(known[-1].config if known else {}), **config}
        return self.put_function_event_invoke_config(function_name, merged)


def read_the_named_object_version() -> None:
    """CreateFunction, UpdateFunctionCode, PublishLayerVersion: moto takes the newest object, not the named version."""

    @patching.replace_method(LambdaFunction, "_set_function_code", "self updated_spec")
    def set_function_code(original: Any, self: LambdaFunction, updated_spec: dict[str, Any]) -> None:
        original(self, updated_spec)
        _take_version(self, updated_spec)

    @patching.replace_method(LayerVersion, "__init__", "self spec account_id region")
    def init(original: Any, self: LayerVersion, spec: dict[str, Any], account_id: str, region: str) -> None:
        original(self, spec, account_id, region)
        _take_version(self, spec["Content"])


def refuse_roles_that_do_not_trust_lambda() -> None:
    """CreateFunction: moto takes any role that exists."""

    @patching.replace_method(LambdaStorage, "put_function", "self fn")
    def put_function(original: Any, self: LambdaStorage, fn: LambdaFunction) -> None:
        role = find_role(fn.role)
        context = {"aws:SourceAccount": fn.account_id, "aws:SourceArn": fn.function_arn}
        caller = Caller(service="lambda.amazonaws.com")
        if role and not allows(role.assume_role_policy_document, "sts:AssumeRole", caller, context):
            raise InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.")
        original(self, fn)


def refuse_code_that_is_too_large() -> None:
    """CreateFunction, UpdateFunctionCode: code and layers may have 250 MB unpacked."""

    @patching.replace_method(LambdaStorage, "put_function", "self fn")
    def put_function(original: Any, self: LambdaStorage, fn: LambdaFunction) -> None:
        _require_size(fn)
        original(self, fn)

    @patching.replace_method(LambdaFunction, "update_function_code", "self updated_spec")
    def update_function_code(original: Any, self: LambdaFunction, updated_spec: dict[str, Any]) -> Any:
        answer = original(self, updated_spec)
        _require_size(self)
        return answer


def answer_the_vpc_of_the_subnets() -> None:
    """GetFunction: moto answers an invented VPC."""

    @patching.replace_property(LambdaFunction, "vpc_config")
    def vpc_config(original: Any, self: LambdaFunction) -> dict[str, Any] | None:
        answer = original(self)
        if not answer or not answer.get("SubnetIds"):
            return answer
        from moto.ec2.models import ec2_backends  # loaded only where functions are inside of a VPC

        subnet = ec2_backends[self.account_id][self.region].get_subnet(answer["SubnetIds"][0])
        return {**answer, "VpcId": subnet.vpc_id}


def _logging_config(function: LambdaFunction, wanted: dict[str, Any]) -> dict[str, Any]:
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **wanted}
    if config["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **config}
    return config


def _take_version(target: Any, place: dict[str, Any]) -> None:
    version = place.get("S3ObjectVersion")
    if not version:
        return
    bucket, key = place["S3Bucket"], place["S3Key"]
    found = s3_backends[target.account_id]["aws"].get_object(bucket, key, version_id=version)
    if found is None:
        raise InvalidParameterValueException(
            "Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: The specified version "
            "does not exist."
        )
    target.code_bytes, target.code_size, target.code_sha_256, target.code_digest = models._s3_content(found)


def _require_size(function: LambdaFunction) -> None:
    size = sum(_unpacked_size(content) for content in [function.code_bytes, *_layer_contents(function)])
    if size > _LARGEST_CODE:
        raise InvalidParameterValueException(f"Unzipped size must be smaller than {_LARGEST_CODE} bytes")


def _unpacked_size(content: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise InvalidParameterValueException("Could not unzip uploaded file. Please check your file.") from None


def _layer_contents(function: LambdaFunction) -> list[bytes]:
    contents = []
    for layer in function.layers:
        _, _, _, region, account, _, name, version = layer["Arn"].split(":")
        contents.append(models.lambda_backends[account][region].get_layer_version(name, version).code_bytes)
    return contents
