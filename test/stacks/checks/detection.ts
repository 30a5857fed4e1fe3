import { loadAccounts } from "../../../accounts/model/load";
import { Names } from "../../../accounts/model/naming";
import { type Caller, decide, type Policy, type Request } from "../../support/policy";
import type { Block, Resource, Stack } from "../../support/stack";
import { accountOf } from "./access";
import { accountsOf, at, type Check, eachResource, unlike } from "./check";

const { organization, security, lakes, all } = loadAccounts();
const zonesOf = (stack: Stack) => (lakes.find(({ name }) => name === stack.name)?.zones ?? []).map(({ name }) => name);
/** One of ours: lakes of other settings have other ids, and a list of zones that is not known here. */
const isWatched = (stack: Stack) => all.some(({ name, id }) => name === stack.name && accountsOf(stack).includes(id));
const isLake = (stack: Stack) => lakes.some(({ name }) => name === stack.name);

/** What is wrong with the resources of a type of which there have to be so many. */
function those(stack: Stack, type: string, count: number, wanted: Parameters<typeof unlike>[1] = {}): string[] {
  const found = stack.resources(type);
  return [
    ...(found.length >= count ? [] : [`${stack.name} has ${found.length} ${type}`]),
    ...found.flatMap(({ address, block }) => unlike(block, wanted).map((text) => `${address}: ${text}`)),
  ];
}

function watches(name: string, find: (stack: Stack) => string[]): Check {
  return { name, find: (stack) => (isWatched(stack) ? find(stack) : []) };
}

const memberships = (stack: Stack, member: string, accepter: string, administrator: string) =>
  isLake(stack)
    ? those(stack, accepter, 1, { [administrator]: security.id })
    : [
        ...those(stack, member, lakes.length, { account_id: /^\d{12}$/, invite: true, email: /@/ }),
        ...lakes
          .filter(({ id }) => !stack.resources(member).some(({ block }) => block.account_id === id))
          .map(({ name }) => `${name} is no ${member}`),
      ];

const values = (stack: Stack, type: string, attribute: string) =>
  stack.resources(type).map(({ block }) => String(block[attribute]));

const lacking = (found: readonly string[], wanted: readonly string[]) =>
  wanted.filter((one) => !found.some((value) => value.includes(one))).map((one) => `${one} is missing`);

/** By itself a finding that came before is told again after six hours. */
const SOON = /^(FIFTEEN_MINUTES|ONE_HOUR)$/;

export const threatsAreSought = watches(
  "every account has a detector that watches S3, functions and logins",
  (stack) => [
    ...those(stack, "aws_guardduty_detector", 1, { enable: true, finding_publishing_frequency: SOON }),
    ...those(stack, "aws_guardduty_detector_feature", 3, { status: "ENABLED" }),
    ...lacking(values(stack, "aws_guardduty_detector_feature", "name"), [
      "S3_DATA_EVENTS",
      "LAMBDA_NETWORK_LOGS",
      "RDS_LOGIN_EVENTS",
    ]),
    ...memberships(stack, "aws_guardduty_member", "aws_guardduty_invite_accepter", "master_account_id"),
  ],
);

export const standardsAreChecked = watches(
  "every account is checked by FSBP and CIS, and one sees all of it",
  (stack) => [
    ...those(stack, "aws_securityhub_account", 1, { enable_default_standards: false, auto_enable_controls: true }),
    ...lacking(values(stack, "aws_securityhub_standards_subscription", "standards_arn"), [
      "aws-foundational-security-best-practices/v/1.0.0",
      "cis-aws-foundations-benchmark/v/3.0.0",
      "cis-aws-foundations-benchmark/v/5.0.0",
    ]),
    ...(isLake(stack) ? [] : those(stack, "aws_securityhub_finding_aggregator", 1, { linking_mode: "ALL_REGIONS" })),
    ...memberships(stack, "aws_securityhub_member", "aws_securityhub_invite_accepter", "master_id"),
  ],
);

