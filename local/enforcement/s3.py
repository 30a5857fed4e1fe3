"""What requests to S3 need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

from moto.s3.models import FakeDeleteMarker, s3_backends

from local.enforcement.call import Call, Context, Need, tag_context
from local.enforcement.implied_keys import object_read, object_written
from local.refusals import NotEmulatedError

# Settings of buckets: sub-resource -> what its action is named after.
_SETTINGS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "analytics": "AnalyticsConfiguration",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
# Most settings are taken away with the right to set them; these have an action of their own.
_DELETED_BY_THEMSELVES = {"policy": "s3:DeleteBucketPolicy", "website": "s3:DeleteBucketWebsite"}
_LISTS = {
    "uploads": "s3:ListBucketMultipartUploads",
    "versions": "s3:ListBucketVersions",
    "location": "s3:GetBucketLocation",
}
_OBJECT_SETTINGS = {"acl": "Acl", "legal-hold": "LegalHold", "retention": "Retention", "tagging": "Tagging"}
_VERSIONED_SETTINGS = {"acl", "tagging"}
_CONDITION_HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
)


def needs(call: Call) -> list[Need]:
    """What a request needs; NotEmulatedError for one that is not known here."""
    if call.path.startswith("/v20180820/"):
        return _account_needs(call)
    bucket, _, key = call.path.lstrip("/").partition("/")
    if not bucket:
        return [Need("s3:ListAllMyBuckets", "*", call.account)]
    context = _context(call)
    if key:
        return _object_needs(call, bucket, key, context)
    if call.method == "POST" and "delete" in call.query:
        return _batch_delete_needs(call, bucket, context)
    return [Need(_bucket_action(call), f"arn:aws:s3:::{bucket}", call.owner, {**context, **_list_context(call)})]


def existing_tags(bucket: str, key: str, version: str | None = None) -> dict[str, str]:
    """The tags of an object that is there."""
    found = find_object(bucket, key, version)
    if found is None:
        return {}
    _, owner = s3_backends.bucket_accounts[bucket]
    return s3_backends[owner]["aws"].tagger.get_tag_dict_for_resource(found.arn)


def find_object(bucket: str, key: str, version: str | None = None) -> object | None:
    """moto's object, in whichever account it is."""
    _, owner = s3_backends.bucket_accounts.get(bucket, (None, None))
    if owner is None:
        return None
    stored = s3_backends[owner]["aws"].head_bucket(bucket).keys
    candidates = stored.getlist(key) if version else [stored.get(key)]
    for found in candidates or []:
        if found is not None and (version is None or str(found.version_id) == version):
            return None if isinstance(found, FakeDeleteMarker) else found
    return None


def read_needs(call: Call, bucket: str, key: str, version: str | None, context: Context) -> list[Need]:
    """Reading an object: the object, with its tags, and the key that encrypts it."""
    arn, owner = f"arn:aws:s3:::{bucket}/{key}", owner_of_bucket(bucket) or call.owner
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    versioned = {"s3:versionid": version} if version else {}
    asked = Need(action, arn, owner, {**context, **_existing(bucket, key, version), **versioned})
    found = find_object(bucket, key, version)
    if found is None:
        # Whether an object is missing is told only to those who may list the bucket.
        return [asked, Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", owner)]
    return [asked, *object_read(found, bucket)]


def _existing(bucket: str, key: str, version: str | None) -> Context:
    return tag_context(existing_tags(bucket, key, version), "s3:ExistingObjectTag/", None)


def _requested(tags: dict[str, str]) -> Context:
    return tag_context(tags, "s3:RequestObjectTag/", "s3:RequestObjectTagKeys")


def owner_of_bucket(bucket: str) -> str | None:
    """The account of a bucket, or None where there is none."""
    return s3_backends.bucket_accounts.get(bucket, (None, None))[1]


def _account_needs(call: Call) -> list[Need]:
    if call.path.endswith("/configuration/publicAccessBlock"):
        action = "s3:GetAccountPublicAccessBlock" if call.method == "GET" else "s3:PutAccountPublicAccessBlock"
        return [call.need(action, "*")]
    if "/tags/" in call.path:
        action = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}[call.method]
        return [call.need(f"s3:{action}", call.path.partition("/tags/")[2])]
    raise NotEmulatedError(f"the rights for {call.method} {call.path} of S3 Control")


def _bucket_action(call: Call) -> str:
    for part, action in _LISTS.items():
        if part in call.query:
            return action
    for part, name in _SETTINGS.items():
        if part in call.query:
            if call.method == "DELETE" and part in _DELETED_BY_THEMSELVES:
                return _DELETED_BY_THEMSELVES[part]
            return f"s3:{'Get' if call.method in ('GET', 'HEAD') else 'Put'}{name}"
    action = {"GET": "s3:ListBucket", "HEAD": "s3:ListBucket", "PUT": "s3:CreateBucket", "DELETE": "s3:DeleteBucket"}
    if call.method not in action:
        raise NotEmulatedError(f"the rights for {call.method} {call.path}?{'&'.join(call.query)}")
    return action[call.method]


def _list_context(call: Call) -> Context:
    given = {name: call.query[name] for name in ("delimiter", "max-keys", "prefix") if name in call.query}
    return {f"s3:{name}": value for name, value in given.items()}


