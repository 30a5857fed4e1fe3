"""Services that are kept as configuration: what is set is what is answered, members and administrators agree."""

import pytest

from .conftest import REGION
from .helpers import refusal

EMAIL = "root@example.com"


@pytest.fixture
def accounts(account):
    """An administrator and a member."""
    return account, f"9{account[1:]}"


def kinds(aws, account):
    return {(service, kind) for service, kind, _ in aws.resources(account)}


def test_analyzers_are_made_described_changed_and_deleted(aws, account):
    client = aws.client("accessanalyzer", account)
    unused = {"unusedAccess": {"unusedAccessAge": 90}}
    arn = client.create_analyzer(
        analyzerName="unused", type="ACCOUNT_UNUSED_ACCESS", configuration=unused, tags={"a": "b"}
    )["arn"]
    assert arn == f"arn:aws:access-analyzer:{REGION}:{account}:analyzer/unused"
    analyzer = client.get_analyzer(analyzerName="unused")["analyzer"]
    assert (analyzer["status"], analyzer["configuration"], analyzer["tags"]) == ("ACTIVE", unused, {"a": "b"})
    client.tag_resource(resourceArn=arn, tags={"c": "d"})
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    assert refusal(lambda: client.create_analyzer(analyzerName="unused", type="ACCOUNT"))[:2] == (
        409,
        "ConflictException",
    )
    assert kinds(aws, account) == {("accessanalyzer", "analyzer")}
    client.delete_analyzer(analyzerName="unused")
    assert refusal(lambda: client.get_analyzer(analyzerName="unused"))[:2] == (404, "ResourceNotFoundException")
    assert aws.resources(account) == []


def test_calls_that_are_not_kept_say_so(aws, account):
    client = aws.client("accessanalyzer", account)
    assert refusal(lambda: client.list_access_previews(analyzerArn="arn:x"))[:2] == (501, "NotImplemented")


def test_detectors_have_the_features_that_were_set(aws, account):
    client = aws.client("guardduty", account)
    detector = client.create_detector(Enable=True)["DetectorId"]
    client.update_detector(DetectorId=detector, Features=[{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}])
    client.update_detector(DetectorId=detector, Features=[{"Name": "RDS_LOGIN_EVENTS", "Status": "DISABLED"}])
    answer = client.get_detector(DetectorId=detector)
    features = {feature["Name"]: feature["Status"] for feature in answer["Features"]}
    assert features["S3_DATA_EVENTS"] == features["CLOUD_TRAIL"] == "ENABLED"
    assert features["RDS_LOGIN_EVENTS"] == "DISABLED"
    assert answer["DataSources"]["S3Logs"]["Status"] == "ENABLED"
    assert refusal(lambda: client.create_detector(Enable=True))[1] == "BadRequestException"
    client.delete_detector(DetectorId=detector)
    assert refusal(lambda: client.get_detector(DetectorId=detector))[1] == "BadRequestException"
    assert aws.resources(account) == []


def test_members_of_guardduty_are_invited_accept_and_leave(aws, accounts):
    administrator, member = accounts
    ours, theirs = aws.client("guardduty", administrator), aws.client("guardduty", member)
    detector = ours.create_detector(Enable=True)["DetectorId"]
    own = theirs.create_detector(Enable=True)["DetectorId"]
    ours.create_members(DetectorId=detector, AccountDetails=[{"AccountId": member, "Email": EMAIL}])

    def status():
        [found] = ours.get_members(DetectorId=detector, AccountIds=[member])["Members"]
        return found["RelationshipStatus"]

    assert (status(), theirs.list_invitations()["Invitations"]) == ("Created", [])
    ours.invite_members(DetectorId=detector, AccountIds=[member])
    [invitation] = theirs.list_invitations()["Invitations"]
    assert (status(), invitation["AccountId"]) == ("Invited", administrator)
    accept = {"DetectorId": own, "AdministratorId": administrator}
    assert (
        refusal(lambda: theirs.accept_administrator_invitation(**accept, InvitationId="other"))[1]
        == "BadRequestException"
    )
    theirs.accept_administrator_invitation(**accept, InvitationId=invitation["InvitationId"])
    assert theirs.get_administrator_account(DetectorId=own)["Administrator"]["AccountId"] == administrator
    assert status() == "Enabled"
    # Neither side switches it off while it depends on the other.
    assert refusal(lambda: ours.delete_detector(DetectorId=detector))[1] == "ConflictException"
    assert refusal(lambda: theirs.delete_detector(DetectorId=own))[1] == "ConflictException"
    theirs.disassociate_from_administrator_account(DetectorId=own)
    assert status() == "Resigned"
    theirs.delete_detector(DetectorId=own)
    ours.delete_members(DetectorId=detector, AccountIds=[member])
    ours.delete_detector(DetectorId=detector)
    assert aws.resources(administrator) == aws.resources(member) == []