const RULES = [
  "ACCESS_KEYS_ROTATED",
  "CLOUD_TRAIL_ENABLED",
  "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
  "CMK_BACKING_KEY_ROTATION_ENABLED",
  "DYNAMODB_PITR_ENABLED",
  "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
  "IAM_USER_MFA_ENABLED",
  "ROOT_ACCOUNT_MFA_ENABLED",
  "S3_BUCKET_PUBLIC_READ_PROHIBITED",
  "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
  "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
  "S3_BUCKET_SSL_REQUESTS_ONLY",
  "S3_BUCKET_VERSIONING_ENABLED",
  "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
  "VPC_FLOW_LOGS_ENABLED",
];

export const configurationsAreRecorded = watches(
  "every account records all its configurations into the audit account, asks rules of them, and is shown there",
  (stack) => [
    ...those(stack, "aws_config_configuration_recorder", 1, {
      role_arn: /aws_iam_service_linked_role|AWSServiceRoleForConfig/,
      "recording_group.all_supported": true,
      "recording_group.include_global_resource_types": true,
      "recording_mode.recording_frequency": "CONTINUOUS",
    }),
    ...those(stack, "aws_config_configuration_recorder_status", 1, { is_enabled: true }),
    ...those(stack, "aws_config_delivery_channel", 1, {
      s3_kms_key_arn: /aws_kms_key\./,
      "snapshot_delivery_properties.delivery_frequency": /^[A-Za-z]+_Hours?$/,
    }),
    ...stack
      .resources("aws_config_config_rule")
      .filter(({ block }) => at(block, "source.source_identifier") === "ACCESS_KEYS_ROTATED")
      .flatMap(({ block }) => unlike(block, { input_parameters: /"maxAccessKeyAge":"([1-8]?\d|90)"/ })),
    ...values(stack, "aws_config_delivery_channel", "s3_bucket_name")
      .map((name) => stack.resolve(name))
      .filter((name) => !/-config-records-/.test(name))
      .map((name) => `records into ${name}`),
    ...lacking(
      stack.resources("aws_config_config_rule").map(({ block }) => `${at(block, "source.source_identifier")}`),
      RULES,
    ),
    ...(isLake(stack)
      ? those(stack, "aws_config_aggregate_authorization", 1, { account_id: security.id })
      : [
          ...those(stack, "aws_config_configuration_aggregator", 1, { "account_aggregation_source.all_regions": true }),
          ...lacking(
            stack
              .resources("aws_config_configuration_aggregator")
              .map(({ block }) => JSON.stringify(block.account_aggregation_source)),
            all.map(({ id }) => id),
          ),
        ]),
  ],
);

export const contentsAreSearched = watches(
  "every account has Macie, whose results the audit account keeps, and every zone is searched each week",
  (stack) => {
    const jobs = stack.resources("aws_macie2_classification_job");
    const searched = jobs.map(({ block }) => stack.resolve(JSON.stringify(block.s3_job_definition)));
    return [
      ...those(stack, "aws_macie2_account", 1, { status: "ENABLED", finding_publishing_frequency: SOON }),
      ...those(stack, "aws_macie2_member", 0, { status: "ENABLED" }),
      ...those(stack, "aws_macie2_custom_data_identifier", 0, { regex: /./ }),
      ...those(stack, "aws_macie2_classification_export_configuration", 1, {
        "s3_destination.kms_key_arn": /aws_kms_key\./,
      }),
      ...stack
        .resources("aws_macie2_classification_export_configuration")
        .map(({ block }) => stack.resolve(String(at(block, "s3_destination.bucket_name"))))
        .filter((name) => !/-discovery-records-/.test(name))
        .map((name) => `results go to ${name}`),
      ...memberships(stack, "aws_macie2_member", "aws_macie2_invitation_accepter", "administrator_account_id"),
      ...lacking(
        searched,
        zonesOf(stack).map((zone) => `-${zone}-`),
      ),
      ...jobs.flatMap(({ block }) =>
        unlike(block, {
          job_type: "SCHEDULED",
          job_status: "RUNNING",
          // What is there already is searched as well, and all of it.
          initial_run: true,
          sampling_percentage: 100,
          "schedule_frequency.weekly_schedule": /^[A-Z]+DAY$/,
        }),
      ),
      ...(isLake(stack) && jobs.every(({ block }) => at(block, "custom_data_identifier_ids.0") === undefined)
        ? ["nothing of our own is looked for"]
        : []),
    ];
  },
);

