"""Athena on this machine: connects the calls of moto's Athena with executions on DuckDB."""

from __future__ import annotations

import json
import weakref
from contextlib import suppress
from typing import Any

import duckdb
from moto.athena.models import AthenaBackend, Execution
from moto.athena.responses import AthenaResponse

from local import patching, request_context
from local.refusals import RefusalError
from local.runtimes.athena_dialect import MalformedQueryError, parse
from local.runtimes.athena_engine import Engine
from local.runtimes.athena_executions import FINAL, Executor, Run, clean, kind_of
from local.runtimes.athena_results import MOST_ROWS_OF_A_PAGE
from local.runtimes.athena_workgroups import terms_of

_SLOTS = 4


class AthenaRuntime:
    """Everything that runs statements, from start to stop."""

    def __init__(self, engine: Engine) -> None:
        self._executor = Executor(engine, _SLOTS)
        self._runs: weakref.WeakKeyDictionary[Execution, Run] = weakref.WeakKeyDictionary()

    def install(self) -> None:
        """Connects the runtime with moto's Athena."""
        self._start()
        self._stop()
        self._describe()
        self._results()
        self._statistics()

    def shutdown(self) -> None:
        """Starts nothing more; what runs ends with the process."""
        self._executor.close()

    def _start(self) -> None:
        runtime = self

        @patching.replace_method(AthenaResponse, "start_query_execution", "self")
        def start_query_execution(original: Any, self: AthenaResponse) -> str:
            request = {name: self._get_param(name) for name in ("QueryString", "QueryExecutionContext", "WorkGroup")}
            token = self._get_param("ClientRequestToken")
            backend = self.athena_backend
            if token and (known := runtime._by_token(backend, token)):
                return json.dumps({"QueryExecutionId": known})
            terms = terms_of(backend, request["WorkGroup"], self._get_param("ResultConfiguration"))
            _refuse_malformed(request["QueryString"])
            execution = Execution(
                query=request["QueryString"],
                context=request["QueryExecutionContext"] or {},
                config={**terms.results},
                workgroup=terms.workgroup,
                execution_parameters=self._get_param("ExecutionParameters"),
            )
            if kind_of(execution.query) != "DML":
                execution.config["OutputLocation"] = execution.config["OutputLocation"].removesuffix(".csv") + ".txt"
            execution.token = token  # type: ignore[attr-defined]
            run = Run(execution, terms, request_context.principal(), output=execution.config["OutputLocation"])
            runtime._runs[execution] = run
            backend.executions[execution.id] = execution
            runtime._executor.submit(backend, run)
            return json.dumps({"QueryExecutionId": execution.id})

    def _stop(self) -> None:
        runtime = self

        @patching.replace_method(AthenaBackend, "stop_query_execution", "self exec_id")
        def stop_query_execution(original: Any, self: AthenaBackend, exec_id: str) -> None:
            run = runtime._find(self, exec_id)
            run.end("CANCELLED", "Query cancelled by user")
            session = run.session
            if session is not None:
                # What has just ended cannot be interrupted any more.
                with suppress(duckdb.Error):
                    session.interrupt()

    def _describe(self) -> None:
        runtime = self

        @patching.replace_method(AthenaResponse, "get_query_execution", "self")
        def get_query_execution(original: Any, self: AthenaResponse) -> str:
            run = runtime._find(self.athena_backend, self._get_param("QueryExecutionId"))
            return json.dumps({"QueryExecution": _document(run)})

        @patching.add_method(AthenaResponse, "batch_get_query_execution")
        def batch_get_query_execution(self: AthenaResponse) -> str:
            backend, wanted = self.athena_backend, self._get_param("QueryExecutionIds")
            known = [name for name in wanted if name in backend.executions]
            unknown = [{"QueryExecutionId": name, "ErrorCode": "INVALID_INPUT"} for name in wanted if name not in known]
            found = [_document(runtime._find(backend, name)) for name in known]
            return json.dumps({"QueryExecutions": found, "UnprocessedQueryExecutionIds": unknown})

    def _results(self) -> None:
        runtime = self

        @patching.replace_method(AthenaResponse, "get_query_results", "self")
        def get_query_results(original: Any, self: AthenaResponse) -> str:
            run = runtime._find(self.athena_backend, self._get_param("QueryExecutionId"))
            if run.state not in FINAL:
                raise RefusalError("InvalidRequestException", f"Query has not yet finished. Current state: {run.state}")
            if run.result is None or run.state != "SUCCEEDED":
                message = f"Query did not finish successfully. Final query state: {run.state}"
                raise RefusalError("InvalidRequestException", message)
            size = self._get_param("MaxResults")
            if size is not None and not 1 <= int(size) <= MOST_ROWS_OF_A_PAGE:
                raise RefusalError(
                    "InvalidRequestException", f"MaxResults is more than maximum allowed length {MOST_ROWS_OF_A_PAGE}"
                )
            return json.dumps(run.result.page(self._get_param("NextToken"), size and int(size)))

    def _statistics(self) -> None:
        runtime = self

        @patching.replace_method(AthenaResponse, "get_query_runtime_statistics", "self")
        def get_query_runtime_statistics(original: Any, self: AthenaResponse) -> str:
            run = runtime._find(self.athena_backend, self._get_param("QueryExecutionId"))
            rows = len(run.result.rows) if run.result else 0
            # Rows that were read are not counted here, so they are left out.
            return json.dumps(
                {
                    "QueryRuntimeStatistics": {
                        "Timeline": _times(run),
                        "Rows": {"InputBytes": run.scanned, "OutputRows": rows},
                    }
                }
            )

    def _find(self, backend: AthenaBackend, name: str) -> Run:
        execution = backend.executions.get(name)
        if execution is None:
            raise RefusalError("InvalidRequestException", f"QueryExecution {name} was not found")
        return self._runs[execution]

    def _by_token(self, backend: AthenaBackend, token: str) -> str | None:
        return next(
            (name for name, one in list(backend.executions.items()) if getattr(one, "token", None) == token), None
        )


def _refuse_malformed(statement: str) -> None:
    """What is no SQL is refused at once; statements for Hive are looked at when they run."""
    if kind_of(statement) == "DML" and clean(statement).split(None, 1)[:1] not in (["UNLOAD"], ["unload"]):
        try:
            parse(statement)
        except MalformedQueryError as error:
            raise RefusalError("InvalidRequestException", str(error)) from error


def _times(run: Run) -> dict[str, int]:
    return {
        "EngineExecutionTimeInMillis": run.milliseconds,
        "QueryQueueTimeInMillis": run.queued_milliseconds,
        "TotalExecutionTimeInMillis": run.milliseconds + run.queued_milliseconds,
        "QueryPlanningTimeInMillis": 0,
        "ServicePreProcessingTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
    }


def _document(run: Run) -> dict[str, Any]:
    execution = run.execution
    status: dict[str, Any] = {"State": run.state, "SubmissionDateTime": execution.start_time}
    if run.state in FINAL:
        status["CompletionDateTime"] = run.ended
    if run.reason is not None:
        status["StateChangeReason"] = run.reason
    if error := run.error():
        status["AthenaError"] = error
    document = {
        "QueryExecutionId": execution.id,
        "Query": execution.query,
        "StatementType": kind_of(execution.query),
        "ResultConfiguration": execution.config,
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": execution.context,
        "Status": status,
        "Statistics": {
            **_times(run),
            "DataScannedInBytes": run.scanned,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        },
        "WorkGroup": run.terms.workgroup.name,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
    }
    if execution.execution_parameters:
        document["ExecutionParameters"] = execution.execution_parameters
    return document
