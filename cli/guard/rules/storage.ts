import { at, type Json, type JsonObject } from "../../plan/plan-json";
import {
  changed,
  changeText,
  leaves,
  lowered,
  type Rule,
  type Setting,
  type Subject,
  turnedOff,
  turnedOn,
  weakened,
} from "../rule";

const ANY = /./;

const DELETABLE: readonly Setting[] = [
  { types: ANY, path: "force_destroy", isWeaker: turnedOn },
  { types: ANY, path: "force_delete", isWeaker: turnedOn },
  { types: ANY, path: "skip_final_snapshot", isWeaker: turnedOn },
  { types: ANY, path: "deletion_protection", isWeaker: turnedOff },
  { types: ANY, path: "deletion_protection_enabled", isWeaker: turnedOff },
  { types: /^aws_kms_/, path: "deletion_window_in_days", isWeaker: lowered },
];

const BLOCKS = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

const PUBLIC: readonly Setting[] = [
  ...BLOCKS.map((path) => ({ types: /_public_access_block$/, path, isWeaker: turnedOff })),
  { types: /^aws_emr_block_public/, path: "block_public_security_group_rules", isWeaker: turnedOff },
  {
    types: /^aws_s3_bucket_ownership/,
    path: "rule.0.object_ownership",
    isWeaker: leaves("BucketOwnerEnforced"),
  },
  { types: ANY, path: "publicly_accessible", isWeaker: turnedOn },
];

const VERSIONS: readonly Setting[] = [
  {
    types: /^aws_s3_bucket_versioning$/,
    path: "versioning_configuration.0.status",
    isWeaker: leaves("Enabled"),
  },
  { types: /^aws_dynamodb_table$/, path: "point_in_time_recovery.0.enabled", isWeaker: turnedOff },
];

const RETENTION = "rule.0.default_retention.0";

const LOCK: readonly Setting[] = [
  { types: /^aws_s3_bucket$/, path: "object_lock_enabled", isWeaker: turnedOff },
  { types: /object_lock_configuration$/, path: "object_lock_enabled", isWeaker: changed },
  { types: /object_lock_configuration$/, path: `${RETENTION}.mode`, isWeaker: weakerMode },
  { types: /object_lock_configuration$/, path: `${RETENTION}.days`, isWeaker: shorterLock },
  { types: /object_lock_configuration$/, path: `${RETENTION}.years`, isWeaker: shorterLock },
];

/** Attributes that say how long something is kept; of log groups 0 means for ever. */
const KEEPING: readonly Setting[] = [
  { types: /^aws_cloudwatch_log_group$/, path: "retention_in_days", isWeaker: shorterLogs },
  { types: /^aws_sqs_queue$/, path: "message_retention_seconds", isWeaker: lowered },
  { types: ANY, path: "backup_retention_period", isWeaker: lowered },
  { types: ANY, path: "retention_period", isWeaker: lowered },
];

const NEEDS_REMOVAL =
  "Take the change back. To remove an account's data on purpose, see `removal` in the account's file.";

export const storageRules: readonly Rule[] = [
  {
    id: "unprotected",
    refuses: "lifting the protection against deletion",
    why: "The next mistake deletes it, with all that it holds.",
    how: NEEDS_REMOVAL,
    find: (subject) => [...weakened(DELETABLE)(subject), ...withoutPreventDestroy(subject)],
  },
  {
    id: "public",
    refuses: "letting the public in",
    why: "Data becomes readable by anybody as soon as one policy or list says so.",
    how: "Take the change back: share by a role or by a policy that names accounts.",
    find: weakened(PUBLIC),
  },
  {
    id: "versions",
    refuses: "ending old versions and backups",
    why: "What is overwritten or deleted from then on cannot be brought back.",
    how: "Take the change back; to save space, shorten how long old versions are kept.",
    find: weakened(VERSIONS),
  },
  {
    id: "lock",
    refuses: "weakening an object lock",
    why: "Records that nobody could delete can be deleted earlier, or by more people.",
    how: "Take the change back: a lock is only ever made longer or stronger.",
    find: weakened(LOCK),
  },
  {
    id: "retention",
    refuses: "keeping logs, messages, backups or objects for less long",
    why: "What is older than that is deleted at once, for good.",
    how: "Take the change back, or make sure that nobody needs what is older.",
    find: (subject) => [...weakened(KEEPING)(subject), ...shorterLifecycles(subject)],
  },
];

function weakerMode(before: Json | undefined, after: Json | undefined): boolean {
  return (
    leaves("COMPLIANCE")(before, after) || (before === "GOVERNANCE" && after !== "GOVERNANCE" && after !== "COMPLIANCE")
  );
}

/** Days may become years: where the other unit is used, 0 stands here. */
function shorterLock(before: Json | undefined, after: Json | undefined): boolean {
  return typeof before === "number" && before > 0 && lowered(before, after);
}

function shorterLogs(before: Json | undefined, after: Json | undefined): boolean {
  if (after === 0) return false;
  return before === 0 || lowered(before, after);
}

/** Types that the stacks always protect in their own configuration: no plan tells of it. */
const PROTECTED = ["aws_dynamodb_table", "aws_kms_key", "aws_s3_bucket"];

function withoutPreventDestroy({ type, action, configured }: Subject): string[] {
  if (!PROTECTED.includes(type) || configured === undefined || action === "create") return [];
  return at(configured, "lifecycle.prevent_destroy") === true ? [] : ["lifecycle.prevent_destroy is not set"];
}

/** Days after which a lifecycle rule deletes something. */
const EXPIRATIONS = ["expiration.0.days", "noncurrent_version_expiration.0.noncurrent_days"];

function shorterLifecycles({ type, action, before, after }: Subject): string[] {
  if (type !== "aws_s3_bucket_lifecycle_configuration" || (action !== "update" && action !== "replace")) return [];
  const old = rulesOf(before);
  return rulesOf(after).flatMap((rule) =>
    EXPIRATIONS.flatMap((path) => {
      const known = old.find(({ id }) => id === rule.id);
      const [days, daysBefore] = [at(rule, path), known && at(known, path)];
      const isOn = typeof days === "number" && days > 0 && rule.status === "Enabled";
      const wasOn = typeof daysBefore === "number" && daysBefore > 0 && known?.status === "Enabled";
      return isOn && (!wasOn || days < daysBefore) ? [`rule ${rule.id}, ${changeText(path, daysBefore, days)}`] : [];
    }),
  );
}

function rulesOf(block: JsonObject): JsonObject[] {
  return Array.isArray(block.rule) ? (block.rule as JsonObject[]) : [];
}
