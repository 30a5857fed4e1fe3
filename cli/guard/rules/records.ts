import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../plan/plan-json";
import { changed, leaves, type Rule, type Setting, type Subject, turnedOff, weakened } from "../rule";

const RECORDS: readonly Setting[] = [
  ...["enable_logging", "enable_log_file_validation", "is_multi_region_trail", "include_global_service_events"].map(
    (path) => ({ types: /^aws_cloudtrail$/, path, isWeaker: turnedOff }),
  ),
  ...["s3_bucket_name", "cloud_watch_logs_group_arn", "sns_topic_name"].map((path) => ({
    types: /^aws_cloudtrail$/,
    path,
    isWeaker: changed,
  })),
  { types: /^aws_flow_log$/, path: "traffic_type", isWeaker: leaves("ALL") },
  { types: /^aws_flow_log$/, path: "log_destination", isWeaker: changed },
  { types: /^aws_s3_bucket_logging$/, path: "target_bucket", isWeaker: changed },
  { types: /^aws_cloudwatch_metric_alarm$/, path: "actions_enabled", isWeaker: turnedOff },
];

/** Lists of which nothing may be lost. */
const LISTS: readonly { readonly types: RegExp; readonly attribute: string }[] = [
  { types: /^aws_cloudtrail$/, attribute: "event_selector" },
  { types: /^aws_cloudtrail$/, attribute: "advanced_event_selector" },
  { types: /^aws_cloudwatch_metric_alarm$/, attribute: "alarm_actions" },
];

export const recordRules: readonly Rule[] = [
  {
    id: "records",
    refuses: "recording less, elsewhere, or telling nobody",
    why: "What happens from then on is not seen, and no one can tell later what it was.",
    how: "Take the change back; a record is only ever widened.",
    find: (subject) => [...weakened(RECORDS)(subject), ...shortened(subject)],
  },
];

function shortened({ type, action, before, after, isUnknown }: Subject): string[] {
  if (action !== "update" && action !== "replace") return [];
  return LISTS.filter(({ types, attribute }) => types.test(type) && !isUnknown(attribute)).flatMap(({ attribute }) => {
    const now = listOf(after[attribute]);
    const lost = listOf(before[attribute]).filter((item) => !now.some((other) => isDeepStrictEqual(item, other)));
    return lost.length === 0
      ? []
      : [`${attribute}: ${lost.length} of ${listOf(before[attribute]).length} changed or gone`];
  });
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
