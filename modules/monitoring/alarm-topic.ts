import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import { arnIn, type Place } from "../place";
import { addStatement, denyPlainHttp, policyJson, type Statement } from "../policies/statement";

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
export class AlarmTopic extends Construct {
  readonly arn: string;
  private readonly key: Key;
  private readonly place: Place;
  private readonly ownArn: string;
  private readonly statements: Statement[];

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const { place } = props;
    const topic = new SnsTopic(this, "topic", { name: props.name, kmsMasterKeyId: props.key.arn });
    this.arn = topic.arn;
    this.key = props.key;
    this.place = place;
    this.ownArn = arnIn(place, "sns", props.name);
    const ofOwnAlarms = {
      StringEquals: { "aws:SourceAccount": place.accountId },
      ArnLike: { "aws:SourceArn": arnIn(place, "cloudwatch", "alarm:*") },
    };
    this.statements = [denyPlainHttp("sns:Publish", this.ownArn)];
    this.allowService("Alarms", "cloudwatch.amazonaws.com", ofOwnAlarms);
    new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: Lazy.stringValue({ produce: () => policyJson(this.statements) }),
    });
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

  /** The service may publish, and encrypt what it publishes, under a condition that says for whom. */
  private allowService(sid: string, service: string, condition: Statement["Condition"]): void {
    addStatement(this.statements, {
      Sid: sid,
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sns:Publish",
      Resource: this.ownArn,
      Condition: condition,
    });
    this.key.allowService(sid, service, ["kms:GenerateDataKey", "kms:Decrypt"], condition);
  }
}
