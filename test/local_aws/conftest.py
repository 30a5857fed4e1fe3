"""One real server process for the whole run, and boto3 clients that talk to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
MANAGEMENT = "123456789012"

_session = boto3.session.Session()


@dataclass(frozen=True)
class RunningServer:
    """A server process and where it listens."""

    process: subprocess.Popen[bytes]
    endpoint: str
    run_dir: Path

    def client(self, service: str, account: str = MANAGEMENT, region: str = REGION, **credentials: Any) -> Any:
        """A boto3 client for an account's root, or with the given session credentials."""
        keys = credentials or {"aws_access_key_id": account, "aws_secret_access_key": "any"}
        return _session.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            config=Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                read_timeout=60,
                # S3 Control puts the account before the host's name, which nothing resolves.
                proxies={"http": self.endpoint} if service == "s3control" else None,
            ),
            **keys,
        )

    def session(self, role_arn: str, account: str = MANAGEMENT, **request: Any) -> dict[str, str]:
        """Credentials of a role, as `client` takes them."""
        answer = self.client("sts", account).assume_role(**{"RoleArn": role_arn, "RoleSessionName": "test", **request})[
            "Credentials"
        ]
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    def get(self, path: str) -> Any:
        """A JSON document of the server's own."""
        with urllib.request.urlopen(self.endpoint + path) as answer:
            return json.load(answer)

    def resources(self, account: str) -> list[tuple[str, str, str]]:
        """What exists in an account, as service, type and id."""
        found = self.get("/_lake/resources")["resources"]
        return sorted((r["service"], r["type"], r["id"]) for r in found if r["account"] == account)


def start_server(run_dir: Path, *options: str, **environment: str) -> RunningServer:
    """Starts a server and waits until it has announced itself."""
    run_dir.mkdir(parents=True, exist_ok=True)
    log = (run_dir / "server.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "--port", "0", "--run-dir", str(run_dir), *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    announcement = run_dir / "server.json"

    def announced() -> bool:
        # A killed server leaves its announcement behind: the process id tells whose it is.
        return announcement.exists() and json.loads(announcement.read_text())["pid"] == process.pid

    wait_until(lambda: announced() or process.poll() is not None, 30)
    assert process.poll() is None, (run_dir / "server.log").read_text()
    return RunningServer(process, json.loads(announcement.read_text())["endpoint"], run_dir)


def wait_until(condition: Callable[[], Any], seconds: float = 15, every: float = 0.05) -> Any:
    """Waits for a condition and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(every)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server that most tests share; each test uses accounts or names of its own."""
    server = start_server(tmp_path_factory.mktemp("server"))
    yield server
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == 0


@pytest.fixture(scope="session")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that refuses what deployed policies refuse."""
    server = start_server(tmp_path_factory.mktemp("enforced"), "--enforce")
    yield server
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == 0


_accounts = iter(range(200000000001, 999999999999))


@pytest.fixture
def account() -> str:
    """An account that no other test uses."""
    return str(next(_accounts))