def _object_needs(call: Call, bucket: str, key: str, context: Context) -> list[Need]:
    version = call.query.get("versionId")
    arn = f"arn:aws:s3:::{bucket}/{key}"
    versioned = {"s3:versionid": version} if version else {}
    existing = _existing(bucket, key, version)
    for part, name in _OBJECT_SETTINGS.items():
        if part in call.query:
            verb = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}[call.method]
            middle = "ObjectVersion" if version and part in _VERSIONED_SETTINGS else "Object"
            asked = _tags_of_document(call) if part == "tagging" and call.method == "PUT" else {}
            found = {**context, **versioned, **existing, **asked}
            needed = [Need(f"s3:{verb}{middle}{name}", arn, call.owner, found)]
            return needed + _bypass(call, arn, found)
    if call.method in ("GET", "HEAD"):
        if "uploadId" in call.query:
            return [Need("s3:ListMultipartUploadParts", arn, call.owner, context)]
        needed = read_needs(call, bucket, key, version, context)
        if call.method == "HEAD" and call.headers.get("x-amz-checksum-mode", "").lower() != "enabled":
            # Of what a key encrypts only contents and checksums take the key:
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
            needed = [need for need in needed if not need.action.startswith("kms:")]
        if "attributes" in call.query:
            action = "s3:GetObjectVersionAttributes" if version else "s3:GetObjectAttributes"
            needed.append(Need(action, arn, call.owner, {**context, **existing}))
        return needed
    if call.method == "DELETE":
        if "uploadId" in call.query:
            return [Need("s3:AbortMultipartUpload", arn, call.owner, context)]
        action = "s3:DeleteObjectVersion" if version else "s3:DeleteObject"
        # What is deleted is compared by no tags: S3 has none of them for this action.
        return [Need(action, arn, call.owner, {**context, **versioned}), *_bypass(call, arn, context)]
    return _write_needs(call, bucket, key, context)


def _write_needs(call: Call, bucket: str, key: str, context: Context) -> list[Need]:
    """PutObject, CopyObject and the steps of a multipart upload."""
    arn = f"arn:aws:s3:::{bucket}/{key}"
    tags = dict(parse_qsl(call.headers.get("x-amz-tagging", ""), keep_blank_values=True))
    asked = _requested(tags)
    source = call.headers.get("x-amz-copy-source")
    needed: list[Need] = []
    if source:
        path, _, query = source.partition("?")
        from_bucket, _, from_key = unquote(path).lstrip("/").partition("/")
        version = dict(parse_qsl(query)).get("versionId")
        needed += read_needs(call, from_bucket, from_key, version, {})
        if "partNumber" not in call.query and call.headers.get("x-amz-tagging-directive", "COPY") == "COPY":
            tags = existing_tags(from_bucket, from_key, version)
            asked = _requested(tags)
            if tags:
                read = "s3:GetObjectVersionTagging" if version else "s3:GetObjectTagging"
                owner = owner_of_bucket(from_bucket) or call.owner
                needed.append(Need(read, f"arn:aws:s3:::{from_bucket}/{from_key}", owner, {}))
    found = {**context, **asked}
    needed.append(Need("s3:PutObject", arn, call.owner, found))
    if tags and "partNumber" not in call.query:
        needed.append(Need("s3:PutObjectTagging", arn, call.owner, found))
    for header, action in (
        ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
        ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
        ("x-amz-acl", "s3:PutObjectAcl"),
    ):
        if header in call.headers:
            needed.append(Need(action, arn, call.owner, found))
    return needed + object_written(bucket, key, call)


def _batch_delete_needs(call: Call, bucket: str, context: Context) -> list[Need]:
    needed: list[Need] = []
    for entry in ElementTree.fromstring(call.body).iter():
        if entry.tag.rpartition("}")[2] != "Object":
            continue
        fields = {child.tag.rpartition("}")[2]: child.text or "" for child in entry}
        version = fields.get("VersionId")
        arn = f"arn:aws:s3:::{bucket}/{fields.get('Key', '')}"
        action = "s3:DeleteObjectVersion" if version else "s3:DeleteObject"
        needed.append(Need(action, arn, call.owner, {**context, **({"s3:versionid": version} if version else {})}))
        needed += _bypass(call, arn, context)
    return needed


def _bypass(call: Call, arn: str, context: Context) -> list[Need]:
    if call.headers.get("x-amz-bypass-governance-retention", "").lower() != "true":
        return []
    return [Need("s3:BypassGovernanceRetention", arn, call.owner, context)]


def _tags_of_document(call: Call) -> Context:
    tags: dict[str, str] = {}
    for entry in ElementTree.fromstring(call.body).iter():
        if entry.tag.rpartition("}")[2] == "Tag":
            fields = {child.tag.rpartition("}")[2]: child.text or "" for child in entry}
            tags[fields["Key"]] = fields.get("Value", "")
    return _requested(tags)


def _context(call: Call) -> Context:
    given = {f"s3:{name}": call.headers[name] for name in _CONDITION_HEADERS if name in call.headers}
    kind = "REST-QUERY-STRING" if "X-Amz-Signature" in call.query or "Signature" in call.query else "REST-HEADER"
    return {**given, "s3:authType": kind, "s3:signatureversion": "AWS4-HMAC-SHA256"}
