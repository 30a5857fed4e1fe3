"""The local PostgreSQL: encrypted, verified, and gone with whoever started it."""

import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path

import pg8000.dbapi
import pytest

from local import postgres_binaries
from local.postgres import ADMIN, PostgresError, PostgresServer
from local.postgres_binaries import MissingBinariesError, installation
from local.postgres_certificates import Authority

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with PostgresServer(tmp_path_factory.mktemp("postgres"), names=["orders.example"]) as started:
        yield started


def is_running(pid):
    try:
        # What has ended and was not waited for is a zombie.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def processes_of(server):
    """The server and those that serve single connections."""
    rows = server.execute("select pid from pg_stat_activity")
    return [server.pid, *(pid for (pid,) in rows)]


def connect(server, context, host=None):
    return pg8000.dbapi.connect(
        user=ADMIN,
        password=server.admin_password,
        host=host or server.host,
        port=server.port,
        database="postgres",
        ssl_context=context,
    )


def handshake(server, context, name):
    """PostgreSQL's own way into TLS, as somebody who means to have reached `name`."""
    with socket.create_connection((server.host, server.port)) as plain:
        plain.sendall(struct.pack("!ii", 8, 80877103))
        assert plain.recv(1) == b"S"
        with context.wrap_socket(plain, server_hostname=name):
            pass


def test_connections_are_encrypted_and_the_server_proves_its_name(server):
    context = ssl.create_default_context(cafile=server.authority)
    for host in ("127.0.0.1", "localhost"):
        connection = connect(server, context, host)
        cursor = connection.cursor()
        cursor.execute("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")
        assert cursor.fetchone() == [True, "TLSv1.3"]
        connection.close()


def test_plain_connections_are_refused(server):
    with pytest.raises(pg8000.dbapi.DatabaseError, match="no pg_hba"):
        connect(server, False)


def test_another_authority_does_not_vouch_for_it(server):
    context = ssl.create_default_context(cadata=Authority("Another").pem)
    with pytest.raises((ssl.SSLError, pg8000.dbapi.InterfaceError), match="certificate verify failed"):
        connect(server, context)


def test_a_wrong_password_is_refused(server):
    with pytest.raises(pg8000.dbapi.DatabaseError, match="password authentication failed"):
        server.connect(password="wrong")


def test_the_certificate_has_the_names_that_were_given(server):
    context = ssl.create_default_context(cafile=server.authority)
    for name in ("orders.example", "127.0.0.1"):
        handshake(server, context, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(server, context, "other.example")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root drops its rights")
def test_a_server_that_root_starts_runs_as_somebody_without_rights(server):
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_data_and_port_outlive_a_stop_but_not_a_removal(tmp_path):
    server = PostgresServer(tmp_path)
    try:
        server.start()
        server.execute("create table kept (id int)")
        pids, port = processes_of(server), server.port
        server.stop()
        assert not any(map(is_running, pids))
        server.start()
        assert server.port == port
        assert server.execute("select count(*) from kept") == [[0]]
    finally:
        server.remove()
    with PostgresServer(tmp_path) as fresh:
        assert fresh.execute("select to_regclass('kept')") == [[None]]


def test_it_ends_with_a_parent_that_is_killed(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from local.postgres import PostgresServer\n"
        "server = PostgresServer(Path(sys.argv[1])); server.start(); held = server.connect()\n"
        "print(server.pid, *[pid for (pid,) in server.execute('select pid from pg_stat_activity')], flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert is_running(pids[0])
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, pids))
    # The next one with this folder removes what is left of it.
    PostgresServer(tmp_path).remove()


def test_a_server_that_does_not_start_says_why(tmp_path):
    with (
        pytest.raises(PostgresError, match="no_such_setting"),
        PostgresServer(tmp_path, settings={"no_such_setting": "1"}),
    ):
        pass


def test_a_machine_without_binaries_is_told_which_there_are(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres_binaries.platform, "machine", lambda: "sparc")
    with pytest.raises(MissingBinariesError, match=r"no PostgreSQL for .*-sparc: .*linux-amd64"):
        installation(tmp_path / "jars")
