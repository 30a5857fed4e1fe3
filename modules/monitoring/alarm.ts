import type { CloudwatchMetricAlarmConfig } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { type Metric, PERIOD_SECONDS } from "./metric";

export interface AlarmProps {
  /** Physical name of the alarm. */
  readonly name: string;
  /** What happened and what to do: the text of the message that people get. */
  readonly description: string;
  /** Name of the page of `docs/runbooks` that tells what to do, without its ending. */
  readonly runbook: string;
  readonly metric: Metric;
  /** The alarm is raised above this value. */
  readonly threshold: number;
  /** Is it raised below that value instead? @default false */
  readonly below?: boolean;
  /** For how many periods of the metric, one after the other. @default 1 */
  readonly periods?: number;
  /** What silence means: that all is well, or nothing, so that the alarm stays as it is. @default well */
  readonly silence?: "well" | "nothing";
}

/** Where alarms tell, and where their runbooks are. */
export interface AlarmSurroundings {
  readonly topicArn: string;
  /** Address of the folder of runbooks, without a slash at its end. */
  readonly runbooks: string;
}

/** CloudWatch takes no more: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_DESCRIPTION = 1024;

/** The settings of an alarm: every one tells people when it begins and when it ends, and where to read what to do. */
export function alarmConfig(props: AlarmProps, { topicArn, runbooks }: AlarmSurroundings): CloudwatchMetricAlarmConfig {
  const { metric, silence = "well" } = props;
  const { statistic } = metric;
  return {
    alarmName: props.name,
    alarmDescription: withRunbook(props, runbooks),
    namespace: metric.namespace,
    metricName: metric.name,
    dimensions: { ...metric.dimensions },
    ...(statistic === "p99" ? { extendedStatistic: statistic } : { statistic }),
    comparisonOperator: props.below === true ? "LessThanThreshold" : "GreaterThanThreshold",
    threshold: props.threshold,
    period: metric.periodSeconds ?? PERIOD_SECONDS,
    evaluationPeriods: props.periods ?? 1,
    // An idle lake is a healthy lake.
    treatMissingData: silence === "well" ? "notBreaching" : "ignore",
    alarmActions: [topicArn],
    okActions: [topicArn],
  };
}

/** The text of a message, with the way to its runbook at its end. */
export function withRunbook(
  { name, description, runbook }: Pick<AlarmProps, "name" | "description" | "runbook">,
  runbooks: string,
): string {
  const text = `${description} Runbook: ${runbooks}/${runbook}.md`;
  if (text.length > LONGEST_DESCRIPTION) throw new Error(`the text of ${name} has ${text.length} characters`);
  return text;
}
