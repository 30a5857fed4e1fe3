"""Policies made ready for the engine: validated once, written anew for each request where they have variables."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from access import engine
from access.keys import MULTIVALUED_KEYS
from access.operators import NULL, PATTERN, Operator, operator_of
from access.validation import InvalidPolicyError, PolicyKind, problems_of, sid_of, statements_of
from access.variables import Context, UnresolvedError, expand, has_variables, literal

#: Fits nothing: an empty list would fit everything.
_NOTHING = "\ue00f"
_LARGEST_CACHE = 4096


class Statement:
    """One statement of a valid policy."""

    def __init__(self, policy: str, body: Mapping[str, Any], number: int) -> None:
        self.policy = policy
        self.sid = sid_of(body, number)
        self.effect: str = body["Effect"]
        self.principal: Any = body.get("Principal")
        self.not_principal: Any = body.get("NotPrincipal")
        self._body = body
        self._actions = engine.parse({name: body[name] for name in ("Effect", "Action", "NotAction") if name in body})
        self._is_fixed = not has_variables(body)

    @cached_property
    def _fixed(self) -> engine.Parsed | None:
        return _rewritten(self._body, {})

    def is_about(self, action: str) -> bool:
        """Whether its Action or NotAction fits."""
        return engine.action_fits(action, self._actions)

    def may_concern(self, resource: str) -> bool:
        """Whether its Resource or NotResource fits, or could with the values of its variables."""
        return not self._is_fixed or self._fixed is None or engine.resource_fits(literal(resource), self._fixed)

    def fits(self, asked: Asked) -> bool:
        """Whether it applies to the request, whoever asks."""
        is_ready = self._is_fixed and not asked.has_lists
        parsed = self._fixed if is_ready else _rewritten(self._body, asked.context)
        return parsed is not None and engine.fits(parsed, asked.request)


class Asked:
    """A request, made ready once for all statements."""

    def __init__(self, action: str, resource: str, context: Context) -> None:
        self.context = context
        self.has_lists = any(len(values) > 1 and key not in MULTIVALUED_KEYS for key, values in context.items())
        values = {key: _value(values) for key, values in context.items()}
        self.request = engine.asked(action, literal(resource), values)


def _value(values: Sequence[str]) -> str | list[str] | None:
    texts = [literal(text) for text in values]
    return texts if len(texts) > 1 else texts[0] if texts else None


class Policy:
    """A valid policy."""

    def __init__(self, name: str, body: Mapping[str, Any], kind: PolicyKind) -> None:
        problems = problems_of(name, body, kind)
        if problems:
            raise InvalidPolicyError(problems)
        self.body = body
        self._statements = [Statement(name, entry, number) for number, entry in enumerate(statements_of(body), 1)]
        self._about: dict[str, list[Statement]] = {}

    def about(self, action: str) -> list[Statement]:
        """Its statements about an action."""
        if action not in self._about:
            self._about[action] = [statement for statement in self._statements if statement.is_about(action)]
        return self._about[action]


_policies: OrderedDict[tuple[int, str, str], Policy] = OrderedDict()


def policy_of(name: str, body: Mapping[str, Any], kind: PolicyKind) -> Policy:
    """The policy, validated the first time that this very object is asked for."""
    key = (id(body), name, kind)
    known = _policies.get(key)
    # While it is kept here no other object has its id.
    if known is None:
        known = _policies[key] = Policy(name, body, kind)
        if len(_policies) > _LARGEST_CACHE:
            _policies.popitem(last=False)
    return known


def _rewritten(body: Mapping[str, Any], context: Context) -> engine.Parsed | None:
    """The statement for one request, or nothing where a variable without value decides that it does not apply."""
    is_deny = body["Effect"] == "Deny"
    written = dict(body)
    for name in ("Resource", "NotResource"):
        if name in body:
            texts, is_complete = _expanded(_texts(body[name]), context)
            if name == "NotResource" and not is_complete and not is_deny:
                return None
            written[name] = texts
    conditions: dict[str, dict[str, list[str]]] = {}
    for name, keys in body.get("Condition", {}).items():
        operator = operator_of(name)
        assert operator is not None, "validated"
        for key, values in keys.items():
            texts, is_complete = _expanded(_texts(values), context, is_pattern=operator.name in PATTERN)
            if operator.is_negated and not is_complete and not is_deny:
                return None
            quantified = _quantified(operator, len(context.get(key.lower(), ())) > 1, is_deny=is_deny)
            conditions.setdefault(str(quantified), {})[key] = texts
    written["Condition"] = conditions
    return engine.parse(written)


def _quantified(operator: Operator, has_list: bool, *, is_deny: bool) -> Operator:
    """An operator for one value that meets several, as of tags whose keys differ in case: all open, any closes."""
    if operator.quantifier or not has_list or operator.name == NULL:
        return operator
    return operator._replace(quantifier="ForAnyValue" if is_deny else "ForAllValues")


def _expanded(patterns: Sequence[str], context: Context, *, is_pattern: bool = True) -> tuple[list[str], bool]:
    """The patterns that have a value, and whether all have."""
    texts: list[str] = []
    for pattern in patterns:
        try:
            text = expand(pattern, context)
        except UnresolvedError:
            continue
        texts.append(text if is_pattern else literal(text))
    return texts or [_NOTHING], len(texts) == len(patterns)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(entry).lower() if isinstance(entry, bool) else str(entry) for entry in values]
