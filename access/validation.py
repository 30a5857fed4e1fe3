"""Refuses policies that do not mean what they say: a mistyped Deny would otherwise open what it was written to close.

The grammar is https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html; some of what AWS
accepts and never applies, like a global condition key that does not exist, is refused as well.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from access.conditions import condition_problems, unknown_variables
from access.variables import VARIABLE

PolicyKind = Literal["identity", "resource", "trust", "limit"]

VERSION = "2012-10-17"
_OLD_VERSION = "2008-10-17"
_POLICY_ELEMENTS = ("Version", "Id", "Statement")
_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)
_EFFECTS = ("Allow", "Deny")
_ACTION = re.compile(r"\*|[a-z0-9][a-z0-9-]*:[A-Za-z0-9*?]+", re.IGNORECASE)
_PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")
_AWS_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)/[^*?]+)|sts::\d{12}:(assumed-role|federated-user)/[^*?]+)"
)
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?|[a-z0-9-]+\.amazon\.com")


class InvalidPolicyError(ValueError):
    """A policy cannot be evaluated; says everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def problems_of(name: str, body: Any, kind: PolicyKind) -> list[str]:
    """Everything that is wrong with a policy: each with the policy's name, the statement and what to do."""
    if not isinstance(body, Mapping):
        return [f"{name}: is {type(body).__name__} and no policy; give a JSON object with Version and Statement"]
    found = [f"{name}: {problem}" for problem in _of_policy(body)]
    statements = statements_of(body)
    for number, statement in enumerate(statements, 1):
        label = f"{name}, statement {sid_of(statement, number)}"
        if not isinstance(statement, Mapping):
            found.append(f"{label}: is {type(statement).__name__}; a statement is a JSON object")
            continue
        found += [f"{label}: {problem}" for problem in _of_statement(statement, kind, body.get("Version"))]
    return found


def statements_of(body: Mapping[str, Any]) -> list[Any]:
    """The statements of a policy: there may be one without a list."""
    statements = body.get("Statement")
    return statements if isinstance(statements, list) else [] if statements is None else [statements]


def sid_of(statement: Any, number: int) -> str:
    """What a statement is called: by its Sid, else by its place."""
    sid = statement.get("Sid") if isinstance(statement, Mapping) else None
    return sid if isinstance(sid, str) and sid else f"#{number}"


