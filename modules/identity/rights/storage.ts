import { ingestionTable, sourceKey, sourceList } from "../../../contracts/ingestion";
import { arnIn } from "../../place";
import type { Grant } from "../role";
import type { DeployerScope, RightsPart } from "./part";

const KEY_READS = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"];

const KEY_CHANGES = [
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:EnableKeyRotation",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/** Reading what a bucket is like; "Get" alone would read objects. */
const BUCKET_READS = [
  "s3:GetAccelerateConfiguration",
  "s3:GetBucket*",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetReplicationConfiguration",
  "s3:ListBucket",
];

const BUCKET_CHANGES = [
  "s3:CreateBucket",
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:ListBucketVersions",
  "s3:PutBucket*",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

/** Ways to the items of tables, but for those one by one. */
const ITEM_LISTS = [
  "dynamodb:Batch*",
  "dynamodb:ExportTableToPointInTime",
  "dynamodb:GetRecords",
  "dynamodb:PartiQL*",
  "dynamodb:Query",
  "dynamodb:Scan",
];
const ITEMS = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** States, buckets, tables and the keys of all of them. */
export const storageRights: RightsPart = {
  name: "storage",
  services: ["kms", "s3"],
  named: ({ place, prefix }) => ({ dynamodb: [arnIn(place, "dynamodb", `table/${prefix}-*`)] }),
  unscopedReads: ["kms:ListAliases"],
  deploy: (scope) => [
    { Sid: "ManageBuckets", Action: [...BUCKET_READS, ...BUCKET_CHANGES], Resource: bucketArns(scope) },
    {
      Sid: "UploadArtifacts",
      Action: [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:PutObject",
        "s3:PutObjectTagging",
      ],
      Resource: bucketArns(scope, "artifacts-*/*"),
    },
    // A bucket goes with all that is in it only where everything is to be removable.
    ...(scope.removable
      ? [
          {
            Sid: "EmptyBuckets",
            Action: ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            Resource: bucketArns(scope, "*/*"),
          },
        ]
      : []),
    ...stateGrants(scope, ["s3:GetObject", "s3:PutObject"], ["kms:Decrypt", "kms:GenerateDataKey"]),
    { Sid: "UnlockState", Action: "s3:DeleteObject", Resource: `${scope.stateBucketArn}/*.tflock` },
    { Sid: "MakeKeys", Action: "kms:CreateKey", Resource: "*" },
    // Key policies decide which keys these open: the lake's own key for operations.
    {
      Sid: "UseKeys",
      Action: ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
      Resource: arnIn(scope.place, "kms", "key/*"),
      Condition: { StringLike: { "kms:ViaService": `*.${scope.place.region}.amazonaws.com` } },
    },
    {
      Sid: "ManageKeys",
      Action: [...KEY_READS, ...KEY_CHANGES],
      Resource: ["key/*", `alias/${scope.prefix}-*`].map((key) => arnIn(scope.place, "kms", key)),
    },
    { Sid: "AskForForeignKeys", Action: "kms:DescribeKey", Resource: "*" },
  ],
  // The one table whose items are written by deployments is that of sources, and there their definitions alone.
  withheld: ({ place, prefix }) => [
    { Sid: "ListNoItems", Action: ITEM_LISTS, Resource: arnIn(place, "dynamodb", `table/${prefix}-*`) },
    {
      Sid: "DefineSourcesAlone",
      Action: ITEMS,
      Resource: arnIn(place, "dynamodb", `table/${prefix}-*`),
      Condition: { "ForAnyValue:StringNotLike": { "dynamodb:LeadingKeys": DEFINITIONS } },
    },
  ],
  plan: (scope) => [
    ...stateGrants(scope, ["s3:GetObject"], ["kms:Decrypt"]),
    { Sid: "ReadBucketSettings", Action: BUCKET_READS, Resource: bucketArns(scope) },
    {
      Sid: "ReadArtifacts",
      Action: ["s3:GetObject", "s3:GetObjectTagging"],
      Resource: bucketArns(scope, "artifacts-*/*"),
    },
    { Sid: "ReadKeys", Action: KEY_READS, Resource: "*" },
    definitionReads(scope),
    encryptedReads(scope),
  ],
};

/** ARNs of the account's buckets, or of objects in those whose names go on so. */
function bucketArns({ place, prefix }: DeployerScope, rest = "*"): string {
  return `arn:${place.partition}:s3:::${prefix}-${rest}`;
}

/** Keys of the items that say what is read from databases. */
const DEFINITIONS = [sourceList, sourceKey("*").pk];

function stateGrants(scope: DeployerScope, actions: readonly string[], keyActions: readonly string[]): Grant[] {
  return [
    { Sid: "FindState", Action: "s3:ListBucket", Resource: scope.stateBucketArn },
    { Sid: "UseState", Action: actions, Resource: `${scope.stateBucketArn}/*` },
    {
      Sid: "StateKey",
      Action: keyActions,
      Resource: arnIn(scope.place, "kms", "key/*"),
      Condition: { StringEquals: { "kms:ViaService": `s3.${scope.place.region}.amazonaws.com` } },
    },
  ];
}

/** A plan compares what a deployment wrote down of sources; what runs wrote beside it is none of its business. */
function definitionReads({ place, prefix }: DeployerScope): Grant {
  return {
    Sid: "ReadDefinitions",
    Action: "dynamodb:GetItem",
    Resource: arnIn(place, "dynamodb", `table/${prefix}-${ingestionTable}`),
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": DEFINITIONS } },
  };
}

/**
 * A plan compares functions' environments, tables and definitions of sources, which are encrypted; only Lambda, Glue and
 * DynamoDB open them, and they hold no secret.
 */
function encryptedReads({ place }: DeployerScope): Grant {
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
