"""What requests to IAM need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html."""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends

from local.enforcement.call import Call, Need, tag_context

_WITHOUT_RESOURCE = {
    "CreateAccountAlias",
    "DeleteAccountAlias",
    "DeleteAccountPasswordPolicy",
    "GenerateCredentialReport",
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "GetAccountSummary",
    "GetCredentialReport",
    "ListAccountAliases",
    "ListGroups",
    "ListInstanceProfiles",
    "ListOpenIDConnectProviders",
    "ListPolicies",
    "ListRoles",
    "ListSAMLProviders",
    "ListServerCertificates",
    "ListUsers",
    "ListVirtualMFADevices",
    "UpdateAccountPasswordPolicy",
}


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    action = f"iam:{call.operation}"
    if call.operation in _WITHOUT_RESOURCE:
        return [Need(action, "*", call.account)]
    tags = {tag["Key"]: tag.get("Value", "") for tag in call.members("Tags")}
    context: dict[str, Any] = {**tag_context(tags), **_boundary(call)}
    if call.text("PolicyArn") and call.operation.startswith(("Attach", "Detach")):
        context["iam:PolicyARN"] = call.text("PolicyArn")
    if call.operation == "CreateServiceLinkedRole":
        context["iam:AWSServiceName"] = call.text("AWSServiceName")
    needed = [Need(action, _resource(call), call.owner, context)]
    if call.operation in ("CreateRole", "CreateUser", "CreatePolicy") and tags:
        kind = call.operation.removeprefix("Create")
        needed.append(Need(f"iam:Tag{kind}", needed[0].resource, call.owner, context))
    if call.operation == "AddRoleToInstanceProfile":
        passed = {"iam:PassedToService": "ec2.amazonaws.com"}
        needed.append(Need("iam:PassRole", _role_arn(call), call.owner, passed))
    return needed


def _resource(call: Call) -> str:
    """The resource by which IAM asks for the right; one that is made has the path that the request says."""
    name, operation, base = call.text, call.operation, f"arn:aws:iam::{call.owner}"
    path = name("Path") or "/"
    if "InstanceProfile" in operation and name("InstanceProfileName"):
        where = _path_of(call, "instance_profiles", "InstanceProfileName", path)
        return f"{base}:instance-profile{where}{name('InstanceProfileName')}"
    if operation == "CreateServiceLinkedRole":
        return f"{base}:role/aws-service-role/{name('AWSServiceName')}/*"
    if operation == "GetServiceLinkedRoleDeletionStatus":
        # The role is gone, and stands in the name of the task: task/aws-service-role/<service>/<role>/<id>.
        return f"{base}:role/{'/'.join(name('DeletionTaskId').split('/')[1:-1])}"
    if name("RoleName"):
        return _role_arn(call)
    if "Group" in operation and name("GroupName"):
        return f"{base}:group{_group_path(call, path)}{name('GroupName')}"
    if "MFADevice" in operation and (name("SerialNumber") or name("VirtualMFADeviceName")):
        made = f"{base}:mfa{path}{name('VirtualMFADeviceName')}"
        # Devices are enabled and removed for a user, whom IAM asks about.
        user = f"{base}:user{_path_of(call, 'users', 'UserName', '/')}{name('UserName')}"
        return user if name("UserName") else name("SerialNumber") or made
    if name("UserName"):
        return f"{base}:user{_path_of(call, 'users', 'UserName', path)}{name('UserName')}"
    if name("PolicyArn", "OpenIDConnectProviderArn", "SAMLProviderArn"):
        return name("PolicyArn", "OpenIDConnectProviderArn", "SAMLProviderArn")
    if name("PolicyName"):
        return f"{base}:policy{path}{name('PolicyName')}"
    if operation == "CreateOpenIDConnectProvider":
        return f"{base}:oidc-provider/{name('Url').partition('://')[2]}"
    if name("Name"):
        return f"{base}:saml-provider/{name('Name')}"
    return "*"


def _role_arn(call: Call) -> str:
    name = call.text("RoleName")
    for role in list(iam_backends[call.owner]["aws"].roles.values()):
        if role.name == name:
            return role.arn
    return f"arn:aws:iam::{call.owner}:role{call.text('Path') or '/'}{name}"


def _path_of(call: Call, collection: str, parameter: str, default: str) -> str:
    found = getattr(iam_backends[call.owner]["aws"], collection).get(call.text(parameter))
    return getattr(found, "path", None) or default


def _group_path(call: Call, default: str) -> str:
    found = iam_backends[call.owner]["aws"].groups.get(call.text("GroupName"))
    return found.path if found is not None else default


def _boundary(call: Call) -> dict[str, str]:
    asked = call.text("PermissionsBoundary")
    if asked:
        return {"iam:PermissionsBoundary": asked}
    backend = iam_backends[call.owner]["aws"]
    if call.text("RoleName"):
        found: Any = next((role for role in backend.roles.values() if role.name == call.text("RoleName")), None)
    else:
        found = backend.users.get(call.text("UserName"))
    boundary = getattr(found, "permissions_boundary_arn", None)
    return {"iam:PermissionsBoundary": boundary} if boundary else {}
