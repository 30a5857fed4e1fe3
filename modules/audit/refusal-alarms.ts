import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter";
import { Construct } from "constructs";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { CALLS_NAMESPACE, callMetrics } from "../monitoring/metric";

export interface RefusalAlarmsProps {
  /** Log group of the account's trail. */
  readonly logGroupName: string;
  /** Physical name of a part. */
  readonly nameOf: (part: string) => string;
  /** Refused calls of a service within five minutes above which an alarm is raised. */
  readonly limit: number;
  readonly alarms: AlarmTopic;
}

/** Services that keep data closed, with what each refuses. */
export const REFUSING = { s3: "objects and buckets", kms: "keys" } as const;

/**
 * Tells people when calls for data are refused again and again: a part of the lake lost a right that it needs, or somebody
 * tries what he may not. The trail has the use of objects, of each bucket of the lake, as well as that of keys.
 */
export class RefusalAlarms extends Construct {
  constructor(scope: Construct, id: string, { logGroupName, nameOf, limit, alarms }: RefusalAlarmsProps) {
    super(scope, id);
    for (const [service, what] of Object.entries(REFUSING)) {
      const name = nameOf(refusalFilter(service));
      new CloudwatchLogMetricFilter(this, `${service}-filter`, {
        name,
        logGroupName,
        pattern: refusalPattern(service),
        metricTransformation: { name, namespace: CALLS_NAMESPACE, value: "1" },
      });
      alarms.alarm(this, service, {
        name,
        description: `More than ${limit} calls for ${what} were refused within five minutes: a part of the lake lacks a right, or somebody tries what they may not. The trail's log group says who and what.`,
        runbook: "refused-calls",
        metric: callMetrics(name).calls,
        threshold: limit,
      });
    }
  }
}

/** Filter pattern of CloudWatch Logs. S3 says `AccessDenied`, KMS `AccessDeniedException`. */
export function refusalPattern(service: string): string {
  return `{ ($.eventSource = "${service}.amazonaws.com") && ($.errorCode = "AccessDenied*") }`;
}

/** Part of the physical name of the filter that counts a service's refused calls, and of its alarm. */
export function refusalFilter(service: string): string {
  return `${service}-refused`;
}
