"""The files of a function: its code and its layers, unpacked as Lambda lays them out, fit for this machine."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CodeError(Exception):
    """The function cannot run on this machine; the message says why."""


@dataclass(frozen=True)
class Archive:
    """A zip file and its digest."""

    digest: str
    content: bytes


@dataclass(frozen=True)
class CodeFolders:
    """Where a function's code and its merged layers are."""

    task: Path
    layers: Path


class CodeStore:
    """Unpacks each combination of code and layers once."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._folder = folder
        self._project_modules = project / "node_modules"
        self._lock = threading.Lock()

    def folders(self, code: Archive, layers: list[Archive]) -> CodeFolders:
        """The unpacked code and layers; later layers overwrite earlier ones."""
        task = self._folder / f"task-{code.digest[:16]}"
        merged = hashlib.sha256("".join(layer.digest for layer in layers).encode()).hexdigest()
        opt = self._folder / f"opt-{merged[:16]}"
        with self._lock:
            self._unpack(task, [code])
            self._unpack(opt, layers)
        return CodeFolders(task, opt)

    def runtime_modules(self) -> Path:
        """The modules that Lambda's Node.js runtime brings itself: the AWS SDK.

        They lie above the code, so that ES modules find them too.
        """
        folder = self._folder / "node_modules"
        with self._lock:
            if not folder.exists():
                folder.mkdir(parents=True)
                for scope in ("@aws-sdk", "@smithy"):
                    if (self._project_modules / scope).is_dir():
                        (folder / scope).symlink_to(self._project_modules / scope)
        return folder

    def _unpack(self, target: Path, archives: list[Archive]) -> None:
        if target.exists():
            return
        draft = target.with_name(target.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for archive in archives:
            _extract(archive.content, draft)
        link_native_packages(draft, self._project_modules)
        draft.rename(target)


def link_native_packages(folder: Path, project_modules: Path) -> None:
    """Puts this machine's own build beside each package that was built for another one.

    It has to be the same version of the same package, taken from the project's installed modules.
    """
    for manifest_path in list(_package_manifests(folder)):
        manifest = json.loads(manifest_path.read_text())
        if not (manifest.get("os") or manifest.get("cpu")) or _fits_host(manifest):
            continue
        name, version = manifest["name"], manifest["version"]
        host_name = _name_for_host(manifest)
        host_manifest = project_modules / host_name / "package.json"
        if not host_manifest.is_file():
            raise CodeError(f"{name} {version} is not built for {_host()}, and {host_name} is not installed here")
        installed = json.loads(host_manifest.read_text())["version"]
        if installed != version:
            raise CodeError(f"{name} is {version}, but this machine's {host_name} is {installed}: install {version}")
        link = manifest_path.parent.parent / host_name.rsplit("/", 1)[-1]
        if not link.exists():
            link.symlink_to(host_manifest.parent, target_is_directory=True)


def _extract(content: bytes, target: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, target))
            mode = (entry.external_attr >> 16) & 0o777
            if mode and not entry.is_dir():
                path.chmod(mode | 0o400)


def _package_manifests(folder: Path) -> Iterator[Path]:
    for modules in folder.rglob("node_modules"):
        if modules.is_dir() and not modules.is_symlink():
            yield from modules.glob("*/package.json")
            yield from modules.glob("@*/*/package.json")


def _fits_host(manifest: dict[str, Any]) -> bool:
    system, processor = _host().split("-")
    return _lists(manifest.get("os"), system) and _lists(manifest.get("cpu"), processor)


def _lists(names: list[str] | None, name: str) -> bool:
    if not names:
        return True
    if f"!{name}" in names:
        return False
    return name in names or all(entry.startswith("!") for entry in names)


def _name_for_host(manifest: dict[str, Any]) -> str:
    systems = "|".join(map(re.escape, manifest.get("os") or [_host().split("-")[0]]))
    processors = "|".join(map(re.escape, manifest.get("cpu") or [_host().split("-")[1]]))
    return re.sub(rf"({systems})-({processors})", _host(), manifest["name"])


def _host() -> str:
    """This machine as Node.js names it, such as linux-x64."""
    system = {"darwin": "darwin", "win32": "win32"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    processor = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    return f"{system}-{processor}"
