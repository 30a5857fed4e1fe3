"""What a run did, for people and for the dispatcher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .documents import Documents
from .errors import RefusedError
from .quality import RuleResult
from .snapshots import Snapshot


@dataclass
class Result:
    """One run; it is written whether the batch was accepted or refused."""

    #: `refine` or `curate`.
    layer: str
    #: `<domain>/<dataset>` or `<domain>/<pipeline>`.
    job: str
    batch_id: str
    run_id: str | None
    #: `running`, and then `succeeded`, `refused` or `unchanged`.
    status: str = "running"
    reason: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    quality: Sequence[RuleResult] = ()
    started_at: str = field(default_factory=lambda: _now())
    #: What one layer adds, e.g. the snapshots of a mart's inputs.
    extra: dict[str, Any] = field(default_factory=dict)

    def add_table(self, name: str, snapshot: Snapshot | None) -> None:
        """Notes a table's version. Ids are texts: JavaScript's numbers are too short for them."""
        if snapshot is not None:
            self.tables[name] = {"snapshotId": str(snapshot.id), "rows": snapshot.rows}

    @property
    def is_complete(self) -> bool:
        """Whether the run came to its end; one that failed on the way is tried again and has no result yet."""
        return self.status != "running"

    def complete(self, status: str) -> None:
        """Notes that the batch was accepted: `succeeded`, or `unchanged` when nothing had to be written."""
        self.status = status

    def refuse(self, reason: str) -> None:
        """Notes that nothing of the batch was accepted."""
        self.status = "refused"
        self.reason = reason

    def as_json(self) -> dict[str, Any]:
        """The document, finished now."""
        return {
            "layer": self.layer,
            "job": self.job,
            "batchId": self.batch_id,
            "runId": self.run_id,
            "status": self.status,
            "reason": self.reason,
            "rows": self.rows,
            "tables": self.tables,
            "quality": [result.as_json() for result in self.quality],
            **self.extra,
            "startedAt": self.started_at,
            "finishedAt": _now(),
        }


@contextmanager
def recorded(result: Result, documents: Documents, uri: str) -> Iterator[Result]:
    """Writes what became of a run, once it came to its end, also when its batch is refused. RefusedError goes on."""
    try:
        yield result
    except RefusedError as error:
        result.refuse(str(error))
        raise
    finally:
        if result.is_complete:
            documents.write(uri, result.as_json())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
