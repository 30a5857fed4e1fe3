import { decide, listOf, type Policy, type Request } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { at, type Check, eachResource, isEmpty, OWN_KEY, unlike } from "./check";
import { hasEndpoint } from "./network";

/** The role of a job or state machine, with its policy. */
function policyOfRole(stack: Stack, { block }: Resource): Resource | undefined {
  const role = stack.resources("aws_iam_role").find(({ address }) => String(block.role_arn).includes(address));
  return role && stack.pointingAt("aws_iam_role_policy", "role", role);
}

export const jobsAreHardened = eachResource(
  "aws_glue_job",
  "every job runs in the network, if there is one, for a bounded time, with its logs encrypted and kept, and its run again is not Glue's business",
  (job, stack) => {
    const groups = stack.resources("aws_cloudwatch_log_group").map(({ block }) => String(block.name));
    const role = /aws_iam_role\.[\w-]+/.exec(String(job.block.role_arn))?.[0];
    const roleName = stack.resources("aws_iam_role").find(({ address }) => address === role)?.block.name;
    return [
      ...unlike(job.block, {
        security_configuration: /^\$\{aws_glue_security_configuration\.[\w-]+\.name\}$/,
        timeout: /^[1-9]\d*$/,
        max_retries: 0,
        "execution_property.max_concurrent_runs": /^[1-9]\d*$/,
      }),
      ...(stack.resources("aws_vpc").length > 0 && isEmpty(job.block.connections) ? ["runs outside the network"] : []),
      ...["error", "output"]
        .filter((end) => !groups.some((group) => group.endsWith(`-role/${roleName}/${end}`)))
        .map((end) => `has no log group of its own for ${end}`),
    ];
  },
);

export const crawlersAreHardened = eachResource(
  "aws_glue_crawler",
  "every crawler reads a part of one bucket in the network, if there is one, with its logs encrypted and kept, removes no table, and tells when it fails",
  (crawler, stack) => {
    const { block } = crawler;
    const inNetwork = stack.resources("aws_vpc").length > 0;
    const role = /aws_iam_role\.[\w-]+/.exec(String(block.role))?.[0];
    const roleName = stack.resources("aws_iam_role").find(({ address }) => address === role)?.block.name;
    const groups = stack.resources("aws_cloudwatch_log_group").map(({ block: group }) => String(group.name));
    const patterns = stack
      .resources("aws_cloudwatch_event_rule")
      .map(({ block: rule }) => JSON.parse(String(rule.event_pattern)) as { detail?: Record<string, string[]> });
    const isTold = patterns.some(
      ({ detail = {} }) =>
        detail.crawlerName?.includes(String(block.name)) === true && detail.state?.includes("Failed") === true,
    );
    return [
      ...unlike(block, {
        security_configuration: /^\$\{aws_glue_security_configuration\.[\w-]+\.name\}$/,
        "s3_target.0.path": /^s3:\/\/[\w-]+\/.+\/$/,
        "schema_change_policy.delete_behavior": "LOG",
        ...(inNetwork ? { "s3_target.0.connection_name": /^\$\{aws_glue_connection\.[\w-]+\.name\}$/ } : {}),
      }),
      ...(groups.some((group) => group.startsWith(`/aws-glue/crawlers-role/${roleName}-`)) ? [] : ["has no log group"]),
      ...(isTold ? [] : ["fails unheard"]),
    ];
  },
);

export const jobsEncrypt = eachResource(
  "aws_glue_security_configuration",
  "every security configuration encrypts logs, bookmarks and files with keys of ours",
  ({ block }) =>
    unlike(block, {
      "encryption_configuration.cloudwatch_encryption.cloudwatch_encryption_mode": "SSE-KMS",
      "encryption_configuration.cloudwatch_encryption.kms_key_arn": OWN_KEY,
      "encryption_configuration.job_bookmarks_encryption.job_bookmarks_encryption_mode": "CSE-KMS",
      "encryption_configuration.job_bookmarks_encryption.kms_key_arn": OWN_KEY,
      "encryption_configuration.s3_encryption.s3_encryption_mode": "SSE-KMS",
      "encryption_configuration.s3_encryption.kms_key_arn": OWN_KEY,
    }),
);

