"""What must stay whole when many threads call at once."""

import json
import os
import subprocess
import sys

import pytest

from .conftest import ROOT


@pytest.fixture(scope="module")
def outcome():
    script, environment = ROOT / "test/local_aws/races.py", {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_only_one_of_many_writers_creates_an_object(outcome):
    assert set(outcome["objects"]) == {1}


def test_messages_are_neither_lost_nor_received_twice(outcome):
    assert set(outcome["messages"]) == {1}


def test_conditional_writes_have_one_winner_and_counters_count(outcome):
    *won, counted = outcome["items"]
    assert set(won) == {1}
    assert counted == 160


def test_only_one_of_many_starts_of_an_execution_gets_the_name(outcome):
    assert set(outcome["starts"]) == {1}
