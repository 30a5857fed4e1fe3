import type { Resource } from "../../support/stack";
import { type Check, eachResource, isEmpty, OWN_KEY, takesAccessLogs, unlike } from "./check";

const CLOSED = {
  block_public_acls: true,
  block_public_policy: true,
  ignore_public_acls: true,
  restrict_public_buckets: true,
};

/** What belongs to every bucket, with what it has to say. */
const COMPANIONS = {
  aws_s3_bucket_policy: {},
  aws_s3_bucket_public_access_block: CLOSED,
  aws_s3_bucket_ownership_controls: { "rule.object_ownership": "BucketOwnerEnforced" },
  aws_s3_bucket_versioning: { "versioning_configuration.status": "Enabled" },
  aws_s3_bucket_server_side_encryption_configuration: {
    "rule.0.apply_server_side_encryption_by_default.sse_algorithm": "aws:kms",
    "rule.0.apply_server_side_encryption_by_default.kms_master_key_id": OWN_KEY,
  },
} as const;

const CIPHER_OF_LOGS = {
  "rule.0.apply_server_side_encryption_by_default.sse_algorithm": "AES256",
  "rule.0.apply_server_side_encryption_by_default.kms_master_key_id": /^$/,
};

/** What the companion of a bucket has to say. */
function wantedOf(bucket: Resource, type: keyof typeof COMPANIONS): Parameters<typeof unlike>[1] {
  const ofLogs = type === "aws_s3_bucket_server_side_encryption_configuration" && takesAccessLogs(bucket);
  return ofLogs ? CIPHER_OF_LOGS : COMPANIONS[type];
}

export const bucketsAreComplete = eachResource(
  "aws_s3_bucket",
  "every bucket has a policy, is closed to the public, without ACLs, versioned and encrypted with its own key",
  (bucket, stack) =>
    (Object.keys(COMPANIONS) as (keyof typeof COMPANIONS)[]).flatMap((type) => {
      const companion = stack.pointingAt(type, "bucket", bucket);
      return companion
        ? unlike(companion.block, wantedOf(bucket, type)).map((text) => `${type}: ${text}`)
        : [`has no ${type}`];
    }),
);

export const recordsAreLocked = eachResource(
  "aws_s3_bucket",
  "every bucket made for object lock locks what comes in",
  (bucket, stack) => {
    if (bucket.block.object_lock_enabled !== true) return [];
    const lock = stack.pointingAt("aws_s3_bucket_object_lock_configuration", "bucket", bucket);
    if (!lock) return ["has no lock"];
    return unlike(lock.block, {
      "rule.default_retention.mode": /^(GOVERNANCE|COMPLIANCE)$/,
      "rule.default_retention.days": /^[1-9]\d*$/,
    });
  },
);

export const recordsHaveABucket: Check = {
  name: "a stack with a bucket of audit records locks it",
  find: (stack) =>
    stack
      .resources("aws_s3_bucket")
      .filter(({ block }) => /-audit-/.test(String(block.bucket)) && block.object_lock_enabled !== true)
      .map(({ address }) => `${address} cannot lock objects`),
};

export const queuesHaveDeadLetters = eachResource(
  "aws_sqs_queue",
  "every queue has a dead-letter queue or is one, and is encrypted with a key of ours",
  (queue, stack) => {
    const redrive = JSON.parse(String(queue.block.redrive_policy ?? "null")) as Record<string, unknown> | null;
    const isTarget = stack
      .resources("aws_sqs_queue")
      .some(({ block }) => String(block.redrive_policy).includes(`\${${queue.address}.arn}`));
    const allowed = JSON.parse(String(queue.block.redrive_allow_policy ?? "null")) as Record<string, unknown> | null;
    return [
      ...unlike(queue.block, { kms_master_key_id: OWN_KEY }),
      ...(isTarget || Number(redrive?.maxReceiveCount) > 0 ? [] : ["has no dead-letter queue"]),
      ...(isTarget && allowed?.redrivePermission !== "byQueue" ? ["takes dead letters of any queue"] : []),
    ];
  },
);

export const deadLettersAlarm = eachResource(
  "aws_sqs_queue",
  "every dead-letter queue raises an alarm at its first message",
  (queue, stack) => {
    if (queue.block.redrive_allow_policy === undefined) return [];
    const alarm = stack.resources("aws_cloudwatch_metric_alarm").find(
      ({ block }) =>
        unlike(block, {
          namespace: "AWS/SQS",
          metric_name: "ApproximateNumberOfMessagesVisible",
          "dimensions.QueueName": queue.block.name ?? "",
          comparison_operator: "GreaterThanThreshold",
          threshold: 0,
        }).length === 0,
    );
    return alarm ? [] : ["has no alarm"];
  },
);

export const tablesAreSafe = eachResource(
  "aws_dynamodb_table",
  "every table can be brought back to any minute and is encrypted with a key of ours",
  ({ block }) =>
    unlike(block, {
      "point_in_time_recovery.enabled": true,
      "server_side_encryption.enabled": true,
      "server_side_encryption.kms_key_arn": OWN_KEY,
    }),
);

/** Types that hold what cannot be made again, and what keeps each from being deleted. */
const PROTECTION = {
  aws_dynamodb_table: { "lifecycle.prevent_destroy": true, deletion_protection_enabled: true },
  aws_kms_key: { "lifecycle.prevent_destroy": true, deletion_window_in_days: 30 },
  aws_s3_bucket: { "lifecycle.prevent_destroy": true, force_destroy: false },
} as const;

export const STATEFUL_TYPES = Object.keys(PROTECTION);

export const dataIsProtected: Check = {
  name: "nothing that holds data can be deleted by a deployment",
  find: (stack) =>
    Object.entries(PROTECTION).flatMap(([type, wanted]) =>
      stack.resources(type).flatMap(({ address, block }) => unlike(block, wanted).map((text) => `${address}: ${text}`)),
    ),
};

export const keysRotate = eachResource("aws_kms_key", "every key rotates and has a policy of its own", ({ block }) => [
  // KMS rotates no keys of codes.
  ...(block.key_usage === "GENERATE_VERIFY_MAC"
    ? unlike(block, { customer_master_key_spec: "HMAC_256", enable_key_rotation: /^$/ })
    : unlike(block, { enable_key_rotation: true })),
  ...(isEmpty(block.policy) ? ["has no policy"] : []),
]);
