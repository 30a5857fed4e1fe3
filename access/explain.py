"""Why something may be done, or not: one request with the statements that decide."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from access import asks
from access.keys import is_key
from access.matrix import decide_call
from access.model import Decision, Document
from access.places import keys_of
from access.references import Account
from access.stacks import Estate
from access.who import LEVELS, Who, everybody, identity_with, limits_of

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_LONGEST_NAME, _LONGEST_ARN, _LONGEST_KEY, _LONGEST_VALUE = 128, 2048, 128, 256
_READING_KEY, _WRITING_KEY = "kms:Decrypt", "kms:GenerateDataKey"
#: What S3 does with the key of a bucket for those who call it.
_KEY_OF_CALL = {"s3:GetObject": _READING_KEY, "s3:GetObjectVersion": _READING_KEY, "s3:PutObject": _WRITING_KEY}


class QuestionError(ValueError):
    """A question that cannot be answered as it was put."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True)
class Question:
    """What `lake access --explain` asks."""

    who: str
    action: str
    resource: str
    clearance: str | None = None
    tags: Sequence[str] = ()
    context: Sequence[str] = ()


@dataclass(frozen=True)
class Answer:
    """The decisions of the calls that a question comes to: all have to be allowed."""

    who: Who
    calls: Sequence[tuple[asks.Call, Decision]]

    @property
    def allowed(self) -> bool:
        return all(decision.allowed for _, decision in self.calls)


def explain(estate: Estate, question: Question) -> Answer:
    """Decides one request.

    :raises QuestionError: if there is nobody or nothing of that name.
    """
    _check(question)
    who = _who(estate, question)
    tags = _pairs(question.tags, "--tag")
    context = {**_tag_keys(question.action, tags), **_pairs(question.context, "--context")}
    for key in context:
        if not is_key(key):
            raise QuestionError(f"There is no condition key {key}.", "Write it as policies do, like aws:SourceVpce.")
    calls = [replace(call, context={**call.context, **context}) for call in _calls(estate, question, who)]
    # What S3 does with a key it does by itself: only the first call goes through an endpoint.
    first, *more = calls
    return Answer(
        who, [(first, _through_endpoint(estate, who, first)), *((call, decide_call(who, call)) for call in more)]
    )


def _through_endpoint(estate: Estate, who: Who, call: asks.Call) -> Decision:
    """The decision, with the policy of the VPC endpoint through which the call goes, if it goes through one."""
    decision = decide_call(who, call)
    name = call.context.get("aws:SourceVpce")
    if name is None:
        return decision
    known = {name: one for of in estate.endpoints.values() for name, one in of.items()}
    endpoint = known.get(str(name))
    if endpoint is None:
        listed = ", ".join(sorted(known)) or "no stack declares any"
        raise QuestionError(f"There is no VPC endpoint {_short(str(name))}.", f"Use its name: {listed}.")
    if call.action.partition(":")[0] != endpoint.service:
        raise QuestionError(f"{name} leads to {endpoint.service}.", f"{call.action} goes another way.")
    narrowed = decide_call(
        replace(who, policies=[], boundary=None, limits=()), replace(call, policy=endpoint.policy, policy_decides=True)
    )
    if not narrowed.allowed:
        return replace(decision, allowed=False, reason="endpoint policy", statements=narrowed.statements)
    return replace(decision, statements=(*decision.statements, *narrowed.statements)) if decision.allowed else decision


def described(answer: Answer) -> str:
    """The answer for people."""
    lines = [f"{answer.who.name}: {'yes' if answer.allowed else 'no'}"]
    for call, decision in answer.calls:
        verdict = "allowed" if decision.allowed else f"refused, {decision.reason}"
        lines.append(f"{call.action} on {call.resource}: {verdict}")
        lines += [f"  {found.effect:5}  {found.policy}  {found.sid}" for found in decision.statements]
        if not decision.allowed:
            lines += [f"  {text}" for text in _MEANINGS[decision.reason]]
    return "\n".join(lines)


_MEANINGS: Mapping[str, Sequence[str]] = {
    "explicit deny": ["A Deny wins over every Allow."],
    "no statement allows": ["No policy of whoever asks has an Allow that fits action, resource and conditions."],
    "boundary": ["The statements above allow it, and the permissions boundary does not."],
    "session policy": ["The statements above allow it, and the session's policy does not."],
    "service control policy": ["The organization does not allow it."],
    "resource policy": ["The resource's own policy has to allow it, and does not."],
    "endpoint policy": ["The policy of the VPC endpoint does not let it through."],
}