def test_hubs_have_the_standards_that_were_asked_for(aws, account):
    client = aws.client("securityhub", account)
    assert refusal(client.describe_hub)[1] == "InvalidAccessException"
    client.enable_security_hub(EnableDefaultStandards=False, Tags={"a": "b"})
    assert refusal(lambda: client.enable_security_hub(EnableDefaultStandards=False))[1] == "ResourceConflictException"
    hub = client.describe_hub()
    assert client.list_tags_for_resource(ResourceArn=hub["HubArn"])["Tags"] == {"a": "b"}
    standard = f"arn:aws:securityhub:{REGION}::standards/cis-aws-foundations-benchmark/v/5.0.0"
    [enabled] = client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": standard}])[
        "StandardsSubscriptions"
    ]
    assert enabled["StandardsStatus"] == "READY"
    arn = enabled["StandardsSubscriptionArn"]
    [found] = client.get_enabled_standards(StandardsSubscriptionArns=[arn])["StandardsSubscriptions"]
    assert found["StandardsArn"] == standard
    client.batch_disable_standards(StandardsSubscriptionArns=[arn])
    assert client.get_enabled_standards()["StandardsSubscriptions"] == []
    aggregator = client.create_finding_aggregator(RegionLinkingMode="ALL_REGIONS")["FindingAggregatorArn"]
    assert client.get_finding_aggregator(FindingAggregatorArn=aggregator)["FindingAggregationRegion"] == REGION
    client.delete_finding_aggregator(FindingAggregatorArn=aggregator)
    client.disable_security_hub()
    assert aws.resources(account) == []


def test_members_of_security_hub_are_removed_by_their_administrator(aws, accounts):
    administrator, member = accounts
    ours, theirs = aws.client("securityhub", administrator), aws.client("securityhub", member)
    for client in (ours, theirs):
        client.enable_security_hub(EnableDefaultStandards=False)
    ours.create_members(AccountDetails=[{"AccountId": member, "Email": EMAIL}])
    ours.invite_members(AccountIds=[member])
    [invitation] = theirs.list_invitations()["Invitations"]
    theirs.accept_administrator_invitation(AdministratorId=administrator, InvitationId=invitation["InvitationId"])
    assert ours.get_members(AccountIds=[member])["Members"][0]["MemberStatus"] == "Enabled"
    assert theirs.get_administrator_account()["Administrator"]["AccountId"] == administrator
    ours.disassociate_members(AccountIds=[member])
    assert "Administrator" not in theirs.get_administrator_account()
    ours.delete_members(AccountIds=[member])
    for client in (ours, theirs):
        client.disable_security_hub()
    assert aws.resources(administrator) == aws.resources(member) == []


def test_macie_keeps_identifiers_jobs_and_where_results_go(aws, account):
    client = aws.client("macie2", account)
    assert refusal(client.get_macie_session)[1] == "AccessDeniedException"
    client.enable_macie(findingPublishingFrequency="ONE_HOUR", status="ENABLED")
    assert client.get_macie_session()["findingPublishingFrequency"] == "ONE_HOUR"
    identifier = client.create_custom_data_identifier(name="zip", regex="[0-9]{5}", keywords=["zip"])
    identifier = identifier["customDataIdentifierId"]
    assert client.get_custom_data_identifier(id=identifier)["regex"] == "[0-9]{5}"
    target = {"s3Destination": {"bucketName": "results", "kmsKeyArn": "arn:aws:kms:eu-west-1:1:key/1"}}
    client.put_classification_export_configuration(configuration=target)
    assert client.get_classification_export_configuration()["configuration"] == target
    job = {
        "name": "weekly",
        "clientToken": "once",
        "jobType": "SCHEDULED",
        "scheduleFrequency": {"weeklySchedule": {"dayOfWeek": "SUNDAY"}},
        "s3JobDefinition": {"bucketDefinitions": [{"accountId": account, "buckets": ["raw"]}]},
    }
    assert (
        refusal(lambda: client.create_classification_job(**job, customDataIdentifierIds=["none"]))[1]
        == "ResourceNotFoundException"
    )
    made = client.create_classification_job(**job, customDataIdentifierIds=[identifier])["jobId"]
    found = client.describe_classification_job(jobId=made)
    assert (found["jobStatus"], found["s3JobDefinition"]) == ("IDLE", job["s3JobDefinition"])
    client.update_classification_job(jobId=made, jobStatus="CANCELLED")
    assert refusal(lambda: client.describe_classification_job(jobId=made))[1] == "ResourceNotFoundException"
    client.delete_custom_data_identifier(id=identifier)
    client.disable_macie()
    assert aws.resources(account) == []


def test_members_of_macie_are_invited_accept_and_leave(aws, accounts):
    administrator, member = accounts
    ours, theirs = aws.client("macie2", administrator), aws.client("macie2", member)
    for client in (ours, theirs):
        client.enable_macie()
    ours.create_member(account={"accountId": member, "email": EMAIL})
    ours.create_invitations(accountIds=[member])
    [invitation] = theirs.list_invitations()["invitations"]
    theirs.accept_invitation(administratorAccountId=administrator, invitationId=invitation["invitationId"])
    assert ours.get_member(id=member)["relationshipStatus"] == "Enabled"
    assert theirs.get_administrator_account()["administrator"]["accountId"] == administrator
    assert refusal(theirs.disable_macie)[1] == "ConflictException"
    theirs.disassociate_from_administrator_account()
    assert ours.get_member(id=member)["relationshipStatus"] == "Resigned"
    ours.delete_member(id=member)
    for client in (ours, theirs):
        client.disable_macie()
    assert aws.resources(administrator) == aws.resources(member) == []
