import { pascal } from "../keys/key";
import { arnIn, type Place } from "../place";
import { databaseGrants, SECRET_READS } from "./database-grants";
import { machineGrants, PROFILE_READS, profilesOf } from "./machines";
import { networkChanges } from "./network-changes";
import { bootstrapReads, definitionReads, encryptedReads } from "./planner-policies";
import { roleOf, TRAIL_LOGS } from "./record-bounds";
import type { Grant } from "./role";

/** What the deployers' rights are cut to: the account's own names and the state of its stacks. */
export interface DeployerScope {
  readonly place: Place;
  /** `<project>-<account>`, with which every physical name begins. */
  readonly prefix: string;
  readonly stateBucketArn: string;
  /** May a deployment stop what is recorded of the account? Only where it is all to be removed. */
  readonly removable: boolean;
  readonly boundaryArn: string;
  /** May the network be opened to the internet? Only where the account asks for public subnets. @default false */
  readonly opensNetwork?: boolean;
}

/** Services whose resources carry names, and the shapes of those names. */
export function namedResources({ place, prefix }: DeployerScope): Record<string, string[]> {
  const named = (service: string, ...shapes: string[]) => shapes.map((shape) => arnIn(place, service, shape));
  return {
    athena: named("athena", `workgroup/${prefix}-*`),
    cloudtrail: named("cloudtrail", `trail/${prefix}-*`),
    cloudwatch: named("cloudwatch", `alarm:${prefix}-*`),
    dynamodb: named("dynamodb", `table/${prefix}-*`),
    // Applications have ids, no names.
    "emr-serverless": named("emr-serverless", "/applications/*"),
    events: named("events", `rule/${prefix}-*`),
    // Databases are named for SQL and cannot carry the prefix.
    glue: named(
      "glue",
      ...["catalog", "database/*", "table/*"],
      ...["connection", "crawler", "job"].map((kind) => `${kind}/${prefix}-*`),
    ),
    lambda: named("lambda", `function:${prefix}-*`, `layer:${prefix}-*`, "event-source-mapping:*"),
    logs: named(
      "logs",
      ...[
        "/aws-glue/crawlers-role",
        "/aws-glue/jobs",
        "/aws-glue/python-jobs",
        "/aws/lambda",
        "/aws/rds/cluster",
        "/aws/vendedlogs/states",
        TRAIL_LOGS,
      ].map((family) => `log-group:${family}/${prefix}-*`),
    ),
    rds: named(
      "rds",
      ...["cluster", "cluster-pg", "cluster-snapshot", "db", "subgrp"].map((of) => `${of}:${prefix}-*`),
    ),
    s3: [`arn:${place.partition}:s3:::${prefix}-*`],
    scheduler: named("scheduler", `schedule-group/${prefix}-*`, `schedule/${prefix}-*/*`),
    sns: named("sns", `${prefix}-*`),
    sqs: named("sqs", `${prefix}-*`),
    states: named("states", `stateMachine:${prefix}-*`),
  };
}

/** Reads that know no resource: without them Terraform cannot see what it manages. */
const UNSCOPED_READS = [
  "cloudtrail:DescribeTrails",
  "cloudwatch:DescribeAlarms",
  // One by one they would not fit beside the rest; none of them reads data.
  "ec2:Describe*",
  "ec2:GetManagedPrefixListEntries",
  "elasticmapreduce:DescribeSecurityConfiguration",
  "glue:GetDataCatalogEncryptionSettings",
  "glue:GetSecurityConfiguration",
  "kms:ListAliases",
  "lambda:ListEventSourceMappings",
  "lambda:GetEventSourceMapping",
  "logs:DescribeLogGroups",
  // Lists, which a filter and not a name cuts down.
  "rds:DescribeDBClusters",
  "rds:DescribeDBInstances",
  "rds:DescribeGlobalClusters",
  "states:ValidateStateMachineDefinition",
];

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

const keysOf = ({ place }: DeployerScope, prefix: string) => [
  arnIn(place, "kms", "key/*"),
  arnIn(place, "kms", `alias/${prefix}-*`),
];

export const rolesOf = (scope: DeployerScope) => roleOf(scope, "*");

