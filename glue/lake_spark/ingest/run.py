"""The protocol by which a window gets into the raw zone exactly once, whatever fails in between.

An attempt reads and writes beside the zone; then it decides, in one conditional write, that its files count. From
there on every attempt, also a later one, does the same: copies these files to names that depend on the window alone,
and closes the window. So it can end anywhere and be run again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from pyspark.sql import SparkSession

from ..contracts import Contract
from ..entry import one_line
from ..errors import ArgumentsError, FencedError
from .database import Database
from .definition import Table
from .moments import moment_of, text_of
from .names import ingested_key, keys_key, staging_prefix, staging_root
from .reading import Bounds, Figures, clock, read_window
from .staging import Manifest, RawZone, StagedFile
from .store import Decided, Window, WindowStore

log = logging.getLogger("lake.ingest")


@dataclass(frozen=True)
class Request:
    """Which window of which table, and with which right."""

    #: `<domain>/<source>`
    source: str
    #: Name of the table.
    table: str
    token: int
    #: Of the cluster that the job runs on, if it is one of EMR's.
    cluster: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a run needs; the definition and the database are asked for only when something has to be read."""

    spark: SparkSession
    store: WindowStore
    zone: RawZone
    definition: Callable[[], Table]
    contract: Callable[[Table], Contract]
    database: Callable[[Table], Database]


def run_ingest(request: Request, around: Surroundings) -> str:
    """Brings the window into the raw zone: `succeeded`, `empty`, or `finished` when it was there already.

    Writes down how it failed, before it raises. Raises FencedError when somebody else has the table by now.
    """
    began = time.monotonic()
    try:
        return _Run(request, around, began).run()
    except FencedError:
        raise
    except Exception as error:
        name, _, message = one_line(error).partition(": ")
        log.error("%s: %s", name, message)
        # The error that counts is the one that is being told.
        with suppress(Exception):
            around.store.fail(name, message, {"seconds": _seconds(began)})
        raise


class _Run:
    def __init__(self, request: Request, around: Surroundings, began: float) -> None:
        self._request, self._around, self._began = request, around, began
        self._store = around.store

    def run(self) -> str:
        window = self._store.open()
        if window is None:
            log.info("%s: this attempt has finished the window already", self._store.id)
            return "finished"
        if self._request.cluster:
            self._store.note({"cluster_id": self._request.cluster})
        if window.decided is not None:
            log.info("%s: token %d has decided, its files are published", self._store.id, window.decided.token)
            return self._roll_forward(window, window.decided)
        return self._read(window)

    def _read(self, window: Window) -> str:
        table = self._around.definition()
        contract = self._around.contract(table)
        if table.window is None and window.kind != "full":
            raise ArgumentsError(f"{table.id} has a {window.kind} window, but its definition has no window.column")
        database = self._around.database(table)
        stop_text = window.stop
        if stop_text is None:
            stop_text = self._store.fix_stop(text_of(_stop(clock(database), table)))
        stop = moment_of(stop_text)
        start = None if window.start is None else moment_of(window.start)
        self._store.note({"window_stop": stop_text})
        if start is not None and stop <= start:
            self._store.finish("empty", None, {**_no_rows(), "seconds": _seconds(self._began)})
            return "empty"
        overlap = table.window is not None and window.kind == "regular"
        bounds = Bounds(
            read_from=start - table.window.overlap if overlap and start and table.window else start,
            start=window.start,
            stop=stop,
            is_windowed=window.kind != "full",
        )
        # Its own: what restarts a job may start it beside one that still runs, with the same token.
        prefix = staging_prefix(self._request.source, self._request.table, self._request.token) + f"{uuid4().hex[:8]}/"
        zone = self._around.zone
        figures = read_window(
            self._around.spark,
            database,
            table,
            contract,
            bounds,
            lambda frame: zone.write(frame, prefix),
            (lambda frame: zone.write_keys(frame, prefix)) if _is_compared(table, window, stop) else None,
        )
        decided = self._decide(window, stop_text, contract, figures, prefix)
        return self._roll_forward(Window(window.kind, window.start, stop_text, decided), decided)

    def _decide(self, window: Window, stop: str, contract: Contract, figures: Figures, prefix: str) -> Decided:
        files = tuple(
            StagedFile(key, ingested_key(contract, self._store.id, window.kind, window.start, stop, number), size)
            for number, (key, size) in enumerate(self._around.zone.staged(prefix) if figures.written else ())
        )
        lists = self._around.zone.staged_keys(prefix) if figures.keys is not None else ()
        # Behind the rows: whoever takes files as they come has those that the list is about.
        files += tuple(
            StagedFile(key, keys_key(contract, self._store.id, window.kind, window.start, stop), size)
            for key, size in lists
        )
        facts = {
            "rows_database": figures.database,
            "rows_read": figures.read,
            "rows_written": figures.written,
            "bytes": figures.bytes,
            "warning": figures.warning,
            "keys": figures.keys,
        }
        key = f"{prefix}manifest.json"
        self._around.zone.write_manifest(key, Manifest(files, contract.highest, facts))
        return self._store.decide(key, figures.written, figures.bytes)

    def _roll_forward(self, window: Window, decided: Decided) -> str:
        zone = self._around.zone
        try:
            manifest = zone.read_manifest(decided.manifest)
            for file in manifest.files:
                zone.publish(file, manifest.classification)
        except Exception:
            # Who has taken over may have finished, and cleaned up, by now. Then that is what has to be said.
            self._store.open()
            raise
        committed = window.stop if window.kind == "regular" else None
        status = "succeeded" if decided.rows else "empty"
        facts = {**manifest.figures, "window_stop": window.stop, "seconds": _seconds(self._began)}
        compared = window.stop if manifest.figures.get("keys") is not None else None
        self._store.finish(status, committed, facts, compared)
        zone.clean(staging_root(self._request.source, self._request.table), self._request.token)
        log.info("%s: %s, %d rows, %d bytes", self._store.id, status, decided.rows, decided.bytes)
        return status


def _stop(now: datetime, table: Table) -> datetime:
    return now if table.window is None else now - table.window.lag


def _is_compared(table: Table, window: Window, stop: datetime) -> bool:
    """Whether all keys are to be listed with this window. With the first there is nothing that could be gone."""
    if table.compare is None or window.kind == "backfill" or (window.kind == "regular" and window.start is None):
        return False
    return window.compared_stop is None or stop - moment_of(window.compared_stop) >= table.compare


def _no_rows() -> dict[str, Any]:
    return {"rows_database": 0, "rows_read": 0, "rows_written": 0, "bytes": 0}


def _seconds(began: float) -> int:
    return round(time.monotonic() - began)
