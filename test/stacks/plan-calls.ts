import type { Names } from "../../accounts/model/naming";

type Place = (names: Names) => string;

const anything: Place = () => "*";
const of =
  (service: string, name: (names: Names) => string): Place =>
  (names) =>
    names.arn(service, name(names));
const bucket: Place = (names) => names.bucketArn("drop");
const artifact: Place = (names) => `${names.bucketArn("artifacts")}/functions/intake.zip`;
const stateFile: Place = (names) => `${names.bucketArn("state")}/prod/terraform.tfstate`;
const alarm = of("cloudwatch", (names) => `alarm:${names.of("drop-dlq-not-empty")}`);
const dashboard: Place = (names) =>
  `arn:${names.partition}:cloudwatch::${names.accountId}:dashboard/${names.of("overview")}`;
const budget: Place = (names) => `arn:${names.partition}:budgets::${names.accountId}:budget/${names.of("budget")}`;
const fn = of("lambda", (names) => `function:${names.of("intake")}`);
const layer = of("lambda", (names) => `layer:${names.of("intake")}-native:1`);
const mapping = of("lambda", () => "event-source-mapping:0f3c");
const logs = of("logs", (names) => `log-group:/aws/lambda/${names.of("intake")}`);
const table = of("dynamodb", (names) => `table/${names.of("ledger")}`);
const queue = of("sqs", (names) => names.of("drop"));
const topic = of("sns", (names) => names.of("alarms"));
const subscription = of("sns", (names) => `${names.of("alarms")}:0f3c`);
const rule = of("events", (names) => `rule/${names.of("drop-photos")}`);
const trail = of("cloudtrail", (names) => `trail/${names.trail}`);
const key = of("kms", () => "key/0f3c");
const database = of("glue", () => "database/raw_sales");
const glueTable = of("glue", () => "table/raw_sales/orders");
const catalog = of("glue", () => "catalog");
const job = of("glue", (names) => `job/${names.of("refine-sales")}`);
const crawler = of("glue", (names) => `crawler/${names.of("landing-crawler")}`);
const connection = of("glue", (names) => `connection/${names.of("spark")}-a`);
const machine = of("states", (names) => `stateMachine:${names.of("refine")}`);
const scheduleGroup = of("scheduler", (names) => `schedule-group/${names.of("schedules")}`);
const schedule = of("scheduler", (names) => `schedule/${names.of("schedules")}/maintain`);
const jobLogs = of("logs", (names) => `log-group:/aws-glue/jobs/${names.of("spark")}-role/x/error`);
const machineLogs = of("logs", (names) => `log-group:/aws/vendedlogs/states/${names.of("refine")}`);
const role: Place = (names) => names.roleArn(names.of("intake"));
const group: Place = (names) => names.iamArn(`group/job/${names.of("data-analyst")}`);
const boundary: Place = (names) => names.iamArn(`policy/${names.boundary}`);
const trailLogs = of("logs", (names) => `log-group:/aws/cloudtrail/${names.trail}`);
const workGroup = of("athena", (names) => `workgroup/${names.of("audit")}`);
const owner = of("ssm", () => "parameter/account-baseline/owner");
const application = of("emr-serverless", () => "/applications/00f3c");
const profile: Place = (names) => names.iamArn(`instance-profile/${names.of("ingest-emr-machines")}`);
const cluster = of("rds", (names) => `cluster:${names.database}`);
const instance = of("rds", (names) => `db:${names.database}-1`);
const databaseSubnets = of("rds", (names) => `subgrp:${names.database}`);
const databaseParameters = of("rds", (names) => `cluster-pg:${names.database}`);
const databaseLogs = of("logs", (names) => `log-group:/aws/rds/cluster/${names.database}/postgresql`);
const secret = of("secretsmanager", (names) => `secret:${names.databaseReader}-AbCdEf`);
const configRole: Place = (names) => names.roleArn("aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig");
const watcher = (service: string, prefix: string, ...actions: string[]) =>
  actions.map((action) => [`${service}.${action}`, `${prefix}:${action}`, anything] as const);
const provider: Place = (names) => names.iamArn("oidc-provider/token.actions.githubusercontent.com");

