/** Calls that somebody is told of, as a pattern of CloudWatch Logs finds them in a trail. */
export interface WatchedCalls {
  /** Number of the control in CIS AWS Foundations 5. */
  readonly control: string;
  /** Part of the names of filter, metric and alarm. */
  readonly name: string;
  /** What happened, and what to ask. */
  readonly description: string;
  readonly pattern: string;
}

const named = (...names: string[]) => names.map((name) => `($.eventName = ${name})`).join(" || ");
const of = (service: string, ...names: string[]) =>
  `{ ($.eventSource = ${service}.amazonaws.com) && (${named(...names)}) }`;
const any = (...names: string[]) => `{ ${named(...names)} }`;

/** https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html */
export const WATCHED_CALLS: readonly WatchedCalls[] = [
  {
    control: "4.1",
    name: "refused-calls",
    description: "Somebody asked for what nobody gave them. Is it a mistake in a policy, or somebody looking around?",
    pattern:
      '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }',
  },
  {
    control: "4.2",
    name: "console-without-mfa",
    description: "Somebody signed in to the console without a second factor. Who, and why could they?",
    pattern:
      '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
  },
  {
    control: "4.3",
    name: "root-used",
    description: "The root user was used. It is for emergencies: was there one?",
    pattern:
      '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }',
  },
  {
    control: "4.4",
    name: "rights-changed",
    description: "Policies of IAM changed. Was it a deployment?",
    pattern: of(
      "iam",
      ...["DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy"],
      ...["PutUserPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"],
      ...["AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy"],
      ...["AttachGroupPolicy", "DetachGroupPolicy"],
    ),
  },
  {
    control: "4.5",
    name: "trail-changed",
    description: "A trail changed or stopped. What is not recorded now?",
    pattern: any("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
  },
  {
    control: "4.6",
    name: "failed-sign-ins",
    description: "Somebody could not sign in to the console. A forgotten password, or a guess?",
    pattern: '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
  },
  {
    control: "4.7",
    name: "key-ends",
    description: "A key was disabled or is to be deleted: with it goes all that it encrypts. Take it back in time.",
    pattern: of("kms", "DisableKey", "ScheduleKeyDeletion"),
  },
  {
    control: "4.8",
    name: "bucket-opened",
    description: "Somebody changed who may use a bucket, or how it keeps objects. Was it a deployment?",
    pattern: of(
      "s3",
      ...["PutBucketAcl", "PutBucketPolicy", "PutBucketCors", "PutBucketLifecycle", "PutBucketReplication"],
      ...["DeleteBucketPolicy", "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketReplication"],
    ),
  },
  {
    control: "4.9",
    name: "config-changed",
    description: "The recorder of configurations changed or stopped. What is not seen now?",
    pattern: of(
      "config",
      ...["StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"],
    ),
  },
  {
    control: "4.10",
    name: "groups-changed",
    description: "Security groups changed. Which way was opened?",
    pattern: any(
      ...["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress"],
      ...["RevokeSecurityGroupEgress", "CreateSecurityGroup", "DeleteSecurityGroup"],
    ),
  },
  {
    control: "4.11",
    name: "acls-changed",
    description: "Network ACLs changed. Which way was opened?",
    pattern: any(
      ...["CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry"],
      ...["ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"],
    ),
  },
  {
    control: "4.12",
    name: "gateways-changed",
    description: "Gateways changed: ways to the internet. Does the account's file ask for them?",
    pattern: any(
      ...["CreateCustomerGateway", "DeleteCustomerGateway", "AttachInternetGateway", "CreateInternetGateway"],
      ...["DeleteInternetGateway", "DetachInternetGateway"],
    ),
  },
  {
    control: "4.13",
    name: "routes-changed",
    description: "Routes changed. Where do packets go now?",
    pattern: of(
      "ec2",
      ...["CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation", "DeleteRouteTable"],
      ...["DeleteRoute", "DisassociateRouteTable"],
    ),
  },
  {
    control: "4.14",
    name: "networks-changed",
    description: "Networks changed or were joined. Was it a deployment?",
    pattern: any(
      ...["CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection", "CreateVpcPeeringConnection"],
      ...["DeleteVpcPeeringConnection", "RejectVpcPeeringConnection", "AttachClassicLinkVpc", "DetachClassicLinkVpc"],
      ...["DisableVpcClassicLink", "EnableVpcClassicLink"],
    ),
  },
  {
    control: "4.15",
    name: "organization-changed",
    description: "The organization changed, or what its policies hold accounts to. Who did it?",
    pattern: of(
      "organizations",
      ...["AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy"],
      ...["DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy"],
      ...["DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization", "MoveAccount"],
      ...["RemoveAccountFromOrganization", "UpdatePolicy", "UpdateOrganizationalUnit"],
    ),
  },
];
