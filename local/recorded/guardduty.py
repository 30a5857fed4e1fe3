"""GuardDuty: detectors, what they watch, and members. Nothing is watched, and there are no findings."""

from __future__ import annotations

from local.recorded.membership import Membership
from local.recorded.service import Document, RecordedService, Records, add_tags, new_id, now
from local.refusals import RefusalError

guardduty = RecordedService("guardduty", missing="BadRequestException")
_membership = Membership(guardduty)

# What every detector watches, and cannot be told not to.
_FOUNDATIONS = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
_FREQUENCY = "SIX_HOURS"


@guardduty.call("CreateDetector")
def create_detector(records: Records, request: Document) -> Document:
    """One an account and region."""
    if records.of("detector"):
        raise RefusalError("BadRequestException", "A detector already exists for the current account.")
    name = new_id()
    records.of("detector")[name] = {
        "arn": records.arn("guardduty", f"detector/{name}"),
        "enable": request["enable"],
        "frequency": request.get("findingPublishingFrequency", _FREQUENCY),
        "features": {each["name"]: each for each in request.get("features", [])},
        "tags": request.get("tags", {}),
        "createdAt": now(),
        "updatedAt": now(),
    }
    return {"detectorId": name}


@guardduty.call("GetDetector")
def get_detector(records: Records, request: Document) -> Document:
    """With the features that were set, and those that cannot be."""
    detector = guardduty.found(records, "detector", request["DetectorId"])
    features = [{"name": name, "status": "ENABLED", "updatedAt": 0} for name in _FOUNDATIONS]
    features += [{**feature, "updatedAt": 0} for feature in detector["features"].values()]
    return {
        "createdAt": detector["createdAt"],
        "updatedAt": detector["updatedAt"],
        "findingPublishingFrequency": detector["frequency"],
        "serviceRole": f"arn:aws:iam::{records.account}:role/aws-service-role/guardduty.amazonaws.com/"
        "AWSServiceRoleForAmazonGuardDuty",
        "status": "ENABLED" if detector["enable"] else "DISABLED",
        "features": features,
        "dataSources": _data_sources(detector),
        "tags": detector["tags"],
    }


def _data_sources(detector: Document) -> Document:
    """The same as features were once told."""

    def status(feature: str) -> Document:
        return {"status": detector["features"].get(feature, {}).get("status", "DISABLED")}

    return {
        **{name: {"status": "ENABLED"} for name in ("cloudTrail", "dnsLogs", "flowLogs")},
        "s3Logs": status("S3_DATA_EVENTS"),
        "kubernetes": {"auditLogs": status("EKS_AUDIT_LOGS")},
        "malwareProtection": {"scanEc2InstanceWithFindings": {"ebsVolumes": status("EBS_MALWARE_PROTECTION")}},
    }


@guardduty.call("UpdateDetector")
def update_detector(records: Records, request: Document) -> None:
    """Features that are not named stay as they are."""
    detector = guardduty.found(records, "detector", request["DetectorId"])
    detector["enable"] = request.get("enable", detector["enable"])
    detector["frequency"] = request.get("findingPublishingFrequency", detector["frequency"])
    detector["features"].update({each["name"]: each for each in request.get("features", [])})
    detector["updatedAt"] = now()


@guardduty.call("DeleteDetector")
def delete_detector(records: Records, request: Document) -> None:
    """Refused while it administers members."""
    guardduty.found(records, "detector", request["DetectorId"])
    _membership.require_none(records)
    del records.of("detector")[request["DetectorId"]]


@guardduty.call("ListDetectors")
def list_detectors(records: Records, request: Document) -> Document:
    """There is at most one."""
    return {"detectorIds": list(records.of("detector"))}


@guardduty.call("CreateMembers")
def create_members(records: Records, request: Document) -> Document:
    """They have to be invited."""
    for account in request["accountDetails"]:
        _membership.create(records, account["accountId"], account["email"])
    return {"unprocessedAccounts": []}


def _member(records: Records, member: Document) -> Document:
    return {
        "accountId": member["account"],
        "administratorId": records.account,
        "detectorId": next(iter(records.of("detector")), ""),
        "email": member["email"],
        "masterId": records.account,
        "relationshipStatus": member["status"],
        "updatedAt": member["updatedAt"],
    }


@guardduty.call("GetMembers")
def get_members(records: Records, request: Document) -> Document:
    """Those of the accounts that are members."""
    members = _membership.members(records, request["accountIds"])
    return {"members": [_member(records, member) for member in members], "unprocessedAccounts": []}


@guardduty.call("ListMembers")
def list_members(records: Records, request: Document) -> Document:
    """All of them."""
    return {"members": [_member(records, member) for member in _membership.members(records)]}


@guardduty.call("InviteMembers")
def invite_members(records: Records, request: Document) -> Document:
    """Nobody gets a mail."""
    _membership.invite(records, request["accountIds"])
    return {"unprocessedAccounts": []}


@guardduty.call("DisassociateMembers")
def disassociate_members(records: Records, request: Document) -> Document:
    """They are members no more, and still known."""
    for account in request["accountIds"]:
        _membership.remove(records, account)
    return {"unprocessedAccounts": []}


@guardduty.call("DeleteMembers")
def delete_members(records: Records, request: Document) -> Document:
    """They are forgotten."""
    for account in request["accountIds"]:
        _membership.delete(records, account)
    return {"unprocessedAccounts": []}


@guardduty.call("ListInvitations")
def list_invitations(records: Records, request: Document) -> Document:
    """Those that wait to be accepted."""
    return {"invitations": [_invitation(each) for each in _membership.invitations(records)]}


def _invitation(invitation: Document) -> Document:
    return {
        "accountId": invitation["administrator"],
        "invitationId": invitation["invitationId"],
        "relationshipStatus": invitation["status"],
        "invitedAt": invitation["invitedAt"],
    }


@guardduty.call("AcceptAdministratorInvitation")
def accept_administrator_invitation(records: Records, request: Document) -> None:
    """Takes a detector of one's own."""
    guardduty.found(records, "detector", request["DetectorId"])
    _membership.accept(records, request["administratorId"], request["invitationId"])


@guardduty.call("AcceptInvitation")
def accept_invitation(records: Records, request: Document) -> None:
    """The same by its old name."""
    accept_administrator_invitation(records, {**request, "administratorId": request["masterId"]})


@guardduty.call("GetAdministratorAccount")
def get_administrator_account(records: Records, request: Document) -> Document:
    """Nothing where there is none."""
    guardduty.found(records, "detector", request["DetectorId"])
    administrator = _membership.administrator(records)
    return {"administrator": _invitation(administrator)} if administrator else {}


@guardduty.call("GetMasterAccount")
def get_master_account(records: Records, request: Document) -> Document:
    """The same by its old name."""
    answer = get_administrator_account(records, request)
    return {"master": answer["administrator"]} if answer else {}


@guardduty.call("DisassociateFromAdministratorAccount")
def disassociate_from_administrator_account(records: Records, request: Document) -> None:
    """The member leaves."""
    _membership.leave(records)


@guardduty.call("DisassociateFromMasterAccount")
def disassociate_from_master_account(records: Records, request: Document) -> None:
    """The same by its old name."""
    _membership.leave(records)


add_tags(guardduty, ("detector",))
