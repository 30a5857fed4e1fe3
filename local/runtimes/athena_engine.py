"""The one DuckDB of the server, in which each statement has a catalog of its own."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from local.runtimes.athena_dialect import MACROS
from local.runtimes.athena_storage import LakeFiles, Storage

_THREADS = 4


class Engine:
    """Starts DuckDB at the first statement: a start takes longer than most of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files = LakeFiles()
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._numbers = itertools.count()

    @contextmanager
    def workspace(self, storage: Storage) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that reads what the storage gives, and sees nothing of the others."""
        with self._lock:
            connection = self._started().cursor()
        name = f"statement_{next(self._numbers)}"
        self._files.add(storage)
        try:
            connection.execute(f"ATTACH ':memory:' AS {name}; USE {name}; SET search_path='{name},memory'")
            connection.execute("SET errors_as_json=true; SET enable_progress_bar=false")
            yield connection
        finally:
            self._files.remove(storage)
            connection.close()
            with self._lock:
                self._started().execute(f"DETACH DATABASE IF EXISTS {name}")

    def _started(self) -> duckdb.DuckDBPyConnection:
        if self._instance is None:
            self._instance = duckdb.connect(config={"threads": _THREADS})
            self._instance.register_filesystem(self._files)
            self._instance.execute(
                "SET TimeZone='UTC'; SET autoinstall_known_extensions=false; SET autoload_known_extensions=false;"
                "SET enable_external_file_cache=false;" + MACROS
            )
        return self._instance
