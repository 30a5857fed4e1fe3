"""Macie: sessions, members, identifiers, jobs and where results go. No job reads anything."""

from __future__ import annotations

from typing import Any

from local.recorded.membership import Membership
from local.recorded.service import Document, RecordedService, Records, add_tags, new_id, now
from local.refusals import RefusalError

macie2 = RecordedService("macie2")
_membership = Membership(macie2)


def _session(records: Records) -> Document:
    session = records.of("session").get("account")
    if session is None:
        raise RefusalError("AccessDeniedException", "Macie is not enabled", 403)
    return session


@macie2.call("EnableMacie")
def enable_macie(records: Records, request: Document) -> None:
    """Once."""
    if records.of("session"):
        raise RefusalError("ConflictException", "Macie has already been enabled", 409)
    records.of("session")["account"] = {
        "createdAt": now(),
        "findingPublishingFrequency": request.get("findingPublishingFrequency", "FIFTEEN_MINUTES"),
        "serviceRole": f"arn:aws:iam::{records.account}:role/aws-service-role/macie.amazonaws.com/"
        "AWSServiceRoleForAmazonMacie",
        "status": request.get("status", "ENABLED"),
        "updatedAt": now(),
    }


@macie2.call("GetMacieSession")
def get_macie_session(records: Records, request: Document) -> Document:
    """Refused where Macie is off."""
    return _session(records)


@macie2.call("UpdateMacieSession")
def update_macie_session(records: Records, request: Document) -> None:
    """What is not named stays."""
    _session(records).update(request, updatedAt=now())


@macie2.call("DisableMacie")
def disable_macie(records: Records, request: Document) -> None:
    """Takes everything along that Macie keeps; refused while there are members."""
    _session(records)
    _membership.require_none(records)
    records.kinds.clear()


def _member(records: Records, member: Document) -> Document:
    return {
        "accountId": member["account"],
        "administratorAccountId": records.account,
        "arn": records.arn("macie2", f"member/{member['account']}"),
        "email": member["email"],
        "masterAccountId": records.account,
        "relationshipStatus": member["status"],
        "tags": member.get("tags", {}),
        "updatedAt": member["updatedAt"],
        **({"invitedAt": member["invitedAt"]} if "invitedAt" in member else {}),
    }


@macie2.call("CreateMember")
def create_member(records: Records, request: Document) -> Document:
    """It has to be invited."""
    _session(records)
    account = request["account"]
    member = _membership.create(records, account["accountId"], account["email"])
    member.update(tags=request.get("tags", {}), arn=records.arn("macie2", f"member/{account['accountId']}"))
    return {"arn": member["arn"]}


@macie2.call("GetMember")
def get_member(records: Records, request: Document) -> Document:
    """As its administrator sees it."""
    _session(records)
    return _member(records, _membership.member(records, request["id"]))


@macie2.call("ListMembers")
def list_members(records: Records, request: Document) -> Document:
    """All of them, or those that take part."""
    members = [_member(records, member) for member in _membership.members(records)]
    associated = request.get("onlyAssociated", "true") == "true"
    return {"members": [one for one in members if not associated or one["relationshipStatus"] == "Enabled"]}


@macie2.call("UpdateMemberSession")
def update_member_session(records: Records, request: Document) -> None:
    """Pauses a member or lets it go on."""
    member = _membership.member(records, request["id"])
    member.update(status="Enabled" if request["status"] == "ENABLED" else "Paused", updatedAt=now())


@macie2.call("DisassociateMember")
def disassociate_member(records: Records, request: Document) -> None:
    """It is a member no more, and still known."""
    _membership.remove(records, request["id"])


@macie2.call("DeleteMember")
def delete_member(records: Records, request: Document) -> None:
    """It is forgotten."""
    _membership.delete(records, request["id"])


@macie2.call("CreateInvitations")
def create_invitations(records: Records, request: Document) -> Document:
    """Nobody gets a mail."""
    _membership.invite(records, request["accountIds"])
    return {"unprocessedAccounts": []}


def _invitation(invitation: Document) -> Document:
    return {
        "accountId": invitation["administrator"],
        "invitationId": invitation["invitationId"],
        "relationshipStatus": invitation["status"],
        "invitedAt": invitation["invitedAt"],
    }


