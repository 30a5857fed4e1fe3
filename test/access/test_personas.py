"""People, by job and clearance: what each may read, write, tag, delete, ask and change, cell by cell, and how they get in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from expected import LAKE, Lake

from access import asks
from access.matrix import decide_call, may
from access.stacks import Estate
from access.who import LEVELS, USER_ID, identity_with

PERSONAS = ("data-steward", "data-engineer", "data-scientist", "data-analyst")
CLEARANCES = ("none", *LEVELS)
CLASSIFICATIONS = (*LEVELS, "untagged")

DROP, RAW, QUARANTINE = "drop/sales/orders.csv", "raw/sales/orders/a.parquet", "quarantine/sales/orders.csv"
MASKED, CLEAR = "refined/masked/sales/orders/a.parquet", "refined/clear/sales/customers/a.parquet"
MART, EXPERIMENT = "curated/marts/sales/daily_sales/a.parquet", "curated/experiments/mine/a.parquet"
PLACES = (DROP, RAW, QUARANTINE, MASKED, CLEAR, MART, EXPERIMENT)

#: Where each reads, as far as the clearance goes.
READS = {
    # Stewards say how sensitive data is, and read none of it.
    "data-steward": set(),
    "data-engineer": {*PLACES},
    "data-scientist": {MASKED, CLEAR, MART, EXPERIMENT},
    "data-analyst": {MASKED, CLEAR, MART},
}
#: Where each writes, with a classification that they may read.
WRITES = {"data-steward": set(), "data-engineer": {DROP}, "data-scientist": {EXPERIMENT}, "data-analyst": set()}
DELETES = {"data-steward": set(), "data-engineer": set(), "data-scientist": {EXPERIMENT}, "data-analyst": set()}


#: Who has a sandbox, and where in it: in the folder of the session and its clearance.
OWNERS = ("data-scientist", "data-analyst")
FOLDERS = tuple(f"{level}/{user}" for level in LEVELS for user in (USER_ID, "AROAMATRIX:somebody-else"))


@pytest.fixture(scope="module")
def lake(estate: Estate) -> Lake:
    return Lake(estate)


def somebody(persona: str, clearance: str) -> str:
    return persona if clearance == "none" else f"{persona}, {clearance}"


def is_seen(clearance: str, classification: str) -> bool:
    """Whether a clearance is enough; for what has no classification none is, and without clearance nothing is seen."""
    if clearance == "none" or classification == "untagged":
        return False
    return LEVELS.index(classification) <= LEVELS.index(clearance)


@pytest.mark.parametrize("classification", CLASSIFICATIONS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_people_read_what_they_are_cleared_for(
    lake: Lake, persona: str, clearance: str, place: str, classification: str
):
    expected = place in READS[persona] and is_seen(clearance, classification)
    # Of what arrives, nobody has checked the tags, and whoever brings files there could give it some.
    if place == DROP:
        expected = expected and clearance == "secret"
    assert lake.may(somebody(persona, clearance), "read", place, classification) == expected


#: Experiments are left out: whoever writes there has to tag, so nothing there is without a tag.
@pytest.mark.parametrize("place", [DROP, "drop/landing/visits/a.csv", RAW, QUARANTINE, MASKED, MART])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("clearance", LEVELS[:2])
@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_tags_what_has_no_tag_and_then_reads_it(
    lake: Lake, persona: str, clearance: str, level: str, place: str
):
    """Neither by themselves nor by somebody with the same clearance."""
    name, _, key = place.partition("/")
    bucket = lake.buckets[name]
    given = {"s3:RequestObjectTag/classification": level, "s3:RequestObjectTagKeys": ["classification"]}
    tagged = asks.Call("s3:PutObjectTagging", f"{bucket.arn}/{key}", bucket.account, bucket.policy, context=given)
    if may(lake.people[somebody(persona, clearance)], [[tagged]]):
        assert [who for who in PERSONAS if lake.may(somebody(who, clearance), "read", place, level)] == []


@pytest.mark.parametrize("classification", CLASSIFICATIONS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_people_write_what_they_could_read(lake: Lake, persona: str, clearance: str, place: str, classification: str):
    expected = place in WRITES[persona] and is_seen(clearance, classification)
    assert lake.may(somebody(persona, clearance), "write", place, classification) == expected


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_people_delete_experiments_alone(lake: Lake, persona: str, clearance: str, place: str):
    assert lake.may(somebody(persona, clearance), "delete", place) == (place in DELETES[persona])


@pytest.mark.parametrize("classification", CLASSIFICATIONS)
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_people_use_their_own_sandbox_alone(lake: Lake, persona: str, clearance: str, folder: str, classification: str):
    is_own = persona in OWNERS and folder == f"{clearance}/{USER_ID}"
    who, place = somebody(persona, clearance), f"sandbox/{folder}/a.csv"
    for action in ("read", "write"):
        expected = is_own and is_seen(clearance, classification)
        assert lake.may(who, action, place, classification) == expected
    assert lake.may(who, "delete", place) == is_own


@pytest.mark.parametrize("action", ["read", "write", "delete"])
def test_nobody_else_uses_sandboxes(lake: Lake, action: str):
    others = [who for who in lake.people if who.split(",")[0] not in OWNERS]
    assert len(others) > 20
    place = f"sandbox/secret/{USER_ID}/a.csv"
    users = [who for who in others if any(lake.may(who, action, place, level) for level in CLASSIFICATIONS)]
    # Root keeps the account: its way to data is the key, which it does not have.
    assert users == ["root of prod"] if action == "delete" else users == []


@pytest.mark.parametrize("call", ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"])
@pytest.mark.parametrize("classification", LEVELS)
@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_what_people_may_not_see_they_do_not_classify_anew(
    lake: Lake, persona: str, clearance: str, classification: str, call: str
):
    who = lake.people[somebody(persona, clearance)]
    for place in PLACES:
        bucket = lake.buckets[place.partition("/")[0]]
        context = {
            "s3:ExistingObjectTag/classification": classification,
            "s3:RequestObjectTag/classification": "proprietary",
            "s3:RequestObjectTagKeys": ["classification"],
        }
        arn = f"{bucket.arn}/{place.partition('/')[2]}"
        tagged = asks.Call(call, arn, bucket.account, bucket.policy, context=context)
        assert not may(who, [[tagged]]) or is_seen(clearance, classification)


@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_people_use_no_key_directly_and_manage_none(lake: Lake, persona: str, clearance: str):
    calls = ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
    who = somebody(persona, clearance)
    assert [(key, call) for key in lake.keys for call in calls if lake.may_with_key(who, call, key, "directly")] == []


@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_people_change_no_bucket_trail_or_role(lake: Lake, persona: str, clearance: str):
    who = lake.people[somebody(persona, clearance)]
    owned = [one for one in lake.estate.owned if one.type in ("s3_bucket", "cloudtrail")]
    assert [one.name for one in owned if may(who, asks.administer_ways(one))] == []
    assert not any(may(who, asks.role_ways(account)) for account in lake.estate.accounts)


@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("database", ["refined_sales", "refined_sales_clear", "curated_sales", "landing", "raw_sales"])
def test_people_ask_databases_by_their_clearance(lake: Lake, database: str, persona: str, clearance: str):
    least = {"refined_sales_clear": "confidential", "landing": "secret"}.get(database, "proprietary")
    asks_it = {
        "data-analyst": database in ("refined_sales", "refined_sales_clear", "curated_sales"),
        "data-scientist": database != "raw_sales",
    }.get(persona, False)
    (place,) = [one for one in lake.estate.of_type("glue_catalog_database") if one.name == database]
    groups = [one for one in lake.estate.of_type("athena_workgroup") if one.account == place.account]
    who = lake.people[somebody(persona, clearance)]
    can = any(may(who, asks.query_ways(lake.estate, place, group)) for group in groups)
    assert can == (asks_it and is_seen(clearance, least))


@pytest.mark.parametrize("clearance", CLEARANCES)
@pytest.mark.parametrize("persona", PERSONAS)
def test_answers_that_are_not_kept_apart_are_for_those_who_see_everything(lake: Lake, persona: str, clearance: str):
    (group,) = [one for one in lake.estate.of_type("athena_workgroup") if one.name == "lake-prod-landing"]
    who = lake.people[somebody(persona, clearance)]
    for call in ("StartQueryExecution", "GetQueryResults", "GetQueryExecution", "ListQueryExecutions"):
        can = may(who, [[asks.Call(f"athena:{call}", group.arn, group.account)]])
        assert can == (persona == "data-scientist" and clearance == "secret")


def assumes(
    lake: Lake, groups: tuple[str, ...], persona: str, clearance: str | None, context: dict[str, str | list[str]]
) -> bool:
    """Whether a user in some groups becomes a persona: tags need a right of their own."""
    members = [
        one for one in lake.estate.identities if one.kind == "group" and one.name.removeprefix("lake-prod-") in groups
    ]
    assert len(members) == len(groups)
    policies = [document for member in members for document in member.policies]
    user = replace(identity_with(members[0], None), policies=policies)
    (role,) = [one for one in lake.estate.identities if one.arn == f"arn:aws:iam::{LAKE}:role/lake-prod-{persona}"]
    tags = {} if clearance is None else {"aws:RequestTag/clearance": clearance, "aws:TagKeys": ["clearance"]}
    calls = [asks.Call("sts:AssumeRole", role.arn, role.account, role.trust, True)]
    if clearance is not None or "aws:TagKeys" in context:
        calls.append(asks.Call("sts:TagSession", role.arn, role.account, role.trust, True))
    return all(decide_call(user, call, {**tags, **context}).allowed for call in calls)  # type: ignore[dict-item]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("group", LEVELS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_users_become_what_their_groups_say(lake: Lake, persona: str, group: str, level: str):
    for other in PERSONAS:
        assert assumes(lake, (persona, group), other, level, {}) == (other == persona and level == group)


@pytest.mark.parametrize("persona", PERSONAS)
def test_users_without_a_second_factor_stay_outside(lake: Lake, persona: str):
    assert assumes(lake, (persona, "secret"), persona, None, {})
    for clearance in (None, "secret"):
        assert not assumes(lake, (persona, "secret"), persona, clearance, {"aws:MultiFactorAuthPresent": "false"})


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_session_has_no_tag_but_a_clearance_that_exists(lake: Lake, persona: str):
    groups = (persona, *LEVELS)
    assert not assumes(lake, groups, persona, "top-secret", {})
    assert not assumes(
        lake, groups, persona, "secret", {"aws:TagKeys": ["clearance", "admin"], "aws:RequestTag/admin": "x"}
    )
    assert not assumes(lake, groups, persona, None, {"aws:TagKeys": ["admin"], "aws:RequestTag/admin": "x"})


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize(
    ("who", "external_id", "is_allowed"),
    [
        ("account 123456789012", "cdktf-data-lake", True),
        ("account 123456789012", "another", False),
        ("any other account", "cdktf-data-lake", False),
        ("anybody", "cdktf-data-lake", False),
        ("lake-prod-intake", "cdktf-data-lake", False),
    ],
)
def test_operators_bring_the_external_id(lake: Lake, persona: str, who: str, external_id: str, is_allowed: bool):
    role = f"arn:aws:iam::{LAKE}:role/lake-prod-{persona}"
    assert lake.explain(who, "sts:AssumeRole", role, **{"sts:ExternalId": external_id}).allowed == is_allowed