export const catalogIsEncrypted: Check = {
  name: "every catalog is encrypted with a key of ours, which opens through Glue for each role that reads there",
  find: (stack) => {
    if (stack.resources("aws_glue_catalog_database").length === 0) return [];
    const [settings] = stack.resources("aws_glue_data_catalog_encryption_settings");
    if (!settings) return ["the catalog is not encrypted"];
    const path = "data_catalog_encryption_settings";
    const wrong = unlike(settings.block, {
      [`${path}.encryption_at_rest.catalog_encryption_mode`]: "SSE-KMS",
      [`${path}.encryption_at_rest.sse_aws_kms_key_id`]: OWN_KEY,
      [`${path}.connection_password_encryption.return_connection_password_encrypted`]: true,
      [`${path}.connection_password_encryption.aws_kms_key_id`]: OWN_KEY,
    });
    const key = stack
      .resources("aws_kms_key")
      .find(({ address }) =>
        String(at(settings.block, `${path}.encryption_at_rest.sse_aws_kms_key_id`)).includes(`${address}.`),
      );
    if (!key) return [...wrong, "the catalog has no key of ours"];
    return [...wrong, ...stack.resources("aws_iam_role").flatMap((role) => lacksKey(stack, role, key))];
  },
};

/** Whether the policy of a key opens it, by itself or together with the caller's own policy. */
function opensTo(policy: Policy, request: Request): boolean {
  return ["allow", "account"].includes(decide(policy, "resource", request));
}

/** What a role with rights to tables lacks of rights to the catalog's key, by its own policy or the key's. */
function lacksKey(stack: Stack, role: Resource, key: Resource): string[] {
  const policy = stack.pointingAt("aws_iam_role_policy", "role", role);
  const rights = policy ? stack.policyOf(policy).Statement.flatMap(({ Action = [] }) => listOf(Action)) : [];
  const needed = [
    ...(rights.includes("glue:GetTable") ? ["kms:Decrypt"] : []),
    ...(rights.includes("glue:UpdateTable") ? ["kms:Encrypt", "kms:GenerateDataKey"] : []),
  ];
  const arn = stack.resolve(`\${${key.address}.arn}`);
  return needed
    .filter((action) => {
      const request: Request = {
        caller: { arn: stack.resolve(`\${${role.address}.arn}`) },
        action,
        resource: arn,
        context: { "kms:ViaService": "glue.eu-west-1.amazonaws.com" },
      };
      const byRole = policy && decide(stack.policyOf(policy), "identity", request) === "allow";
      return !byRole || !opensTo(stack.policyOf(key), request);
    })
    .map((action) => `${role.address} may not ${action} with the key of the catalog`);
}

