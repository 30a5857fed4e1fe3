"""What an integration of Step Functions with a service consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
Client = Any


class UnfitParametersError(Exception):
    """The parameters of a task are not those of its action."""


@dataclass(frozen=True)
class Awaited:
    """How what an action has started is followed: `look` answers the state and the task's result.

    `look` and `cancel` get the client, the task's parameters and the action's answer.
    """

    look: Callable[[Client, Document, Document], tuple[str, Document]]
    cancel: Callable[[Client, Document, Document], Any]
    ended: frozenset[str]
    succeeded: frozenset[str] = frozenset({"SUCCEEDED"})


@dataclass(frozen=True)
class Integration:
    """A service whose actions Step Functions calls, and awaits where the resource ends in `.sync`.

    `title` begins the names of its errors, which end in `error_of` of the service's code; `service` names it in their
    causes. `sdk` is its name in the SDK, `answers` completes what an action answers. Where Step Functions has actions
    of its own, `calls` are all that there are.
    """

    title: str
    sdk: str
    awaited: Mapping[str, Awaited]
    service: str = ""
    calls: Mapping[str, Callable[[Client, Document], Document]] | None = None
    answers: Callable[[Document, Document], Document] = field(default=lambda parameters, answer: answer)
    error_of: Callable[[str], str] = field(default=lambda code: code)
