import { RULES } from "../../../cli/guard/rules";
import type { Json, JsonObject } from "../../../cli/plan/plan-json";
import { change, findingsOn } from "./support";

/** A value at a dotted path, in lists where the path has numbers. */
function nested(path: string, value: Json): JsonObject {
  const [key = "", ...rest] = path.split(".");
  if (rest[0] === "0") return { [key]: [rest.length === 1 ? value : nested(rest.slice(1).join("."), value)] };
  return { [key]: rest.length === 0 ? value : nested(rest.join("."), value) };
}

const RULE = "rule.0.default_retention.0";
const CIPHER = "rule.0.apply_server_side_encryption_by_default.0";

/** Attribute, strong value, weak value; what is weaker one way round is fine the other way round. */
const WEAKENED: readonly (readonly [rule: string, type: string, path: string, strong: Json, weak: Json])[] = [
  ["unprotected", "aws_s3_bucket", "force_destroy", false, true],
  ["unprotected", "aws_ecr_repository", "force_delete", false, true],
  ["unprotected", "aws_db_instance", "skip_final_snapshot", false, true],
  ["unprotected", "aws_rds_cluster", "deletion_protection", true, false],
  ["unprotected", "aws_dynamodb_table", "deletion_protection_enabled", true, false],
  ["unprotected", "aws_kms_key", "deletion_window_in_days", 30, 7],
  ["public", "aws_s3_bucket_public_access_block", "block_public_acls", true, false],
  ["public", "aws_s3_bucket_public_access_block", "block_public_policy", true, false],
  ["public", "aws_s3_bucket_public_access_block", "ignore_public_acls", true, false],
  ["public", "aws_s3_account_public_access_block", "restrict_public_buckets", true, false],
  ["public", "aws_emr_block_public_access_configuration", "block_public_security_group_rules", true, false],
  ["public", "aws_s3_bucket_ownership_controls", "rule.0.object_ownership", "BucketOwnerEnforced", "ObjectWriter"],
  ["public", "aws_db_instance", "publicly_accessible", false, true],
  ["versions", "aws_s3_bucket_versioning", "versioning_configuration.0.status", "Enabled", "Suspended"],
  ["versions", "aws_dynamodb_table", "point_in_time_recovery.0.enabled", true, false],
  ["lock", "aws_s3_bucket", "object_lock_enabled", true, false],
  ["lock", "aws_s3_bucket_object_lock_configuration", "object_lock_enabled", "Enabled", ""],
  ["lock", "aws_s3_bucket_object_lock_configuration", `${RULE}.mode`, "COMPLIANCE", "GOVERNANCE"],
  ["lock", "aws_s3_bucket_object_lock_configuration", `${RULE}.days`, 365, 30],
  ["lock", "aws_s3_bucket_object_lock_configuration", `${RULE}.years`, 7, 1],
  ["retention", "aws_cloudwatch_log_group", "retention_in_days", 365, 30],
  ["retention", "aws_cloudwatch_log_group", "retention_in_days", 0, 3653],
  ["retention", "aws_sqs_queue", "message_retention_seconds", 1_209_600, 60],
  ["retention", "aws_db_instance", "backup_retention_period", 30, 1],
  ["retention", "aws_kinesis_stream", "retention_period", 48, 24],
  ["rotation", "aws_kms_key", "enable_key_rotation", true, false],
  ["rotation", "aws_kms_key", "rotation_period_in_days", 365, 2560],
  ["rotation", "aws_secretsmanager_secret_rotation", "rotation_rules.0.automatically_after_days", 30, 365],
  ["encryption", "aws_kms_key", "is_enabled", true, false],
  ["encryption", "aws_kms_external_key", "enabled", true, false],
  ["encryption", "aws_ebs_encryption_by_default", "enabled", true, false],
  ["encryption", "aws_sqs_queue", "kms_master_key_id", "arn:key/1", ""],
  ["encryption", "aws_cloudwatch_log_group", "kms_key_id", "arn:key/1", null],
  ["encryption", "aws_cloudtrail", "kms_key_id", "arn:key/1", ""],
  ["encryption", "aws_lambda_function", "kms_key_arn", "arn:key/1", ""],
  ["encryption", "aws_dynamodb_table", "server_side_encryption.0.kms_key_arn", "arn:key/1", null],
  ["encryption", "aws_s3_bucket_server_side_encryption_configuration", `${CIPHER}.kms_master_key_id`, "arn:key/1", ""],
  ["encryption", "aws_db_instance", "storage_encrypted", true, false],
  ["encryption", "aws_ebs_volume", "encrypted", true, false],
  ["encryption", "aws_kms_alias", "target_key_id", "1", ""],
  ["records", "aws_cloudtrail", "enable_logging", true, false],
  ["records", "aws_cloudtrail", "enable_log_file_validation", true, false],
  ["records", "aws_cloudtrail", "is_multi_region_trail", true, false],
  ["records", "aws_cloudtrail", "include_global_service_events", true, false],
  ["records", "aws_cloudtrail", "s3_bucket_name", "audit", ""],
  ["records", "aws_cloudtrail", "cloud_watch_logs_group_arn", "arn:logs", ""],
  ["records", "aws_cloudtrail", "sns_topic_name", "arn:topic", ""],
  ["records", "aws_flow_log", "traffic_type", "ALL", "REJECT"],
  ["records", "aws_flow_log", "log_destination", "arn:aws:s3:::flow", ""],
  ["records", "aws_s3_bucket_logging", "target_bucket", "logs", ""],
  ["records", "aws_cloudwatch_metric_alarm", "actions_enabled", true, false],
  ["records", "aws_cloudwatch_metric_alarm", "alarm_actions", ["arn:topic"], []],
  ["records", "aws_cloudtrail", "advanced_event_selector", [{ name: "data" }], []],
  ["records", "aws_cloudtrail", "event_selector", [{ read_write_type: "All" }], [{ read_write_type: "WriteOnly" }]],
  ["open-network", "aws_subnet", "map_public_ip_on_launch", false, true],
  ["open-network", "aws_instance", "associate_public_ip_address", false, true],
  [
    "open-network",
    "aws_security_group",
    "ingress",
    [{ cidr_blocks: ["10.0.0.0/8"] }],
    [{ cidr_blocks: ["0.0.0.0/0"] }],
  ],
  ["open-network", "aws_security_group", "egress", [], [{ ipv6_cidr_blocks: ["::/0"] }]],
  ["open-network", "aws_default_security_group", "egress", [], [{ cidr_blocks: ["0.0.0.0/0"] }]],
  ["open-network", "aws_vpc_security_group_ingress_rule", "cidr_ipv4", "10.0.0.0/8", "0.0.0.0/0"],
  ["open-network", "aws_vpc_security_group_egress_rule", "cidr_ipv6", null, "::/0"],
  ["open-network", "aws_route_table", "route", [], [{ cidr_block: "0.0.0.0/0" }]],
  ["boundary", "aws_iam_role", "permissions_boundary", "arn:boundary", ""],
];

