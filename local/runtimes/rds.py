"""Aurora PostgreSQL on this machine: each cluster is a PostgreSQL server, which lives as long as the cluster."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pg8000.native import identifier, literal

from local.postgres import PostgresServer
from local.runtimes import rds_api
from local.runtimes.folders import fresh_folder
from local.runtimes.processes import Processes
from local.runtimes.rds_authority import authority

log = logging.getLogger(__name__)

# The group of the master user: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
_SUPERUSERS = "rds_superuser"
_OF_SUPERUSERS = ("pg_monitor", "pg_signal_backend", "pg_checkpoint")


class RdsRuntime:
    """The servers of all clusters."""

    def __init__(self, run_dir: Path, jars_dir: Path, processes: Processes) -> None:
        self._folder = fresh_folder(run_dir, "rds")
        self._jars_dir = jars_dir
        self._processes = processes
        self._databases: dict[str, ClusterDatabase] = {}

    def install(self, before_first_use: Callable[[str, Callable[[], None]], None]) -> None:
        """Connects the runtime with moto's RDS, which is loaded when somebody needs it."""
        before_first_use("rds", lambda: rds_api.install(self))

    def shutdown(self) -> None:
        """Ends all servers and removes their data."""
        for resource in list(self._databases):
            self.delete(resource)
        shutil.rmtree(self._folder, ignore_errors=True)

    def create(self, cluster: Any, password: str, port: int | None) -> ClusterDatabase:
        """Starts a cluster's server in the background, on the port or on any."""
        resource = cluster.db_cluster_resource_id
        server = PostgresServer(
            self._folder / resource,
            authority=authority(),
            port=port,
            processes=self._processes,
            jars_dir=self._jars_dir,
        )
        database = self._databases[resource] = ClusterDatabase(server)
        database.start(cluster, password)
        return database

    def find(self, cluster: Any) -> ClusterDatabase | None:
        """The server of a cluster; None for engines that are kept as configuration only."""
        return self._databases.get(cluster.db_cluster_resource_id)

    def delete(self, resource: str) -> None:
        """Ends the server of a cluster and removes its data."""
        database = self._databases.pop(resource, None)
        if database:
            database.remove()


class ClusterDatabase:
    """The server of one cluster, and how far its start is."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.host = server.host
        server.reserve_port()
        # What DescribeDBClusters says until the server is there, or why it is not.
        self.obstacle: str | None = "creating"
        self._starting: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where the server listens, or is going to, unless somebody else takes the port meanwhile."""
        return self.server.port

    def start(self, cluster: Any, password: str) -> None:
        """Makes the server with its master user and its first database."""
        cluster.port = self.port

        def work() -> None:
            try:
                self.server.start()
                cluster.port = self.port
                _create_master(self.server, cluster.master_username, password, cluster.database_name)
                self.obstacle = None
            except Exception as error:
                log.exception("a database could not be started")
                self.obstacle = f"failed: {error}"

        self._starting = threading.Thread(target=work, name="rds", daemon=True)
        self._starting.start()

    def stop(self) -> None:
        """Ends the server; data and port stay."""
        self._wait()
        self.server.stop()

    def resume(self) -> None:
        """Starts the server again on its port."""
        self.server.start()

    def change_password(self, user: str, password: str) -> None:
        """Gives the master user another password."""
        self._wait()
        self.server.execute(f"ALTER ROLE {identifier(user)} PASSWORD {literal(password)}")

    def remove(self) -> None:
        """Ends the server and removes its data."""
        self._wait()
        self.server.remove()

    def _wait(self) -> None:
        if self._starting:
            self._starting.join()


def _create_master(server: PostgresServer, user: str, password: str, name: str | None) -> None:
    """The roles and the database that Aurora makes."""
    group = identifier(_SUPERUSERS)
    master = identifier(user)
    server.execute(f"CREATE ROLE {group} NOLOGIN")
    server.execute(f"GRANT {', '.join(_OF_SUPERUSERS)} TO {group} WITH ADMIN OPTION")
    server.execute(f"CREATE ROLE {master} LOGIN CREATEDB CREATEROLE PASSWORD {literal(password)}")
    server.execute(f"GRANT {group} TO {master}")
    if name:
        server.execute(f"CREATE DATABASE {identifier(name)} OWNER {master}")
