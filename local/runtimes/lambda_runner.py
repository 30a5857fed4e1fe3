"""Runs deployed functions: finds their code, a worker and credentials, and logs what happened."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.core.utils import utcnow

from local.accounts import Accounts
from local.enforcement import inside
from local.refusals import RefusalError
from local.runtimes.lambda_code import Archive, CodeError, CodeFolders, CodeStore
from local.runtimes.lambda_environment import function_environment
from local.runtimes.lambda_logs import framed, new_stream_name, write_log
from local.runtimes.lambda_pool import WorkerPool
from local.runtimes.lambda_worker import Outcome, Worker, WorkerSpec
from local.runtimes.processes import Processes


@dataclass(frozen=True)
class RunnerOptions:
    """What this machine gives to functions."""

    endpoint: str
    workers: int
    session_seconds: int
    node: str | None


class LambdaRunner:
    """Invokes functions and keeps their workers."""

    def __init__(self, options: RunnerOptions, accounts: Accounts, processes: Processes, code: CodeStore) -> None:
        self.options = options
        self._accounts = accounts
        self._processes = processes
        self._code = code
        self._pools: dict[str, WorkerPool] = {}
        self._lock = threading.Lock()

    def run(
        self,
        function: Any,
        event: str,
        *,
        wait: bool = False,
        trace: str | None = None,
        client_context: Any = None,
    ) -> Outcome:
        """Runs a function once with an event in JSON.

        `wait` waits for reserved concurrency; without it ThrottledError says that there is none left.
        """
        pool = self._pool(function.function_arn)
        pool.reserve(_reserved(function), wait_for_reserved=wait)
        try:
            fingerprint = _fingerprint(function)
            try:
                with pool.worker(
                    lambda worker: self._is_current(worker, fingerprint), lambda: self._start(function, fingerprint)
                ) as worker:
                    outcome = worker.invoke(event, function.function_arn, trace or _trace(function), client_context)
                    stream = worker.spec.environment["AWS_LAMBDA_LOG_STREAM_NAME"]
            except (CodeError, RefusalError) as error:
                outcome = Outcome(request_id=secrets.token_hex(16), error=_cannot_run(error))
                stream = new_stream_name(str(function.version))
                outcome.log = [str(error)]
            self._write_log(function, stream, outcome)
            return outcome
        finally:
            pool.release()

    def forget(self, function_arn: str) -> None:
        """Stops the workers of a function that has been deleted."""
        with self._lock:
            pools = [self._pools.pop(arn) for arn in list(self._pools) if _belongs(arn, function_arn)]
        for pool in pools:
            pool.close()

    def retire_idle(self) -> None:
        """Stops workers that nobody has needed for a while."""
        for pool in list(self._pools.values()):
            pool.retire_idle()

    def close(self) -> None:
        """Stops all workers."""
        for pool in list(self._pools.values()):
            pool.close()

    def _pool(self, function_arn: str) -> WorkerPool:
        with self._lock:
            return self._pools.setdefault(function_arn, WorkerPool(self.options.workers))

    def _is_current(self, worker: Worker, fingerprint: str) -> bool:
        return worker.spec.fingerprint == fingerprint and utcnow() < worker.spec.credentials_until

    def _start(self, function: Any, fingerprint: str) -> Worker:
        if not str(function.run_time).startswith("nodejs"):
            raise CodeError(f"The runtime {function.run_time} is not emulated: only Node.js functions run here")
        if self.options.node is None:
            raise CodeError("Node.js is not found on this machine")
        context = {"aws:SourceAccount": function.account_id, "aws:SourceArn": function.function_arn}
        session = self._accounts.assume_for_service(
            function.role,
            "lambda.amazonaws.com",
            function.function_name,
            context,
            seconds=self.options.session_seconds,
        )
        folders = self._folders(function)
        environment = function_environment(
            function,
            folders,
            self._code.runtime_modules(),
            session,
            self.options.endpoint,
            new_stream_name(str(function.version)),
        )
        spec = WorkerSpec(
            memory_megabytes=int(function.memory_size),
            timeout_seconds=float(function.timeout or 3),
            task_folder=folders.task,
            environment=environment,
            fingerprint=fingerprint,
            # Whatever starts within its time must also be able to end before the credentials do.
            credentials_until=session.expiration - timedelta(seconds=float(function.timeout or 3)),
        )
        return Worker(spec, self._processes, self.options.node)

    def _folders(self, function: Any) -> CodeFolders:
        layers = []
        for layer in function.layers:
            _, _, _, region, account, _, name, version = layer["Arn"].split(":")
            found = lambda_backends[account][region].get_layer_version(name, version)
            layers.append(Archive(found.code_digest, found.code_bytes))
        return self._code.folders(Archive(function.code_digest, function.code_bytes), layers)

    def _write_log(self, function: Any, stream: str, outcome: Outcome) -> None:
        backend = lambda_backends[function.account_id][function.region]
        if function.function_name not in backend._lambdas._functions:
            # The function was deleted while it ran: its log group may be gone too and must not come back.
            return
        group = function.logging_config["LogGroup"]
        if not inside.may_log(function.role, function.function_name, "lambda", (function.region, group, stream)):
            return
        lines = framed(outcome, str(function.version), int(function.memory_size), function.logging_config)
        write_log(function.account_id, function.region, group, stream, lines)


def _reserved(function: Any) -> int | None:
    return None if function.reserved_concurrency is None else int(function.reserved_concurrency)


def _fingerprint(function: Any) -> str:
    parts = (
        function.code_digest,
        function.handler,
        function.run_time,
        function.role,
        function.timeout,
        function.memory_size,
        sorted((function.environment_vars or {}).items()),
        [layer["Arn"] for layer in function.layers],
        sorted(function.logging_config.items()),
    )
    return json.dumps(parts, default=str)


def _trace(function: Any) -> str:
    sampled = int((function.tracing_config or {}).get("Mode") == "Active")
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled={sampled}"


def _cannot_run(error: Exception) -> dict[str, str]:
    return {"errorType": "Local.CannotRun", "errorMessage": str(error)}


def _belongs(pool_arn: str, function_arn: str) -> bool:
    return pool_arn == function_arn or pool_arn.startswith(function_arn + ":")
