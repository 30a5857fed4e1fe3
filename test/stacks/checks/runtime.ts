import type { Resource, Stack } from "../../support/stack";
import { accountsOf, at, type Check, eachResource, isEmpty, OWN_KEY, unlike } from "./check";

export const rolesAreBounded = eachResource(
  "aws_iam_role",
  "every role is held by the permissions boundary of its account",
  ({ block }, stack) => {
    const boundary = stack.resolve(String(block.permissions_boundary ?? "none"));
    const [, account = "", name = ""] = /^arn:aws:iam::(\d+):policy\/(.+)$/.exec(boundary) ?? [];
    return accountsOf(stack).includes(account) && name.endsWith("-boundary") ? [] : [`is bounded by ${boundary}`];
  },
);

/** Ways to rights that no policy of ours shows, or to credentials that last. */
const FOREIGN_RIGHTS = /^aws_iam_(.*_attachment|user.*|access_key|group_(?!policy$).*|service_specific_credential)$/;

/** Groups are made where no deployer of a lake makes them, and none but those of people. */
const isStrangeGroup = (stack: Stack, { type, block }: Resource) =>
  type === "aws_iam_group" && (stack.name !== "bootstrap" || !/^\/(job|clearance)\/$/.test(String(block.path)));

/** A policy of the same stack, which other checks read. */
const OWN_POLICY = /^\$\{aws_iam_policy\.[\w-]+\.arn\}$/;

export const rightsAreOurs: Check = {
  name: "rights come from our own policies alone: no policies of others, users or lasting credentials",
  find: (stack) =>
    stack
      .resources()
      .filter(
        (resource) =>
          (FOREIGN_RIGHTS.test(resource.type) && !OWN_POLICY.test(String(resource.block.policy_arn))) ||
          resource.block.managed_policy_arns !== undefined ||
          isStrangeGroup(stack, resource),
      )
      .map(({ address }) => address),
};

