"""How often what was allowed, refused, or let through unproven."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Literal

Outcome = Literal["allowed", "refused", "unproven"]

_KEPT_REFUSALS = 500


class Report:
    """Counts of authorizations since the start, and the last refusals."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[str, int]] = {}
        self._refusals: deque[dict[str, Any]] = deque(maxlen=_KEPT_REFUSALS)

    def count(self, action: str, outcome: Outcome) -> None:
        """Notes one decision."""
        with self._lock:
            counts = self._counts.setdefault(action, {"allowed": 0, "refused": 0, "unproven": 0})
            counts[outcome] += 1

    def refuse(self, caller: str, action: str, resource: str, reason: str) -> None:
        """Notes a refusal with its reason."""
        self.count(action, "refused")
        with self._lock:
            self._refusals.append({"caller": caller, "action": action, "resource": resource, "reason": reason})

    def as_document(self) -> dict[str, Any]:
        """Counts by service and action, and the last refusals."""
        with self._lock:
            counts = [
                {"service": action.partition(":")[0], "action": action, **counted}
                for action, counted in sorted(self._counts.items())
            ]
            return {"counts": counts, "refusals": list(self._refusals)}