def _of_policy(body: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(body, _POLICY_ELEMENTS)
    version = body.get("Version")
    if version not in (VERSION, _OLD_VERSION):
        said = "has no Version" if version is None else f"has Version {version!r}"
        yield f'{said}; say "Version": "{VERSION}"'
    statements = statements_of(body)
    if not statements:
        yield "has no Statement; without one it allows nothing, so leave the policy out or say what it is for"
    sids = [s.get("Sid") for s in statements if isinstance(s, Mapping) and isinstance(s.get("Sid"), str)]
    for sid in sorted({sid for sid in sids if sid and sids.count(sid) > 1}):
        yield f"has {sids.count(sid)} statements with the Sid {sid!r}; give each its own"


def _of_statement(statement: Mapping[str, Any], kind: PolicyKind, version: Any) -> Iterator[str]:
    yield from _unknown(statement, _ELEMENTS)
    if statement.get("Effect") not in _EFFECTS:
        yield f"has Effect {statement.get('Effect')!r}; say Allow or Deny"
    if not isinstance(statement.get("Sid", ""), str):
        yield "has a Sid that is no text; give it a name"
    yield from _either(statement, "Action", "NotAction", _of_action)
    yield from _of_resources(statement, kind)
    yield from _of_principals(statement, kind)
    if "Condition" in statement:
        yield from condition_problems(statement["Condition"])
    if version == _OLD_VERSION and VARIABLE.search(str(statement)):
        yield f'uses policy variables, which Version {_OLD_VERSION} takes literally; say "Version": "{VERSION}"'
    if kind == "trust":
        foreign = [a for a in _strings(statement.get("Action")) if not a.lower().startswith("sts:")]
        if foreign:
            yield f"trusts with {', '.join(foreign)}; actions of a trust policy begin with sts:"


def _unknown(body: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    for element in body:
        if element not in known:
            near = difflib.get_close_matches(str(element), known, 1, 0.5)
            yield f"has the unknown element {element!r}; {f'did you mean {near[0]}?' if near else 'remove it'}"


def _either(
    statement: Mapping[str, Any], element: str, negation: str, problem_of: Callable[[str], str | None]
) -> Iterator[str]:
    given = [name for name in (element, negation) if name in statement]
    if len(given) != 1:
        yield f"has {'both' if given else 'neither'} {element} {'and' if given else 'nor'} {negation}; say one of them"
    for name in given:
        value = statement[name]
        texts = _strings(value)
        if not texts or len(texts) != (len(value) if isinstance(value, list) else 1):
            yield f"has {name} {value!r}; give a text or a list of texts that is not empty"
        for text in texts:
            problem = problem_of(text)
            if problem is not None:
                yield f"has {name} {text!r}: {problem}"


def _of_action(action: str) -> str | None:
    if "${" in action:
        return "variables are not expanded in actions; name the actions"
    return None if _ACTION.fullmatch(action) else "an action is service:Name, like s3:GetObject, or *"


def _of_resources(statement: Mapping[str, Any], kind: PolicyKind) -> Iterator[str]:
    if kind != "trust":
        yield from _either(statement, "Resource", "NotResource", _of_resource)
        return
    for name in ("Resource", "NotResource"):
        if name in statement:
            yield f"has {name}; a trust policy is about its own role, so remove it"


def _of_resource(resource: str) -> str | None:
    if unknown := unknown_variables(resource):
        return unknown
    plain = VARIABLE.sub("x", resource)
    parts = plain.split(":", 5)
    if plain == "*" or (len(parts) == 6 and parts[0] == "arn" and parts[2] and parts[5]):
        return None
    return "a resource is * or a whole ARN, arn:partition:service:region:account:name"


def _of_principals(statement: Mapping[str, Any], kind: PolicyKind) -> Iterator[str]:
    given = [name for name in ("Principal", "NotPrincipal") if name in statement]
    if kind in ("identity", "limit"):
        if given:
            yield f"has {' and '.join(given)}; only policies of resources name principals, so remove it"
        return
    if len(given) != 1:
        said = "both Principal and" if given else "neither Principal nor"
        yield f"has {said} NotPrincipal; say to whom the statement applies"
    for name in given:
        yield from (f"has {name} {problem}" for problem in _of_principal(statement[name], name))
    if "NotPrincipal" in given and statement.get("Effect") == "Allow":
        yield "allows by NotPrincipal, that is everybody else in the world; name who is allowed in Principal"


def _of_principal(principal: Any, name: str) -> Iterator[str]:
    if principal == "*":
        if name == "NotPrincipal":
            yield "'*', which exempts everybody; name who is exempt"
        return
    if not isinstance(principal, Mapping) or not principal:
        yield f"{principal!r}; give '*' or an object like {{\"AWS\": [...]}}"
        return
    for kind, value in principal.items():
        if kind not in _PRINCIPAL_TYPES:
            yield f"of the unknown type {kind!r}; use {', '.join(_PRINCIPAL_TYPES)}"
        entries = _strings(value)
        if not entries or len(entries) != (len(value) if isinstance(value, list) else 1):
            yield f"{kind}: {value!r}; give a text or a list of texts that is not empty"
        for entry in entries:
            if kind == "AWS" and (not _AWS_PRINCIPAL.fullmatch(entry) or (name == "NotPrincipal" and entry == "*")):
                yield (
                    f"{entry!r}, which names nobody; give an account, a role, a user or a session by its whole ARN, "
                    "patterns belong into a condition on aws:PrincipalArn"
                )
            elif kind == "Service" and not _SERVICE.fullmatch(entry):
                yield f"{entry!r}, which is no service; services are called like glue.amazonaws.com"


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]
