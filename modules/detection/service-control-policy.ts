import { RECORD_ENDS } from "../policies/record-ends";

/** What an organization holds all accounts of a lake to, whatever their own administrators allow. */
export interface ServiceControlProps {
  /** Names of everything begin with it. */
  readonly project: string;
  /** Regions of the accounts: nothing is made elsewhere. */
  readonly regions: readonly string[];
  /** Name of the role by which the organization enters accounts: it alone may repair what the rest is denied. */
  readonly adminRole: string;
}

interface ServiceControlStatement {
  readonly Sid: string;
  readonly Effect: "Deny";
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Services that know no region, and answer in us-east-1 or us-west-2 wherever they are called from. */
const GLOBAL = ["account", "aws-portal", "billing", "budgets", "ce", "cloudfront", "health", "iam", "organizations"]
  .concat("route53", "shield", "sts", "support", "trustedadvisor", "waf")
  .map((service) => `${service}:*`);

/** Calls by which a deployment sets records up, and anybody else would weaken them. */
const CHANGES = [
  "cloudtrail:PutEventSelectors",
  "cloudtrail:PutInsightSelectors",
  "cloudtrail:UpdateTrail",
  "config:PutConfigurationRecorder",
  "config:PutDeliveryChannel",
  "guardduty:UpdateDetector",
  "logs:DeleteMetricFilter",
  "s3:PutBucketLogging",
  "s3:PutReplicationConfiguration",
];

/** Settings of accounts that the organization's own way in alone makes. */
const SETTINGS = [
  "ec2:DisableEbsEncryptionByDefault",
  "ec2:DisableSnapshotBlockPublicAccess",
  "ec2:ModifyVpcBlockPublicAccessOptions",
  "elasticmapreduce:PutBlockPublicAccessConfiguration",
  "iam:DeleteAccountPasswordPolicy",
  "iam:UpdateAccountPasswordPolicy",
  "s3:PutAccountPublicAccessBlock",
];

const ROLE_CHANGES = [
  "iam:AttachRolePolicy",
  "iam:CreatePolicyVersion",
  "iam:Delete*",
  "iam:DetachRolePolicy",
  "iam:PutRole*",
  "iam:SetDefaultPolicyVersion",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole*",
];

/**
 * The policy to attach to the organizational unit of the lake's accounts. It allows nothing: what it does not deny is still for the
 * accounts' own policies to allow. Accounts that are to be removed are moved out of the unit first.
 */
export function serviceControlPolicy({ project, regions, adminRole }: ServiceControlProps): object {
  const role = (name: string) => `arn:aws:iam::*:role/${name}`;
  const unless = (...names: string[]) => ({ ArnNotLike: { "aws:PrincipalArn": names.map(role) } });
  const statements: ServiceControlStatement[] = [
    { Sid: "NobodyEndsRecords", Effect: "Deny", Action: RECORD_ENDS, Resource: "*" },
    {
      Sid: "DeploymentsAloneChangeRecords",
      Effect: "Deny",
      Action: CHANGES,
      Resource: "*",
      Condition: unless(`${project}-*-deploy`, adminRole),
    },
    {
      Sid: "KeepTheDeployers",
      Effect: "Deny",
      Action: ROLE_CHANGES,
      Resource: [
        ...["deploy", "plan"].map((name) => role(`${project}-*-${name}`)),
        ...["boundary", "deploy-*", "plan-*"].map((name) => `arn:aws:iam::*:policy/${project}-*-${name}`),
      ],
      Condition: unless(adminRole),
    },
    { Sid: "KeepSettings", Effect: "Deny", Action: SETTINGS, Resource: "*", Condition: unless(adminRole) },
    {
      Sid: "StayInRegions",
      Effect: "Deny",
      NotAction: GLOBAL,
      Resource: "*",
      Condition: { StringNotEquals: { "aws:RequestedRegion": [...new Set(regions)].sort() } },
    },
    {
      Sid: "RootRests",
      Effect: "Deny",
      Action: ["*"],
      Resource: "*",
      Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:root" } },
    },
    {
      Sid: "StayInTheOrganization",
      Effect: "Deny",
      Action: ["account:CloseAccount", "organizations:LeaveOrganization"],
      Resource: "*",
    },
  ];
  return { Version: "2012-10-17", Statement: statements };
}
