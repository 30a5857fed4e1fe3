"""What requests to Lake Formation need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html."""

from __future__ import annotations

from local.enforcement.call import Call, Need
from local.enforcement.operations import operation_of
from local.refusals import NotEmulatedError


def needs(call: Call) -> list[Need]:
    """What a request needs: no action of Lake Formation knows a resource."""
    operation = operation_of("lakeformation", call.method, call.path, frozenset(call.query))
    if operation is None:
        raise NotEmulatedError(f"the rights for {call.method} {call.path} of Lake Formation")
    return [Need(f"lakeformation:{operation}", "*", call.account)]