def _check(question: Question) -> None:
    if len(question.action) > _LONGEST_NAME or not _ACTION.fullmatch(question.action):
        raise QuestionError(
            f"{_short(question.action)} is no action.", "Write service:Name without wildcards, like s3:GetObject."
        )
    resource = question.resource
    if len(resource) > _LONGEST_ARN or (
        resource != "*" and (resource[:4] != "arn:" or len(resource.split(":", 5)) < 6)
    ):
        raise QuestionError(
            f"{_short(resource)} is no resource.",
            "Write a whole ARN, like arn:aws:s3:::bucket/key, or * where there is none.",
        )
    if question.clearance is not None and question.clearance not in LEVELS:
        raise QuestionError(f"There is no clearance {_short(question.clearance)}.", f"Use {', '.join(LEVELS)}.")


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


def _who(estate: Estate, question: Question) -> Who:
    for identity in estate.identities:
        names = (identity.name, f"group {identity.name}" if identity.kind == "group" else identity.name, identity.arn)
        if question.who in names:
            return replace(identity_with(identity, question.clearance), limits=limits_of(estate))
    others = {who.label: who for who in everybody(estate)}
    if question.who in others:
        return others[question.who]
    near = difflib.get_close_matches(question.who, list(others), 3, 0.4)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`lake access` lists everybody."
    raise QuestionError(f"There is no principal {_short(question.who)}.", hint)


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not key or not sign or len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise QuestionError(f"{option} {_short(text)} is no pair.", f"Write {option} key=value.")
        pairs[key] = value
    return pairs


def _tag_keys(action: str, tags: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """The condition keys of tags: of the object, of the request that writes it, of the session that it begins."""
    service, _, name = action.partition(":")
    if service == "s3":
        family, keys = (
            ("s3:RequestObjectTag/", "s3:RequestObjectTagKeys")
            if name.startswith("Put")
            else ("s3:ExistingObjectTag/", None)
        )
    elif service == "sts":
        family, keys = "aws:RequestTag/", "aws:TagKeys"
    else:
        family, keys = "aws:ResourceTag/", None
    found: dict[str, str | Sequence[str]] = {f"{family}{key}": value for key, value in tags.items()}
    return {**found, keys: list(tags)} if keys and tags else found


def _calls(estate: Estate, question: Question, who: Who) -> list[asks.Call]:
    action, resource = question.action, question.resource
    if resource == "*":
        home = next((one for one in estate.accounts if one.name == who.home), estate.accounts[0])
        return [asks.Call(action, resource, home)]
    if action.startswith("s3:") and resource.startswith("arn:aws:s3:::"):
        return _on_bucket(estate, action, resource)
    parts = resource.split(":", 5)
    owner = _account(estate, parts[4], resource)
    if action.startswith("sts:"):
        role = next((one for one in estate.identities if one.arn == resource), None)
        if role is None:
            raise _unknown(resource, [one.arn for one in estate.identities if one.kind == "role"])
        return [asks.Call(action, resource, owner, role.trust, True)]
    if action.startswith("kms:"):
        resource = resource.replace(":alias/", ":key/")
        key = keys_of(estate).get(resource)
        if key is None:
            raise _unknown(resource, list(keys_of(estate)))
        return [asks.Call(action, resource, owner, key.policy, True)]
    return [asks.Call(action, resource, owner, _policy_of(estate, resource, owner))]


def _on_bucket(estate: Estate, action: str, resource: str) -> list[asks.Call]:
    arn, slash, _ = resource.partition("/")
    bucket = next((one for one in estate.of_type("s3_bucket") if one.arn == arn), None)
    if bucket is None:
        raise _unknown(arn, [one.arn for one in estate.of_type("s3_bucket")])
    calls = [asks.Call(action, resource, bucket.account, bucket.policy)]
    of_key = _KEY_OF_CALL.get(action)
    if of_key is not None and slash and bucket.key is not None:
        kms = keys_of(estate).get(bucket.key)
        owner = bucket.account if kms is None else kms.account
        calls.append(asks.key_call(of_key, bucket.key, owner, kms, "s3", bucket.arn))
    return calls


def _policy_of(estate: Estate, resource: str, owner: Account) -> Document | None:
    if resource.startswith("arn:aws:glue:"):
        return estate.catalog_policies.get(owner.id)
    return next((one.policy for one in estate.owned if one.arn == resource), None)


def _account(estate: Estate, account: str, resource: str) -> Account:
    for one in estate.accounts:
        if one.id == account:
            return one
    raise QuestionError(
        f"{_short(resource)} is in no account of the lake.",
        f"The accounts are {', '.join(f'{one.id} ({one.name})' for one in estate.accounts)}.",
    )


def _unknown(resource: str, known: Sequence[str]) -> QuestionError:
    near = difflib.get_close_matches(resource, known, 3, 0.4)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known[:5])}."
    return QuestionError(f"No stack declares {_short(resource)}.", hint)
