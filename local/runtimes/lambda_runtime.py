"""Lambda on this machine: installs the runtime and stops it."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaBackend

from local import patching
from local.accounts import Accounts
from local.runtimes import lambda_invocations, lambda_mappings
from local.runtimes.folders import fresh_folder
from local.runtimes.lambda_code import CodeStore
from local.runtimes.lambda_invocations import AsyncInvocations
from local.runtimes.lambda_mappings import Pollers
from local.runtimes.lambda_runner import LambdaRunner, RunnerOptions
from local.runtimes.processes import Processes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LambdaOptions:
    """How functions run on this machine."""

    run_dir: Path
    endpoint: str
    workers: int
    session_seconds: int
    async_retry_seconds: float


class LambdaRuntime:
    """Everything that runs functions, from start to stop."""

    def __init__(self, options: LambdaOptions, accounts: Accounts, processes: Processes) -> None:
        self._folder = fresh_folder(options.run_dir, "functions")
        node = shutil.which("node")
        self.runner = LambdaRunner(
            RunnerOptions(options.endpoint, options.workers, options.session_seconds, node),
            accounts,
            processes,
            CodeStore(self._folder, Path.cwd()),
        )
        self._pollers = Pollers(self.runner)
        self._asynchronous = AsyncInvocations(self.runner, options.workers * 4, options.async_retry_seconds)
        self._stopped = threading.Event()

    def install(self) -> None:
        """Connects the runtime with moto's Lambda."""
        lambda_invocations.install(self.runner, self._asynchronous)
        lambda_mappings.install(self._pollers)
        runner = self.runner

        @patching.replace_method(LambdaBackend, "delete_function", "self function_name qualifier")
        def delete_function(
            original: Any, self: LambdaBackend, function_name: str, qualifier: str | None = None
        ) -> None:
            arn = self.get_function(function_name, qualifier).function_arn
            original(self, function_name, qualifier)
            runner.forget(arn)

        threading.Thread(target=self._reap, name="lambda-reaper", daemon=True).start()

    def shutdown(self) -> None:
        """Stops pollers and workers and removes their files."""
        self._stopped.set()
        self._pollers.stop()
        self.runner.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _reap(self) -> None:
        while not self._stopped.wait(30):
            self.runner.retire_idle()
