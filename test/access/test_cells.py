"""What has to be so of the accounts as they are, cell by cell: written by hand, never copied from what was computed."""

from __future__ import annotations

import pytest
from expected import LAKE, SAFE, Lake

from access import asks
from access.matrix import may
from access.stacks import Estate

#: One object of each kind that there is.
OBJECTS = (
    "drop/sales/orders.csv",
    "drop/landing/any/a.csv",
    "raw/sales/orders/a.parquet",
    "raw/freight/shipments/a.parquet",
    "refined/masked/sales/orders/a.parquet",
    "refined/masked/freight/shipments/a.parquet",
    "refined/clear/sales/customers/a.parquet",
    "curated/marts/sales/daily_sales/a.parquet",
    "curated/marts/sales/seller_performance/a.parquet",
    "quarantine/sales/orders.csv",
    "query-results/a.csv",
    "state/prod.tfstate",
    "access-logs/a",
    "security:audit/AWSLogs/a.json.gz",
    "security:access-records/a",
    "security:flow-records/a.parquet",
)
SALES_INPUTS = {"refined/masked/sales/orders/a.parquet"}
DAILY, SELLERS = "curated/marts/sales/daily_sales/a.parquet", "curated/marts/sales/seller_performance/a.parquet"
TABLES = {
    "refined/masked/sales/orders/a.parquet",
    "refined/masked/freight/shipments/a.parquet",
    "refined/clear/sales/customers/a.parquet",
    DAILY,
    SELLERS,
}
SALES = {"refined/masked/sales/orders/a.parquet", "refined/clear/sales/customers/a.parquet"}
FREIGHT = {"refined/masked/freight/shipments/a.parquet"}
DROP = {"drop/sales/orders.csv", "drop/landing/any/a.csv"}
RAW = {"raw/sales/orders/a.parquet", "raw/freight/shipments/a.parquet"}

LEVELS = ("proprietary", "confidential", "secret")

#: What each machine may read, write and delete of these: everything else is closed to it.
MACHINES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "intake": (DROP, {*RAW, "quarantine/sales/orders.csv"}, set()),
    "landing-crawler": ({"drop/landing/any/a.csv"}, set(), set()),
    "refine-sales": ({"raw/sales/orders/a.parquet", *SALES}, SALES, SALES),
    "refine-freight": ({"raw/freight/shipments/a.parquet", *FREIGHT}, FREIGHT, FREIGHT),
    "curate-sales-daily-sales": ({*SALES_INPUTS, DAILY}, {DAILY}, {DAILY}),
    "curate-sales-seller-performance": ({*SALES_INPUTS, SELLERS}, {SELLERS}, {SELLERS}),
    "maintain": (TABLES, TABLES, TABLES),
    # Dispatch looks at events and lists of work, never at rows.
    "dispatch-refine": (set(), set(), set()),
    "dispatch-curate": (set(), set(), set()),
    "catalogue-report": (set(), set(), set()),
    # State machines and schedules start others and touch no data.
    "refine": (set(), set(), set()),
    "curate": (set(), set(), set()),
    "schedules": (set(), set(), set()),
    "trail": (set(), set(), set()),
    # Replicates access logs into the other account, and reads them as S3 does.
    "access-logs": (set(), set(), set()),
}
#: What each key is used for by machines, and by which service.
KEYS = {
    "drop": {"intake": {"s3", "sqs"}, "landing-crawler": {"s3", "sqs"}},
    "raw": {"intake": {"s3"}, "refine-sales": {"s3"}, "refine-freight": {"s3"}, "dispatch-refine": {"sqs"}},
}
RECORDS = ("security:audit", "security:access-records", "security:flow-records")
REMOVALS = (
    *("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutLifecycleConfiguration"),
    *(
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:ReplicateDelete",
        "s3:UpdateObjectEncryption",
        "s3:PutBucketVersioning",
        "s3:PutBucketObjectLockConfiguration",
    ),
)


@pytest.fixture(scope="module")
def lake(estate: Estate) -> Lake:
    return Lake(estate)


@pytest.mark.parametrize("place", OBJECTS)
@pytest.mark.parametrize("who", MACHINES)
def test_machines_have_their_own_zones_alone(lake: Lake, who: str, place: str):
    may = {action: lake.may(who, action, place) for action in ("read", "delete")}
    may["write"] = any(lake.may(who, "write", place, level) for level in ("untagged", *LEVELS))
    reads, writes, deletes = MACHINES[who]
    assert may == {"read": place in reads, "write": place in writes, "delete": place in deletes}


