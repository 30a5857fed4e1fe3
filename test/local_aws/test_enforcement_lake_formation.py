"""What calls of Lake Formation need: with it they pass, without it they do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import RunningServer
from .enforcement import Case, Trial, statement

ACCOUNT = "300000000012"
PRINCIPAL = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/analyst"}
DATABASE = {"Database": {"Name": "sales"}}
TAGS = [{"TagKey": "layer", "TagValues": ["raw"]}]
GRANT = {"Principal": PRINCIPAL, "Resource": DATABASE, "Permissions": ["DESCRIBE"]}


@pytest.fixture(scope="module")
def trial(enforced: RunningServer) -> Iterator[Trial]:
    """A role, and an LF-tag on a database."""
    client = enforced.client("lakeformation", ACCOUNT)
    client.create_lf_tag(TagKey="layer", TagValues=["raw"])
    client.add_lf_tags_to_resource(Resource=DATABASE, LFTags=TAGS)
    yield Trial(enforced, ACCOUNT)


def case(operation: str, action: str, twice: bool = True, **parameters: object) -> Case:
    return Case("lakeformation", operation, [(f"lakeformation:{action}", "*")], dict(parameters), twice)


CASES = [
    case("get_data_lake_settings", "GetDataLakeSettings"),
    case("put_data_lake_settings", "PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": [PRINCIPAL]}),
    case("get_lf_tag", "GetLFTag", TagKey="layer"),
    case("add_lf_tags_to_resource", "AddLFTagsToResource", Resource=DATABASE, LFTags=TAGS),
    case("get_resource_lf_tags", "GetResourceLFTags", Resource=DATABASE),
    case("grant_permissions", "GrantPermissions", **GRANT),
    case("list_permissions", "ListPermissions"),
    case("create_lake_formation_opt_in", "CreateLakeFormationOptIn", Principal=PRINCIPAL, Resource=DATABASE),
    case("list_lake_formation_opt_ins", "ListLakeFormationOptIns"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_call_needs_its_rights(trial: Trial, case: Case) -> None:
    trial.check(case)


def test_who_may_read_grants_makes_none(trial: Trial) -> None:
    trial.may(statement("lakeformation:List*", "*"))
    client = trial.client("lakeformation")
    assert trial.refusal(client.list_permissions) is None
    assert trial.refusal(lambda: client.grant_permissions(**GRANT)) is not None
