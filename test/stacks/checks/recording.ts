import { type Caller, decide, isAllowed, type Policy, type Request } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { accountOf } from "./access";
import { at, type Check, eachResource, keepsRecords, OWN_KEY, takesAccessLogs, unlike } from "./check";

const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const FOREIGN = "999999999999";

const nameOf = ({ block }: Resource) => String(block.bucket);

function policyOf(stack: Stack, bucket: Resource): Policy | undefined {
  const policy = stack.pointingAt("aws_s3_bucket_policy", "bucket", bucket);
  return policy && stack.policyOf(policy);
}

type Sentence = readonly [text: string, holds: boolean];

/** Sentences that are not so. */
function wrong(sentences: readonly Sentence[]): string[] {
  return sentences.filter(([, holds]) => !holds).map(([text]) => `not so: ${text}`);
}

const REMOVALS = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
];
const SETTINGS = [
  "s3:DeleteBucketPolicy",
  "s3:PutBucketAcl",
  "s3:PutBucketLogging",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

export const recordsAreSealed = eachResource(
  "aws_s3_bucket",
  "nobody removes a record or changes a setting of its bucket, and the deployer alone writes the bucket's policy",
  (bucket, stack) => {
    if (!keepsRecords(bucket)) return [];
    const policy = policyOf(stack, bucket);
    if (!policy) return ["has no policy"];
    const arn = `arn:aws:s3:::${nameOf(bucket)}`;
    const account = accountOf(stack, bucket);
    const can = (role: string, action: string, resource: string) =>
      isAllowed(
        { caller: { arn: `arn:aws:iam::${account}:${role}` }, action, resource, context: MODERN },
        { owner: account, identity: [EVERYTHING], resource: policy },
      );
    const deployer = `role/lake-${stack.name}-deploy`;
    return wrong([
      ...["root", deployer].flatMap((who): Sentence[] => [
        ...REMOVALS.map((action): Sentence => [`${who} cannot ${action}`, !can(who, action, `${arn}/AWSLogs/x`)]),
        ...SETTINGS.map((action): Sentence => [`${who} cannot ${action}`, !can(who, action, arn)]),
        [`${who} cannot delete it`, !can(who, "s3:DeleteBucket", arn)],
        [`${who} cannot read records`, !can(who, "s3:GetObject", `${arn}/x`)],
      ]),
      ["the auditor reads records", can(`role/lake-${stack.name}-auditor`, "s3:GetObject", `${arn}/x`)],
      ["the deployer lets further accounts in", can(deployer, "s3:PutBucketPolicy", arn)],
      ["administrators do not", !can("role/OrganizationAccountAccessRole", "s3:PutBucketPolicy", arn)],
      ["it waits for its settings", sealedLast(stack, bucket)],
    ]);
  },
);

/** The policy refuses changes of settings, so each of them has to be there before it. */
function sealedLast(stack: Stack, bucket: Resource): boolean {
  const policy = stack.pointingAt("aws_s3_bucket_policy", "bucket", bucket);
  const after = Array.isArray(policy?.block.depends_on) ? policy.block.depends_on.map(String) : [];
  const settings = stack
    .resources()
    .filter(({ type, block }) => /^aws_s3_bucket_/.test(type) && String(block.bucket).includes(`\${${bucket.address}.`))
    .filter(({ type }) => type !== "aws_s3_bucket_policy");
  return settings.every(({ address }) => after.includes(address));
}

export const recordKeysAreKept: Check = {
  name: "nobody disables or deletes a key of records, and nobody but who deploys changes its policy",
  find: (stack) =>
    stack
      .resources("aws_kms_key")
      .filter(({ block }) => /records|flow logs/i.test(String(block.description)))
      .flatMap((key) => {
        const can = (action: string) =>
          isAllowed(
            { caller: { arn: `arn:aws:iam::${accountOf(stack, key)}:root` }, action, resource: "*" },
            { owner: accountOf(stack, key), identity: [EVERYTHING], resource: stack.policyOf(key) },
          );
        const door = stack
          .policyOf(key)
          .Statement.find(({ Effect, Action }) => Effect === "Deny" && Action === "kms:PutKeyPolicy");
        const writer = String(door?.Condition?.ArnNotEquals?.["aws:PrincipalArn"] ?? "nobody");
        return [
          ...["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"]
            .filter(can)
            .map((action) => `${key.address} allows ${action}`),
          // Somebody has to: an account that joins has to be let in.
          ...(/:role\/[\w-]+-deploy$/.test(writer) ? [] : [`${key.address} lets ${writer} write its policy`]),
        ];
      }),
};

const DELIVERY: Caller = { service: "delivery.logs.amazonaws.com" };

export const flowsAreTaken = eachResource(
  "aws_s3_bucket",
  "the bucket of flow logs and its key take the flows of each account below its own name, and no others",
  (bucket, stack) => {
    if (!/-flow-records-/.test(nameOf(bucket))) return [];
    const policy = policyOf(stack, bucket);
    if (!policy) return ["has no policy"];
    const arn = `arn:aws:s3:::${nameOf(bucket)}`;
    const senders = policy.Statement.flatMap(({ Sid = "" }) => /^FlowsOf(\d{12})$/.exec(Sid)?.[1] ?? []);
    const from = (account: string, of = account) => ({
      "aws:SourceAccount": account,
      "aws:SourceArn": `arn:aws:logs:eu-west-1:${of}:*`,
    });
    const ask = (statements: Policy, action: string, resource: string, context: Request["context"]) =>
      decide(statements, "resource", { caller: DELIVERY, action, resource, context: { ...MODERN, ...context } });
    const puts = (sender: string, below: string, context: Request["context"] = {}) =>
      ask(policy, "s3:PutObject", `${arn}/AWSLogs/aws-account-id=${below}/x`, {
        "s3:x-amz-acl": "bucket-owner-full-control",
        ...from(sender),
        ...context,
      }) === "allow";
    const key = stack.policyOf(stack.only("aws_kms_key", "records-key"));
    const encrypts = (context: Request["context"]) => ask(key, "kms:GenerateDataKey", "*", context) === "allow";
    const checks = (context: Request["context"]) => ask(policy, "s3:GetBucketAcl", arn, context) === "allow";
    return [
      ...(senders.length > 0 ? [] : ["takes no flows"]),
      ...senders.flatMap((sender) =>
        wrong([
          [`${sender} sends`, puts(sender, sender) && encrypts(from(sender)) && checks(from(sender))],
          [`${sender} sends as itself only`, !puts(sender, FOREIGN) && !puts(FOREIGN, sender)],
          [`${sender} gives its records away`, !puts(sender, sender, { "s3:x-amz-acl": "private" })],
          ...[from(FOREIGN), from(sender, FOREIGN), from(FOREIGN, sender)].map(
            (other): Sentence => [
              `only ${sender} sends`,
              !puts(sender, sender, other) && !encrypts(other) && !checks(other),
            ],
          ),
        ]),
      ),
    ];
  },
);

export const replicasAreTaken = eachResource(
  "aws_s3_bucket",
  "the bucket of access logs takes replicas of each account from its one role, below the account's own name, and no deletions",
  (bucket, stack) => {
    if (!/-access-records-/.test(nameOf(bucket))) return [];
    const policy = policyOf(stack, bucket);
    if (!policy) return ["has no policy"];
    const senders = policy.Statement.flatMap(({ Sid = "" }) => /^ReplicasOf(\d{12})$/.exec(Sid)?.[1] ?? []);
    const can = (account: string, role: string, below: string, action = "s3:ReplicateObject") =>
      ["allow", "account"].includes(
        decide(policy, "resource", {
          caller: { arn: `arn:aws:iam::${account}:role/${role}` },
          action,
          resource: `arn:aws:s3:::${nameOf(bucket)}/${below}/x`,
          context: MODERN,
        }),
      );
    return [
      ...(senders.length > 0 ? [] : ["takes no replicas"]),
      ...senders.flatMap((sender) => {
        const role = policy.Statement.find(({ Sid }) => Sid === `ReplicasOf${sender}`)?.Condition?.ArnEquals?.[
          "aws:PrincipalArn"
        ];
        const name = String(role ?? "").split("role/")[1] ?? "none";
        return wrong([
          [`${sender} replicates`, can(sender, name, sender)],
          [`${sender} has one role for it`, /-access-logs$/.test(name) && !can(sender, "other", sender)],
          [`${sender} stays below its name`, !can(sender, name, FOREIGN)],
          [`${sender} deletes nothing`, !can(sender, name, sender, "s3:ReplicateDelete")],
        ]);
      }),
    ];
  },
);

export const logsAreDelivered = eachResource(
  "aws_s3_bucket",
  "the bucket of access logs takes those of the account's own buckets, and no role of the lake can lose them",
  (bucket, stack) => {
    if (!takesAccessLogs(bucket)) return [];
    const policy = policyOf(stack, bucket);
    if (!policy) return ["has no policy"];
    const account = accountOf(stack, bucket);
    const arn = `arn:aws:s3:::${nameOf(bucket)}`;
    const prefix = nameOf(bucket).split("-access-logs-")[0];
    const delivers = (of: string, from: string) =>
      decide(policy, "resource", {
        caller: { service: "logging.s3.amazonaws.com" },
        action: "s3:PutObject",
        resource: `${arn}/${account}/x`,
        context: { ...MODERN, "aws:SourceAccount": of, "aws:SourceArn": `arn:aws:s3:::${from}` },
      }) === "allow";
    const can = (role: string, action: string, resource = arn) =>
      isAllowed(
        { caller: { arn: `arn:aws:iam::${account}:role/${role}` }, action, resource, context: MODERN },
        { owner: account, identity: [EVERYTHING], resource: policy },
      );
    const deploy = `${prefix}-deploy`;
    return wrong([
      ["own buckets log", delivers(account, `${prefix}-raw-${account}-eu-west-1`)],
      ["others do not", !delivers(FOREIGN, `${prefix}-raw-1`) && !delivers(account, "other")],
      ...[deploy, `${prefix}-made`].flatMap((role): Sentence[] => [
        ...["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketVersioning"].map(
          (action): Sentence => [`${role} cannot ${action}`, !can(role, action)],
        ),
        ...["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"].map(
          (action): Sentence => [`${role} cannot ${action}`, !can(role, action, `${arn}/x`)],
        ),
        [`${role} cannot change its cipher`, !can(role, "s3:PutEncryptionConfiguration")],
      ]),
      ["a deployment replicates it", can(deploy, "s3:PutReplicationConfiguration")],
      ["administrators repair it", can("admin", "s3:PutBucketPolicy")],
    ]);
  },
);

export const bucketsLog = eachResource(
  "aws_s3_bucket",
  "every bucket logs who uses it in the account's own bucket for that, apart from the buckets of such logs",
  (bucket, stack) => {
    if (takesAccessLogs(bucket) || /-access-records-/.test(nameOf(bucket))) return [];
    const logging = stack.pointingAt("aws_s3_bucket_logging", "bucket", bucket);
    if (!logging) return ["does not log"];
    const target = stack.resolve(String(logging.block.target_bucket ?? "none"));
    const account = accountOf(stack, bucket);
    return [
      ...(new RegExp(`-access-logs-${account}-`).test(target) ? [] : [`logs into ${target}`]),
      ...unlike(logging.block, { "target_object_key_format.partitioned_prefix.partition_date_source": "EventTime" }),
    ];
  },
);

export const logsAreReplicated: Check = {
  name: "every account replicates its access logs into the audit account, which then owns them, and replicates no deletion",
  find: (stack) => {
    if (stack.name === "bootstrap") return [];
    const found = stack.resources("aws_s3_bucket_replication_configuration");
    return [
      ...(found.length === 1 ? [] : [`${stack.name} has ${found.length} replications`]),
      ...found.flatMap(({ address, block }) =>
        unlike(block, {
          bucket: /-access-logs-\d{12}-/,
          "rule.0.status": "Enabled",
          "rule.0.filter.prefix": "",
          "rule.0.delete_marker_replication.status": "Disabled",
          "rule.0.destination.bucket": /-access-records-\d{12}-/,
          "rule.0.destination.account": /^\d{12}$/,
          "rule.0.destination.access_control_translation.owner": "Destination",
        }).map((text) => `${address}: ${text}`),
      ),
    ];
  },
};

export const flowsAreRecorded = eachResource(
  "aws_vpc",
  "all that goes through a network is recorded in the audit account",
  (vpc, stack) => {
    const flowLog = stack.pointingAt("aws_flow_log", "vpc_id", vpc);
    if (!flowLog) return ["has no flow log"];
    return unlike(flowLog.block, {
      traffic_type: "ALL",
      log_destination_type: "s3",
      log_destination: /^arn:aws:s3:::[\w-]+-flow-records-\d{12}-/,
      "destination_options.file_format": "parquet",
      "destination_options.hive_compatible_partitions": true,
      "destination_options.per_hour_partition": true,
    });
  },
);

const recorded = (block: Resource["block"], type: string) => {
  const selectors = (at(block, "advanced_event_selector") ?? []) as readonly Resource["block"][];
  return selectors.some((selector) => JSON.stringify(selector.field_selector)?.includes(type));
};

export const dataIsRecorded = eachResource(
  "aws_cloudtrail",
  "every trail records management calls and the use of objects and functions, but not of logs",
  ({ block }) => [
    ...['"Management"', '"AWS::S3::Object"', '"AWS::Lambda::Function"']
      .filter((type) => !recorded(block, type))
      .map((type) => `does not record ${type}`),
    ...(/"not_starts_with":\["arn:aws:s3:::[\w-]+-access-logs-/.test(JSON.stringify(block))
      ? []
      : ["records its logs"]),
  ],
);

const WATCHED = [
  "DeleteFlowLogs",
  "DeleteTrail",
  "PutBucketLogging",
  "PutBucketPolicy",
  "PutBucketReplication",
  "PutEventSelectors",
  "StopLogging",
  "UpdateTrail",
];

export const tamperingAlarms = eachResource(
  "aws_cloudtrail",
  "an alarm is raised when somebody changes how an account is recorded",
  (_, stack) => {
    const filter = stack
      .resources("aws_cloudwatch_log_metric_filter")
      .find(({ block }) => String(block.name).endsWith("-records-changed"));
    const [metric] = [at(filter?.block ?? {}, "metric_transformation.name")];
    const alarm = stack.resources("aws_cloudwatch_metric_alarm").find(({ block }) => block.metric_name === metric);
    const pattern = String(filter?.block.pattern);
    return [
      ...WATCHED.filter((call) => !pattern.includes(`$.eventName = ${call})`)).map((call) => `${call} is not watched`),
      ...(alarm ? unlike(alarm.block, { threshold: 0, namespace: "DataLake/Audit" }) : ["has no alarm"]),
      ...(pattern.length > 1024 ? ["its pattern is too long"] : []),
    ];
  },
);

export const refusalsAlarm = eachResource(
  "aws_cloudtrail",
  "an alarm is raised when calls for objects or keys are refused again and again",
  (_, stack) =>
    ["s3", "kms"]
      .filter((service) => {
        const pattern = `{ ($.eventSource = "${service}.amazonaws.com") && ($.errorCode = "AccessDenied*") }`;
        const filter = stack
          .resources("aws_cloudwatch_log_metric_filter")
          .find(({ block }) => block.pattern === pattern);
        const metric = at(filter?.block ?? {}, "metric_transformation.name");
        return !stack
          .resources("aws_cloudwatch_metric_alarm")
          .some(({ block }) => metric !== undefined && block.metric_name === metric);
      })
      .map((service) => `no alarm on refusals of ${service}`),
);

export const questionsAreBounded = eachResource(
  "aws_athena_workgroup",
  "every workgroup enforces its settings: encrypted answers in an own bucket, and a bound on what a query reads",
  ({ block }) =>
    unlike(block, {
      "configuration.enforce_workgroup_configuration": true,
      "configuration.bytes_scanned_cutoff_per_query": /^[1-9]\d+$/,
      "configuration.result_configuration.encryption_configuration.encryption_option": "SSE_KMS",
      "configuration.result_configuration.encryption_configuration.kms_key_arn": OWN_KEY,
      "configuration.result_configuration.expected_bucket_owner": /^\d{12}$/,
    }),
);
