"""Decides each request by the deployed policies; what no mapper knows is let through and reported as unproven."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import UnknownServiceError

from access.evaluator import Document, InvalidPolicyError, Policies, Request, decide
from local import request_context
from local.enforcement import (
    athena,
    awslambda,
    cloudtrail,
    dynamodb,
    glue,
    iam,
    kms,
    lakeformation,
    s3,
    secretsmanager,
    sns,
    sqs,
    states,
    sts,
)
from local.enforcement.call import Call, Context, Need, read_call
from local.enforcement.deployed import Asker, asker_of
from local.enforcement.messages import refusal
from local.enforcement.operations import operation_of
from local.enforcement.passed_roles import passed_roles
from local.enforcement.report import Report
from local.enforcement.resource_policies import decides, policy_of
from local.refusals import AccessDeniedError
from local.signing import Environ, Scope

MAPPERS: Mapping[str, Callable[[Call], list[Need]]] = {
    "athena": athena.needs,
    "cloudtrail": cloudtrail.needs,
    "dynamodb": dynamodb.needs,
    "glue": glue.needs,
    "iam": iam.needs,
    "kms": kms.needs,
    "lakeformation": lakeformation.needs,
    "lambda": awslambda.needs,
    "s3": s3.needs,
    "secretsmanager": secretsmanager.needs,
    "sns": sns.needs,
    "sqs": sqs.needs,
    "states": states.needs,
    "sts": sts.needs,
}
"""The services whose requests are enforced."""

# The header by which a test says that a request came without TLS, from another address or through an endpoint.
_TEST_HEADERS = {
    "x-lake-secure-transport": "aws:SecureTransport",
    "x-lake-source-ip": "aws:SourceIp",
    "x-lake-source-vpce": "aws:SourceVpce",
    "x-lake-tls-version": "s3:TlsVersion",
}


class PolicyAuthorizer:
    """An authorizer for the server, and for what acts inside of it."""

    enforces = True

    def __init__(self) -> None:
        self.report = Report()

    def as_document(self) -> dict[str, Any]:
        """What `/_lake/authorizations` answers."""
        return {"enforced": self.enforces, **self.report.as_document()}

    def __call__(self, environ: Environ, scope: Scope, owner: str) -> None:
        """Refuses a request that its caller may not make."""
        caller = request_context.principal()
        call = read_call(environ, scope, caller.account, owner)
        mapper = MAPPERS.get(scope.service)
        if mapper is None:
            self.report.count(f"{scope.service}:{_operation(call)}", "unproven")
        needed = [*(mapper(call) if mapper else ()), *passed_roles(call)]
        if needed:
            self.require(asker_of(caller), needed, _origin(call), service=scope.service)

    def require(self, asker: Asker, needed: Iterable[Need], context: Context | None = None, service: str = "") -> None:
        """Raises a refusal unless the asker may do everything that is needed."""
        shared = {**_of_asker(asker), **(_INSIDE if context is None else context)}
        for need in needed:
            self._require(asker, need, shared, service or need.action.partition(":")[0])

    def _require(self, asker: Asker, need: Need, shared: Context, service: str) -> None:
        policies = Policies(
            identity=asker.identity,
            boundary=asker.boundary,
            session=asker.session,
            resource=policy_of(need),
            resource_decides=decides(need),
        )
        context = {**shared, **need.context}
        if not need.action.startswith("s3:"):
            context.pop("s3:TlsVersion", None)
        request = Request(asker.principal, need.action, need.resource, need.owner, context)
        try:
            decision = decide(request, policies)
        except InvalidPolicyError as error:
            # A policy that does not mean what it says opens nothing.
            self.report.refuse(asker.name, need.action, need.resource, f"invalid policy: {error}")
            raise AccessDeniedError(f"{need.action} on {need.resource}: {error}") from error
        if not decision.allowed:
            self.report.refuse(asker.name, need.action, need.resource, decision.reason)
            raise refusal(service, asker.name, need, decision, policies)
        self.report.count(need.action, "allowed")


class TrustAuthorizer(PolicyAuthorizer):
    """Lets everybody do everything but take on a role that does not trust them."""

    enforces = False

    def __call__(self, environ: Environ, scope: Scope, owner: str) -> None:
        """Refuses AssumeRole without trust."""
        if scope.service != "sts":
            return
        caller = request_context.principal()
        call = read_call(environ, scope, caller.account, owner)
        asker = replace(asker_of(caller), identity=(_EVERYTHING,), boundary=None, session=())
        self.require(asker, sts.needs(call), _origin(call), service="sts")


_EVERYTHING = Document(
    "everything", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
_INSIDE: Context = {"aws:SecureTransport": "true", "aws:ViaAWSService": "true", "s3:TlsVersion": "1.3"}
"""What goes for requests that a service makes in the name of somebody."""


def _origin(call: Call) -> Context:
    context = {
        "aws:RequestedRegion": call.region,
        "aws:SecureTransport": "true",
        "aws:SourceIp": "127.0.0.1",
        "aws:UserAgent": call.headers.get("user-agent", ""),
        "aws:ViaAWSService": "false",
        "s3:TlsVersion": "1.3",
    }
    return {**context, **{key: call.headers[name] for name, key in _TEST_HEADERS.items() if name in call.headers}}


def _of_asker(asker: Asker) -> Context:
    context = {"aws:userid": asker.user_id} if asker.user_id else {}
    facts = asker.facts
    if facts is None:
        # Who calls with credentials that last has no such key at all.
        return context
    context["aws:MultiFactorAuthPresent"] = str(facts.has_mfa).lower()
    context["aws:TokenIssueTime"] = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if facts.source_identity:
        context["aws:SourceIdentity"] = facts.source_identity
    return context


def _operation(call: Call) -> str:
    if call.operation:
        return call.operation
    try:
        return operation_of(call.service, call.method, call.path, frozenset(call.query)) or call.method
    except UnknownServiceError:
        return call.method