export const connectionsStayInside = eachResource(
  "aws_glue_connection",
  "every connection leads into a private subnet with the group of jobs, and carries no credentials",
  ({ block }) => [
    ...unlike(block, {
      connection_type: "NETWORK",
      "physical_connection_requirements.subnet_id": /^\$\{aws_subnet\.network_private-/,
      "physical_connection_requirements.security_group_id_list.0": /^\$\{aws_security_group\.network_glue-group/,
    }),
    ...(isEmpty(block.connection_properties) ? [] : ["has properties"]),
  ],
);

/** Called by Glue itself, or on behalf of the job by the service that it calls. */
const NOT_OVER_THE_NETWORK = ["ec2"];

export const jobsReachServices = eachResource(
  "aws_glue_job",
  "there is an endpoint for every service that a job inside the network calls",
  (job, stack) => {
    if (stack.resources("aws_vpc").length === 0) return [];
    const policy = policyOfRole(stack, job);
    if (!policy) return ["has no role with a policy"];
    const services = stack
      .policyOf(policy)
      .Statement.filter(({ Effect }) => Effect === "Allow")
      .flatMap(({ Action = [] }) => listOf(Action).map((action) => action.split(":")[0] ?? ""));
    return [...new Set(services)]
      .filter((service) => !NOT_OVER_THE_NETWORK.includes(service) && !hasEndpoint(stack, service))
      .map((service) => `calls ${service}, which has no endpoint`);
  },
);

export const machinesAreHardened = eachResource(
  "aws_sfn_state_machine",
  "every state machine is traced, logs what fails, and raises an alarm for it",
  ({ block }, stack) => [
    ...unlike(block, {
      type: "STANDARD",
      "tracing_configuration.enabled": true,
      "logging_configuration.level": /^(ERROR|ALL)$/,
      "logging_configuration.log_destination": /^\$\{aws_cloudwatch_log_group\.[\w-]+\.arn\}:\*$/,
    }),
    ...["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"]
      .filter((metric) => !hasAlarm(stack, metric, "StateMachineArn", new RegExp(`:${block.name}$`)))
      .map((metric) => `no alarm on ${metric}`),
  ],
);

export const schedulesArrive: Check = {
  name: "what is scheduled is tried again for a bounded time, and an alarm tells when it was in vain",
  find: (stack) => [
    ...stack.resources("aws_scheduler_schedule").flatMap(({ address, block }) =>
      unlike(block, {
        "target.retry_policy.maximum_event_age_in_seconds": /^[1-9]\d*$/,
        "target.retry_policy.maximum_retry_attempts": /^[1-9]\d*$/,
        group_name: /^\$\{aws_scheduler_schedule_group\./,
        kms_key_arn: OWN_KEY,
      }).map((text) => `${address}: ${text}`),
    ),
    ...stack
      .resources("aws_scheduler_schedule_group")
      .filter(({ block }) => !hasAlarm(stack, "InvocationDroppedCount", "ScheduleGroup", new RegExp(`^${block.name}$`)))
      .map(({ address }) => `${address} has no alarm`),
  ],
};

function hasAlarm(stack: Stack, metric: string, dimension: string, value: RegExp): boolean {
  return stack
    .resources("aws_cloudwatch_metric_alarm")
    .some(({ block }) => block.metric_name === metric && value.test(String(at(block, `dimensions.${dimension}`))));
}

/** Roles that work on parts of zones. */
const PARTIAL = /^(landing_|pipelines_|users_data-(analyst|scientist)_)/;

export const rolesKeepToTheirPart = eachResource(
  "aws_iam_role_policy",
  "roles of jobs and of those who watch and ask reach their own part of each zone, in their own network, and mask in one way",
  (resource, stack) => {
    if (!PARTIAL.test(resource.name)) return [];
    const ask = (action: string, arn: string, context: Request["context"] = {}) =>
      decide(stack.policyOf(resource), "identity", { caller: { arn: "any" }, action, resource: arn, context });
    const buckets = stack.resources("aws_s3_bucket").filter(({ name }) => /^(zones|artifacts)_/.test(name));
    const other = "elsewhere/table/file";
    const ours = "arn:aws:ec2:eu-west-1:333333333333";
    const answers: [string, string][] = [
      ...buckets.flatMap(({ block }): [string, string][] => {
        const arn = `arn:aws:s3:::${block.bucket}`;
        return [
          [`lists other parts of ${block.bucket}`, ask("s3:ListBucket", arn, { "s3:prefix": other })],
          ...["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"].map(
            (action): [string, string] => [
              `${action} of other parts of ${block.bucket}`,
              ask(action, `${arn}/${other}`),
            ],
          ),
        ];
      }),
      ["writes metrics of others", ask("cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": "DataLake" })],
      // Of functions it is asked elsewhere: Lambda joins them, and their code is kept from it.
      ...(resource.name.includes("_dispatch-")
        ? []
        : ([
            [
              "removes interfaces of other networks",
              ask("ec2:DeleteNetworkInterface", `${ours}:network-interface/eni-1`, { "ec2:Vpc": `${ours}:vpc/other` }),
            ],
          ] as [string, string][])),
      [
        "tags interfaces as it likes",
        ask("ec2:CreateTags", `${ours}:network-interface/eni-1`, { "aws:TagKeys": ["owner"] }),
      ],
      ["masks in another way", ask("kms:GenerateMac", maskingKey(stack), { "kms:MacAlgorithm": "HMAC_SHA_512" })],
    ];
    return answers.filter(([, actual]) => actual === "allow").map(([question]) => question);
  },
);

function maskingKey(stack: Stack): string {
  const [key] = stack.resources("aws_kms_key").filter(({ block }) => block.key_usage === "GENERATE_VERIFY_MAC");
  return key === undefined ? "none" : stack.resolve(`\${${key.address}.arn}`);
}

export const masksAreMade = eachResource(
  "aws_kms_key",
  "a key of masks makes codes of one kind, and for jobs alone",
  (key, stack) => {
    if (key.block.key_usage !== "GENERATE_VERIFY_MAC") return [];
    const policy = stack.policyOf(key);
    const can = (role: string, algorithm: string) =>
      opensTo(policy, {
        caller: { arn: role },
        action: "kms:GenerateMac",
        resource: "*",
        context: { "kms:MacAlgorithm": algorithm },
      });
    const makers = stack
      .resources("aws_iam_role")
      .filter((role) => can(stack.resolve(`\${${role.address}.arn}`), "HMAC_SHA_256"));
    return [
      ...(makers.length > 0 ? [] : ["nobody can mask"]),
      ...makers
        .filter(({ name }) => !name.startsWith("pipelines_refine-jobs_"))
        .map(({ address }) => `${address} can mask`),
      ...makers
        .filter((role) => can(stack.resolve(`\${${role.address}.arn}`), "HMAC_SHA_512"))
        .map(({ address }) => `${address} masks in another way`),
    ];
  },
);
