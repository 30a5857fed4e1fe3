import { at, type JsonObject } from "../../plan/plan-json";
import type { Rule, Subject } from "../rule";

/** What holds data, or is lost to others when it is made again. */
const STATEFUL = new RegExp(
  `^aws_(${[
    "backup_vault",
    "cloudtrail",
    "cloudtrail_event_data_store",
    "cloudwatch_log_group",
    "db_instance",
    "db_cluster_snapshot",
    "docdb_cluster",
    "dynamodb_table",
    "ebs_volume",
    "ecr_repository",
    "efs_file_system",
    "elasticache_\\w+",
    "fsx_\\w+",
    "kinesis_stream",
    "kms_key",
    "kms_replica_key",
    "neptune_cluster",
    "opensearch_domain",
    "opensearchserverless_collection",
    "rds_cluster",
    "redshift_cluster",
    "redshiftserverless_namespace",
    "s3_bucket",
    "s3tables_table_bucket",
    "secretsmanager_secret",
    "sns_topic",
    "sqs_queue",
    "ssm_parameter",
    "timestreamwrite_table",
  ].join("|")})$`,
);

/** What does nothing but protect something else. */
const PROTECTING = new RegExp(
  `^aws_(${[
    "accessanalyzer_analyzer",
    "budgets_budget",
    "ce_anomaly_\\w+",
    "cloudwatch_log_metric_filter",
    "cloudwatch_metric_alarm",
    "config_\\w+",
    "default_network_acl",
    "default_security_group",
    "dynamodb_resource_policy",
    "ebs_default_kms_key",
    "ebs_encryption_by_default",
    "ebs_snapshot_block_public_access",
    "emr_block_public_access_configuration",
    "emr_security_configuration",
    "flow_log",
    "glue_data_catalog_encryption_settings",
    "guardduty_\\w+",
    "iam_account_password_policy",
    "lakeformation_data_lake_settings",
    "macie2_account",
    "network_acl",
    "s3_account_public_access_block",
    "s3_bucket_logging",
    "s3_bucket_object_lock_configuration",
    "s3_bucket_ownership_controls",
    "s3_bucket_policy",
    "s3_bucket_public_access_block",
    "s3_bucket_replication_configuration",
    "s3_bucket_server_side_encryption_configuration",
    "s3_bucket_versioning",
    "securityhub_\\w+",
    "sns_topic_policy",
    "sqs_queue_policy",
  ].join("|")})$`,
);

/** Attributes by which something names what it protects. */
const OWNERS = ["bucket", "arn", "log_group_name", "queue_url", "resource_arn", "vpc_id"];

const RENAMED =
  "Was it only renamed or moved in the code? Then give the new one `moveFromId` with the old address: nothing is deleted.";

const of = (types: RegExp, action: Subject["action"], what: string) => (subject: Subject) =>
  types.test(subject.type) && subject.action === action ? [what] : [];

export const removalRules: readonly Rule[] = [
  {
    id: "delete",
    refuses: "deleting what holds data",
    why: "What it holds is gone for good, and so are the keys, queues and logs that others count on.",
    how: RENAMED,
    find: of(STATEFUL, "delete", "is deleted"),
  },
  {
    id: "replace",
    refuses: "making what holds data anew",
    why: "The new one starts empty, and what the old one held is deleted.",
    how: `Take back what forces it to be made again, most often its name. ${RENAMED}`,
    find: of(STATEFUL, "replace", "is deleted and made again, empty"),
  },
  {
    id: "forget",
    refuses: "leaving what holds data to itself",
    why: "It goes on existing, and nobody keeps its settings any more.",
    how: "Remove the `removed` block, or move the resource to the stack that keeps it from now on.",
    find: of(STATEFUL, "forget", "is no longer managed"),
  },
  {
    id: "unguarded",
    refuses: "removing what protects something that stays",
    why: "Its policy, encryption, versions, lock or record end while what they protect is still there.",
    how: `Keep it. ${RENAMED}`,
    find: (subject) =>
      PROTECTING.test(subject.type) && ["delete", "forget"].includes(subject.action) && !goesWithItsOwner(subject)
        ? ["is removed while what it protects stays"]
        : [],
  },
];

/** The owner's own deletion is told already. */
function goesWithItsOwner({ before, all }: Subject): boolean {
  // An alarm names what it watches among its dimensions.
  const watched = Object.values((before.dimensions ?? {}) as JsonObject);
  const owners = [...OWNERS.map((attribute) => at(before, attribute)), ...watched].filter(
    (value) => typeof value === "string",
  );
  return all.some(
    (other) =>
      !PROTECTING.test(other.type) &&
      ["delete", "replace"].includes(other.action) &&
      ["id", "arn", "bucket", "url", "name", "function_name"].some((attribute) =>
        owners.includes(at(other.before, attribute) as string),
      ),
  );
}
