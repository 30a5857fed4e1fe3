"""Puts the embedded local AWS together: patches in their order, the server, the runtimes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local import accounts, patching
from local.enforcement import inside
from local.enforcement.authorizer import PolicyAuthorizer, TrustAuthorizer
from local.gaps import before_first_use, install_gaps
from local.runtimes.athena_engine import Engine
from local.runtimes.athena_runtime import AthenaRuntime
from local.runtimes.crawler_runtime import CrawlerRuntime
from local.runtimes.emr import EmrRuntime
from local.runtimes.emr_serverless import EmrServerlessRuntime
from local.runtimes.glue_jobs import GlueRuntime
from local.runtimes.lambda_runtime import LambdaOptions, LambdaRuntime
from local.runtimes.processes import Processes
from local.runtimes.rds import RdsRuntime
from local.runtimes.role_clients import RoleClients
from local.runtimes.schedules import SchedulesRuntime
from local.runtimes.spark_slots import ProgramOptions, SparkSlots
from local.runtimes.states import StatesRuntime
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
    jars_dir: Path
    spark_processes: int
    glue_minute_seconds: float
    enforce: bool


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
    authorizer = PolicyAuthorizer() if settings.enforce else TrustAuthorizer()
    inside.install(authorizer)
    app = LocalAws(known_accounts, authorizer, authorizer.as_document)
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
    clients = RoleClients(server.endpoint, known_accounts)
    programs = _spark_programs(settings, server.endpoint, known_accounts, clients, processes)
    engine = Engine()
    athena = AthenaRuntime(engine)
    athena.install()
    CrawlerRuntime(engine).install()
    StatesRuntime(clients, before_first_use).install()
    schedules = SchedulesRuntime(clients, before_first_use)
    schedules.install()
    databases = RdsRuntime(settings.run_dir, settings.jars_dir, processes)
    databases.install(before_first_use)

    def shutdown() -> None:
        schedules.shutdown()
        functions.shutdown()
        for runtime in programs:
            runtime.shutdown()
        athena.shutdown()
        databases.shutdown()
        processes.close()

    return Assembly(server, app.started_at, shutdown)


def _spark_programs(
    settings: Settings, endpoint: str, known_accounts: accounts.Accounts, clients: RoleClients, processes: Processes
) -> list[GlueRuntime | EmrRuntime | EmrServerlessRuntime]:
    """Glue, EMR and EMR Serverless, which share the places of Spark programs."""
    slots = SparkSlots(settings.spark_processes)
    options = ProgramOptions(settings.run_dir, endpoint, settings.jars_dir, settings.glue_minute_seconds)
    jobs = GlueRuntime(options, known_accounts, clients, processes, slots)
    jobs.install()
    emr = EmrRuntime(options, known_accounts, clients, processes, slots)
    serverless = EmrServerlessRuntime(options, known_accounts, clients, processes, slots)
    for runtime in (emr, serverless):
        runtime.install(before_first_use)
    return [jobs, emr, serverless]
