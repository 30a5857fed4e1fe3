import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Key } from "../keys/key";
import { arnIn, type Place } from "../place";
import { denyPlainHttp, policyJson } from "../policies/statement";

export interface AlarmTopicProps {
  readonly place: Place;
  /** Physical name of the topic. */
  readonly name: string;
  readonly key: Key;
  /** Addresses that receive alarms; each confirms its own subscription. */
  readonly emails: readonly string[];
}

export interface AlarmProps {
  /** Physical name of the alarm. */
  readonly name: string;
  /** What happened and what to do: the text of the message that people get. */
  readonly description: string;
  readonly metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly statistic: "Maximum" | "Sum";
  };
  /** The alarm is raised above this value. */
  readonly threshold: number;
}

const PERIOD_SECONDS = 300;

/** Where alarms go, and the one way to make them: no alarm without an action. */
export class AlarmTopic extends Construct {
  readonly arn: string;
  private readonly key: Key;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const { place } = props;
    const topic = new SnsTopic(this, "topic", { name: props.name, kmsMasterKeyId: props.key.arn });
    this.arn = topic.arn;
    this.key = props.key;
    const arn = arnIn(place, "sns", props.name);
    const ofOwnAlarms = {
      StringEquals: { "aws:SourceAccount": place.accountId },
      ArnLike: { "aws:SourceArn": arnIn(place, "cloudwatch", "alarm:*") },
    };
    new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyJson([
        denyPlainHttp("sns:Publish", arn),
        {
          Sid: "Alarms",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: arn,
          Condition: ofOwnAlarms,
        },
      ]),
    });
    props.key.allowService("Alarms", "cloudwatch.amazonaws.com", ["kms:GenerateDataKey", "kms:Decrypt"], ofOwnAlarms);
    for (const email of props.emails) {
      new SnsTopicSubscription(this, `email-${email.replace(/[^a-z0-9]/gi, "-")}`, {
        topicArn: topic.arn,
        protocol: "email",
        endpoint: email,
      });
    }
  }

  /** The role may tell of what no metric tells, e.g. why a run failed. */
  grantPublish(role: Role): void {
    role.allow({ Sid: "TellOfFailures", Action: "sns:Publish", Resource: this.arn });
    this.key.grantUseVia(role, "sns", ["kms:Decrypt", "kms:GenerateDataKey"]);
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
      comparisonOperator: "GreaterThanThreshold",
      threshold: props.threshold,
      period: PERIOD_SECONDS,
      evaluationPeriods: 1,
      treatMissingData: "notBreaching",
      alarmActions: [this.arn],
      okActions: [this.arn],
    });
  }
}
