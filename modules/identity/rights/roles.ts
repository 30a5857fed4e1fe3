import { OWNER_PARAMETER } from "../../baseline/baseline-owner";
import { arnIn } from "../../place";
import { machineGrants, PROFILE_READS, profilesOf } from "../machines";
import { CLEARANCE_PATH, JOB_PATH } from "../people-groups";
import { roleOf } from "../record-bounds";
import type { Grant } from "../role";
import type { DeployerScope, RightsPart } from "./part";

export const ROLE_READS = [
  "iam:GetRole",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
  "iam:ListInstanceProfilesForRole",
  "iam:ListRolePolicies",
  "iam:ListRoleTags",
];

/** Changes that can widen a role: only within the boundary. */
export const BOUNDED_ROLE_CHANGES = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];

export const ROLE_CHANGES = [
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];

/** Settings of the account as a whole: these actions know no resources. */
const ACCOUNT_READS = [
  "account:GetAlternateContact",
  "ec2:DescribeVpcBlockPublicAccessOptions",
  "ec2:GetEbsDefaultKmsKeyId",
  "ec2:GetEbsEncryptionByDefault",
  "ec2:GetInstanceMetadataDefaults",
  "ec2:GetSnapshotBlockPublicAccessState",
  "elasticmapreduce:GetBlockPublicAccessConfiguration",
  "iam:GetAccountPasswordPolicy",
  "s3:GetAccountPublicAccessBlock",
  "ssm:DescribeParameters",
];

const OWNER_READS = ["ssm:GetParameter", "ssm:ListTagsForResource"];

const POLICY_READS = ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyTags", "iam:ListPolicyVersions"];

const GROUP_READS = ["iam:GetGroup", "iam:GetGroupPolicy"];

const PROVIDER_READS = ["iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviderTags"];

export const rolesOf = (scope: DeployerScope) => roleOf(scope, "*");

/** Roles of the account, the services that may take them, and settings of the account itself, which only plans see. */
export const roleRights: RightsPart = {
  name: "roles",
  deploy: (scope) => [
    {
      Sid: "MakeBoundedRoles",
      Action: BOUNDED_ROLE_CHANGES,
      Resource: rolesOf(scope),
      Condition: { StringEquals: { "iam:PermissionsBoundary": scope.boundaryArn } },
    },
    { Sid: "ManageRoles", Action: [...ROLE_READS, ...ROLE_CHANGES], Resource: rolesOf(scope) },
    {
      Sid: "GiveRolesToServices",
      Action: "iam:PassRole",
      Resource: rolesOf(scope),
      Condition: {
        StringEquals: {
          "iam:PassedToService": ["glue", "lambda", "monitoring.rds", "scheduler", "states"].map(
            (service) => `${service}.amazonaws.com`,
          ),
        },
      },
    },
    ...machineGrants(scope),
  ],
  plan: (scope) => [
    { Sid: "ReadRoles", Action: ROLE_READS, Resource: rolesOf(scope) },
    { Sid: "ReadProfiles", Action: PROFILE_READS, Resource: profilesOf(scope) },
    ...bootstrapReads(scope),
  ],
};

/** Reads of what the bootstrap stack makes, so that it can be planned without an administrator. */
export function bootstrapReads({ place, prefix }: DeployerScope): Grant[] {
  const iamArn = (resource: string) => `arn:${place.partition}:iam::${place.accountId}:${resource}`;
  return [
    { Sid: "ReadAccount", Action: ACCOUNT_READS, Resource: "*" },
    { Sid: "ReadOwner", Action: OWNER_READS, Resource: arnIn(place, "ssm", `parameter${OWNER_PARAMETER}`) },
    { Sid: "ReadPolicies", Action: POLICY_READS, Resource: iamArn(`policy/${prefix}-*`) },
    {
      Sid: "ReadGroups",
      Action: GROUP_READS,
      Resource: [JOB_PATH, CLEARANCE_PATH].map((path) => iamArn(`group${path}*`)),
    },
    { Sid: "ReadBuildServers", Action: PROVIDER_READS, Resource: iamArn("oidc-provider/*") },
  ];
}
