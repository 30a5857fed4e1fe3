"""The one place that knows the evaluator of MiniStack, which tells whether a statement applies to a request.

What it decides otherwise than AWS is put right here: the values of condition keys are those of the request alone, ARNs
are compared part by part. Principals and the order of layers are not its business, see `principals` and `evaluator`.
"""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ministack.core import iam_evaluator as ministack

SUPPORTED = "1.5.33"


class EngineError(RuntimeError):
    """MiniStack differs from the version that this adapter was written for."""


def _replace(name: str, parameters: str, replacement: Callable[..., Any]) -> None:
    original = getattr(ministack, name, None)
    found = " ".join(inspect.signature(original).parameters) if inspect.isfunction(original) else "nothing"
    if found != parameters:
        raise EngineError(f"{name} of MiniStack takes {found}, where this adapter knows {parameters}")
    setattr(ministack, name, replacement)


def _value_of(key: str, ctx: ministack.EvalContext) -> Any:
    """Instead of guesses by the engine: PrincipalArn of the session, ResourceAccount of the caller."""
    return ctx.service_context.get(key.lower())


@lru_cache(maxsize=1 << 16)
def arn_fits(arn: str, pattern: str) -> bool:
    """Whether each of the six parts of an ARN fits: a wildcard of one part reaches into no other."""
    if pattern == arn:
        return True
    actual, expected = arn.split(":", 5), pattern.split(":", 5)
    return len(actual) == len(expected) == 6 and all(map(ministack.fnmatch_iam_cs, actual, expected))


def _resource_fits(resource_arn: str, resources: list[str], not_resources: list[str]) -> bool:
    def fits(pattern: str) -> bool:
        return pattern == "*" or arn_fits(resource_arn, pattern)

    if resources:
        return any(map(fits, resources))
    return not any(map(fits, not_resources))


def _install() -> None:
    installed = importlib.metadata.version("ministack")
    if installed != SUPPORTED:
        raise EngineError(f"MiniStack {installed} is installed, but this adapter is written for {SUPPORTED}")
    _replace("_resolve_condition_key", "key ctx", _value_of)
    _replace("_resource_matches", "resource_arn resources not_resources", _resource_fits)
    for name in ("arnequals", "arnlike"):
        ministack._CONDITION_OPS[name] = arn_fits
    for name in ("arnnotequals", "arnnotlike"):
        ministack._CONDITION_OPS[name] = lambda arn, pattern: not arn_fits(arn, pattern)


_install()

Parsed = ministack.ParsedStatement


def parse(statement: Mapping[str, Any]) -> Parsed:
    """A valid statement as the engine has it."""
    (parsed,) = ministack.parse_policy_document({"Statement": dict(statement)})
    return parsed


def action_fits(action: str, parsed: Parsed) -> bool:
    """Whether the statement is about this action at all."""
    return ministack._action_matches(action, parsed.actions, parsed.not_actions)


def resource_fits(resource: str, parsed: Parsed) -> bool:
    """Whether the statement is about this resource at all."""
    return _resource_fits(resource, parsed.resources, parsed.not_resources)


Asked = ministack.EvalContext


def asked(action: str, resource: str, context: Mapping[str, Any]) -> Asked:
    """A request as the engine has it."""
    return ministack.EvalContext(
        principal_arn="",
        principal_type="",
        principal_account="",
        action=action,
        resource_arn=resource,
        region="",
        source_ip="",
        secure_transport=False,
        service_context=dict(context),
    )


def fits(parsed: Parsed, request: Asked) -> bool:
    """Whether the statement applies to the request."""
    return ministack.evaluate(request, [[parsed]]).decision != "ImplicitDeny"
