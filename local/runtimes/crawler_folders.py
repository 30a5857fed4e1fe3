"""Which folders below a prefix become tables, and which files are their partitions."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from local.runtimes.athena_storage import StoredObject


@dataclass(frozen=True)
class PartitionFile:
    """A file and the values of the partition it is in, by key."""

    stored: StoredObject
    values: tuple[tuple[str, str], ...]
    folder: str
    """Address of the partition's folder; of the table's own where it has no partitions."""


@dataclass
class TableFolder:
    """A folder that becomes a table."""

    location: str
    files: list[PartitionFile] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The folder's own name, as tables can be called."""
        return re.sub(r"\W", "_", self.location.rstrip("/").rpartition("/")[2].lower())

    @property
    def keys(self) -> list[str]:
        """Partition keys, by the first file."""
        return [key for key, _ in self.files[0].values]


def table_folders(
    root: str, objects: Iterable[StoredObject], exclusions: list[str], level: int | None
) -> dict[str, TableFolder]:
    """Folders by their address.

    `root` ends with a slash. `level` is the depth of tables, where the bucket is 1; without one a table begins above
    the first folder `key=value`, or where the files are.
    """
    patterns = [_pattern(exclusion) for exclusion in exclusions]
    folders: dict[str, TableFolder] = {}
    for entry in objects:
        below = entry.uri.removeprefix(root)
        if not entry.uri.startswith(root) or any(pattern.fullmatch(below) for pattern in patterns):
            continue
        parts = below.split("/")[:-1]
        depth = _depth(root, parts, level)
        location = root + "".join(f"{part}/" for part in parts[:depth])
        folder = location + "".join(f"{part}/" for part in parts[depth:])
        table = folders.setdefault(location, TableFolder(location))
        table.files.append(PartitionFile(entry, _values(parts[depth:]), folder))
    for table in folders.values():
        # Files whose folders do not fit the first ones' belong to no partition of the table.
        table.files = [file for file in table.files if [key for key, _ in file.values] == table.keys]
    return folders


def _depth(root: str, parts: list[str], level: int | None) -> int:
    if level is not None:
        bucket_and_root = root.split("://", 1)[1].rstrip("/").count("/") + 1
        return max(0, min(level - bucket_and_root, len(parts)))
    return next((index for index, part in enumerate(parts) if _is_partition(part)), len(parts))


def _is_partition(part: str) -> bool:
    return re.fullmatch(r"[^=]+=.+", part) is not None


def _values(parts: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (part.split("=", 1)[0].lower(), part.split("=", 1)[1]) if _is_partition(part) else (f"partition_{index}", part)
        for index, part in enumerate(parts)
    )


def _pattern(exclusion: str) -> re.Pattern[str]:
    """A glob of Glue: `*` stays in its folder, `**` does not."""
    text = fnmatch.translate(exclusion.replace("**", "\0")).replace(".*", "[^/]*").replace("\0", ".*")
    return re.compile(text)
