"""Security Hub: hubs, standards, members and aggregators. Nothing is checked, and there are no findings."""

from __future__ import annotations

from local.recorded.membership import Membership
from local.recorded.service import Document, RecordedService, Records, new_id, now
from local.refusals import RefusalError

securityhub = RecordedService("securityhub")
_membership = Membership(securityhub)


def _hub(records: Records) -> Document:
    hub = records.of("hub").get("default")
    if hub is None:
        message = f"Account {records.account} is not subscribed to AWS Security Hub"
        raise RefusalError("InvalidAccessException", message, 401)
    return hub


@securityhub.call("EnableSecurityHub")
def enable_security_hub(records: Records, request: Document) -> None:
    """Once. Standards have to be asked for."""
    if records.of("hub"):
        raise RefusalError("ResourceConflictException", "Account is already subscribed to Security Hub", 409)
    if request.get("EnableDefaultStandards", True):
        raise RefusalError("NotImplemented", "The embedded local AWS has no default standards.", 501)
    records.of("hub")["default"] = {
        "HubArn": records.arn("securityhub", "hub/default"),
        "SubscribedAt": now(),
        "AutoEnableControls": True,
        "ControlFindingGenerator": request.get("ControlFindingGenerator", "SECURITY_CONTROL"),
        "tags": request.get("Tags", {}),
    }


@securityhub.call("DescribeHub")
def describe_hub(records: Records, request: Document) -> Document:
    """Refused where Security Hub is off."""
    return {key: value for key, value in _hub(records).items() if key != "tags"}


@securityhub.call("UpdateSecurityHubConfiguration")
def update_security_hub_configuration(records: Records, request: Document) -> None:
    """What is not named stays."""
    _hub(records).update(request)


@securityhub.call("DisableSecurityHub")
def disable_security_hub(records: Records, request: Document) -> None:
    """Takes everything along; refused while there are members."""
    _hub(records)
    _membership.require_none(records)
    records.kinds.clear()


@securityhub.call("ListTagsForResource")
def list_tags_for_resource(records: Records, request: Document) -> Document:
    """Only hubs have tags here."""
    return {"Tags": _hub(records)["tags"]}


@securityhub.call("BatchEnableStandards")
def batch_enable_standards(records: Records, request: Document) -> Document:
    """They are ready at once: there is nothing to check."""
    _hub(records)
    return {
        "StandardsSubscriptions": [
            _subscribe(records, each["StandardsArn"]) for each in request["StandardsSubscriptionRequests"]
        ]
    }


def _subscribe(records: Records, standard: str) -> Document:
    # arn:aws:securityhub:::ruleset/<path> or arn:aws:securityhub:<region>::standards/<path>
    path = standard.split("/", 1)[1]
    subscription = records.arn("securityhub", f"subscription/{path}")
    return records.of("standard").setdefault(
        subscription,
        {
            "StandardsArn": standard,
            "StandardsSubscriptionArn": subscription,
            "StandardsInput": {},
            "StandardsStatus": "READY",
            "StandardsControlsUpdatable": "READY_FOR_UPDATES",
        },
    )


@securityhub.call("GetEnabledStandards")
def get_enabled_standards(records: Records, request: Document) -> Document:
    """Those that are named, or all."""
    _hub(records)
    wanted = request.get("StandardsSubscriptionArns")
    standards = records.of("standard").items()
    return {"StandardsSubscriptions": [each for arn, each in standards if not wanted or arn in wanted]}


@securityhub.call("BatchDisableStandards")
def batch_disable_standards(records: Records, request: Document) -> Document:
    """At once."""
    _hub(records)
    gone = [records.of("standard").pop(arn, None) for arn in request["StandardsSubscriptionArns"]]
    return {"StandardsSubscriptions": [{**each, "StandardsStatus": "DELETING"} for each in gone if each]}


@securityhub.call("CreateMembers")
def create_members(records: Records, request: Document) -> Document:
    """They have to be invited."""
    _hub(records)
    for account in request["AccountDetails"]:
        _membership.create(records, account["AccountId"], account["Email"])
    return {"UnprocessedAccounts": []}


def _member(records: Records, member: Document) -> Document:
    return {
        "AccountId": member["account"],
        "AdministratorId": records.account,
        "Email": member["email"],
        "MasterId": records.account,
        "MemberStatus": member["status"],
        "UpdatedAt": member["updatedAt"],
        **({"InvitedAt": member["invitedAt"]} if "invitedAt" in member else {}),
    }


