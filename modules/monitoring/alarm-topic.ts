import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { Construct } from "constructs";
import { pascal } from "../keys/key";
import { arnIn } from "../place";
import { type AlarmProps, alarmConfig, withRunbook } from "./alarm";
import { Topic, type TopicProps } from "./topic";

/** Limits that an account sets: its alarms are raised above them. */
export interface AlarmLimits {
  /** Messages that wait in a queue. */
  readonly waitingMessages: number;
  /** Minutes for which the oldest of them has waited. */
  readonly waitingMinutes: number;
}

export interface AlarmTopicProps extends TopicProps {
  /** Address of the folder of runbooks, without a slash at its end. */
  readonly runbooks: string;
  /** @default as `DEFAULT_LIMITS` say */
  readonly limits?: AlarmLimits;
}

/** What a lake is watched by whose account says nothing else. */
const DEFAULT_LIMITS: AlarmLimits = { waitingMessages: 10_000, waitingMinutes: 60 };

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
  /** Name of the page of `docs/runbooks` that tells what to do, without its ending. */
  readonly runbook: string;
}

/** Where alarms and news of failures go, and the one way to make them: no alarm without an action. */
export class AlarmTopic extends Topic {
  readonly limits: AlarmLimits;
  private readonly runbooks: string;
  private readonly names: string[] = [];

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id, props, "TellOfFailures");
    const { place } = props;
    this.limits = props.limits ?? DEFAULT_LIMITS;
    this.runbooks = props.runbooks;
    this.allowService("Alarms", "cloudwatch.amazonaws.com", {
      StringEquals: { "aws:SourceAccount": place.accountId },
      ArnLike: { "aws:SourceArn": arnIn(place, "cloudwatch", "alarm:*") },
    });
  }

  /** An alarm on a metric, owned by the construct that it watches. */
  alarm(scope: Construct, id: string, props: AlarmProps): void {
    new CloudwatchMetricAlarm(scope, id, alarmConfig(props, { topicArn: this.arn, runbooks: this.runbooks }));
    this.names.push(props.name);
  }

  /** ARNs of the alarms that have been made so far. */
  get alarmArns(): string[] {
    return this.names.map((name) => arnIn(this.place, "cloudwatch", `alarm:${name}`));
  }

  /** Address of a runbook, for those who tell people in words of their own. */
  runbookOf(name: string): string {
    return `${this.runbooks}/${name}.md`;
  }

  /** The services that watch costs may tell people, of this account only. */
  allowCosts(): void {
    const { partition, accountId } = this.place;
    const own = { StringEquals: { "aws:SourceAccount": accountId } };
    // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
    this.allowService("Budgets", "budgets.amazonaws.com", {
      ...own,
      ArnLike: { "aws:SourceArn": `arn:${partition}:budgets::${accountId}:*` },
    });
    // https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
    this.allowService("CostAnomalies", "costalerts.amazonaws.com", own);
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
      inputTransformer: { inputPaths: { ...props.values }, inputTemplate: JSON.stringify(this.withRunbook(props)) },
    });
    this.allowService(`TellOf${pascal(id)}`, "events.amazonaws.com", {
      ArnEquals: { "aws:SourceArn": arnIn(this.place, "events", `rule/${props.name}`) },
    });
  }

  private withRunbook({ name, message, runbook }: NewsProps): string {
    return withRunbook({ name, description: message, runbook }, this.runbooks);
  }
}
