import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter";
import { Construct } from "constructs";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { CALLS_NAMESPACE, callMetrics } from "../monitoring/metric";

export interface TamperAlarmProps {
  /** Log group of the account's trail. */
  readonly logGroupName: string;
  /** Physical name of the alarm and of the filter behind it. */
  readonly name: string;
  /** Pattern of the names of the buckets that keep or relay records, e.g. `lake-security-*`. */
  readonly recordBuckets: string;
  readonly alarms: AlarmTopic;
}

/** Calls that stop or weaken records, wherever they are made. */
const STOPPING = [
  "DeleteFlowLogs",
  "DeleteLogGroup",
  "DeleteTrail",
  "PutBucketLogging",
  "PutEventSelectors",
  "StopLogging",
  "UpdateTrail",
];
/** Calls that do so when it is a bucket of records that is changed. */
const OPENING = [
  "DeleteBucketLifecycle",
  "DeleteBucketPolicy",
  "DeleteBucketReplication",
  "PutBucketLifecycle",
  "PutBucketPolicy",
  "PutBucketReplication",
];

/**
 * Tells people when the records themselves are changed. A deployment has to be able to make some of these calls, and no
 * policy can tell a call that weakens from one that does not: so each of them is told, refused ones too.
 */
export class TamperAlarm extends Construct {
  constructor(scope: Construct, id: string, props: TamperAlarmProps) {
    super(scope, id);
    new CloudwatchLogMetricFilter(this, "filter", {
      name: props.name,
      logGroupName: props.logGroupName,
      pattern: tamperPattern(props.recordBuckets),
      metricTransformation: { name: props.name, namespace: CALLS_NAMESPACE, value: "1" },
    });
    props.alarms.alarm(this, "alarm", {
      name: props.name,
      description:
        "Somebody changed or tried to change how this account is recorded. Was it a deployment? The trail's log group says who and what.",
      runbook: "records-changed",
      metric: callMetrics(props.name).calls,
      threshold: 0,
    });
  }
}

/** Filter pattern of CloudWatch Logs; it may have 1024 characters. */
export function tamperPattern(recordBuckets: string): string {
  const any = (names: readonly string[]) => names.map((name) => `($.eventName = ${name})`).join(" || ");
  return `{ ${any(STOPPING)} || ((${any(OPENING)}) && ($.requestParameters.bucketName = "${recordBuckets}")) }`;
}