export const functionsAreHardened = eachResource(
  "aws_lambda_function",
  "every function runs in the network, if there is one, traced, bounded, with its settings and logs encrypted, and tells of calls that it lost",
  ({ block, address }, stack) => [
    ...unlike(block, {
      kms_key_arn: OWN_KEY,
      "tracing_config.mode": "Active",
      reserved_concurrent_executions: /^[1-9]\d*$/,
      "logging_config.log_group": /^\$\{aws_cloudwatch_log_group\./,
      "dead_letter_config.target_arn": /^\$\{aws_sns_topic\.[\w-]+\.arn\}$/,
    }),
    // An account without a network says so, and has none.
    ...(stack.resources("aws_vpc").length > 0 &&
    (isEmpty(at(block, "vpc_config.subnet_ids")) || isEmpty(at(block, "vpc_config.security_group_ids")))
      ? ["runs outside the network"]
      : []),
    ...stack
      .resources("aws_lambda_event_source_mapping")
      .filter((mapping) => String(mapping.block.function_name).includes(address))
      .flatMap((mapping) =>
        unlike(mapping.block, {
          "function_response_types.0": "ReportBatchItemFailures",
          "scaling_config.maximum_concurrency": /^[1-9]\d*$/,
        }),
      ),
  ],
);

export const logsAreKept = eachResource(
  "aws_cloudwatch_log_group",
  "every log group is encrypted with a key of ours and keeps its events for a time that is said",
  ({ block }) => unlike(block, { kms_key_id: OWN_KEY, retention_in_days: /^[1-9]\d*$/ }),
);

export const alarmsAct = eachResource("aws_cloudwatch_metric_alarm", "every alarm tells somebody", ({ block }) => [
  ...(isEmpty(block.alarm_actions) ? ["has no action"] : []),
  ...unlike(block, { alarm_description: /\w.* Runbook: \S+\/[\w-]+\.md$/ }),
]);

/** Of the time after which Lambda ends a call: above it an alarm is raised. */
const SHARE_OF_TIME = 0.8;

export const functionsAlarm = eachResource(
  "aws_lambda_function",
  "every function raises an alarm when it fails, is held back, or takes almost all of its time",
  ({ block }, stack) => {
    const named = stack
      .resources("aws_cloudwatch_metric_alarm")
      .map((alarm) => alarm.block)
      .filter((alarm) => at(alarm, "dimensions.FunctionName") === block.function_name);
    const longest = Number(block.timeout) * 1000 * SHARE_OF_TIME;
    const rules: Record<string, string | number>[] = [
      { metric_name: "Errors", threshold: 0 },
      { metric_name: "Throttles", threshold: 0 },
      { metric_name: "Duration", extended_statistic: "p99", threshold: longest },
    ];
    return rules
      .filter((rule) => !named.some((alarm) => unlike(alarm, rule).length === 0))
      .map(({ metric_name }) => `no alarm on ${metric_name}`);
  },
);

export const topicsAreClosed = eachResource(
  "aws_sns_topic",
  "every topic is encrypted with a key of ours and has a policy",
  (topic, stack) => [
    ...unlike(topic.block, { kms_master_key_id: OWN_KEY }),
    ...(stack.pointingAt("aws_sns_topic_policy", "arn", topic) ? [] : ["has no policy"]),
  ],
);

export const trailsRecordAll = eachResource(
  "aws_cloudtrail",
  "every trail records all regions, encrypted, with proof against tampering",
  ({ block }) =>
    unlike(block, {
      is_multi_region_trail: true,
      include_global_service_events: true,
      enable_log_file_validation: true,
      enable_logging: true,
      kms_key_id: /^\$\{(data\.)?aws_kms_key\.[\w-]+\.arn\}$/,
      cloud_watch_logs_group_arn: /^\$\{aws_cloudwatch_log_group\.[\w-]+\.arn\}:\*$/,
      cloud_watch_logs_role_arn: /^\$\{aws_iam_role\.[\w-]+\.arn\}$/,
      sns_topic_name: /^\$\{aws_sns_topic\.[\w-]+\.name\}$/,
    }),
);

export const accountsAreRecorded: Check = {
  name: "every account with resources other than its bootstrap has a trail",
  find: (stack) =>
    stack.name === "bootstrap" || stack.resources("aws_cloudtrail").length > 0 ? [] : [`${stack.name} has no trail`],
};

/** Settings that AWS keeps once an account, with what they have to say. */
const ACCOUNT_SETTINGS = {
  aws_s3_account_public_access_block: {
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  },
  aws_ebs_encryption_by_default: { enabled: true },
  aws_iam_account_password_policy: {
    minimum_password_length: /^(1[4-9]|[2-9]\d)$/,
    max_password_age: /^([1-9]|[1-8]\d|90)$/,
  },
  aws_ebs_snapshot_block_public_access: { state: "block-all-sharing" },
  aws_emr_block_public_access_configuration: {
    block_public_security_group_rules: true,
    permitted_public_security_group_rule_range: /^$/,
  },
  aws_ec2_instance_metadata_defaults: { http_tokens: "required", http_put_response_hop_limit: 1 },
  aws_vpc_block_public_access_options: { internet_gateway_block_mode: /^block-(ingress|bidirectional)$/ },
} as const;

const CONTACTS = ["BILLING", "OPERATIONS", "SECURITY"];

export const accountsHaveContacts: Check = {
  name: "bootstrap says of every account whom AWS is to tell",
  find: (stack) =>
    stack.name === "bootstrap" ? CONTACTS.filter((kind) => contacts(stack, kind) !== accountsOf(stack).length) : [],
};

const contacts = (stack: Stack, kind: string) =>
  stack
    .resources("aws_account_alternate_contact")
    .filter(
      ({ block }) =>
        unlike(block, { alternate_contact_type: kind, email_address: /@/, phone_number: /\d/ }).length === 0,
    ).length;

export const settingsHaveOneOwner: Check = {
  name: "no setting of an account is touched before its owner is marked, and nobody takes the mark of another",
  find: (stack) => {
    if (stack.name !== "bootstrap") return [];
    const markers = stack
      .resources("aws_ssm_parameter")
      .filter(({ block }) => unlike(block, { name: "/account-baseline/owner", overwrite: false }).length === 0);
    const settings = [...Object.keys(ACCOUNT_SETTINGS), "aws_account_alternate_contact"].flatMap((type) =>
      stack.resources(type),
    );
    return [
      ...(markers.length === accountsOf(stack).length ? [] : ["an account has no marker"]),
      ...settings
        .filter(({ block }) => {
          const after = Array.isArray(block.depends_on) ? block.depends_on.map(String) : [];
          return !markers.some((marker) => after.includes(marker.address) && marker.block.provider === block.provider);
        })
        .map(({ address }) => `${address} waits for no marker`),
    ];
  },
};

export const accountsAreSettled: Check = {
  name: "bootstrap closes each account to the public, encrypts its disks and asks for strong passwords",
  find: (stack) =>
    stack.name === "bootstrap"
      ? Object.entries(ACCOUNT_SETTINGS).flatMap(([type, wanted]) => [
          ...(stack.resources(type).length === accountsOf(stack).length ? [] : [`${type} is not in every account`]),
          ...stack
            .resources(type)
            .flatMap(({ address, block }) => unlike(block, wanted).map((text) => `${address}: ${text}`)),
        ])
      : [],
};
