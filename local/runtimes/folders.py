"""Folders of the runtimes' own."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path


def fresh_folder(run_dir: Path, purpose: str) -> Path:
    """A folder outside of the project, so that what runs in it finds no modules but its own.

    Its name follows from the run directory: what a killed server left behind is removed at the next start.
    """
    name = hashlib.sha256(str(run_dir.resolve()).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()).resolve() / f"lake-{purpose}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
