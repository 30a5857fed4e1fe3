"""What the code below a request wants to know about it: who asks, and what is to happen once it is answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SessionFacts:
    """What temporary credentials were asked for with, beyond the role: moto keeps none of it."""

    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()
    """Names of the tags that go on to the next role."""
    policy: str | None = None
    """The session policy, as JSON."""
    policy_arns: tuple[str, ...] = ()
    has_mfa: bool = False
    source_identity: str | None = None


@dataclass(frozen=True)
class Principal:
    """The caller of a request.

    `arn` is what GetCallerIdentity answers; `identity_arn` is what policies name: for a session, its role.
    """

    account: str
    arn: str
    identity_arn: str
    user_id: str
    session: SessionFacts | None = None
    """None for those who call with credentials that last."""


class _Current(threading.local):
    principal: Principal | None = None
    afterwards: list[Callable[[], None]] | None = None


_current = _Current()


@contextmanager
def handling(principal: Principal) -> Iterator[None]:
    """The time during which this thread handles a request of the principal."""
    _current.principal, _current.afterwards = principal, []
    try:
        yield
    finally:
        todo, _current.afterwards = _current.afterwards, None
        for action in todo:
            _run(action)
        _current.principal = None


def principal() -> Principal:
    """The caller of the request that this thread handles."""
    if _current.principal is None:
        raise RuntimeError("this thread handles no request")
    return _current.principal


def current_principal() -> Principal | None:
    """The caller, or None where the server itself acts."""
    return _current.principal


def after_answer(action: Callable[[], None]) -> None:
    """Runs the action when the state that the request leaves behind is complete; at once outside of requests."""
    if _current.afterwards is None:
        _run(action)
    else:
        _current.afterwards.append(action)


def _run(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:
        log.exception("an action that follows a request failed")