@pytest.mark.parametrize("place", sorted(TABLES))
@pytest.mark.parametrize("who", [who for who, (_, writes, _) in MACHINES.items() if writes & TABLES])
def test_tables_have_no_untagged_files(lake: Lake, who: str, place: str):
    assert not lake.may(who, "write", place)


@pytest.mark.parametrize("who", ["maintain", "refine-sales"])
def test_nothing_unmasked_is_written_as_if_everybody_might_read_it(lake: Lake, who: str):
    writes = [level for level in LEVELS if lake.may(who, "write", "refined/clear/sales/customers/a.parquet", level)]
    assert writes == ["confidential", "secret"]
    assert lake.may(who, "write", "refined/masked/sales/orders/a.parquet", "proprietary")


@pytest.mark.parametrize("action", ["read", "write", "delete", "tag"])
@pytest.mark.parametrize("place", [place for place in OBJECTS if not place.startswith("security:")])
def test_who_deploys_makes_buckets_and_touches_no_data(lake: Lake, place: str, action: str):
    is_state = place.startswith("state/") and action in ("read", "write")
    levels = ("untagged", *LEVELS)
    assert any(lake.may("deploy", action, place, level) for level in levels) == is_state
    assert any(lake.may("plan", action, place, level) for level in levels) == (is_state and action == "read")


@pytest.mark.parametrize("who", ["deploy", "security:deploy"])
def test_who_deploys_asks_nothing_and_takes_no_messages(lake: Lake, who: str):
    stores = ("sqs_queue", "dynamodb_table", "secretsmanager_secret")
    uses = [
        (store.name, action)
        for store in lake.estate.owned
        if store.type in stores
        for action, calls in asks.STORES[store.type].items()
        if may(lake.people[who], asks.store_ways(lake.estate, store, calls))
    ]
    assert uses == []
    groups = lake.estate.of_type("athena_workgroup")
    databases = lake.estate.of_type("glue_catalog_database")
    ways = [asks.query_ways(lake.estate, database, group) for database in databases for group in groups]
    assert len(ways) > 10
    assert not any(may(lake.people[who], way) for way in ways)


@pytest.mark.parametrize("by", ["directly", "s3", "sqs", "glue", "dynamodb"])
@pytest.mark.parametrize("who", MACHINES)
@pytest.mark.parametrize("key", KEYS)
def test_machines_use_keys_by_the_service_that_they_use(lake: Lake, key: str, who: str, by: str):
    assert lake.may_with_key(who, "kms:Decrypt", key, by) == (by in KEYS[key].get(who, set()))


