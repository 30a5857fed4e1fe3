import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { Construct } from "constructs";
import { pascal } from "../keys/key";
import { arnIn } from "../place";
import { Topic, type TopicProps } from "./topic";

export interface AlarmProps {
  /** Physical name of the alarm. */
  readonly name: string;
  /** What happened and what to do: the text of the message that people get. */
  readonly description: string;
  readonly metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  };
  /** The alarm is raised above this value. */
  readonly threshold: number;
  /** Is it raised below that value instead? @default false */
  readonly below?: boolean;
  /** For how many periods of five minutes, one after the other. @default 1 */
  readonly periods?: number;
}

export interface NewsProps {
  /** Physical name of the rule. */
  readonly name: string;
  readonly description: string;
  /** The events that people are told of. */
  readonly pattern: object;
  /** Parts of the event by the names under which the message knows them. */
  readonly values: Readonly<Record<string, string>>;
  /** The text of the message that people get: what happened and what to do. A name in angle brackets stands for its value. */
  readonly message: string;
}

const PERIOD_SECONDS = 300;

/** Where alarms and news of failures go, and the one way to make them: no alarm without an action. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, props: TopicProps) {
    super(scope, id, props, "TellOfFailures");
    const { place } = props;
    this.allowService("Alarms", "cloudwatch.amazonaws.com", {
      StringEquals: { "aws:SourceAccount": place.accountId },
      ArnLike: { "aws:SourceArn": arnIn(place, "cloudwatch", "alarm:*") },
    });
  }

  /** An alarm on a metric, owned by the construct that it watches. Missing data is no alarm: an idle lake is a healthy lake. */
  alarm(scope: Construct, id: string, props: AlarmProps): void {
    new CloudwatchMetricAlarm(scope, id, {
      alarmName: props.name,
      alarmDescription: props.description,
      namespace: props.metric.namespace,
      metricName: props.metric.name,
      dimensions: { ...props.metric.dimensions },
      statistic: props.metric.statistic,
      comparisonOperator: props.below === true ? "LessThanThreshold" : "GreaterThanThreshold",
      threshold: props.threshold,
      period: PERIOD_SECONDS,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: "notBreaching",
      alarmActions: [this.arn],
      okActions: [this.arn],
    });
  }

  /** A message for each event that matches, where no metric counts what happened. */
  tell(scope: Construct, id: string, props: NewsProps): void {
    const rule = new CloudwatchEventRule(scope, id, {
      name: props.name,
      description: props.description,
      eventPattern: JSON.stringify(props.pattern),
    });
    new CloudwatchEventTarget(scope, `${id}-target`, {
      rule: rule.name,
      arn: this.arn,
      inputTransformer: { inputPaths: { ...props.values }, inputTemplate: JSON.stringify(props.message) },
    });
    this.allowService(`TellOf${pascal(id)}`, "events.amazonaws.com", {
      ArnEquals: { "aws:SourceArn": arnIn(this.place, "events", `rule/${props.name}`) },
    });
  }
}
