import { listOf } from "../../support/policy";
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
const FOREIGN_RIGHTS = /^aws_iam_(.*_attachment|user.*|access_key|group.*|service_specific_credential)$/;

export const rightsAreOurs: Check = {
  name: "rights come from our own policies alone: no managed policies, users or lasting credentials",
  find: (stack) =>
    stack
      .resources()
      .filter(({ type, block }) => FOREIGN_RIGHTS.test(type) || block.managed_policy_arns !== undefined)
      .map(({ address }) => address),
};

export const functionsAreHardened = eachResource(
  "aws_lambda_function",
  "every function runs in the network, traced, bounded, with its settings and logs encrypted",
  ({ block, address }, stack) => [
    ...unlike(block, {
      kms_key_arn: OWN_KEY,
      "tracing_config.mode": "Active",
      reserved_concurrent_executions: /^[1-9]\d*$/,
      "logging_config.log_group": /^\$\{aws_cloudwatch_log_group\./,
    }),
    ...(isEmpty(at(block, "vpc_config.subnet_ids")) || isEmpty(at(block, "vpc_config.security_group_ids"))
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
  ...unlike(block, { alarm_description: /\w/ }),
]);

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
  aws_iam_account_password_policy: { minimum_password_length: /^(1[4-9]|[2-9]\d)$/ },
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

const WAYS_OUT =
  /internet_gateway|nat_gateway|vpn|peering|transit_gateway|^aws_eip|^aws_route$|default_route_table|carrier_gateway|^aws_dx_|lambda_function_url|^aws_lb/;

export const networkIsClosed: Check = {
  name: "there is no way between the internet and the network",
  find: (stack) => [
    ...stack
      .resources()
      .filter(({ type }) => WAYS_OUT.test(type))
      .map(({ address }) => `${address} is a way out`),
    ...stack
      .resources("aws_route_table")
      .flatMap(({ address, block }) => (isEmpty(block.route) ? [] : [`${address} has routes`])),
    ...stack
      .resources("aws_subnet")
      .flatMap(({ address, block }) =>
        unlike(block, { map_public_ip_on_launch: false }).map((text) => `${address}: ${text}`),
      ),
    ...stack
      .resources("aws_vpc")
      .filter((vpc) => !isClosed(stack.pointingAt("aws_default_security_group", "vpc_id", vpc)))
      .map(({ address }) => `${address} leaves its default group open`),
    ...[
      ...stack.resources("aws_vpc_security_group_egress_rule"),
      ...stack.resources("aws_vpc_security_group_ingress_rule"),
    ].flatMap(({ address, block }) =>
      block.cidr_ipv4 === undefined &&
      block.cidr_ipv6 === undefined &&
      (block.prefix_list_id !== undefined || block.referenced_security_group_id !== undefined) &&
      unlike(block, { ip_protocol: "tcp", from_port: 443, to_port: 443 }).length === 0
        ? []
        : [`${address} is wider than HTTPS to endpoints`],
    ),
    ...stack
      .resources("aws_security_group")
      .flatMap(({ address, block }) =>
        isEmpty(block.ingress) && isEmpty(block.egress) ? [] : [`${address} has rules of its own`],
      ),
    ...stack
      .resources("aws_vpc_endpoint")
      .flatMap(({ address, block }) => (isEmpty(block.policy) ? [`${address} has no policy`] : [])),
  ],
};

function isClosed(group: Resource | undefined): boolean {
  const { ingress, egress } = group?.block ?? {};
  return Array.isArray(ingress) && ingress.length === 0 && Array.isArray(egress) && egress.length === 0;
}

/** Called by Lambda itself, outside the network, or on behalf of the function by the service that it calls. */
const NOT_OVER_THE_NETWORK = ["ec2", "kms", "logs", "xray"];

export const functionsReachServices = eachResource(
  "aws_lambda_function",
  "there is an endpoint for every service that a function calls",
  ({ block }, stack) => {
    const role = stack.resources("aws_iam_role").find(({ address }) => String(block.role).includes(address));
    const policy = role && stack.pointingAt("aws_iam_role_policy", "role", role);
    if (!policy) return ["has no role with a policy"];
    const services = new Set(
      stack
        .policyOf(policy)
        .Statement.filter(({ Effect }) => Effect === "Allow")
        .flatMap(({ Action = [] }) => listOf(Action).map((action) => action.split(":")[0] ?? "")),
    );
    return [...services]
      .filter((service) => !NOT_OVER_THE_NETWORK.includes(service) && !hasEndpoint(stack, service))
      .map((service) => `calls ${service}, which has no endpoint`);
  },
);

function hasEndpoint(stack: Stack, service: string): boolean {
  return stack.resources("aws_vpc_endpoint").some(({ block }) => String(block.service_name).endsWith(`.${service}`));
}
