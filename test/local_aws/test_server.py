"""The process: how it says that it is ready, how it ends, and what it leaves behind."""

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request

import pytest

from local.runtimes.memory import resident_megabytes

from .conftest import start_server, wait_until
from .functions import deploy, invoke
from .helpers import refusal

BLOCKED = """
import fs from 'node:fs';
export const handler = async (event) => { fs.writeFileSync(event.file, `${process.pid}`); for (;;); };
"""


def test_health_and_announcement(aws):
    announced = json.loads((aws.run_dir / "server.json").read_text())
    health = aws.get("/_lake/health")
    assert (health["status"], health["moto"]) == ("ok", "5.2.5")
    assert health["startedAt"] == announced["startedAt"]
    assert announced == {"endpoint": aws.endpoint, "pid": aws.process.pid, "startedAt": announced["startedAt"]}


def test_only_this_machine_can_connect(aws):
    port = int(aws.endpoint.rsplit(":", 1)[1])
    with socket.socket() as probe:
        # Another address of the loopback interface is refused, so it does not listen on all addresses.
        assert probe.connect_ex(("127.0.0.2", port)) != 0
        assert aws.endpoint.startswith("http://127.0.0.1:")


def test_a_call_that_is_not_emulated_says_so(aws, account):
    status, code, message = refusal(lambda: aws.client("ec2", account).describe_trunk_interface_associations())
    assert (status, code) == (501, "NotImplemented")
    assert message.startswith("The embedded local AWS does not emulate this: ")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example:80"},
    ],
)
def test_web_pages_are_not_let_in(aws, headers):
    request = urllib.request.Request(aws.endpoint + "/_lake/health", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 403
    assert "Access-Control-Allow-Origin" not in caught.value.headers


def test_the_emulators_own_controls_are_closed(aws, account):
    assert refusal(lambda: aws.client("s3", account).put_object(Bucket="moto-api", Key="reset", Body=b""))[0] == 501


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything(tmp_path, number):
    server = start_server(tmp_path)
    deploy(server, "123456789012", "f", "export const handler = async () => process.pid;")
    worker = invoke(server, "123456789012", "f")
    started = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(5) == 0
    assert time.monotonic() - started < 5
    assert resident_megabytes(worker) == 0
    assert not (tmp_path / "server.json").exists()


def test_a_hard_kill_leaves_no_worker(tmp_path):
    server = start_server(tmp_path)
    deploy(server, "123456789012", "idle", "export const handler = async () => process.pid;")
    deploy(server, "123456789012", "blocked", BLOCKED, Timeout=60)
    idle = invoke(server, "123456789012", "idle")
    said = tmp_path / "pid"
    server.client("lambda").invoke(
        FunctionName="blocked", InvocationType="Event", Payload=json.dumps({"file": str(said)})
    )
    blocked = int(wait_until(lambda: said.exists() and said.read_text()))
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: resident_megabytes(idle) == 0 and resident_megabytes(blocked) == 0, 5)
    # The next server of the same run directory starts all the same, and takes the announcement over.
    again = start_server(tmp_path)
    assert again.get("/_lake/health")["status"] == "ok"
    again.process.terminate()
    assert again.process.wait(5) == 0


def test_workers_are_replaced_before_their_credentials_end(tmp_path):
    server = start_server(tmp_path, "--role-session-seconds", "4")
    deploy(server, "123456789012", "f", "export const handler = async () => process.pid;", Timeout=2)
    first = invoke(server, "123456789012", "f")
    assert invoke(server, "123456789012", "f") == first
    time.sleep(2.2)
    assert invoke(server, "123456789012", "f") != first
    server.process.terminate()
    assert server.process.wait(5) == 0


def test_the_callers_own_settings_do_not_leak(tmp_path):
    server = start_server(tmp_path, AWS_PROFILE="production", MOTO_ACCOUNT_ID="999999999999", SECRET="s")
    assert server.client("sts", "300000000002").get_caller_identity()["Account"] == "300000000002"
    deploy(server, "123456789012", "env", "export const handler = async () => Object.keys(process.env);")
    assert not {"AWS_PROFILE", "MOTO_ACCOUNT_ID", "SECRET"} & set(invoke(server, "123456789012", "env"))
    server.process.terminate()
    assert server.process.wait(5) == 0
