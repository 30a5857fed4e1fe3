"""Condition keys: which global ones exist, which have several values, and which may stand in a policy variable.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re

_GLOBAL = """
aws:AssumedRoot aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:ChatbotSourceArn aws:CurrentTime
aws:Ec2InstanceSourcePrivateIPv4 aws:Ec2InstanceSourceVpc aws:EpochTime aws:FederatedProvider aws:IsMcpServiceAction
aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:PrincipalAccount aws:PrincipalArn aws:PrincipalIsAWSService
aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalServiceName aws:PrincipalServiceNamesList aws:PrincipalType
aws:Referer aws:RequestedRegion aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths aws:SecureTransport
aws:SourceAccount aws:SourceArn aws:SourceIdentity aws:SourceIp aws:SourceOrgID aws:SourceOrgPaths aws:SourceVpc
aws:SourceVpcArn aws:SourceVpce aws:TagKeys aws:TokenIssueTime aws:UserAgent aws:ViaAWSService aws:VpceAccount
aws:VpceOrgID aws:VpceOrgPaths aws:VpcSourceIp aws:userid aws:username
"""
GLOBAL_KEYS = {key.lower(): key for key in _GLOBAL.split()}

#: Keys that are followed by the key of a tag.
GLOBAL_FAMILIES = ("aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/")

#: A condition on one of these says which of the values it means, by ForAllValues or ForAnyValue.
MULTIVALUED_KEYS = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
        "sts:transitivetagkeys",
    }
)

_SERVICE_KEY = re.compile(r"[A-Za-z][A-Za-z0-9.-]*:[A-Za-z][^\s]*")


def is_key(key: str) -> bool:
    """Whether a condition can ask for this key: a global one that exists, or any of a service."""
    lower = key.lower()
    if not lower.startswith("aws:"):
        return _SERVICE_KEY.fullmatch(key) is not None
    return lower in GLOBAL_KEYS or any(
        lower.startswith(family.lower()) and len(lower) > len(family) for family in GLOBAL_FAMILIES
    )


#: Keys of services that have one value in each request, and so can stand in a variable.
_VARIABLES_OF_SERVICES = frozenset(
    {
        "ec2:sourceinstancearn",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:resourceaccount",
        "s3:x-amz-acl",
        "sns:endpoint",
        "sns:protocol",
        "sts:externalid",
        "sts:rolesessionname",
        "sts:sourceidentity",
        "kms:calleraccount",
        "kms:viaservice",
    }
)
_VARIABLE_FAMILIES = (
    "s3:existingobjecttag/",
    "s3:requestobjecttag/",
    "iam:resourcetag/",
    "kms:encryptioncontext:",
    "saml:",
    "cognito-identity.amazonaws.com:",
    "token.actions.githubusercontent.com:",
)


def is_variable(key: str) -> bool:
    """Whether `${key}` has a value in requests."""
    lower = key.lower()
    if lower in MULTIVALUED_KEYS:
        return False
    if lower.startswith("aws:"):
        return is_key(key)
    return lower in _VARIABLES_OF_SERVICES or any(
        lower.startswith(family) and len(lower) > len(family) for family in _VARIABLE_FAMILIES
    )