export const accessIsAnalyzed = watches(
  "every account looks for access from outside and for unused access",
  (stack) => [
    ...those(stack, "aws_accessanalyzer_analyzer", 2),
    ...stack
      .resources("aws_accessanalyzer_analyzer")
      .filter(({ block }) => block.type === "ACCOUNT_UNUSED_ACCESS")
      .flatMap(({ block }) => unlike(block, { "configuration.unused_access.unused_access_age": /^([1-8]?\d|90)$/ })),
    ...["ACCOUNT", "ACCOUNT_UNUSED_ACCESS"]
      .filter((type) => !values(stack, "aws_accessanalyzer_analyzer", "type").includes(type))
      .map((type) => `${type} is not analyzed`),
  ],
);

const SOURCES = ["access-analyzer", "config"];
const SOURCES_OF_ADMINISTRATORS = [...SOURCES, "guardduty", "macie", "securityhub"];

export const findingsAreTold = watches("people are told of what each service finds", (stack) => {
  const told = stack.resources("aws_cloudwatch_event_rule").filter((rule) => {
    const target = stack.pointingAt("aws_cloudwatch_event_target", "rule", rule);
    return /^\$\{aws_sns_topic\./.test(String(target?.block.arn));
  });
  const wanted = isLake(stack) ? SOURCES : SOURCES_OF_ADMINISTRATORS;
  return wanted
    .filter((source) => !told.some(({ block }) => String(block.event_pattern).includes(`"aws.${source}"`)))
    .map((source) => `nobody is told of ${source}`);
});

/** What CIS AWS Foundations 5 wants watched, by its numbers, and a call or a mark of each. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "4.1": ["UnauthorizedOperation", "AccessDenied"],
  "4.2": ["ConsoleLogin", "MFAUsed"],
  "4.3": ['"Root"', "invokedBy NOT EXISTS"],
  "4.4": ["PutRolePolicy", "CreatePolicyVersion", "AttachRolePolicy", "DeleteUserPolicy", "DetachGroupPolicy"],
  "4.5": ["CreateTrail", "StopLogging", "DeleteTrail"],
  "4.6": ["Failed authentication"],
  "4.7": ["DisableKey", "ScheduleKeyDeletion"],
  "4.8": ["PutBucketAcl", "PutBucketPolicy", "DeleteBucketReplication"],
  "4.9": ["StopConfigurationRecorder", "DeleteDeliveryChannel"],
  "4.10": ["AuthorizeSecurityGroupIngress", "DeleteSecurityGroup"],
  "4.11": ["CreateNetworkAclEntry", "ReplaceNetworkAclAssociation"],
  "4.12": ["AttachInternetGateway", "CreateCustomerGateway"],
  "4.13": ["CreateRoute)", "ReplaceRouteTableAssociation"],
  "4.14": ["CreateVpc)", "AcceptVpcPeeringConnection"],
  "4.15": ["LeaveOrganization", "DetachPolicy"],
};

/** Filter patterns have 1024 characters at most. */
const LONGEST_PATTERN = 1024;

function wrongCall(stack: Stack, control: string, marks: readonly string[]): string[] {
  const filters = stack.resources("aws_cloudwatch_log_metric_filter");
  const filter = filters.find(({ block }) => marks.every((mark) => String(block.pattern).includes(mark)));
  if (!filter) return [`${control} is not watched`];
  const metric = String(at(filter.block, "metric_transformation.name"));
  const alarm = stack
    .resources("aws_cloudwatch_metric_alarm")
    .find(({ block }) => block.metric_name === metric && block.namespace === "DataLake/Cis");
  if (!alarm) return [`${control} has no alarm`];
  return [
    ...(String(filter.block.pattern).length > LONGEST_PATTERN ? [`${control} has too long a pattern`] : []),
    ...(alarm.block.threshold === 0 ? [] : [`${control} is told late`]),
  ];
}

export const callsAreWatched = watches("an alarm is raised on each kind of calls that CIS names", (stack) =>
  Object.entries(CALLS).flatMap(([control, marks]) => wrongCall(stack, control, marks)),
);

const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
const FOREIGN = "999999999999";

interface Sender {
  /** Ids of statements up to the account. */
  readonly sid: string;
  readonly service: string;
  readonly key: string;
  readonly path: string;
  readonly from: (account: string, of?: string) => Block;
  readonly checks: string;
  readonly acl: boolean;
}

const SENDERS: Readonly<Record<string, Sender>> = {
  "config-records": {
    sid: "ConfigOf",
    service: "config.amazonaws.com",
    key: "kms:GenerateDataKey",
    path: "Config",
    from: (account) => ({ "aws:SourceAccount": account }),
    checks: "s3:GetBucketAcl",
    acl: true,
  },
  "discovery-records": {
    sid: "DiscoveriesOf",
    service: "macie.amazonaws.com",
    key: "kms:GenerateDataKey",
    path: "Macie",
    from: (account, of = account) => ({
      "aws:SourceAccount": account,
      "aws:SourceArn": `arn:aws:macie2:eu-west-1:${of}:classification-job/0f3c`,
    }),
    checks: "s3:GetBucketLocation",
    acl: false,
  },
};

export const detectionRecordsAreTaken = eachResource(
  "aws_s3_bucket",
  "buckets of what Config records and Macie finds take that of each account below its own name, and nothing else",
  (bucket, stack) => {
    const kind = Object.keys(SENDERS).find((name) => String(bucket.block.bucket).includes(`-${name}-`));
    const sender = kind === undefined ? undefined : SENDERS[kind];
    return sender === undefined ? [] : wrongSender(bucket, stack, sender);
  },
);

function wrongSender(bucket: Resource, stack: Stack, { sid, service, key, path, from, checks, acl }: Sender): string[] {
  const companion = stack.pointingAt("aws_s3_bucket_policy", "bucket", bucket);
  if (!companion) return ["has no policy"];
  const policy = stack.policyOf(companion);
  const keyPolicy = stack.policyOf(stack.only("aws_kms_key", "records-key"));
  const arn = `arn:aws:s3:::${bucket.block.bucket}`;
  const caller: Caller = { service };
  const ask = (statements: Policy, action: string, resource: string, context: Block) =>
    decide(statements, "resource", {
      caller,
      action,
      resource,
      context: { ...MODERN, ...context } as Request["context"],
    }) === "allow";
  const own: Block = acl ? { "s3:x-amz-acl": "bucket-owner-full-control" } : {};
  const puts = (account: string, below: string, context: Block = {}) =>
    ask(policy, "s3:PutObject", `${arn}/AWSLogs/${below}/${path}/x`, { ...own, ...from(account), ...context });
  const encrypts = (context: Block) => ask(keyPolicy, key, "*", context);
  const looks = (context: Block) => ask(policy, checks, arn, context);
  return all.flatMap(({ id }) => {
    const strange = [from(FOREIGN), ...(sid === "ConfigOf" ? [] : [from(id, FOREIGN), from(FOREIGN, id)])];
    const answers: [string, boolean][] = [
      [`${id} sends`, puts(id, id) && encrypts(from(id)) && looks(from(id))],
      [`${id} sends as itself only`, !puts(id, FOREIGN) && !puts(FOREIGN, id)],
      [`${id} gives its records away`, !acl || !puts(id, id, { "s3:x-amz-acl": "private" })],
      ...strange.map((other): [string, boolean] => [
        `only ${id} sends`,
        !puts(id, id, other) && !encrypts(other) && !looks(other),
      ]),
    ];
    return answers.filter(([, right]) => !right).map(([sentence]) => sentence);
  });
}

export const recordKeysTellOwners: Check = {
  name: "the key of records tells its ARN to the deployers and planners of lakes, and to nobody else of their accounts",
  find: (stack) => {
    if (stack.name !== security.name) return [];
    const key = stack.only("aws_kms_key", "records-key");
    const told = (arn: string, action = "kms:DescribeKey") =>
      decide(stack.policyOf(key), "resource", { caller: { arn }, action, resource: "*" }) !== "none";
    return lakes.flatMap((lake) => {
      const names = new Names(organization, lake);
      return [
        ...[names.deployRole, names.planRole].filter((role) => !told(names.roleArn(role))),
        ...[names.of("operator"), "any"].filter((role) => told(names.roleArn(role))),
        ...(told(names.roleArn(names.deployRole), "kms:Decrypt") ? ["a deployer decrypts records"] : []),
      ].map((role) => `${accountOf(stack, key)}: ${role}`);
    });
  },
};
