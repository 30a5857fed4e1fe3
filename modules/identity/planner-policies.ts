import { ingestionTable, sourceKey, sourceList } from "../../contracts/ingestion";
import { OWNER_PARAMETER } from "../baseline/baseline-owner";
import { arnIn, type Place } from "../place";
import type { DeployerScope } from "./deployer-policies";
import { CLEARANCE_PATH, JOB_PATH } from "./people-groups";
import type { Grant } from "./role";

/** Whose settings the role that plans reads besides those of the stacks of its account. */
export interface PlannerScope {
  readonly place: Place;
  readonly boundaryArn: string;
}

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

const PROVIDER_READS = ["iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviderTags"];

/** Reads of what the bootstrap stack makes, so that it can be planned without an administrator. */
export function bootstrapReads({ place, boundaryArn }: PlannerScope): Grant[] {
  return [
    { Sid: "ReadAccount", Action: ACCOUNT_READS, Resource: "*" },
    { Sid: "ReadOwner", Action: OWNER_READS, Resource: arnIn(place, "ssm", `parameter${OWNER_PARAMETER}`) },
    { Sid: "ReadBoundary", Action: POLICY_READS, Resource: boundaryArn },
    {
      Sid: "ReadGroups",
      Action: ["iam:GetGroup", "iam:GetGroupPolicy"],
      Resource: [JOB_PATH, CLEARANCE_PATH].map(
        (path) => `arn:${place.partition}:iam::${place.accountId}:group${path}*`,
      ),
    },
    {
      Sid: "ReadBuildServers",
      Action: PROVIDER_READS,
      Resource: `arn:${place.partition}:iam::${place.accountId}:oidc-provider/*`,
    },
  ];
}

/** A plan compares what a deployment wrote down of sources; what runs wrote beside it is none of its business. */
export function definitionReads({ place, prefix }: Pick<DeployerScope, "place" | "prefix">): Grant {
  return {
    Sid: "ReadDefinitions",
    Action: "dynamodb:GetItem",
    Resource: arnIn(place, "dynamodb", `table/${prefix}-${ingestionTable}`),
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [sourceList, sourceKey("*").pk] } },
  };
}

/**
 * A plan compares functions' environments, tables and definitions of sources, which are encrypted; only Lambda, Glue and
 * DynamoDB open them, and they hold no secret.
 */
export function encryptedReads({ place }: PlannerScope): Grant {
  return {
    Sid: "ReadEncrypted",
    Action: "kms:Decrypt",
    Resource: arnIn(place, "kms", "key/*"),
    Condition: {
      StringEquals: {
        "kms:ViaService": ["dynamodb", "glue", "lambda"].map((service) => `${service}.${place.region}.amazonaws.com`),
      },
    },
  };
}