/** What the role that applies stacks may do. */
export function deployGrants(scope: DeployerScope): Grant[] {
  const roles = rolesOf(scope);
  const named = Object.entries(namedResources(scope)).map(
    ([service, resources]): Grant => ({
      Sid: `Manage${pascal(service)}`,
      Action: `${service}:*`,
      Resource: resources,
    }),
  );
  return [
    ...stateStatements(scope, ["s3:GetObject", "s3:PutObject"], ["kms:Decrypt", "kms:GenerateDataKey"]),
    { Sid: "UnlockState", Action: "s3:DeleteObject", Resource: `${scope.stateBucketArn}/*.tflock` },
    ...named,
    { Sid: "ReadUnnamed", Action: UNSCOPED_READS, Resource: "*" },
    {
      Sid: "ChangeNetwork",
      Action: networkChanges(scope.opensNetwork ?? false),
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": scope.place.region } },
    },
    // Asked of whoever makes an endpoint with private DNS; Route 53 is global, so no region bounds it:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    { Sid: "NameEndpoints", Action: "route53:AssociateVPCWithHostedZone", Resource: "*" },
    // Security configurations have no ARN, and a catalog has one setting of each kind:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
    {
      Sid: "EncryptJobs",
      Action: [
        "elasticmapreduce:CreateSecurityConfiguration",
        "elasticmapreduce:DeleteSecurityConfiguration",
        "glue:CreateSecurityConfiguration",
        "glue:DeleteSecurityConfiguration",
        "glue:PutDataCatalogEncryptionSettings",
      ],
      Resource: "*",
    },
    { Sid: "MakeKeys", Action: "kms:CreateKey", Resource: "*" },
    // Key policies decide which keys these open: the lake's own key for operations.
    {
      Sid: "UseKeys",
      Action: ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
      Resource: arnIn(scope.place, "kms", "key/*"),
      Condition: { StringLike: { "kms:ViaService": `*.${scope.place.region}.amazonaws.com` } },
    },
    { Sid: "ManageKeys", Action: [...KEY_READS, ...KEY_CHANGES], Resource: keysOf(scope, scope.prefix) },
    {
      Sid: "AskForForeignKeys",
      Action: "kms:DescribeKey",
      Resource: "*",
    },
    {
      Sid: "MakeBoundedRoles",
      Action: BOUNDED_ROLE_CHANGES,
      Resource: roles,
      Condition: { StringEquals: { "iam:PermissionsBoundary": scope.boundaryArn } },
    },
    { Sid: "ManageRoles", Action: [...ROLE_READS, ...ROLE_CHANGES], Resource: roles },
    {
      Sid: "GiveRolesToServices",
      Action: "iam:PassRole",
      Resource: roles,
      Condition: {
        StringEquals: {
          "iam:PassedToService": ["glue", "lambda", "monitoring.rds", "scheduler", "states"].map(
            (service) => `${service}.amazonaws.com`,
          ),
        },
      },
    },
    ...machineGrants(scope),
    {
      Sid: "GiveRolesToRecords",
      Action: "iam:PassRole",
      Resource: ["access-logs", "trail"].map((name) => roleOf(scope, name)),
      Condition: { StringEquals: { "iam:PassedToService": ["cloudtrail.amazonaws.com", "s3.amazonaws.com"] } },
    },
    ...databaseGrants(scope),
    // Asked of whoever makes a flow log: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    { Sid: "DeliverFlowLogs", Action: ["logs:CreateLogDelivery", "logs:DeleteLogDelivery"], Resource: "*" },
  ];
}

/** Services in which "Get" reads items and log events, not settings. */
const DATA_SERVICES = ["athena", "dynamodb", "logs"];

/** What the role that only plans may do: read settings and the state, no data. */
export function planGrants(scope: DeployerScope): Grant[] {
  const named = Object.entries(namedResources(scope))
    .filter(([service]) => service !== "s3")
    .map(
      ([service, resources]): Grant => ({
        Sid: `Read${pascal(service)}`,
        Action: ["Describe", ...(DATA_SERVICES.includes(service) ? [] : ["Get"]), "List"].map(
          (verb) => `${service}:${verb}*`,
        ),
        Resource: resources,
      }),
    );
  const buckets = `arn:${scope.place.partition}:s3:::${scope.prefix}-*`;
  return [
    ...stateStatements(scope, ["s3:GetObject"], ["kms:Decrypt"]),
    ...named,
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
      Resource: buckets,
    },
    {
      Sid: "ReadArtifacts",
      Action: ["s3:GetObject", "s3:GetObjectTagging"],
      Resource: `arn:${scope.place.partition}:s3:::${scope.prefix}-artifacts-*/*`,
    },
    { Sid: "ReadUnnamed", Action: UNSCOPED_READS, Resource: "*" },
    {
      Sid: "ReadQueries",
      Action: ["athena:GetNamedQuery", "athena:GetWorkGroup"],
      Resource: arnIn(scope.place, "athena", `workgroup/${scope.prefix}-*`),
    },
    { Sid: "ReadKeys", Action: KEY_READS, Resource: "*" },
    { Sid: "ReadRoles", Action: ROLE_READS, Resource: rolesOf(scope) },
    { Sid: "ReadProfiles", Action: PROFILE_READS, Resource: profilesOf(scope) },
    definitionReads(scope),
    {
      Sid: "ReadSecretSettings",
      Action: SECRET_READS,
      Resource: arnIn(scope.place, "secretsmanager", `secret:${scope.prefix}-*`),
    },
    ...bootstrapReads(scope),
    encryptedReads(scope),
  ];
}

function stateStatements(scope: DeployerScope, actions: readonly string[], keyActions: readonly string[]): Grant[] {
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
