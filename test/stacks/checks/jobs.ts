import { listOf } from "../../support/policy";
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
    ...["ExecutionsFailed", "ExecutionsTimedOut"]
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
