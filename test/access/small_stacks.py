"""Two small accounts, written as a synthesis writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LAKE, SAFE = "333333333333", "222222222222"
BUCKET = f"lake-prod-raw-{LAKE}-eu-west-1"


def statement(effect: str, action: Any, resource: Any = None, **more: Any) -> dict:
    body = {"Effect": effect, "Action": action, **more}
    return body if resource is None else {**body, "Resource": resource}


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = policy(statement("Allow", "sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{LAKE}:root"}))
VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
LEVELS = {"StringEquals": {"s3:ExistingObjectTag/classification": "${aws:PrincipalTag/clearance}"}}


def provider(account: str, name: str, alias: str | None = None) -> dict:
    tags = [{"tags": {"environment": name, "project": "lake"}}]
    own = {"allowed_account_ids": [account], "region": "eu-west-1", "default_tags": tags}
    return own if alias is None else {**own, "alias": alias}


def role(name: str, **more: Any) -> dict:
    return {"name": f"lake-prod-{name}", "assume_role_policy": TRUST, **more}


def lake() -> dict:
    """A bucket with its key, a reader of sales by clearance, a writer, and a boundary."""
    own = {"Principal": {"AWS": "${aws_iam_role.reader.arn}"}, "Condition": VIA_S3}
    writes = {"Principal": {"AWS": ["${aws_iam_role.writer.arn}"]}, "Condition": VIA_S3}
    return {
        "provider": {"aws": [provider(LAKE, "prod")]},
        "resource": {
            "aws_iam_policy": {
                "boundary": {"name": "lake-prod-boundary", "policy": policy(statement("Allow", ["s3:*", "kms:*"], "*"))}
            },
            "aws_iam_role": {
                "reader": role("reader", permissions_boundary=f"arn:aws:iam::{LAKE}:policy/lake-prod-boundary"),
                "writer": role("writer"),
            },
            "aws_iam_role_policy": {
                "reader": {
                    "name": "grants",
                    "role": "${aws_iam_role.reader.name}",
                    # As Terraform writes a dollar sign that is none of its own.
                    "policy": policy(
                        statement("Allow", "s3:GetObject", "${aws_s3_bucket.raw.arn}/sales/*", Condition=LEVELS),
                        statement("Allow", "kms:Decrypt", "${aws_kms_key.raw.arn}"),
                    ).replace("${aws:", "$${aws:"),
                },
                "writer": {
                    "name": "grants",
                    "role": "${aws_iam_role.writer.name}",
                    "policy": policy(
                        statement("Allow", ["s3:PutObject", "s3:PutObjectTagging"], f"arn:aws:s3:::{BUCKET}/*"),
                        statement("Allow", "kms:GenerateDataKey", "*"),
                    ),
                },
            },
            "aws_kms_key": {
                "raw": {"policy": policy(statement("Allow", "kms:Decrypt", "*", **own), statement("Allow", "kms:*", "*", **writes))}
            },
            "aws_kms_alias": {"raw": {"name": "alias/lake-prod-raw", "target_key_id": "${aws_kms_key.raw.key_id}"}},
            "aws_s3_bucket": {"raw": {"bucket": BUCKET}},
            "aws_s3_bucket_policy": {
                "raw": {
                    "bucket": "${aws_s3_bucket.raw.bucket}",
                    "policy": policy(
                        statement(
                            "Deny", "s3:*", f"arn:aws:s3:::{BUCKET}/*", Principal="*", Sid="Tls",
                            Condition={"Bool": {"aws:SecureTransport": "false"}},
                        )
                    ),
                }
            },
            "aws_s3_bucket_server_side_encryption_configuration": {
                "raw": {
                    "bucket": "${aws_s3_bucket.raw.bucket}",
                    "rule": [{"apply_server_side_encryption_by_default": {"kms_master_key_id": "${aws_kms_key.raw.arn}"}}],
                }
            },
        },
    }  # fmt: skip


def write(folder: Path, **stacks: dict) -> Path:
    """Writes stacks where a synthesis has them."""
    for name, document in stacks.items():
        file = folder / "stacks" / name / "cdk.tf.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(document), "utf-8")
    return folder
