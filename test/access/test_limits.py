"""What holds administrators, answers apart, ways through the network to own accounts, and all by an organization."""

from __future__ import annotations

import pytest
from conftest import ROOT
from expected import LAKE, SAFE, Lake

from access.explain import QuestionError
from access.organization import held_by
from access.stacks import Estate
from access.who import LEVELS

TABLE = "refined/masked/sales/orders/a.parquet"


@pytest.fixture(scope="module")
def lake(estate: Estate) -> Lake:
    return Lake(estate)


@pytest.mark.parametrize("level", ("untagged", *LEVELS))
@pytest.mark.parametrize("zone", ["drop", "raw", "refined", "curated", "quarantine", "query-results", "sandbox"])
@pytest.mark.parametrize("who", ["administrator of prod", "administrator of security", "root of prod"])
def test_administrators_do_not_read_data(lake: Lake, who: str, zone: str, level: str):
    assert not lake.may(who, "read", f"{zone}/sales/a.csv", level)
    assert not lake.may(who, "write", f"{zone}/sales/a.csv", level)


@pytest.mark.parametrize("has", LEVELS)
@pytest.mark.parametrize("of", LEVELS)
@pytest.mark.parametrize("who", ["data-steward", "data-engineer", "data-scientist", "data-analyst"])
def test_answers_are_read_with_the_clearance_that_asked(lake: Lake, who: str, of: str, has: str):
    expected = who in ("data-scientist", "data-analyst") and of == has
    for action in ("read", "write"):
        assert lake.may(f"{who}, {has}", action, f"query-results/{of}/a.csv") == expected
    assert not lake.may(f"{who}, {has}", "delete", f"query-results/{of}/a.csv")


ENDPOINT = "lake-prod-network-s3"


@pytest.mark.parametrize(
    ("who", "place", "reason"),
    [
        ("lake-prod-intake", "drop/sales/a.csv", "allowed"),
        ("lake-prod-refine-sales", "raw/sales/a.csv", "allowed"),
        ("lake-prod-intake", "refined/sales/a.csv", "no statement allows"),
        ("any other account", "drop/sales/a.csv", "endpoint policy"),
        ("anybody", "drop/sales/a.csv", "endpoint policy"),
    ],
)
def test_ways_through_the_network_are_for_own_accounts(lake: Lake, who: str, place: str, reason: str):
    bucket, _, key = place.partition("/")
    answer = lake.explain(who, "s3:GetObject", f"{lake.buckets[bucket].arn}/{key}", **{"aws:SourceVpce": ENDPOINT})
    assert answer.calls[0][1].reason == reason


@pytest.mark.parametrize(
    ("name", "action", "problem", "fix"),
    [
        ("vpce-0", "s3:GetObject", "no VPC endpoint vpce-0", ENDPOINT),
        ("lake-prod-network-sqs", "s3:GetObject", "leads to sqs", "goes another way"),
    ],
)
def test_an_endpoint_that_is_none_is_refused(lake: Lake, name: str, action: str, problem: str, fix: str):
    with pytest.raises(QuestionError) as error:
        lake.explain("lake-prod-intake", action, f"{lake.buckets['drop'].arn}/a", **{"aws:SourceVpce": name})
    assert problem in str(error.value)
    assert fix in error.value.fix


@pytest.fixture(scope="module")
def organized(estate: Estate) -> Lake:
    return Lake(held_by(estate, ROOT / "docs" / "service-control-policy.json"))


@pytest.mark.parametrize("account", ["prod", "security"])
@pytest.mark.parametrize("call", ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"])
def test_in_an_organization_administrators_and_roots_end_no_trail(lake: Lake, organized: Lake, call: str, account: str):
    trail = f"arn:aws:cloudtrail:eu-west-1:{LAKE if account == 'prod' else SAFE}:trail/lake-{account}-trail"
    for who in (f"administrator of {account}", f"root of {account}"):
        assert lake.explain(who, call, trail).allowed
        answer = organized.explain(who, call, trail)
        assert (answer.allowed, answer.calls[0][1].reason) == (False, "explicit deny")


def test_in_an_organization_the_work_goes_on(lake: Lake, organized: Lake):
    for who, place in (("intake", "drop/sales/a.csv"), ("data-analyst, secret", TABLE)):
        for one in (lake, organized):
            assert one.may(who, "read", place, "secret")
    assert not any(
        organized.may("root of security", action, "security:access-logs/a") for action in ("read", "write", "delete")
    )
