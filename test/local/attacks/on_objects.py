"""Attempts on objects and keys: other zones, higher classifications, no classification, copies, URLs, versions."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

from attempts import Attempt, RefusedError
from callers import Caller, Callers

LEVELS = ("proprietary", "confidential", "secret")


class Objects:
    """Objects of each classification and one without, written where refused files are by the function that does so."""

    def __init__(self, callers: Callers, writer: Caller) -> None:
        self.bucket = callers.lake.bucket("quarantine")
        self._writer = writer
        self.versions: dict[str, str] = {}
        for level in (*LEVELS, "untagged"):
            tags = {} if level == "untagged" else {"Tagging": f"classification={level}"}
            answer = writer("s3").put_object(Bucket=self.bucket, Key=self.key(level), Body=b"a", **tags)
            self.versions[level] = answer["VersionId"]

    def key(self, level: str) -> str:
        """The key of the object of a level."""
        return f"attacks/{level}.txt"

    def read(self, who: Caller, level: str, **request: Any) -> Any:
        """GetObject of the level."""
        return who("s3").get_object(Bucket=self.bucket, Key=self.key(level), **request)

    def fetch(self, who: Caller, level: str) -> None:
        """The object of the level by a URL that somebody signed."""
        url = who("s3").generate_presigned_url("get_object", {"Bucket": self.bucket, "Key": self.key(level)})
        try:
            urllib.request.urlopen(url).read()
        except urllib.error.HTTPError as error:
            if error.code == 403:
                raise RefusedError from error
            raise

    def tag(self, who: Caller, level: str, to: str) -> Any:
        """Says anew how sensitive an object is."""
        tagging = {"TagSet": [{"Key": "classification", "Value": to}]}
        return who("s3").put_object_tagging(Bucket=self.bucket, Key=self.key(level), Tagging=tagging)


def attempts(callers: Callers, objects: Objects, writer: Caller) -> list[Attempt]:
    """All of them."""
    return [
        *_reading(callers, objects),
        *_classifying(callers, objects),
        *_writing(callers),
        *_parts(callers),
        *_sandboxes(callers),
        *_listing(callers),
        *_keys(callers, objects, writer),
    ]


def _reading(callers: Callers, objects: Objects) -> list[Attempt]:
    engineer = {level: callers.person("data-engineer", level) for level in LEVELS}
    nobody = callers.person("data-engineer")
    scientist = callers.person("data-scientist", "secret")
    secret = objects.versions["secret"]
    own = objects.versions["proprietary"]
    copied = {"Bucket": callers.lake.bucket("curated"), "Key": "experiments/attacks/copy.txt"}

    def copy(who: Caller, level: str) -> Any:
        source = {"Bucket": objects.bucket, "Key": objects.key(level)}
        return who("s3").copy_object(**copied, CopySource=source)

    def read_copy(who: Caller) -> Any:
        return who("s3").list_objects_v2(Bucket=copied["Bucket"], Prefix="experiments/")

    return [
        *(
            Attempt(
                f"an engineer cleared for {has} reads what is {wants}",
                lambda has=has, wants=wants: objects.read(engineer[has], wants),
                lambda has=has: objects.read(engineer[has], has),
            )
            for has, wants in (("proprietary", "confidential"), ("proprietary", "secret"), ("confidential", "secret"))
        ),
        Attempt(
            "an engineer without a clearance reads",
            lambda: objects.read(nobody, "proprietary"),
            lambda: objects.read(engineer["proprietary"], "proprietary"),
        ),
        Attempt(
            "an engineer cleared for everything reads what nobody has classified",
            lambda: objects.read(engineer["secret"], "untagged"),
            lambda: objects.read(engineer["secret"], "secret"),
        ),
        Attempt(
            "an engineer reads a version of what is secret",
            lambda: objects.read(engineer["proprietary"], "secret", VersionId=secret),
            lambda: objects.read(engineer["proprietary"], "proprietary", VersionId=own),
        ),
        Attempt(
            "an engineer signs a URL of what is secret",
            lambda: objects.fetch(engineer["proprietary"], "secret"),
            lambda: objects.fetch(engineer["proprietary"], "proprietary"),
        ),
        Attempt(
            "a scientist copies what was refused into their experiments",
            lambda: copy(scientist, "secret"),
            lambda: read_copy(scientist),
        ),
        Attempt(
            "an analyst cleared for everything reads files beside the tables",
            lambda: objects.read(callers.person("data-analyst", "secret"), "proprietary"),
            lambda: objects.read(engineer["secret"], "proprietary"),
        ),
        Attempt(
            "a steward reads what they classify",
            lambda: objects.read(callers.person("data-steward", "secret"), "proprietary"),
            lambda: callers.person("data-steward", "secret")("s3").get_object_tagging(
                Bucket=objects.bucket, Key=objects.key("proprietary")
            ),
        ),
        Attempt(
            "the deployer reads data",
            lambda: objects.read(callers.deployer(), "proprietary"),
            lambda: callers.deployer()("s3").get_bucket_policy(Bucket=objects.bucket),
        ),
        Attempt(
            "a planner reads data",
            lambda: objects.read(callers.enter(callers.lake.role("plan")), "proprietary"),
            lambda: callers.enter(callers.lake.role("plan"))("s3").get_bucket_policy(Bucket=objects.bucket),
        ),
        Attempt(
            "root of the lake account reads data",
            lambda: objects.read(callers.root(callers.lake.prod), "proprietary"),
            lambda: callers.root(callers.lake.prod)("s3").get_bucket_policy(Bucket=objects.bucket),
        ),
        Attempt(
            "root of the security account reads data",
            lambda: objects.read(callers.root(callers.lake.security), "proprietary"),
            lambda: callers.root(callers.lake.security)("s3").list_buckets(),
        ),
    ]


def _classifying(callers: Callers, objects: Objects) -> list[Attempt]:
    steward = {level: callers.person("data-steward", level) for level in LEVELS}
    return [
        Attempt(
            "a steward makes public what they are not cleared for",
            lambda: objects.tag(steward["proprietary"], "secret", "proprietary"),
            lambda: objects.tag(steward["proprietary"], "proprietary", "proprietary"),
        ),
        Attempt(
            "a steward who is not cleared for everything classifies what nobody has",
            lambda: objects.tag(steward["confidential"], "untagged", "proprietary"),
            lambda: objects.tag(steward["confidential"], "confidential", "confidential"),
        ),
        Attempt(
            "a steward gives a classification that there is not",
            lambda: objects.tag(steward["secret"], "secret", "public"),
            lambda: objects.tag(steward["secret"], "secret", "secret"),
        ),
        Attempt(
            "an engineer says anew how sensitive a refused file is",
            lambda: objects.tag(callers.person("data-engineer", "secret"), "secret", "proprietary"),
            lambda: objects.tag(steward["secret"], "secret", "secret"),
        ),
    ]


def _writing(callers: Callers) -> list[Attempt]:
    lake = callers.lake
    scientist = callers.person("data-scientist", "confidential")
    own = {"Bucket": lake.bucket("curated"), "Key": "experiments/attacks/note.txt", "Body": b"a"}
    tagged = {"Tagging": "classification=confidential"}

    def write(who: Caller, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return who("s3", **(headers or {})).put_object(**{**own, **more})

    other_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": lake.arn("kms", f"alias/{lake.prefix}-raw")}
    tried: list[tuple[str, dict[str, Any]]] = [
        ("writes an experiment without a classification", {}),
        ("writes an experiment beyond their clearance", {"Tagging": "classification=secret"}),
        ("writes an experiment with a classification that there is not", {"Tagging": "classification=public"}),
        ("writes a mart", {"Key": "sales/daily_sales/data/a.parquet", **tagged}),
        ("writes with the key of another zone", {**other_key, **tagged}),
        ("writes with S3's own cipher", {"ServerSideEncryption": "AES256", **tagged}),
        ("writes without TLS", {"headers": {"x_lake_secure_transport": "false"}, **tagged}),
        ("writes with old TLS", {"headers": {"x_lake_tls_version": "1.1"}, **tagged}),
        ("writes to the raw zone", {"Bucket": lake.bucket("raw"), **tagged}),
        ("writes to the bucket of artifacts", {"Bucket": lake.bucket("artifacts"), **tagged}),
        ("writes to another account's bucket", {"Bucket": lake.record_bucket("audit"), **tagged}),
    ]
    return [
        *(
            Attempt(
                f"a scientist {title}",
                lambda more=more: write(scientist, **more),
                lambda: write(scientist, **tagged),
            )
            for title, more in tried
        ),
        Attempt(
            "a scientist deletes a mart",
            lambda: scientist("s3").delete_object(Bucket=own["Bucket"], Key="sales/daily_sales/data/a.parquet"),
            lambda: scientist("s3").delete_object(Bucket=own["Bucket"], Key=own["Key"]),
        ),
    ]


def _parts(callers: Callers) -> list[Attempt]:
    """Of an upload in parts only the first request carries the classification: people make none."""
    engineer = callers.person("data-engineer", "confidential")
    where = {"Bucket": callers.lake.bucket("drop"), "Key": "landing/attacks/parts.csv"}
    tagged = {"Tagging": "classification=confidential"}

    def part() -> Any:
        upload = engineer("s3").create_multipart_upload(**where, **tagged)["UploadId"]
        try:
            return engineer("s3").upload_part(**where, UploadId=upload, PartNumber=1, Body=b"a")
        finally:
            engineer("s3").abort_multipart_upload(**where, UploadId=upload)

    return [
        Attempt(
            "an engineer begins an upload in parts without a classification",
            lambda: engineer("s3").create_multipart_upload(**where),
            lambda: engineer("s3").put_object(**where, Body=b"a", **tagged),
        ),
        Attempt(
            "an engineer uploads a part, which carries no classification",
            part,
            lambda: engineer("s3").put_object(**where, Body=b"a", **tagged),
        ),
    ]


def _sandboxes(callers: Callers) -> list[Attempt]:
    """Each has a folder for the session and its clearance: others have theirs."""
    bucket = callers.lake.bucket("sandbox")
    role = callers.lake.role("data-analyst")
    analyst = {level: callers.person("data-analyst", level) for level in LEVELS}
    bob = callers.enter(role, "secret", RoleSessionName="bob")
    scientist = callers.person("data-scientist", "secret")
    own = {level: f"{level}/{who('sts').get_caller_identity()['UserId']}/" for level, who in analyst.items()}

    def put(who: Caller, key: str, level: str | None) -> Any:
        tag = {"Tagging": f"classification={level}"} if level else {}
        return who("s3").put_object(Bucket=bucket, Key=key, Body=b"a", **tag)

    for level, who in analyst.items():
        put(who, f"{own[level]}a.txt", level)

    def read(who: Caller, level: str) -> Any:
        return who("s3").get_object(Bucket=bucket, Key=f"{own[level]}a.txt")

    def names(who: Caller, prefix: str) -> Any:
        return who("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)

    mine = analyst["secret"]
    return [
        *(
            Attempt(
                f"somebody cleared for {has} reads what they put into their sandbox when cleared for {wants}",
                lambda has=has, wants=wants: read(analyst[has], wants),
                lambda has=has: read(analyst[has], has),
            )
            for has, wants in (("proprietary", "secret"), ("confidential", "secret"), ("secret", "proprietary"))
        ),
        *(
            Attempt(
                f"{title} reads somebody's sandbox", lambda who=who: read(who, "secret"), lambda: read(mine, "secret")
            )
            for title, who in (
                ("another of the same role and clearance", bob),
                ("a scientist", scientist),
                ("an engineer", callers.person("data-engineer", "secret")),
                ("a steward", callers.person("data-steward", "secret")),
                ("the deployer", callers.deployer()),
            )
        ),
        Attempt(
            "somebody writes into another's sandbox",
            lambda: put(bob, f"{own['secret']}b.txt", "secret"),
            lambda: put(mine, f"{own['secret']}b.txt", "secret"),
        ),
        Attempt(
            "somebody empties another's sandbox",
            lambda: bob("s3").delete_object(Bucket=bucket, Key=f"{own['secret']}b.txt"),
            lambda: mine("s3").delete_object(Bucket=bucket, Key=f"{own['secret']}b.txt"),
        ),
        Attempt(
            "somebody puts into their sandbox what says no classification",
            lambda: put(mine, f"{own['secret']}c.txt", None),
            lambda: put(mine, f"{own['secret']}c.txt", "confidential"),
        ),
        Attempt(
            "somebody puts into their sandbox what is above their clearance",
            lambda: put(analyst["proprietary"], f"{own['proprietary']}c.txt", "secret"),
            lambda: put(analyst["proprietary"], f"{own['proprietary']}c.txt", "proprietary"),
        ),
        Attempt(
            "somebody looks into all sandboxes",
            lambda: names(mine, ""),
            lambda: names(mine, own["secret"]),
        ),
        Attempt(
            "somebody without a clearance has a sandbox",
            lambda: put(callers.person("data-analyst"), f"{own['proprietary']}d.txt", "proprietary"),
            lambda: put(analyst["proprietary"], f"{own['proprietary']}d.txt", "proprietary"),
        ),
    ]


def _listing(callers: Callers) -> list[Attempt]:
    lake = callers.lake
    engineer = callers.person("data-engineer", "proprietary")
    return [
        *(
            Attempt(
                f"an analyst lists the zone {zone}",
                lambda zone=zone: callers.person("data-analyst", "secret")("s3").list_objects_v2(
                    Bucket=lake.bucket(zone)
                ),
                lambda zone=zone: engineer("s3").list_objects_v2(Bucket=lake.bucket(zone)),
            )
            for zone in ("drop", "raw")
        ),
        Attempt(
            "a machine that brings files lists what was refused",
            lambda: callers.person("producer")("s3").list_objects_v2(Bucket=lake.bucket("quarantine")),
            lambda: callers.person("producer")("dynamodb").describe_table(TableName=f"{lake.prefix}-ledger"),
        ),
    ]


def _keys(callers: Callers, objects: Objects, writer: Caller) -> list[Attempt]:
    lake, deployer = callers.lake, callers.deployer()
    engineer = callers.person("data-engineer", "secret")
    raw = f"alias/{lake.prefix}-raw"
    key = deployer("kms").describe_key(KeyId=raw)["KeyMetadata"]["KeyId"]
    state = callers.root(lake.prod)("kms").describe_key(KeyId=f"alias/{lake.prefix}-state")["KeyMetadata"]["KeyId"]
    see = lambda: deployer("kms").describe_key(KeyId=key)  # noqa: E731
    policy = lambda: deployer("kms").get_key_policy(KeyId=state, PolicyName="default")["Policy"]  # noqa: E731
    return [
        Attempt(
            "a function uses a key without S3",
            lambda: writer("kms").generate_data_key(KeyId=key, KeySpec="AES_256"),
            lambda: objects.read(engineer, "proprietary"),
        ),
        Attempt(
            "root of the account uses the key of a zone",
            lambda: callers.root(lake.prod)("kms").encrypt(KeyId=key, Plaintext=b"a"),
            lambda: callers.root(lake.prod)("kms").describe_key(KeyId=key),
        ),
        Attempt("an engineer disables a key", lambda: engineer("kms").disable_key(KeyId=key), see),
        Attempt(
            "an engineer gives a key another policy",
            lambda: engineer("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy()),
            see,
        ),
        Attempt(
            "an engineer has a key deleted",
            lambda: engineer("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
            see,
        ),
        Attempt(
            "the deployer has the key of the states deleted",
            lambda: deployer("kms").schedule_key_deletion(KeyId=state, PendingWindowInDays=7),
            lambda: policy(),
        ),
        Attempt(
            "the deployer gives the key of the states another policy",
            lambda: deployer("kms").put_key_policy(KeyId=state, PolicyName="default", Policy=policy()),
            lambda: policy(),
        ),
        Attempt(
            "a stranger uses the key",
            lambda: callers.root(lake.security)("kms").encrypt(KeyId=lake.arn("kms", f"key/{key}"), Plaintext=b"a"),
            see,
        ),
    ]
