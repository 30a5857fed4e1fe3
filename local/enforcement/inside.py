"""What runs inside of the local AWS asks here before it does something in somebody's name.

Athena reads for the caller, crawlers and pollers act with their role: none of it comes as a request. Where nothing is
enforced, everything is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

from local.enforcement import glue
from local.enforcement.authorizer import PolicyAuthorizer
from local.enforcement.call import Call, Context, Need
from local.enforcement.deployed import asker_of
from local.enforcement.implied_keys import object_written
from local.enforcement.s3 import read_needs
from local.refusals import RefusalError
from local.request_context import Principal, SessionFacts

_authorizer: list[PolicyAuthorizer] = []


def install(authorizer: PolicyAuthorizer) -> None:
    """From now on the authorizer decides, if it enforces anything."""
    _authorizer[:] = [authorizer] if authorizer.enforces else []


def is_enforced() -> bool:
    """Whether anything is decided at all."""
    return bool(_authorizer)


def role_session(role_arn: str, session_name: str) -> Principal:
    """A service that acts with a role."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"
    return Principal(account, session, role_arn, session_name, SessionFacts())


def require(caller: Principal | None, service: str, needed: Iterable[Need]) -> None:
    """Raises a refusal unless the caller may do everything, through the service that does it."""
    if not _authorizer or caller is None:
        return
    context: Context = {
        "aws:CalledVia": [f"{service}.amazonaws.com"],
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "true",
        "s3:TlsVersion": "1.3",
    }
    _authorizer[0].require(asker_of(caller), needed, context, service=service)


def refusal_of(caller: Principal, service: str, needed: Sequence[Need]) -> str | None:
    """Why the caller may not; None if they may."""
    try:
        require(caller, service, needed)
    except RefusalError as refusal:
        return refusal.message
    return None


def may_log(role_arn: str, session_name: str, service: str, place: tuple[str, str, str]) -> bool:
    """Whether a role lets a service write logs in its name, at a region, group and stream."""
    if not _authorizer:
        return True
    (region, group, stream), account = place, role_arn.split(":")[4]
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"
    needed = [Need(f"logs:{action}", arn, account) for action in ("CreateLogStream", "PutLogEvents")]
    return refusal_of(role_session(role_arn, session_name), service, needed) is None


def arn_of_role(account: str, role: str) -> str:
    """The ARN of a role that is named by either."""
    if role.startswith("arn:"):
        return role
    found = next((known for known in list(iam_backends[account]["aws"].roles.values()) if known.name == role), None)
    return found.arn if found is not None else f"arn:aws:iam::{account}:role/{role}"


def object_read_needs(bucket: str, key: str) -> list[Need]:
    """What reading an object takes."""
    return read_needs(_call("GET", bucket, {}), bucket, key, None, {})


def object_write_needs(bucket: str, key: str, key_arn: str | None) -> list[Need]:
    """What writing an object takes, encrypted as it is asked for."""
    cipher = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key_arn or ""}
    call = _call("PUT", bucket, cipher if key_arn else {})
    context = {f"s3:{name}": value for name, value in call.headers.items()}
    needed = Need("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", call.owner, context)
    return [needed, *object_written(bucket, key, call)]


def listing_needs(bucket: str, prefix: str) -> list[Need]:
    """What listing a prefix takes."""
    return [Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", _owner(bucket), {"s3:prefix": prefix})]


def place_needs(bucket: str) -> list[Need]:
    """What finding out takes where a bucket is."""
    return [Need("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}", _owner(bucket))]


def catalog_needs(action: str, account: str, region: str, *resources: str) -> list[Need]:
    """What an action on parts of the catalog takes."""
    return glue.catalog_needs(action, account, region, ["catalog", *resources])


def _owner(bucket: str) -> str:
    return s3_backends.bucket_accounts[bucket][1]


def _call(method: str, bucket: str, headers: dict[str, str]) -> Call:
    owner = _owner(bucket)
    return Call("s3", "", method, "", {}, headers, b"", "", owner, owner)