@pytest.mark.parametrize("who", ["intake", "maintain", "refine-sales", "producer"])
@pytest.mark.parametrize("call", ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:CreateGrant"])
def test_who_uses_keys_does_not_manage_them(lake: Lake, who: str, call: str):
    for key in lake.keys:
        assert not lake.may_with_key(who, call, key, "directly")


@pytest.mark.parametrize("bucket", RECORDS)
@pytest.mark.parametrize("call", REMOVALS)
def test_nobody_removes_records(lake: Lake, bucket: str, call: str):
    assert len(lake.people) > 20
    assert [who for who in lake.people if lake.may_call(who, call, bucket)] == []


@pytest.mark.parametrize("bucket", RECORDS)
@pytest.mark.parametrize("call", ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketAcl"])
def test_nobody_of_the_lake_changes_where_records_are(lake: Lake, bucket: str, call: str):
    everybody = [*lake.of("prod"), "root of prod", *lake.of("elsewhere")]
    assert [who for who in everybody if lake.may_call(who, call, bucket)] == []


@pytest.mark.parametrize("action", ["read", "write", "delete", "tag"])
@pytest.mark.parametrize("bucket", RECORDS)
def test_nobody_of_the_lake_touches_records(lake: Lake, bucket: str, action: str):
    everybody = [*lake.of("prod"), "root of prod", *lake.of("elsewhere")]
    own = f"{bucket}/AWSLogs/{LAKE}/a"
    assert [who for who in everybody if lake.may(who, action, own)] == []


@pytest.mark.parametrize("bucket", RECORDS)
def test_the_auditor_alone_reads_records(lake: Lake, bucket: str):
    assert [who for who in lake.people if lake.may(who, "read", f"{bucket}/AWSLogs/{LAKE}/a")] == ["security:auditor"]


@pytest.mark.parametrize("action", ["read", "write", "delete", "tag"])
@pytest.mark.parametrize("zone", ["drop", "raw", "refined", "curated", "quarantine", "query-results", "state"])
def test_nobody_of_another_account_touches_the_lake(lake: Lake, zone: str, action: str):
    everybody = [*lake.of("security"), "root of security", *lake.of("elsewhere")]
    for level in ("proprietary", "untagged"):
        assert [who for who in everybody if lake.may(who, action, f"{zone}/sales/a", level)] == []


@pytest.mark.parametrize(
    ("who", "bucket"),
    [
        ("intake", "drop"),
        ("refine-sales", "raw"),
        ("maintain", "refined"),
        ("producer", "drop"),
        ("security:auditor", "security:audit"),
    ],
)
def test_without_modern_tls_nothing_is_read(lake: Lake, who: str, bucket: str):
    place = lake.buckets[bucket]
    name = lake.people[who].label
    for context in ({"aws:SecureTransport": "false"}, {"s3:TlsVersion": "1.1"}):
        answer = lake.explain(name, "s3:GetObject", f"{place.arn}/sales/a", **context)
        assert (answer.allowed, answer.calls[0][1].reason) == (False, "explicit deny")


KEY_OF_OBJECT = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CIPHER = "s3:x-amz-server-side-encryption"


@pytest.mark.parametrize(
    ("context", "is_allowed"),
    [
        ({}, True),
        ({CIPHER: "AES256"}, False),
        ({CIPHER: "aws:kms"}, False),
        ({CIPHER: "aws:kms", KEY_OF_OBJECT: f"arn:aws:kms:eu-west-1:{LAKE}:key/lake-prod-raw"}, True),
        ({CIPHER: "aws:kms", KEY_OF_OBJECT: f"arn:aws:kms:eu-west-1:{LAKE}:key/lake-prod-drop"}, False),
        ({CIPHER: "aws:kms", KEY_OF_OBJECT: "arn:aws:kms:eu-west-1:999999999999:key/x"}, False),
        ({CIPHER: "aws:kms:dsse", KEY_OF_OBJECT: f"arn:aws:kms:eu-west-1:{LAKE}:key/lake-prod-raw"}, False),
    ],
)
def test_what_is_written_has_the_key_of_its_zone(lake: Lake, context: dict[str, str], is_allowed: bool):
    answer = lake.explain("lake-prod-intake", "s3:PutObject", f"{lake.buckets['raw'].arn}/sales/a", **context)
    assert answer.allowed == is_allowed


ROLES = (f"{LAKE}:role/lake-prod-deploy", f"{LAKE}:role/lake-prod-plan", f"{SAFE}:role/lake-security-deploy",
         f"{SAFE}:role/lake-security-plan", f"{SAFE}:role/lake-security-auditor")  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("who", "external_id", "is_allowed"),
    [
        ("account 123456789012", {"sts:ExternalId": "cdktf-data-lake"}, True),
        ("account 123456789012", {"sts:ExternalId": "cdktf-data-lak"}, False),
        ("account 123456789012", {"sts:ExternalId": "*"}, False),
        ("account 123456789012", {}, False),
        ("any other account", {"sts:ExternalId": "cdktf-data-lake"}, False),
        ("anybody", {"sts:ExternalId": "cdktf-data-lake"}, False),
        ("lake-prod-intake", {"sts:ExternalId": "cdktf-data-lake"}, False),
    ],
)
def test_roles_of_operators_demand_the_external_id(
    lake: Lake, role: str, who: str, external_id: dict[str, str], is_allowed: bool
):
    # Whoever can use MFA has used it here.
    answer = lake.explain(who, "sts:AssumeRole", f"arn:aws:iam::{role}", **external_id)
    assert answer.allowed == is_allowed


TRAIL = f"arn:aws:cloudtrail:eu-west-1:{LAKE}:trail/lake-prod-trail"


@pytest.mark.parametrize("call", ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"])
def test_no_role_ends_a_trail(lake: Lake, call: str):
    for who in lake.of("prod"):
        assert not lake.explain(lake.people[who].label, call, TRAIL).allowed


@pytest.mark.parametrize(
    "call", ["iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"]
)
def test_who_deploys_alone_gives_rights_and_within_the_boundary(lake: Lake, call: str):
    role = f"arn:aws:iam::{LAKE}:role/lake-prod-any"
    boundary = f"arn:aws:iam::{LAKE}:policy/lake-prod-boundary"
    for who in lake.of("prod"):
        name = lake.people[who].label
        assert not lake.explain(name, call, role).allowed or name == "lake-prod-deploy"
        if who != "deploy":
            assert not lake.explain(name, call, role, **{"iam:PermissionsBoundary": boundary}).allowed
    assert not lake.explain("lake-prod-deploy", "iam:CreateRole", role).allowed
    assert lake.explain("lake-prod-deploy", "iam:CreateRole", role, **{"iam:PermissionsBoundary": boundary}).allowed
