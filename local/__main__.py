"""Starts the embedded local AWS: `python -m local --port 0 --run-dir .lake/run`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from pathlib import Path

DEFAULT_MANAGEMENT_ACCOUNT = "123456789012"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line, validated."""
    parser = argparse.ArgumentParser(prog="python -m local", description="The embedded local AWS on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--run-dir", type=Path, required=True, help="where server.json and the workers' files go")
    parser.add_argument(
        "--management-account", default=DEFAULT_MANAGEMENT_ACCOUNT, help="trusted by every other account"
    )
    parser.add_argument("--lambda-workers", type=int, default=2, help="most worker processes for one function")
    parser.add_argument("--role-session-seconds", type=int, default=3600, help="how long a worker's credentials last")
    parser.add_argument("--async-retry-seconds", type=float, default=1.0, help="wait before an event is tried again")
    parser.add_argument("--jars-dir", type=Path, default=Path(".lake/cache/jars"), help="Spark's library files")
    parser.add_argument("--spark-processes", type=int, default=2, help="most Spark programs at once; others wait")
    parser.add_argument("--glue-minute-seconds", type=float, default=60, help="how long a minute of a job's timeout is")
    parser.add_argument(
        "--enforce", action=argparse.BooleanOptionalAction, default=False, help="refuse what deployed policies refuse"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Serves until SIGTERM or SIGINT."""
    options = parse_arguments(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    prepare_environment()

    # moto reads its settings while it is imported, so the environment has to be right first.
    from local.assembly import Settings, assemble

    options.run_dir.mkdir(parents=True, exist_ok=True)
    announcement = options.run_dir / "server.json"
    # What a killed server announced must not be taken for this one's.
    announcement.unlink(missing_ok=True)
    aws = assemble(Settings(**vars(options)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: aws.server.stop())
    announce(announcement, aws.server.endpoint, aws.started_at)
    try:
        aws.server.serve()
    finally:
        withdraw(announcement)
        aws.shutdown()
    return 0


def prepare_environment() -> None:
    """Keeps the caller's own AWS and moto settings out of the server, and sets the ones it needs."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        del os.environ[name]
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"


def announce(path: Path, endpoint: str, started_at: str) -> None:
    """Says atomically where the server listens."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps({"endpoint": endpoint, "pid": os.getpid(), "startedAt": started_at}))
    draft.replace(path)


def withdraw(path: Path) -> None:
    """Removes the announcement, unless another server has taken its place."""
    try:
        if json.loads(path.read_text())["pid"] == os.getpid():
            path.unlink()
    except FileNotFoundError:
        pass


if __name__ == "__main__":
    # Everything that must be stopped has been; threads that still wait for a poll must not delay the exit.
    code = main(sys.argv[1:])
    logging.shutdown()
    os._exit(code)