@securityhub.call("GetMembers")
def get_members(records: Records, request: Document) -> Document:
    """Those of the accounts that are members."""
    _hub(records)
    members = _membership.members(records, request["AccountIds"])
    return {"Members": [_member(records, member) for member in members], "UnprocessedAccounts": []}


@securityhub.call("ListMembers")
def list_members(records: Records, request: Document) -> Document:
    """All of them."""
    return {"Members": [_member(records, member) for member in _membership.members(records)]}


@securityhub.call("InviteMembers")
def invite_members(records: Records, request: Document) -> Document:
    """Nobody gets a mail."""
    _membership.invite(records, request["AccountIds"])
    return {"UnprocessedAccounts": []}


@securityhub.call("DisassociateMembers")
def disassociate_members(records: Records, request: Document) -> None:
    """They are members no more, and still known."""
    for account in request["AccountIds"]:
        _membership.remove(records, account)


@securityhub.call("DeleteMembers")
def delete_members(records: Records, request: Document) -> Document:
    """They are forgotten."""
    for account in request["AccountIds"]:
        _membership.delete(records, account)
    return {"UnprocessedAccounts": []}


def _invitation(invitation: Document) -> Document:
    return {
        "AccountId": invitation["administrator"],
        "InvitationId": invitation["invitationId"],
        "InvitedAt": invitation["invitedAt"],
        "MemberStatus": invitation["status"],
    }


@securityhub.call("ListInvitations")
def list_invitations(records: Records, request: Document) -> Document:
    """Those that wait to be accepted."""
    _hub(records)
    return {"Invitations": [_invitation(each) for each in _membership.invitations(records)]}


@securityhub.call("AcceptAdministratorInvitation")
def accept_administrator_invitation(records: Records, request: Document) -> None:
    """Takes a hub of one's own."""
    _hub(records)
    _membership.accept(records, request["AdministratorId"], request["InvitationId"])


@securityhub.call("AcceptInvitation")
def accept_invitation(records: Records, request: Document) -> None:
    """The same by its old name."""
    accept_administrator_invitation(records, {**request, "AdministratorId": request["MasterId"]})


@securityhub.call("GetAdministratorAccount")
def get_administrator_account(records: Records, request: Document) -> Document:
    """Nothing where there is none."""
    _hub(records)
    administrator = _membership.administrator(records)
    return {"Administrator": _invitation(administrator)} if administrator else {}


@securityhub.call("GetMasterAccount")
def get_master_account(records: Records, request: Document) -> Document:
    """The same by its old name."""
    answer = get_administrator_account(records, request)
    return {"Master": answer["Administrator"]} if answer else {}


@securityhub.call("DisassociateFromAdministratorAccount")
def disassociate_from_administrator_account(records: Records, request: Document) -> None:
    """The member leaves."""
    _membership.leave(records)


@securityhub.call("DisassociateFromMasterAccount")
def disassociate_from_master_account(records: Records, request: Document) -> None:
    """The same by its old name."""
    _membership.leave(records)


@securityhub.call("CreateFindingAggregator")
def create_finding_aggregator(records: Records, request: Document) -> Document:
    """One an account."""
    _hub(records)
    if records.of("finding-aggregator"):
        raise RefusalError("InvalidInputException", "There is a finding aggregator already.")
    arn = records.arn("securityhub", f"finding-aggregator/{new_id()}")
    kept = {"FindingAggregatorArn": arn, "FindingAggregationRegion": records.region, **request}
    records.of("finding-aggregator")[arn] = kept
    return kept


@securityhub.call("GetFindingAggregator")
def get_finding_aggregator(records: Records, request: Document) -> Document:
    """By its ARN."""
    _hub(records)
    return securityhub.found(records, "finding-aggregator", request["FindingAggregatorArn"])


@securityhub.call("UpdateFindingAggregator")
def update_finding_aggregator(records: Records, request: Document) -> Document:
    """Which regions it takes findings from."""
    aggregator = securityhub.found(records, "finding-aggregator", request["FindingAggregatorArn"])
    aggregator.update(request)
    return aggregator


@securityhub.call("DeleteFindingAggregator")
def delete_finding_aggregator(records: Records, request: Document) -> None:
    """By its ARN."""
    securityhub.found(records, "finding-aggregator", request["FindingAggregatorArn"])
    del records.of("finding-aggregator")[request["FindingAggregatorArn"]]