@macie2.call("ListInvitations")
def list_invitations(records: Records, request: Document) -> Document:
    """Those that wait to be accepted."""
    _session(records)
    return {"invitations": [_invitation(each) for each in _membership.invitations(records)]}


@macie2.call("AcceptInvitation")
def accept_invitation(records: Records, request: Document) -> None:
    """Takes Macie of one's own."""
    _session(records)
    administrator = request.get("administratorAccountId") or request["masterAccount"]
    _membership.accept(records, administrator, request["invitationId"])


@macie2.call("GetAdministratorAccount")
def get_administrator_account(records: Records, request: Document) -> Document:
    """Nothing where there is none."""
    _session(records)
    administrator = _membership.administrator(records)
    return {"administrator": _invitation(administrator)} if administrator else {}


@macie2.call("DisassociateFromAdministratorAccount")
def disassociate_from_administrator_account(records: Records, request: Document) -> None:
    """The member leaves."""
    _membership.leave(records)


@macie2.call("CreateCustomDataIdentifier")
def create_custom_data_identifier(records: Records, request: Document) -> Document:
    """Names are not told apart: AWS lets two of one name be."""
    _session(records)
    name = new_id()
    arn = records.arn("macie2", f"custom-data-identifier/{name}")
    kept: dict[str, Any] = {key: value for key, value in request.items() if key != "clientToken"}
    records.of("custom-data-identifier")[name] = {"tags": {}, **kept, "id": name, "arn": arn, "createdAt": now()}
    return {"customDataIdentifierId": name}


@macie2.call("GetCustomDataIdentifier")
def get_custom_data_identifier(records: Records, request: Document) -> Document:
    """As it was created: it never changes."""
    _session(records)
    return {"deleted": False, **macie2.found(records, "custom-data-identifier", request["id"])}


@macie2.call("DeleteCustomDataIdentifier")
def delete_custom_data_identifier(records: Records, request: Document) -> None:
    """AWS keeps it for the jobs that use it."""
    macie2.found(records, "custom-data-identifier", request["id"])
    del records.of("custom-data-identifier")[request["id"]]


@macie2.call("CreateClassificationJob")
def create_classification_job(records: Records, request: Document) -> Document:
    """It never runs. Identifiers have to be there."""
    _session(records)
    for name in request.get("customDataIdentifierIds", []):
        macie2.found(records, "custom-data-identifier", name)
    name = new_id()
    arn = records.arn("macie2", f"classification-job/{name}")
    kept = {key: value for key, value in request.items() if key != "clientToken"}
    state = {"jobId": name, "jobArn": arn, "arn": arn, "jobStatus": "IDLE", "createdAt": now()}
    records.of("classification-job")[name] = {"tags": {}, "samplingPercentage": 100, **kept, **state}
    return {"jobArn": arn, "jobId": name}


@macie2.call("DescribeClassificationJob")
def describe_classification_job(records: Records, request: Document) -> Document:
    """Those that were cancelled are gone."""
    _session(records)
    return macie2.found(records, "classification-job", request["jobId"])


@macie2.call("UpdateClassificationJob")
def update_classification_job(records: Records, request: Document) -> None:
    """A cancelled job is over: AWS keeps its description for a month."""
    job = macie2.found(records, "classification-job", request["jobId"])
    if request["jobStatus"] == "CANCELLED":
        del records.of("classification-job")[request["jobId"]]
        return
    job["jobStatus"] = {"RUNNING": "IDLE"}.get(request["jobStatus"], request["jobStatus"])


@macie2.call("PutClassificationExportConfiguration")
def put_classification_export_configuration(records: Records, request: Document) -> Document:
    """AWS tries the bucket and the key: here neither is asked."""
    _session(records)
    records.of("export")["configuration"] = request["configuration"]
    if not request["configuration"]:
        del records.of("export")["configuration"]
    return {"configuration": request["configuration"]}


@macie2.call("GetClassificationExportConfiguration")
def get_classification_export_configuration(records: Records, request: Document) -> Document:
    """Nothing where nothing is set."""
    _session(records)
    return {"configuration": records.of("export").get("configuration", {})}


add_tags(macie2, ("custom-data-identifier", "classification-job", "member"))
