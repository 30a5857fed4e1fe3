"""State machines on this machine: moto's interpreter, corrected, with the credentials of each execution's role."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from moto.core.config import default_user_config

from local import patching
from local.refusals import NotEmulatedError
from local.runtimes.role_clients import RoleClients

_START_SECONDS = 5.0


class StatesRuntime:
    """Everything that runs state machines.

    The interpreter takes a second and 140 MB to load, so nothing of it is loaded before it is needed.
    """

    def __init__(self, clients: RoleClients, before_first_use: Callable[[str, Callable[[], None]], None]) -> None:
        self._clients = clients
        self._before_first_use = before_first_use

    def install(self) -> None:
        """Connects the runtime with moto's Step Functions, at the first request for it."""
        self._before_first_use("stepfunctions", self._load)

    def _load(self) -> None:
        from local.runtimes import states_credentials, states_sync, states_values

        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        states_values.install()
        states_credentials.install(self._clients)
        states_sync.install()
        _install_starts(self._clients)
        _install_ends()


def _install_starts(clients: RoleClients) -> None:
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    from local.runtimes import states_credentials

    one_at_a_time = threading.Lock()

    @patching.replace_method(
        StepFunctionsParserBackend, "start_execution", "self state_machine_arn name execution_input trace_header"
    )
    def start_execution(
        original: Any,
        self: StepFunctionsParserBackend,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: Any = None,
    ) -> Any:
        """Without a name moto's executions are all called None; two starts at once could both win a name."""
        machine = self.describe_state_machine(state_machine_arn)
        if machine.type != "STANDARD":
            raise NotEmulatedError(f"executions of state machines of the type {machine.type}")
        states_credentials.check(clients, machine.roleArn, machine.arn)
        if name is not None:
            self._validate_name(name)
        with one_at_a_time:
            return original(self, state_machine_arn, name or str(uuid.uuid4()), execution_input or "{}", trace_header)


def _install_ends() -> None:
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

    @patching.replace_method(Execution, "stop", "self stop_date error cause")
    def stop(original: Any, self: Execution, stop_date: Any, error: str | None, cause: str | None) -> None:
        """An execution is over at once; moto's goes on until what it waits for has ended."""
        deadline = time.monotonic() + _START_SECONDS
        while self.exec_worker.env is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        original(self, stop_date, error, cause)
        self.exec_status, self.stop_date = ExecutionStatus.ABORTED, stop_date
        self.error, self.cause = error, cause

    @patching.replace_method(BaseExecutionWorkerCommunication, "_reflect_execution_status", "self")
    def reflect(original: Any, self: BaseExecutionWorkerCommunication) -> None:
        if self.execution.exec_status == ExecutionStatus.RUNNING:
            original(self)

    @patching.replace_method(retrier_decl.RetrierDecl, "_eval_body", "self env")
    def retry(original: Any, self: Any, env: Any) -> None:
        waiting.env = env
        original(self, env)

    waiting = threading.local()

    class _Clock:
        """Stands in for the module `time` where moto waits before a retry: the end of an execution ends the wait."""

        @staticmethod
        def sleep(seconds: float) -> None:
            deadline = time.monotonic() + seconds
            while waiting.env.is_running() and (left := deadline - time.monotonic()) > 0:
                time.sleep(min(left, 0.1))

    retrier_decl.time = _Clock
