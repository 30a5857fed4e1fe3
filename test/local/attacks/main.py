"""Attacks a deployed lake and prints what became of each attempt as JSON: takes the lake's description as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import on_objects
import on_records
import on_roles
import on_services
from attempts import outcome
from callers import Anna, Callers, Lake

from local.sessions import time_based_code

callers = Callers(Lake(**json.loads(sys.argv[1])))
intake = callers.service("intake", "lambda", callers.lake.arn("lambda", f"function:{callers.lake.prefix}-intake"))
objects = on_objects.Objects(callers, intake)
anna = Anna(callers, time_based_code)
try:
    found = [
        {"title": attempt.title, "refused": outcome(attempt.refused), "allowed": outcome(attempt.allowed)}
        for attempt in [
            *on_objects.attempts(callers, objects, intake),
            *on_roles.attempts(callers, anna),
            *on_services.attempts(callers, intake),
            *on_records.attempts(callers),
        ]
    ]
finally:
    anna.leave()
print(json.dumps(found))
