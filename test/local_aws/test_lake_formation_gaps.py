"""Calls behind grants by LF-tags and opt-ins that moto lacks."""

from .helpers import refusal

LEVELS = ["proprietary", "confidential"]


def principal(account, name):
    return {"DataLakePrincipalIdentifier": f"arn:aws:iam::{account}:role/{name}"}


def tables(*levels, kind="TABLE"):
    expression = [{"TagKey": "classification", "TagValues": list(levels)}]
    return {"LFTagPolicy": {"ResourceType": kind, "Expression": expression}}


def test_who_is_opted_in_is_listed_until_he_is_not(aws, account):
    client = aws.client("lakeformation", account)
    analyst, other = principal(account, "analyst"), principal(account, "other")
    every_table = {"Table": {"DatabaseName": "sales", "TableWildcard": {}}}
    client.create_lake_formation_opt_in(Principal=analyst, Resource=every_table)
    client.create_lake_formation_opt_in(Principal=analyst, Resource={"Database": {"Name": "sales"}})
    client.create_lake_formation_opt_in(Principal=other, Resource={"Database": {"Name": "sales"}})

    def found(**asked):
        return client.list_lake_formation_opt_ins(**asked)["LakeFormationOptInsInfoList"]

    assert len(found()) == 3
    [one] = found(Principal=analyst, Resource={"Database": {"Name": "sales"}})
    assert one["Resource"] == {"Database": {"CatalogId": account, "Name": "sales"}}
    assert [each["Principal"] for each in found(Resource=every_table)] == [analyst]
    assert found(Resource={"Database": {"Name": "none"}}) == []

    client.delete_lake_formation_opt_in(Principal=analyst, Resource=every_table)
    again = refusal(lambda: client.delete_lake_formation_opt_in(Principal=analyst, Resource=every_table))
    assert again[1] == "EntityNotFoundException"
    for who in (analyst, other):
        client.delete_lake_formation_opt_in(Principal=who, Resource={"Database": {"Name": "sales"}})
    assert aws.resources(account) == []


def test_grants_by_tags_are_listed_and_revoked_once(aws, account):
    client = aws.client("lakeformation", account)
    analyst = principal(account, "analyst")
    client.grant_permissions(Principal=analyst, Resource=tables(*LEVELS), Permissions=["DESCRIBE", "SELECT"])

    def granted(resource):
        answer = client.list_permissions(Principal=analyst, Resource=resource)
        return [sorted(each["Permissions"]) for each in answer["PrincipalResourcePermissions"]]

    assert granted(tables(*reversed(LEVELS))) == [["DESCRIBE", "SELECT"]]
    assert granted(tables("proprietary")) == granted(tables(*LEVELS, kind="DATABASE")) == []
    assert ("lakeformation", "grant", analyst["DataLakePrincipalIdentifier"]) in aws.resources(account)

    def revoke():
        policy = {"CatalogId": account, **tables(*reversed(LEVELS))["LFTagPolicy"]}
        client.revoke_permissions(
            Principal=analyst, Resource={"LFTagPolicy": policy}, Permissions=["DESCRIBE", "SELECT"]
        )

    revoke()
    assert granted(tables(*LEVELS)) == []
    assert refusal(revoke)[1:] == (
        "InvalidInputException",
        "No permissions revoked. Grantee has no permissions on the resource.",
    )
    assert aws.resources(account) == []


def test_an_lf_tag_that_there_is_not_is_not_found(aws, account):
    client = aws.client("lakeformation", account)
    assert refusal(lambda: client.get_lf_tag(TagKey="layer"))[1] == "EntityNotFoundException"
    client.create_lf_tag(TagKey="layer", TagValues=["raw"])
    assert client.get_lf_tag(TagKey="layer")["TagValues"] == ["raw"]
    assert ("lakeformation", "tag", "layer") in aws.resources(account)
    client.delete_lf_tag(TagKey="layer")
    assert aws.resources(account) == []


def test_columns_lose_their_tags_together(aws, account):
    client = aws.client("lakeformation", account)
    client.create_lf_tag(TagKey="classification", TagValues=LEVELS)
    tags = [{"TagKey": "classification", "TagValues": ["confidential"]}]
    columns = {"TableWithColumns": {"DatabaseName": "sales", "Name": "customers", "ColumnNames": ["id", "city"]}}
    client.add_lf_tags_to_resource(Resource=columns, LFTags=tags)

    def tagged():
        return [each["Name"] for each in client.get_resource_lf_tags(Resource=columns).get("LFTagsOnColumns", [])]

    assert tagged() == ["id", "city"]
    client.remove_lf_tags_from_resource(Resource=columns, LFTags=tags)
    assert tagged() == []
    client.delete_lf_tag(TagKey="classification")
    assert aws.resources(account) == []