/** Both ways round are a change that somebody has to look at. */
const EITHER_WAY = ["s3_bucket_name", "event_selector"];

describe.each(WEAKENED)("%s: of %s, %s", (rule, type, path, strong, weak) => {
  const update = (before: Json, after: Json) =>
    findingsOn(change({ type, before: nested(path, before), after: nested(path, after) }));

  test("is refused when it weakens, in an update and when it is made again", () => {
    const [first, ...others] = update(strong, weak);
    expect(first).toMatch(new RegExp(`^${rule}: `));
    expect(others).toEqual([]);
    const again = change({
      type,
      actions: ["delete", "create"],
      before: nested(path, strong),
      after: nested(path, weak),
    });
    expect(findingsOn(again)).toContain(first);
  });

  test("passes when it stays or grows stronger", () => {
    expect(update(strong, strong)).toEqual([]);
    expect(update(weak, weak)).toEqual([]);
    if (!EITHER_WAY.includes(path)) expect(update(weak, strong)).toEqual([]);
  });
});

describe("other changes of settings", () => {
  test("another key is refused, also one that is not known yet", () => {
    const before = { kms_key_id: "arn:key/1" };
    const type = "aws_cloudwatch_log_group";
    expect(findingsOn(change({ type, before, after: { kms_key_id: "arn:key/2" } }))).toEqual([
      "encryption: kms_key_id: arn:key/1 -> arn:key/2",
    ]);
    expect(findingsOn(change({ type, before, after: {}, unknown: { kms_key_id: true } }))).toEqual([
      "encryption: kms_key_id: arn:key/1 -> known after apply",
    ]);
  });

  test("another place for records is refused while its name is not known, a number that is not known is not", () => {
    const elsewhere = { type: "aws_flow_log", before: { log_destination: "arn:a" }, after: {} };
    expect(findingsOn(change({ ...elsewhere, unknown: { log_destination: true } }))).toEqual([
      "records: log_destination: arn:a -> known after apply",
    ]);
    const days = { type: "aws_cloudwatch_log_group", before: { retention_in_days: 30 }, after: {} };
    expect(findingsOn(change({ ...days, unknown: { retention_in_days: true } }))).toEqual([]);
  });

  test("a lock that is lifted is refused, whether its unit was days or years", () => {
    const type = "aws_s3_bucket_object_lock_configuration";
    const lock = (days: number, years: number) => nested(RULE, { mode: "GOVERNANCE", days, years });
    expect(findingsOn(change({ type, before: lock(365, 0), after: { rule: [] } }))).toHaveLength(2);
    expect(findingsOn(change({ type, before: lock(0, 7), after: lock(0, 7) }))).toEqual([]);
  });

  test.each([
    ["a lifecycle rule that deletes earlier", 90, 30, 1],
    ["one that deletes for the first time", 0, 30, 1],
    ["one that deletes later", 30, 90, 0],
    ["one that no longer deletes", 30, 0, 0],
  ])("%s", (_, before, after, count) => {
    const block = (days: number) => ({ rule: [{ id: "objects", status: "Enabled", expiration: [{ days }] }] });
    const type = "aws_s3_bucket_lifecycle_configuration";
    expect(findingsOn(change({ type, before: block(before), after: block(after) }))).toHaveLength(count);
  });

  test("old versions that are kept for less long are refused, and a rule that is switched on", () => {
    const type = "aws_s3_bucket_lifecycle_configuration";
    const block = (noncurrent_days: number, status = "Enabled") => ({
      rule: [{ id: "versions", status, noncurrent_version_expiration: [{ noncurrent_days }] }],
    });
    expect(findingsOn(change({ type, before: block(90), after: block(7) }))).toHaveLength(1);
    expect(findingsOn(change({ type, before: block(90, "Disabled"), after: block(90) }))).toHaveLength(1);
  });

  test("a new way to the internet is refused, one that was there is not told again", () => {
    const rule = { type: "aws_vpc_security_group_egress_rule", after: { cidr_ipv4: "0.0.0.0/0" } };
    expect(findingsOn(change(rule))).toEqual(["open-network: opens security group egress rule 0.0.0.0/0"]);
    const before = { cidr_ipv4: "0.0.0.0/0", description: "a" };
    expect(findingsOn(change({ ...rule, before, after: { ...before, description: "b" } }))).toEqual([]);
    expect(findingsOn(change({ type: "aws_route", after: { destination_cidr_block: "0.0.0.0/0" } }))).toHaveLength(1);
  });

  test("what is new weakens nothing by its settings", () => {
    for (const [rule, type, path, , weak] of WEAKENED.filter(([name]) => name !== "open-network")) {
      expect([rule, type, findingsOn(change({ type, after: nested(path, weak) }))]).toEqual([rule, type, []]);
    }
  });
});

test("every rule has an id of its own, and says what it refuses, why, and how to proceed", () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  for (const { refuses, why, how } of RULES)
    for (const text of [refuses, why, how]) expect(text.length).toBeGreaterThan(10);
});
