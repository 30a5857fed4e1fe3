"""The tasks of an execution act with its role, and a state machine needs a role that lets Step Functions in."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local import patching
from local.refusals import AccessDeniedError, NotEmulatedError, RefusalError
from local.runtimes.role_clients import RoleClients

_SERVICE = "states.amazonaws.com"


def install(clients: RoleClients) -> None:
    """Lets tasks call with the credentials of the execution's role."""
    _install_task_clients(clients)
    _install_role_check(clients)


def assume(clients: RoleClients, role_arn: str, machine_arn: str) -> Any:
    """A session of a state machine's role."""
    return clients.assume(role_arn, _SERVICE, machine_arn, "StepFunctions")


def _install_task_clients(clients: RoleClients) -> None:
    @patching.replace_method(StateTask, "_eval_state_credentials", "self env")
    def eval_state_credentials(original: Any, self: StateTask, env: Any) -> Any:
        if self.credentials:
            raise NotEmulatedError("the Credentials of a task")
        credentials = original(self, env)
        context = env.states.context_object.context_object_data
        credentials.machine_arn = context["StateMachine"]["Id"]
        return credentials

    @patching.replace_function(boto_client_for, "region service state_credentials")
    def client_of_role(original: Any, region: str, service: str, state_credentials: Any = None) -> Any:
        machine_arn = getattr(state_credentials, "machine_arn", None)
        if machine_arn is None:
            raise NotEmulatedError(f"a call of {service} by something else than a task")
        session = assume(clients, state_credentials.role_arn, machine_arn)
        return clients.client(service, region, session)


def check(clients: RoleClients, role_arn: str, machine_arn: str) -> None:
    """Refuses a role that does not trust Step Functions, in its words."""
    try:
        assume(clients, role_arn, machine_arn)
    except AccessDeniedError:
        raise RefusalError(
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to "
            f"assume the provided role: {role_arn}",
        ) from None


def _install_role_check(clients: RoleClients) -> None:
    @patching.replace_method(
        StepFunctionsParserBackend,
        "create_state_machine",
        "self name definition roleArn tags publish loggingConfiguration tracingConfiguration encryptionConfiguration "
        "version_description sm_type",
    )
    def create_state_machine(original: Any, self: StepFunctionsParserBackend, **request: Any) -> Any:
        arn = f"arn:aws:states:{self.region_name}:{self.account_id}:stateMachine:{request['name']}"
        check(clients, request["roleArn"], arn)
        return original(self, **request)

    @patching.replace_method(
        StepFunctionsParserBackend,
        "update_state_machine",
        "self arn definition role_arn logging_configuration tracing_configuration encryption_configuration publish "
        "version_description",
    )
    def update_state_machine(original: Any, self: StepFunctionsParserBackend, **request: Any) -> Any:
        if request.get("role_arn"):
            check(clients, request["role_arn"], request["arn"])
        return original(self, **request)