const s3 = (...actions: string[]) => actions.map((action) => [`S3.${action}`, `s3:${action}`, bucket] as const);
const ec2 = (...actions: string[]) => actions.map((action) => [`EC2.${action}`, `ec2:${action}`, anything] as const);
const iam = (place: Place, ...actions: string[]) =>
  actions.map((action) => [`IAM.${action}`, `iam:${action}`, place] as const);
const kms = (...actions: string[]) => actions.map((action) => [`KMS.${action}`, `kms:${action}`, key] as const);

/**
 * What the AWS provider 5.100.0 calls when it plans the stacks, the right that each call takes, and a resource of its
 * kind. Seen in its log, apart from what only settings bring that are not made here: streams, addresses for alarms and
 * build servers. The end-to-end tests compare the log of a plan with this list.
 */
export const PLAN_CALLS: readonly (readonly [call: string, action: string, resource: Place])[] = [
  ["S3.GetObject of the state", "s3:GetObject", stateFile],
  ["S3.ListObjectsV2 of states", "s3:ListBucket", (names) => names.bucketArn("state")],
  ["S3.HeadBucket", "s3:ListBucket", bucket],
  ["S3.HeadObject", "s3:GetObject", artifact],
  ["S3.GetObjectTagging", "s3:GetObjectTagging", artifact],
  ["S3.GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", bucket],
  ["S3.GetBucketCors", "s3:GetBucketCORS", bucket],
  ["S3.GetBucketEncryption", "s3:GetEncryptionConfiguration", bucket],
  ["S3.GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", bucket],
  ["S3.GetBucketNotificationConfiguration", "s3:GetBucketNotification", bucket],
  ["S3.GetBucketReplication", "s3:GetReplicationConfiguration", bucket],
  ["S3.GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", bucket],
  ["S3.GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", bucket],
  ...s3("GetBucketAcl", "GetBucketLocation", "GetBucketLogging", "GetBucketOwnershipControls", "GetBucketPolicy"),
  ...s3("GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite"),
  ["S3 Control.GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock", anything],
  ...watcher("AccessAnalyzer", "access-analyzer", "GetAnalyzer"),
  ...watcher("Config Service", "config", "DescribeAggregationAuthorizations", "DescribeConfigRules"),
  ...watcher("Config Service", "config", "DescribeConfigurationAggregators", "DescribeConfigurationRecorderStatus"),
  ...watcher("Config Service", "config", "DescribeConfigurationRecorders", "DescribeDeliveryChannels"),
  ...watcher("Config Service", "config", "ListTagsForResource"),
  ...watcher("GuardDuty", "guardduty", "GetDetector", "GetMasterAccount", "GetMembers"),
  ...watcher("Macie2", "macie2", "DescribeClassificationJob", "GetAdministratorAccount"),
  ...watcher("Macie2", "macie2", "GetClassificationExportConfiguration", "GetCustomDataIdentifier"),
  ...watcher("Macie2", "macie2", "GetMacieSession", "GetMember"),
  ...watcher("SecurityHub", "securityhub", "DescribeHub", "GetEnabledStandards", "GetFindingAggregator"),
  ...watcher("SecurityHub", "securityhub", "GetMasterAccount", "GetMembers"),
  ...watcher("LakeFormation", "lakeformation", "GetDataLakeSettings", "GetLFTag", "GetResourceLFTags"),
  ...watcher("LakeFormation", "lakeformation", "ListLakeFormationOptIns", "ListPermissions"),
  ["IAM.GetRole, of Config", "iam:GetRole", configRole],
  ["Account.GetAlternateContact", "account:GetAlternateContact", anything],
  ["Athena.GetNamedQuery", "athena:GetNamedQuery", workGroup],
  ["Athena.GetWorkGroup", "athena:GetWorkGroup", workGroup],
  ["Athena.ListTagsForResource", "athena:ListTagsForResource", workGroup],
  ["Budgets.DescribeBudget", "budgets:ViewBudget", budget],
  ["Budgets.DescribeNotificationsForBudget", "budgets:ViewBudget", budget],
  ["Budgets.DescribeSubscribersForNotification", "budgets:ViewBudget", budget],
  ["Budgets.ListTagsForResource", "budgets:ListTagsForResource", budget],
  ["Cost Explorer.GetAnomalyMonitors", "ce:GetAnomalyMonitors", anything],
  ["Cost Explorer.GetAnomalySubscriptions", "ce:GetAnomalySubscriptions", anything],
  ["Cost Explorer.ListTagsForResource", "ce:ListTagsForResource", anything],
  ["CloudTrail.DescribeTrails", "cloudtrail:DescribeTrails", anything],
  ["CloudTrail.GetEventSelectors", "cloudtrail:GetEventSelectors", trail],
  ["CloudTrail.GetInsightSelectors", "cloudtrail:GetInsightSelectors", trail],
  ["CloudTrail.GetTrailStatus", "cloudtrail:GetTrailStatus", trail],
  ["CloudTrail.ListTags", "cloudtrail:ListTags", trail],
  ["CloudWatch.DescribeAlarms", "cloudwatch:DescribeAlarms", anything],
  ["CloudWatch.GetDashboard", "cloudwatch:GetDashboard", dashboard],
  ["CloudWatch.ListTagsForResource", "cloudwatch:ListTagsForResource", alarm],
  ["CloudWatch Logs.DescribeLogGroups", "logs:DescribeLogGroups", anything],
  ["CloudWatch Logs.DescribeMetricFilters", "logs:DescribeMetricFilters", trailLogs],
  ["CloudWatch Logs.ListTagsForResource", "logs:ListTagsForResource", logs],
  ["DynamoDB.DescribeContinuousBackups", "dynamodb:DescribeContinuousBackups", table],
  ["DynamoDB.DescribeTable", "dynamodb:DescribeTable", table],
  ["DynamoDB.DescribeTimeToLive", "dynamodb:DescribeTimeToLive", table],
  ["DynamoDB.GetItem", "dynamodb:GetItem", of("dynamodb", (names) => `table/${names.of("ingestion")}`)],
  ["DynamoDB.ListTagsOfResource", "dynamodb:ListTagsOfResource", table],
  ...ec2(
    "DescribeAvailabilityZones",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaces",
    "DescribePrefixLists",
    "DescribeRouteTables",
  ),
  ...ec2("DescribeSecurityGroupRules", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcAttribute"),
  ...ec2(
    "DescribeVpcEndpoints",
    "DescribeVpcs",
    "GetEbsEncryptionByDefault",
    "DescribeDhcpOptions",
    "DescribeFlowLogs",
  ),
  ...ec2("DescribeVpcBlockPublicAccessOptions", "GetInstanceMetadataDefaults", "GetSnapshotBlockPublicAccessState"),
  ["EMR.GetBlockPublicAccessConfiguration", "elasticmapreduce:GetBlockPublicAccessConfiguration", anything],
  ["EMR.DescribeSecurityConfiguration", "elasticmapreduce:DescribeSecurityConfiguration", anything],
  ["EMR Serverless.GetApplication", "emr-serverless:GetApplication", application],
  ["EMR Serverless.ListTagsForResource", "emr-serverless:ListTagsForResource", application],
  ["EventBridge.DescribeRule", "events:DescribeRule", rule],
  ["EventBridge.ListTagsForResource", "events:ListTagsForResource", rule],
  ["EventBridge.ListTargetsByRule", "events:ListTargetsByRule", rule],
  ["Glue.GetConnection", "glue:GetConnection", connection],
  ["Glue.GetConnection, of its catalog", "glue:GetConnection", catalog],
  ["Glue.GetCrawler", "glue:GetCrawler", crawler],
  ["Glue.GetDatabase", "glue:GetDatabase", database],
  ["Glue.GetDatabase, of its catalog", "glue:GetDatabase", catalog],
  ["Glue.GetDataCatalogEncryptionSettings", "glue:GetDataCatalogEncryptionSettings", catalog],
  ["Glue.GetJob", "glue:GetJob", job],
  ["Glue.GetSecurityConfiguration", "glue:GetSecurityConfiguration", anything],
  ["Glue.GetPartitionIndexes", "glue:GetPartitionIndexes", glueTable],
  ["Glue.GetTable", "glue:GetTable", glueTable],
  ["Glue.GetTags", "glue:GetTags", database],
  ["Glue.GetTags, of the crawler", "glue:GetTags", crawler],
  ...iam(role, "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
  ...iam(profile, "GetInstanceProfile"),
  ...iam(group, "GetGroup", "GetGroupPolicy"),
  ...iam(boundary, "GetPolicy", "GetPolicyVersion"),
  [
    "IAM.GetPolicy, of what deployers may do",
    "iam:GetPolicy",
    (names) => names.iamArn(`policy/${names.deployRole}-storage`),
  ],
  ...iam(provider, "GetOpenIDConnectProvider"),
  ...iam(anything, "GetAccountPasswordPolicy"),
  ...kms("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"),
  ["KMS.ListAliases", "kms:ListAliases", anything],
  ["Lambda.GetEventSourceMapping", "lambda:GetEventSourceMapping", mapping],
  ["Lambda.GetFunction", "lambda:GetFunction", fn],
  ["Lambda.GetFunctionCodeSigningConfig", "lambda:GetFunctionCodeSigningConfig", fn],
  ["Lambda.GetLayerVersion", "lambda:GetLayerVersion", layer],
  ["Lambda.ListTags", "lambda:ListTags", mapping],
  ["Lambda.ListVersionsByFunction", "lambda:ListVersionsByFunction", fn],
  ["CloudWatch Logs.ListTagsForResource, of jobs", "logs:ListTagsForResource", jobLogs],
  ["CloudWatch Logs.ListTagsForResource, of state machines", "logs:ListTagsForResource", machineLogs],
  ["CloudWatch Logs.ListTagsForResource, of databases", "logs:ListTagsForResource", databaseLogs],
  ["RDS.DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameterGroups", databaseParameters],
  ["RDS.DescribeDBClusterParameters", "rds:DescribeDBClusterParameters", databaseParameters],
  ["RDS.DescribeDBClusters", "rds:DescribeDBClusters", cluster],
  ["RDS.DescribeDBInstances", "rds:DescribeDBInstances", instance],
  ["RDS.DescribeDBSubnetGroups", "rds:DescribeDBSubnetGroups", databaseSubnets],
  ["RDS.DescribeGlobalClusters", "rds:DescribeGlobalClusters", anything],
  ["RDS.ListTagsForResource", "rds:ListTagsForResource", cluster],
  ["Secrets Manager.DescribeSecret", "secretsmanager:DescribeSecret", secret],
  ["Secrets Manager.GetResourcePolicy", "secretsmanager:GetResourcePolicy", secret],
  ["Scheduler.GetSchedule", "scheduler:GetSchedule", schedule],
  ["Scheduler.GetScheduleGroup", "scheduler:GetScheduleGroup", scheduleGroup],
  ["Scheduler.ListTagsForResource", "scheduler:ListTagsForResource", scheduleGroup],
  ["SFN.DescribeStateMachine", "states:DescribeStateMachine", machine],
  ["SFN.ListStateMachineVersions", "states:ListStateMachineVersions", machine],
  ["SFN.ListTagsForResource", "states:ListTagsForResource", machine],
  ["SFN.ValidateStateMachineDefinition", "states:ValidateStateMachineDefinition", anything],
  ["SNS.GetSubscriptionAttributes", "sns:GetSubscriptionAttributes", subscription],
  ["SNS.GetTopicAttributes", "sns:GetTopicAttributes", topic],
  ["SNS.ListTagsForResource", "sns:ListTagsForResource", topic],
  ["SSM.DescribeParameters", "ssm:DescribeParameters", anything],
  ["SSM.GetParameter", "ssm:GetParameter", owner],
  ["SSM.ListTagsForResource", "ssm:ListTagsForResource", owner],
  ["SQS.GetQueueAttributes", "sqs:GetQueueAttributes", queue],
  ["SQS.ListQueueTags", "sqs:ListQueueTags", queue],
];

/** Calls that need no right: who the caller is, and how it became that. The last is made on the local AWS only. */
const FREE = ["STS.AssumeRole", "STS.AssumeRoleWithWebIdentity", "STS.GetCallerIdentity", "IAM.GetUser"];

/** Calls in a debug log of the provider that are not listed above. */
export function unlistedCalls(log: string): string[] {
  const listed = PLAN_CALLS.map(([call]) => /^[\w ]+\.\w+/.exec(call)?.[0]);
  const field = (line: string, name: string) =>
    new RegExp(`rpc\\.${name}=(?:"([^"]+)"|(\\S+))`)
      .exec(line)
      ?.slice(1)
      .find((value) => value !== undefined);
  const calls = log.split("\n").flatMap((line) => {
    const [service, method] = [field(line, "service"), field(line, "method")];
    return service === undefined || method === undefined ? [] : [`${service}.${method}`];
  });
  return [...new Set(calls)].filter((call) => !listed.includes(call) && !FREE.includes(call)).sort();
}
