"""What each action of the matrix is made of: the calls of AWS, each with its resource and the condition keys it brings.

An action is possible in one of several ways; a way needs all of its calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from access.model import Document
from access.references import Account
from access.stacks import Estate, Owned

CLASSIFICATIONS = ("proprietary", "confidential", "secret", "untagged")
ACTIONS = ("read", "write", "delete", "tag", "decrypt", "query", "administer")

_EXISTING = "s3:ExistingObjectTag/classification"
_REQUESTED = "s3:RequestObjectTag/classification"


@dataclass(frozen=True)
class Call:
    """One call of AWS."""

    action: str
    resource: str
    owner: Account
    policy: Document | None = None
    #: Of keys: nothing goes without their own policy.
    policy_decides: bool = False
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


Way = list[Call]

#: Services that use keys for those who call them.
KEY_USERS = ("s3", "sqs", "sns", "glue", "dynamodb", "lambda", "logs", "secretsmanager", "states", "athena", "rds")
DIRECTLY = "directly"

_BUCKET_ADMINISTRATION = (
    "s3:DeleteBucket s3:DeleteBucketPolicy s3:PutBucketAcl s3:PutBucketLogging "
    "s3:PutBucketNotification s3:PutBucketObjectLockConfiguration s3:PutBucketOwnershipControls s3:PutBucketPolicy "
    "s3:PutBucketPublicAccessBlock s3:PutBucketVersioning s3:PutEncryptionConfiguration s3:PutLifecycleConfiguration "
    "s3:PutReplicationConfiguration"
)
#: What changes who may use something, or ends it.
ADMINISTRATION: Mapping[str, tuple[str, ...]] = {
    "s3_bucket": tuple(_BUCKET_ADMINISTRATION.split()),
    "kms_key": ("kms:CreateGrant", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    "cloudtrail": tuple(
        f"cloudtrail:{name}" for name in ("DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail")
    ),
    "sqs_queue": ("sqs:DeleteQueue", "sqs:SetQueueAttributes"),
    "dynamodb_table": ("dynamodb:DeleteTable", "dynamodb:UpdateTable"),
    "secretsmanager_secret": ("secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"),
    "glue_catalog_database": ("glue:DeleteDatabase", "glue:UpdateDatabase"),
}
_ITEM_CALLS = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
#: What else holds data, by the call for each action.
STORES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sqs_queue": {
        "read": ("sqs:ReceiveMessage",),
        "write": ("sqs:SendMessage",),
        "delete": ("sqs:DeleteMessage", "sqs:PurgeQueue"),
    },
    "dynamodb_table": {
        "read": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
        "write": ("dynamodb:PutItem", "dynamodb:UpdateItem"),
        "delete": ("dynamodb:DeleteItem",),
    },
    "secretsmanager_secret": {"read": ("secretsmanager:GetSecretValue",), "write": ("secretsmanager:PutSecretValue",)},
    "glue_catalog_database": {
        "write": ("glue:CreateTable", "glue:UpdateTable"),
        "delete": ("glue:DeleteTable", "glue:BatchDeleteTable"),
    },
}
ROLE_CHANGES = [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
]


def object_ways(
    action: str, bucket: Owned, key: str, classification: str, kms: Owned | None, *, replicates: bool = False
) -> list[Way]:
    """How an object is read, written, deleted or tagged; replicas are only brought by roles that S3 can take."""
    arn = f"{bucket.arn}/{key}"
    is_tagged = classification != "untagged"
    existing = {_EXISTING: classification} if is_tagged else {}

    def call(name: str, context: Mapping[str, str | Sequence[str]]) -> Call:
        return Call(f"s3:{name}", arn, bucket.account, bucket.policy, context=context)

    if action == "read":
        decrypt = _by_s3(bucket, kms, "kms:Decrypt")
        return [[call(name, existing), *decrypt] for name in ("GetObject", "GetObjectVersion")]
    if action == "write":
        requested = {_REQUESTED: classification, "s3:RequestObjectTagKeys": ["classification"]} if is_tagged else {}
        tagging = [call("PutObjectTagging", requested)] if is_tagged else []
        encrypt = _by_s3(bucket, kms, "kms:GenerateDataKey")
        replica = [[call("ReplicateObject", {})]] if replicates else []
        return [[call("PutObject", requested), *tagging, *encrypt], *replica]
    if action == "delete":
        names = ["DeleteObject", "DeleteObjectVersion", *(["ReplicateDelete"] if replicates else [])]
        return [[call(name, {})] for name in names]
    given = [
        {**existing, _REQUESTED: level, "s3:RequestObjectTagKeys": ["classification"]} for level in CLASSIFICATIONS[:3]
    ]
    changes = [call(name, context) for context in given for name in ("PutObjectTagging", "PutObjectVersionTagging")]
    removals = [call(name, existing) for name in ("DeleteObjectTagging", "DeleteObjectVersionTagging")]
    return [[one] for one in [*changes, *removals]]


def _by_s3(bucket: Owned, kms: Owned | None, action: str) -> list[Call]:
    if bucket.key is None:
        return []
    return [key_call(action, bucket.key, bucket.account if kms is None else kms.account, kms, "s3", bucket.arn)]


def key_call(action: str, arn: str, owner: Account, key: Owned | None, by: str, bucket_arn: str | None = None) -> Call:
    """The use of a key, directly or by a service."""
    context: dict[str, str | Sequence[str]] = {}
    if by != DIRECTLY:
        context["kms:ViaService"] = f"{by}.{owner.region}.amazonaws.com"
        context["aws:ViaAWSService"] = "true"
    if bucket_arn is not None:
        # With a bucket key this is the bucket's, not the object's.
        context["kms:EncryptionContext:aws:s3:arn"] = bucket_arn
        context["kms:EncryptionContextKeys"] = ["aws:s3:arn"]
    policy = None if key is None else key.policy
    return Call(action, arn, owner, policy, True, context)


def decrypt_ways(estate: Estate, key: Owned, by: str) -> list[Way]:
    """How what a key encrypted can be read, directly or by a service."""
    ways = [[key_call("kms:Decrypt", key.arn, key.account, key, by)]]
    if by == "s3":
        buckets = [bucket for bucket in estate.of_type("s3_bucket") if bucket.key == key.arn]
        ways += [[key_call("kms:Decrypt", key.arn, key.account, key, by, bucket.arn)] for bucket in buckets]
    return ways


def query_ways(estate: Estate, database: Owned, workgroup: Owned) -> list[Way]:
    """How tables of a database are asked by a workgroup; to have their rows, their files must be readable too."""
    start = Call("athena:StartQueryExecution", workgroup.arn, workgroup.account)
    return [[start, *(_on_catalog(estate, database, "glue:GetTable"))]]


def store_ways(estate: Estate, store: Owned, calls: Sequence[str]) -> list[Way]:
    """How something else that holds data is used: any of the calls will do."""
    if store.type == "glue_catalog_database":
        return [_on_catalog(estate, store, action) for action in calls]
    # Of items one by one the key is a condition key too: of one that nothing is defined by.
    item = {"dynamodb:LeadingKeys": ["any"]}
    return [
        [Call(action, store.arn, store.account, store.policy, context=item if action in _ITEM_CALLS else {})]
        for action in calls
    ]


def administer_ways(one: Owned) -> list[Way]:
    """How something is changed or ended: any of the calls will do."""
    decides = one.type == "kms_key"
    return [[Call(action, one.arn, one.account, one.policy, decides)] for action in ADMINISTRATION[one.type]]


def role_ways(account: Account) -> list[Way]:
    """How rights are given in an account: with its own boundary or without."""
    arn = f"arn:aws:iam::{account.id}:role/{account.prefix}-any"
    boundary = {"iam:PermissionsBoundary": f"arn:aws:iam::{account.id}:policy/{account.prefix}-boundary"}
    return [[Call(action, arn, account, context=context)] for action in ROLE_CHANGES for context in ({}, boundary)]


def _on_catalog(estate: Estate, database: Owned, action: str) -> Way:
    account = database.account
    base = f"arn:aws:glue:{account.region}:{account.id}"
    policy = estate.catalog_policies.get(account.id)
    resources = [f"{base}:catalog", f"{base}:database/{database.name}", f"{base}:table/{database.name}/any"]
    return [Call(action, resource, account, policy) for resource in resources]
