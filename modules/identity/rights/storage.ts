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

/** States, buckets, tables and the keys of all of them. */
export const storageRights: RightsPart = {
  name: "storage",
  services: ["kms"],
  named: ({ place, prefix }) => ({
    dynamodb: [arnIn(place, "dynamodb", `table/${prefix}-*`)],
    s3: [`arn:${place.partition}:s3:::${prefix}-*`],
  }),
  unscopedReads: ["kms:ListAliases"],
  deploy: (scope) => [
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
  plan: (scope) => [
    ...stateGrants(scope, ["s3:GetObject"], ["kms:Decrypt"]),
    {
      Sid: "ReadBucketSettings",
      Action: [
        "s3:GetAccelerateConfiguration",
        "s3:GetBucket*",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
      ],
      Resource: `arn:${scope.place.partition}:s3:::${scope.prefix}-*`,
    },
    {
      Sid: "ReadArtifacts",
      Action: ["s3:GetObject", "s3:GetObjectTagging"],
      Resource: `arn:${scope.place.partition}:s3:::${scope.prefix}-artifacts-*/*`,
    },
    { Sid: "ReadKeys", Action: KEY_READS, Resource: "*" },
    definitionReads(scope),
    encryptedReads(scope),
  ],
};

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
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [sourceList, sourceKey("*").pk] } },
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
