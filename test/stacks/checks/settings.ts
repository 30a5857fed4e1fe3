import type { Block, Json } from "../../support/stack";
import { type Check, eachResource, OWN_KEY, unlike } from "./check";

type Wanted = Readonly<Record<string, Json | RegExp>>;

const LIKE_A_BUCKET = /^s3:\/\/[\w-]+-\d{12}-[\w-]+\/([\w-]+\/)*$/;

/** Settings that stand in every resource of a kind, and that no check of their own is about. */
const SETTINGS: Readonly<Record<string, Wanted>> = {
  aws_athena_workgroup: {
    "configuration.requester_pays_enabled": false,
    "configuration.publish_cloudwatch_metrics_enabled": true,
    "configuration.result_configuration.output_location": LIKE_A_BUCKET,
    force_destroy: false,
  },
  aws_budgets_budget: {
    budget_type: "COST",
    limit_amount: /^[1-9]\d*(\.\d+)?$/,
    limit_unit: "USD",
    time_unit: "MONTHLY",
  },
  aws_ce_anomaly_monitor: { monitor_type: "DIMENSIONAL", monitor_dimension: "SERVICE" },
  aws_ce_anomaly_subscription: {
    frequency: "IMMEDIATE",
    monitor_arn_list: /^\$\{aws_ce_anomaly_monitor\./,
    "subscriber.0.type": "SNS",
    "subscriber.0.address": /^\$\{aws_sns_topic\./,
    "threshold_expression.dimension.key": /^ANOMALY_TOTAL_IMPACT/,
    "threshold_expression.dimension.match_options": /^GREATER_THAN/,
    "threshold_expression.dimension.values": /^[1-9]\d*$/,
  },
  aws_cloudtrail: { s3_bucket_name: /-audit-\d{12}-/ },
  aws_cloudwatch_log_metric_filter: {
    log_group_name: /\w/,
    "metric_transformation.namespace": /^DataLake\//,
    "metric_transformation.value": "1",
  },
  aws_cloudwatch_metric_alarm: {
    comparison_operator: /^(Greater|Less)Than/,
    evaluation_periods: /^\d+$/,
    metric_name: /\w/,
    namespace: /^(AWS|DataLake|CWAgent)/,
    period: /^\d+$/,
    treat_missing_data: /^(notBreaching|breaching|ignore)$/,
    ok_actions: /^\$\{aws_sns_topic\./,
  },
  aws_flow_log: { log_format: /srcaddr.*dstaddr.*action/, max_aggregation_interval: /^(60|600)$/ },
  aws_iam_account_password_policy: {
    allow_users_to_change_password: true,
    password_reuse_prevention: 24,
    require_lowercase_characters: true,
    require_numbers: true,
    require_symbols: true,
    require_uppercase_characters: true,
  },
  aws_iam_group: { path: /^\/(job|clearance)\/$/ },
  aws_iam_role: { max_session_duration: 3600 },
  aws_kms_alias: { target_key_id: /^\$\{aws_kms_key\.[\w-]+\.key_id\}$/ },
  // A source of code that is not the one that was built is deployed by nobody.
  aws_lambda_function: {
    runtime: /^nodejs2[2-9]\.x$/,
    source_code_hash: /^[\w+/]{43}=$/,
    "logging_config.log_format": "JSON",
    "logging_config.application_log_level": "INFO",
    "logging_config.system_log_level": "WARN",
  },
  aws_lambda_layer_version: { source_code_hash: /^[\w+/]{43}=$/ },
  aws_s3_bucket_replication_configuration: { role: /^\$\{aws_iam_role\.[\w-]+\.arn\}$/ },
  aws_s3_object: { source_hash: /\w/ },
  aws_scheduler_schedule: { "target.role_arn": /^\$\{aws_iam_role\.[\w-]+\.arn\}$/, kms_key_arn: OWN_KEY },
  aws_security_group: { description: /\w/ },
  aws_sfn_state_machine: { role_arn: /^\$\{aws_iam_role\.[\w-]+\.arn\}$/ },
  // As long as SQS keeps anything.
  aws_sqs_queue: { message_retention_seconds: 1209600 },
  aws_vpc_dhcp_options: { domain_name_servers: ["AmazonProvidedDNS"] },
  aws_vpc_endpoint: { vpc_endpoint_type: /^(Gateway|Interface)$/ },
  aws_vpc_security_group_egress_rule: { description: /\w/ },
  aws_vpc_security_group_ingress_rule: { description: /\w/ },
};

export const settingsStand: Check = {
  name: "settings that keep, name, bound or record are in every resource of their kind",
  find: (stack) =>
    Object.entries(SETTINGS).flatMap(([type, wanted]) =>
      stack.resources(type).flatMap(({ address, block }) => unlike(block, wanted).map((text) => `${address}: ${text}`)),
    ),
};

export const alarmsMeasure = eachResource(
  "aws_cloudwatch_metric_alarm",
  "every alarm says what is counted of its metric",
  ({ block }) =>
    /^(Average|Maximum|Minimum|Sum)$/.test(String(block.statistic)) ||
    /^p\d+/.test(String(block.extended_statistic)) ||
    block.metric_query !== undefined
      ? Number.isFinite(block.threshold ?? Number.NaN) || block.threshold_metric_id !== undefined
        ? []
        : ["has no threshold"]
      : ["counts nothing"],
);

export const budgetsTell = eachResource(
  "aws_budgets_budget",
  "every budget says at which part of it somebody is told",
  ({ block }) =>
    ((block.notification ?? []) as readonly Block[]).flatMap((notification) =>
      unlike(notification, {
        comparison_operator: "GREATER_THAN",
        notification_type: /^(ACTUAL|FORECASTED)$/,
        subscriber_sns_topic_arns: /^\$\{aws_sns_topic\./,
        threshold: /^\d+$/,
        threshold_type: "PERCENTAGE",
      }),
    ),
);

export const aclRulesAreWhole = eachResource(
  "aws_network_acl",
  "every rule of a network ACL says its ports",
  ({ block }) =>
    [block.ingress, block.egress]
      .flatMap((rules) => (rules ?? []) as readonly Block[])
      .flatMap((rule) => unlike(rule, { from_port: /^\d+$/, to_port: /^\d+$/ })),
);

/** What rules of a lifecycle do: one that says nothing keeps for ever what should end. */
const ENDS = ["abort_incomplete_multipart_upload.0.days_after_initiation", "expiration.0.days"] as const;
const LATER = ["noncurrent_version_expiration.0.noncurrent_days", "transition.0.days"] as const;

export const lifecyclesHold = eachResource(
  "aws_s3_bucket_lifecycle_configuration",
  "every rule of a lifecycle is in force for a part that is named and says after how many days it does something",
  ({ block }) => [
    ...((block.rule ?? []) as readonly Block[]).flatMap((rule) => [
      ...unlike(rule, { status: "Enabled", id: /\w/, "filter.0.prefix": /^[\w=/-]*$/ }),
      ...("prefix" in ((rule.filter as readonly Block[] | undefined)?.[0] ?? {}) ? [] : ["is for no part"]),
      ...([...ENDS, ...LATER].some((path) => unlike(rule, { [path]: /^[1-9]\d*$/ }).length === 0)
        ? []
        : [`${rule.id} does nothing`]),
      ...transitions(rule),
      ...(String(rule.id).startsWith("expire-") && !String(rule.id).includes("old-versions")
        ? unlike(rule, { [ENDS[1]]: /^[1-9]\d*$/, [LATER[0]]: /^[1-9]\d*$/ })
        : []),
    ]),
  ],
);

function transitions({ transition = [] }: Block): string[] {
  return (transition as readonly Block[]).flatMap((one) => unlike(one, { storage_class: /^[A-Z_]+$/, days: /^\d+$/ }));
}

export const selectorsSelect = eachResource(
  "aws_cloudtrail",
  "every selector of a trail says what it is about",
  ({ block }) => [
    ...((block.insight_selector ?? []) as readonly Block[]).flatMap((insight) =>
      unlike(insight, { insight_type: /^Api\w+Insight$/ }),
    ),
    ...((block.advanced_event_selector ?? []) as readonly Block[]).flatMap(({ field_selector }) =>
      ((field_selector ?? []) as readonly Block[]).flatMap((field) => [
        ...unlike(field, { field: /^(eventCategory|eventName|resources\.(ARN|type))$/ }),
        ...(["equals", "not_equals", "starts_with", "not_starts_with"].some((one) => one in field)
          ? []
          : [`${String(field.field)} selects nothing`]),
      ]),
    ),
  ],
);

export const partsShareAnAccount: Check = {
  name: "what belongs together is made by one provider: in one account and region",
  find: (stack) => {
    const providers = new Map(stack.resources().map(({ address, block }) => [address, block.provider]));
    return stack.resources().flatMap(({ address, block }) =>
      [...JSON.stringify({ ...block, "//": null }).matchAll(/\$\{(aws_\w+\.[\w-]+)\./g)]
        .map(([, other = ""]) => other)
        .filter((other) => providers.has(other) && providers.get(other) !== block.provider)
        .map((other) => `${address} and ${other} are in two accounts`),
    );
  },
};
