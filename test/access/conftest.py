"""The accounts as they are synthesized, for tests that ask who may do what."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from access.matrix import Matrix, matrix_of
from access.stacks import Estate, read_estate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """All stacks of this repository."""
    folder = tmp_path_factory.mktemp("synthesis")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LAKE_", "CDKTF_", "AWS_"))}
    environment = {**own, "LAKE_TARGET": "aws", "CDKTF_OUTDIR": str(folder)}
    node = shutil.which("node")
    assert node is not None, "node is not on the path"
    subprocess.run([node, "tools/synth.mjs"], cwd=ROOT, env=environment, check=True, capture_output=True)
    return read_estate(folder)


@pytest.fixture(scope="session")
def matrix(estate: Estate) -> Matrix:
    return matrix_of(estate)
