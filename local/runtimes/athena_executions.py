"""Executions: from QUEUED to the end, with what they cost, what they answered or why they failed."""

from __future__ import annotations

import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from moto.athena.models import AthenaBackend, Execution

from local.request_context import Principal
from local.runtimes.athena_catalog import Catalog
from local.runtimes.athena_dialect import MalformedQueryError, bind_parameters, parse
from local.runtimes.athena_engine import Engine
from local.runtimes.athena_errors import QueryError, ScanLimitError
from local.runtimes.athena_results import Result, text_of
from local.runtimes.athena_session import Session
from local.runtimes.athena_storage import Storage
from local.runtimes.athena_tables import run_catalog_statement
from local.runtimes.athena_workgroups import Terms
from local.runtimes.athena_writes import run_write

log = logging.getLogger(__name__)

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
_USER_ERROR = 2


@dataclass
class Run:
    """What the runtime knows of an execution, beside moto's entry of it."""

    execution: Execution
    terms: Terms
    caller: Principal
    state: str = "QUEUED"
    result: Result | None = None
    reason: str | None = None
    scanned: int = 0
    started: float | None = None
    ended: float | None = None
    output: str = ""
    session: Session | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def milliseconds(self) -> int:
        """How long it has run."""
        return 0 if self.started is None else int(((self.ended or time.time()) - self.started) * 1000)

    @property
    def queued_milliseconds(self) -> int:
        """How long it has waited."""
        return int(((self.started or self.ended or time.time()) - self.execution.start_time) * 1000)

    def end(self, state: str, reason: str | None = None) -> None:
        """Notes the end; what has been cancelled stays so."""
        with self.lock:
            if self.state not in FINAL:
                self.state, self.reason, self.ended = state, reason, time.time()

    def error(self) -> dict[str, Any] | None:
        """AthenaError of a failed execution."""
        if self.state != "FAILED":
            return None
        return {"ErrorCategory": _USER_ERROR, "ErrorType": 1000, "Retryable": False, "ErrorMessage": self.reason}


class Executor:
    """Runs executions, a few at a time."""

    def __init__(self, engine: Engine, slots: int) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="athena")

    def submit(self, backend: AthenaBackend, run: Run) -> None:
        """Queues an execution."""
        self._pool.submit(self._work, backend, run)

    def close(self) -> None:
        """Starts nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, backend: AthenaBackend, run: Run) -> None:
        with run.lock:
            if run.state != "QUEUED":
                return
            run.state, run.started = "RUNNING", time.time()
        storage = Storage(backend.account_id, run.caller, run.terms.scan_limit)
        try:
            storage.check_place(run.output)
            result = _run(self._engine, backend, run, storage)
            if run.state == "RUNNING":
                storage.write(run.output, result.file(), run.terms.key_arn)
            run.result = result
            run.scanned = storage.scanned
            run.end("SUCCEEDED")
        except Exception as error:
            run.scanned = storage.scanned
            limit = run.terms.scan_limit
            if isinstance(error, ScanLimitError) or (limit is not None and storage.scanned > limit):
                run.end("CANCELLED", "Bytes scanned limit was exceeded")
            elif isinstance(error, QueryError):
                run.end("FAILED", str(error))
            elif isinstance(error, MalformedQueryError):
                run.end("FAILED", f"SYNTAX_ERROR: {error}")
            else:
                log.exception("execution %s", run.execution.id)
                run.end("FAILED", f"GENERIC_INTERNAL_ERROR: {error}")


def clean(statement: str) -> str:
    """A statement without comments around it, blanks and the semicolon at its end."""
    text = re.sub(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", "", statement, flags=re.DOTALL)
    return text.strip().rstrip(";").strip()


def kind_of(statement: str) -> str:
    """`DDL`, `UTILITY` or `DML`."""
    word = (clean(statement).split(None, 1) or [""])[0].upper()
    if word in ("SHOW", "DESCRIBE", "DESC", "EXPLAIN"):
        return "UTILITY"
    return "DDL" if word in ("CREATE", "DROP", "ALTER", "MSCK") else "DML"


def prepare(backend: AthenaBackend, workgroup: str, statement: str, values: list[str]) -> tuple[str, list[str]]:
    """The statement that is meant and its parameters: EXECUTE names one that was prepared."""
    found = re.fullmatch(r"execute\s+(\w+)(?:\s+using\s+(.*))?", clean(statement), re.IGNORECASE | re.DOTALL)
    if found is None:
        return statement, values
    for entry in backend.prepared_statements.values():
        if entry.statement_name == found[1] and entry.workgroup == workgroup:
            given = parse(f"SELECT {found[2]}").expressions if found[2] else []
            return entry.query_statement, values or [value.sql("athena") for value in given]
    raise QueryError("NOT_FOUND", f"Prepared statement not found: {found[1]}")


def _run(engine: Engine, backend: AthenaBackend, run: Run, storage: Storage) -> Result:
    execution = run.execution
    group = run.terms.workgroup.name
    statement, values = prepare(backend, group, execution.query, list(execution.execution_parameters or []))
    context: Any = execution.context or {}
    catalog = Catalog(backend.account_id, backend.region_name, run.caller)
    session = Session(engine, catalog, storage, (context.get("Database") or "default").lower(), statement)
    run.session = session
    try:
        text = clean(statement)
        if values:
            text = bind_parameters(parse(text), values).sql("athena")
        results = run.terms.results["OutputLocation"]
        result = run_catalog_statement(session, text) or run_write(session, text, results)
        if result is not None:
            return result
        tree = parse(statement)
        rows = session.select(bind_parameters(tree, values))
        return Result("DML", rows.columns, [[text_of(value) for value in row] for row in rows.rows])
    finally:
        run.session = None
        session.close()
