"""A real PostgreSQL on 127.0.0.1 that speaks TLS only.

    with PostgresServer(folder) as server:
        connection = server.connect()

The first start on a machine fetches the binaries. A server that root starts runs as a user without any rights, because
PostgreSQL refuses root: its data is then outside of `folder`, where that user can reach it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pg8000.dbapi
from pg8000.exceptions import InterfaceError

from local.postgres_binaries import default_jars_dir, installation
from local.postgres_certificates import Authority
from local.runtimes.processes import Processes

HOST = "127.0.0.1"
# The name of the superuser that RDS keeps for itself.
ADMIN = "rdsadmin"

_START_SECONDS = 60
_STOP_SECONDS = 10
# The port is free when it is chosen; somebody else may be quicker.
_PORT_ATTEMPTS = 5
_UNPRIVILEGED = ("postgres", "nobody")

_RULES = "hostssl all all 127.0.0.1/32 scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "ssl": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    "ssl_cert_file": "server.crt",
    "ssl_key_file": "server.key",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What is lost with the machine is lost with its folder anyhow.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}


class PostgresError(Exception):
    """The server did not start; the text has the end of its log."""


class PostgresServer:
    """One server with data of its own, empty at the first start. It ends with this process, however that ends."""

    def __init__(
        self,
        folder: Path,
        *,
        authority: Authority | None = None,
        names: Sequence[str] = (),
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        processes: Processes | None = None,
        jars_dir: Path | None = None,
    ) -> None:
        """`names` of the certificate besides localhost; `port`, any by default; `settings` of postgresql.conf."""
        self.host = HOST
        self.port = port or 0
        self._attempts = _PORT_ATTEMPTS if port is None else 1
        self.admin_password = secrets.token_urlsafe(24)
        self._authority = authority or Authority("Local PostgreSQL authority")
        self._folder = folder
        self._names = [HOST, "localhost", *names]
        self._settings = {**_SETTINGS, **(settings or {})}
        self._own_processes = processes is None
        self._processes = processes or Processes()
        self._jars_dir = jars_dir or default_jars_dir()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self._home = _reachable_home(folder) if self._user else folder
        self.authority = folder / "authority.pem"
        self.authority.write_text(self._authority.pem)

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._home / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The process that listens, while there is one."""
        return self._process.pid if self._process else None

    def reserve_port(self) -> int:
        """The port of the next start, unless somebody else takes it before."""
        self.port = self.port or _free_port()
        return self.port

    def start(self) -> None:
        """Starts the server and waits until it answers; PostgresError where it does not. Data of before is kept."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._data / "PG_VERSION").exists():
            self._initialize()
        for _ in range(self._attempts):
            port = self.reserve_port()
            if self._launch():
                return
            self.port = 0
        raise PostgresError(f"PostgreSQL found no free port on {HOST}: {port} is taken")

    def stop(self) -> None:
        """Ends the server and its connections. Data and port stay for the next start."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
                break
        self._processes.kill(process)

    def remove(self) -> None:
        """Ends the server and deletes its data."""
        self.stop()
        for path in (self._data, self._home / "installation"):
            shutil.rmtree(path, ignore_errors=True)
        if self._home != self._folder:
            shutil.rmtree(self._home, ignore_errors=True)
        if self._own_processes:
            self._processes.close()

    def connect(
        self, user: str = ADMIN, password: str | None = None, database: str = "postgres"
    ) -> pg8000.dbapi.Connection:
        """A connection by TLS, with the server's certificate and name checked; without arguments as superuser."""
        return pg8000.dbapi.connect(
            user=user,
            password=self.admin_password if password is None else password,
            host=self.host,
            port=self.port,
            database=database,
            ssl_context=ssl.create_default_context(cadata=self._authority.pem),
            timeout=_START_SECONDS,
        )

    def execute(self, statement: str, parameters: Sequence[Any] = (), database: str = "postgres") -> list[list[Any]]:
        """Runs one statement as superuser, by itself, and gives its rows."""
        with contextlib.closing(self.connect(database=database)) as connection:
            # Some statements, such as CREATE DATABASE, refuse a transaction.
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement, parameters)
            return [list(row) for row in cursor.fetchall()] if cursor.description else []

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def _initialize(self) -> None:
        """Makes the data's folder, with the superuser, the certificate and the settings."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        password = self._home / "password"
        _write_private(password, self.admin_password)
        self._hand_over(self._home, self._data, password)
        command = [self._program("initdb"), "-D", str(self._data), "-U", ADMIN, f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._ownership())
        password.unlink()
        if done.returncode != 0:
            raise PostgresError(f"PostgreSQL could not make its data folder: {done.stderr.strip()[-1000:]}")
        certificate = self._authority.issue(self._names)
        _write_private(self._data / "server.crt", certificate.certificate)
        _write_private(self._data / "server.key", certificate.key)
        _write_private(self._data / "pg_hba.conf", _RULES)
        lines = [f"{name} = '{value}'\n" for name, value in self._settings.items()]
        _write_private(self._data / "postgresql.auto.conf", "".join(lines))
        names = ("server.crt", "server.key", "pg_hba.conf", "postgresql.auto.conf")
        self._hand_over(*(self._data / name for name in names))

    def _launch(self) -> bool:
        """Starts the server on its port; False where somebody else has it."""
        command = [self._program("postgres"), "-D", str(self._data), "-p", str(self.port)]
        with self.log.open("wb") as log:
            process = self._processes.start(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._data, **self._ownership()
            )
        self._process = process
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(InterfaceError, OSError, pg8000.dbapi.DatabaseError):
                self.connect().close()
                return True
            time.sleep(0.05)
        self.stop()
        said = self.log.read_text(errors="replace")
        if "Address already in use" in said:
            return False
        raise PostgresError(f"PostgreSQL did not start: {said.strip()[-1000:]}")

    def _program(self, name: str) -> str:
        """A binary; root's server gets a copy of all where its user can reach it."""
        binaries = installation(self._jars_dir)
        if self._user:
            copy = self._home / "installation"
            if not copy.exists():
                shutil.copytree(binaries, copy, symlinks=True)
            binaries = copy
        return str(binaries / "bin" / name)

    def _ownership(self) -> dict[str, Any]:
        """As whom, and with which environment, its processes run."""
        options: dict[str, Any] = {"env": {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}}
        if self._user:
            options |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return options

    def _hand_over(self, *paths: Path) -> None:
        for path in paths if self._user else ():
            os.chown(path, self._user.pw_uid, self._user.pw_gid)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresError(f"PostgreSQL does not run as root, and there is no user {' or '.join(_UNPRIVILEGED)}")


def _reachable_home(folder: Path) -> Path:
    """A folder that others can get to; its name follows, so that the next start finds what a killed one left."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()).resolve() / f"lake-postgres-{name}"
    shutil.rmtree(home, ignore_errors=True)
    return home


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]
