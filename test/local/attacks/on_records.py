"""Attempts to stop, change, read or delete the records of who did what."""

from __future__ import annotations

from attempts import Attempt
from callers import Callers


def attempts(callers: Callers) -> list[Attempt]:
    """All of them."""
    lake = callers.lake
    audit, access = lake.record_bucket("audit"), lake.record_bucket("access-records")
    deployer, other = callers.deployer(), callers.deployer(security=True)
    roots = {"lake": callers.root(lake.prod), "security": callers.root(lake.security)}
    trail, other_trail = f"{lake.prefix}-trail", f"{lake.security_prefix}-trail"
    auditor = callers.enter(f"arn:aws:iam::{lake.security}:role/{lake.security_prefix}-auditor")
    trails = lambda: deployer("cloudtrail").describe_trails()  # noqa: E731
    policy = lambda: other("s3").get_bucket_policy(Bucket=audit)  # noqa: E731
    listed = lambda: auditor("s3").list_objects_v2(Bucket=audit)  # noqa: E731
    versioned = {"Bucket": audit, "Key": "AWSLogs/a", "VersionId": "b"}
    suspended = {"Bucket": audit, "VersioningConfiguration": {"Status": "Suspended"}}
    everybody = {
        "lake account's root": roots["lake"],
        "security account's root": roots["security"],
        "lake's deployer": deployer,
        "security account's deployer": other,
        "auditor": auditor,
    }
    return [
        Attempt("the deployer stops the trail", lambda: deployer("cloudtrail").stop_logging(Name=trail), trails),
        Attempt("the deployer deletes the trail", lambda: deployer("cloudtrail").delete_trail(Name=trail), trails),
        Attempt(
            "an engineer stops the trail",
            lambda: callers.person("data-engineer", "secret")("cloudtrail").stop_logging(Name=trail),
            trails,
        ),
        Attempt(
            "a steward stops the security account's trail",
            lambda: callers.person("data-steward", "secret")("cloudtrail").stop_logging(
                Name=f"arn:aws:cloudtrail:{lake.region}:{lake.security}:trail/{other_trail}"
            ),
            trails,
        ),
        *(
            Attempt(
                f"the {name} deletes a record",
                lambda who=who: who("s3").delete_object(**versioned),
                listed,
            )
            for name, who in everybody.items()
        ),
        Attempt(
            "root of the security account gets around the lock",
            lambda: roots["security"]("s3").delete_object(**versioned, BypassGovernanceRetention=True),
            listed,
        ),
        Attempt(
            "root of the security account stops versioning",
            lambda: roots["security"]("s3").put_bucket_versioning(**suspended),
            policy,
        ),
        Attempt(
            "the security account's deployer lets records expire",
            lambda: other("s3").delete_bucket_lifecycle(Bucket=audit),
            policy,
        ),
        Attempt(
            "root of the security account takes the policy away",
            lambda: roots["security"]("s3").delete_bucket_policy(Bucket=audit),
            policy,
        ),
        Attempt(
            "root of the security account gives the records another policy",
            lambda: roots["security"]("s3").put_bucket_policy(Bucket=audit, Policy=policy()["Policy"]),
            policy,
        ),
        Attempt(
            "the lake's deployer reads the records of who used buckets",
            lambda: deployer("s3").list_objects_v2(Bucket=access),
            listed,
        ),
        Attempt(
            "the security account's deployer reads records",
            lambda: other("s3").get_object(Bucket=audit, Key="AWSLogs/a"),
            policy,
        ),
        Attempt(
            "the auditor writes a record",
            lambda: auditor("s3").put_object(Bucket=audit, Key="AWSLogs/a", Body=b"a"),
            listed,
        ),
        Attempt(
            "the lake's deployer deletes the bucket of states",
            lambda: deployer("s3").delete_bucket(Bucket=lake.bucket("state")),
            lambda: deployer("s3").list_objects_v2(Bucket=lake.bucket("state")),
        ),
        Attempt(
            "the lake's deployer deletes a state",
            lambda: deployer("s3").delete_object(Bucket=lake.bucket("state"), Key="prod/terraform.tfstate"),
            lambda: deployer("s3").delete_object(Bucket=lake.bucket("state"), Key="prod/terraform.tfstate.tflock"),
        ),
    ]
