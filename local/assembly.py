"""Puts the embedded local AWS together: patches in their order, the server, the runtimes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local import accounts, patching
from local.gaps import install_gaps
from local.runtimes.athena_engine import Engine
from local.runtimes.athena_runtime import AthenaRuntime
from local.runtimes.crawler_runtime import CrawlerRuntime
from local.runtimes.lambda_runtime import LambdaOptions, LambdaRuntime
from local.runtimes.processes import Processes
from local.server import LocalAws, Server


@dataclass(frozen=True)
class Settings:
    """What the command line says."""

    port: int
    run_dir: Path
    management_account: str
    lambda_workers: int
    role_session_seconds: int
    async_retry_seconds: float


@dataclass(frozen=True)
class Assembly:
    """A server that is ready to serve, and what has to be stopped with it."""

    server: Server
    started_at: str
    shutdown: Callable[[], None]


def assemble(settings: Settings) -> Assembly:
    """Patches moto and binds the port; nothing is served before `server.serve()`."""
    patching.require_supported_moto()
    known_accounts = accounts.Accounts(settings.management_account)
    accounts.install(known_accounts)
    install_gaps()
    app = LocalAws(known_accounts)
    server = Server(app, settings.port)
    processes = Processes()
    functions = LambdaRuntime(
        LambdaOptions(
            run_dir=settings.run_dir,
            endpoint=server.endpoint,
            workers=settings.lambda_workers,
            session_seconds=settings.role_session_seconds,
            async_retry_seconds=settings.async_retry_seconds,
        ),
        known_accounts,
        processes,
    )
    functions.install()
    engine = Engine()
    athena = AthenaRuntime(engine)
    athena.install()
    CrawlerRuntime(engine).install()

    def shutdown() -> None:
        functions.shutdown()
        athena.shutdown()
        processes.close()

    return Assembly(server, app.started_at, shutdown)
