import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter";
import { Construct } from "constructs";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { CIS_NAMESPACE, callMetrics } from "../monitoring/metric";
import { WATCHED_CALLS } from "./watched-calls";

export interface CallAlarmsProps {
  /** Log group of the account's trail. */
  readonly logGroupName: string;
  /** Physical name by the last part. */
  readonly nameOf: (part: string) => string;
  readonly alarms: AlarmTopic;
}

/** An alarm for each kind of call that CIS AWS Foundations wants watched, on the trail's log group. */
export class CallAlarms extends Construct {
  constructor(scope: Construct, id: string, { logGroupName, nameOf, alarms }: CallAlarmsProps) {
    super(scope, id);
    for (const { control, name: part, description, pattern } of WATCHED_CALLS) {
      const name = nameOf(part);
      new CloudwatchLogMetricFilter(this, `filter-${part}`, {
        name,
        logGroupName,
        pattern,
        metricTransformation: { name, namespace: CIS_NAMESPACE, value: "1" },
      });
      alarms.alarm(this, `alarm-${part}`, {
        name,
        description: `CIS ${control}: ${description} The trail's log group says who and what.`,
        runbook: "watched-calls",
        metric: callMetrics(name, CIS_NAMESPACE).calls,
        threshold: 0,
      });
    }
  }
}
