"""Accounts that let another one administer a service for them: members, invitations and administrators."""

from __future__ import annotations

from local.recorded.service import Document, RecordedService, Records, new_id, now
from local.refusals import RefusalError

_MEMBER = "member"
_ADMINISTRATOR = "administrator"


class Membership:
    """Who administers a service for whom. Both sides see the same: a member is kept by its administrator alone."""

    def __init__(self, service: RecordedService) -> None:
        self._service = service

    def create(self, records: Records, account: str, email: str) -> Document:
        """Notes an account that is to become a member."""
        if account == records.account:
            raise RefusalError("ValidationException", "An account cannot be a member of itself.")
        member = {"account": account, "email": email, "status": "Created", "updatedAt": now()}
        return records.of(_MEMBER).setdefault(account, member)

    def members(self, records: Records, accounts: list[str] | None = None) -> list[Document]:
        """The members, or those of the accounts that are members."""
        return [one for one in records.of(_MEMBER).values() if accounts is None or one["account"] in accounts]

    def member(self, records: Records, account: str) -> Document:
        """A member that has to be there."""
        return self._service.found(records, _MEMBER, account)

    def invite(self, records: Records, accounts: list[str]) -> None:
        """Invites members that have not accepted yet."""
        for account in accounts:
            member = self.member(records, account)
            if member["status"] != "Enabled":
                member.update(status="Invited", invitationId=new_id(), invitedAt=now(), updatedAt=now())

    def invitations(self, records: Records) -> list[Document]:
        """Invitations of the account, each with the administrator that sent it."""
        administrators = self._service.everywhere(records.region)
        return [
            {"administrator": one.account, **one.of(_MEMBER)[records.account]}
            for one in administrators
            if one.of(_MEMBER).get(records.account, {}).get("status") == "Invited"
        ]

    def accept(self, records: Records, administrator: str, invitation: str) -> None:
        """Becomes a member of the account that sent the invitation."""
        invited = self._service.records(administrator, records.region).of(_MEMBER).get(records.account, {})
        if invited.get("invitationId") != invitation:
            raise RefusalError("BadRequestException", f"There is no invitation {invitation} of {administrator}.")
        invited.update(status="Enabled", updatedAt=now())
        records.of(_ADMINISTRATOR)[administrator] = {"account": administrator, "invitationId": invitation}

    def administrator(self, records: Records) -> Document | None:
        """The account's administrator as it sees the account."""
        for administrator in records.of(_ADMINISTRATOR):
            member = self._service.records(administrator, records.region).of(_MEMBER)[records.account]
            return {"administrator": administrator, **member}
        return None

    def leave(self, records: Records) -> None:
        """The member ends it."""
        for administrator in list(records.of(_ADMINISTRATOR)):
            self._end(self._service.records(administrator, records.region), records.account, "Resigned")

    def remove(self, records: Records, account: str) -> None:
        """The administrator ends it."""
        self._end(records, account, "Removed")

    def delete(self, records: Records, account: str) -> None:
        """Forgets a member."""
        self.remove(records, account)
        del records.of(_MEMBER)[account]

    def require_none(self, records: Records) -> None:
        """A service is not switched off while others depend on it."""
        if any(one["status"] == "Enabled" for one in self.members(records)) or self.administrator(records):
            raise RefusalError("ConflictException", "End the membership of accounts first.", 409)

    def _end(self, records: Records, account: str, status: str) -> None:
        self.member(records, account).update(status=status, updatedAt=now())
        self._service.records(account, records.region).of(_ADMINISTRATOR).pop(records.account, None)
