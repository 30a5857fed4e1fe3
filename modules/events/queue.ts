import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { queueMetrics } from "../monitoring/metric";
import { arnIn, type Place } from "../place";
import { denyPlainHttp, policyJson, type Statement } from "../policies/statement";

export interface QueueProps {
  readonly place: Place;
  /** Physical name; the dead-letter queue's is `<name>-dlq`. */
  readonly name: string;
  readonly key: Key;
  readonly alarms: AlarmTopic;
  /** Who may send: an AWS service for one source, e.g. S3 for one bucket. */
  readonly sender: { readonly service: string; readonly sourceArn: string };
  /** Longest time that a consumer works on a batch, in seconds. */
  readonly consumerTimeoutSeconds: number;
}

/** Receives after which a message counts as poison. Three tell a bad file from a bad moment. */
export const MAX_RECEIVES = 3;
/** The longest that SQS keeps a message: 14 days. */
const RETENTION_SECONDS = 14 * 24 * 3600;
/** What AWS asks for between a function's time-out and its queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_FACTOR = 6;
/** The longest visibility that SQS allows: 12 hours. */
const LONGEST_VISIBILITY_SECONDS = 43200;
/** Files come in crowds, and a crowd is no fault: only one that does not shrink for so many periods of five minutes is. */
const CROWDED_PERIODS = 3;
/** Half of its time is over. A dead letter's age counts from when it was first sent. */
const FORGOTTEN_SECONDS = RETENTION_SECONDS / 2;

/** An encrypted queue whose poison goes to a dead-letter queue, which raises an alarm. */
export class Queue extends Construct {
  readonly arn: string;
  readonly url: string;
  private readonly deadLettersArn: string;
  /** The queue itself: S3 checks that it can send when the notification is made. */
  readonly queue: SqsQueue;
  private readonly key: Key;
  private readonly name: string;
  private readonly alarms: AlarmTopic;

  constructor(scope: Construct, id: string, props: QueueProps) {
    super(scope, id);
    this.key = props.key;
    this.name = props.name;
    this.alarms = props.alarms;
    const arn = arnIn(props.place, "sqs", props.name);
    const deadLetterArn = `${arn}-dlq`;
    const encrypted = { kmsMasterKeyId: props.key.arn, messageRetentionSeconds: RETENTION_SECONDS };
    const deadLetters = new SqsQueue(this, "dead-letters", {
      name: `${props.name}-dlq`,
      ...encrypted,
      policy: policyJson([denyPlainHttp("sqs:*", deadLetterArn)]),
      redriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [arn] }),
    });
    // Policies stand in the queue's own block: as resources of their own each would cost half a minute of waiting.
    this.queue = new SqsQueue(this, "queue", {
      name: props.name,
      ...encrypted,
      visibilityTimeoutSeconds: Math.min(props.consumerTimeoutSeconds * VISIBILITY_FACTOR, LONGEST_VISIBILITY_SECONDS),
      policy: policyJson([denyPlainHttp("sqs:*", arn), senderStatement(arn, props)]),
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: MAX_RECEIVES }),
    });
    this.arn = this.queue.arn;
    this.url = this.queue.url;
    this.deadLettersArn = deadLetters.arn;
    props.key.allowService(`SendTo${pascal(id)}`, props.sender.service, ["kms:GenerateDataKey", "kms:Decrypt"], {
      StringEquals: { "aws:SourceAccount": props.place.accountId },
      ArnEquals: { "aws:SourceArn": props.sender.sourceArn },
    });
    props.alarms.alarm(this, "poison", {
      name: `${props.name}-dlq-not-empty`,
      description: `Messages of ${props.name} failed ${MAX_RECEIVES} times. Find the reason with \`npm run lake -- status\`, put it right, then \`npm run lake -- redrive ${props.name}\`.`,
      runbook: "dead-letters",
      metric: queueMetrics(`${props.name}-dlq`).waiting,
      threshold: 0,
    });
    props.alarms.alarm(this, "forgotten", {
      name: `${props.name}-dlq-old-message`,
      description: `A dead letter of ${props.name} is ${FORGOTTEN_SECONDS / 86400} days old; SQS deletes it after ${RETENTION_SECONDS / 86400}. Put its cause right, then \`npm run lake -- redrive ${props.name}\`.`,
      runbook: "forgotten-dead-letters",
      metric: queueMetrics(`${props.name}-dlq`).age,
      threshold: FORGOTTEN_SECONDS,
    });
  }

  /** The role's function may take messages, and alarms tell when it does not keep up: without one nobody is late. */
  grantConsume(role: Role): void {
    role.allow({
      Sid: `Consume${pascal(this.node.path)}`,
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
      Resource: this.arn,
    });
    this.key.grantUseVia(role, "sqs", ["kms:Decrypt"]);
    const { waitingMinutes, waitingMessages } = this.alarms.limits;
    const { age, waiting } = queueMetrics(this.name);
    this.alarms.alarm(this, "old", {
      name: `${this.name}-old-message`,
      description: `${this.name} holds a message older than ${waitingMinutes} minutes: its consumer is slow, stopped or failing.`,
      runbook: "old-messages",
      metric: age,
      threshold: waitingMinutes * 60,
    });
    this.alarms.alarm(this, "crowded", {
      name: `${this.name}-many-messages`,
      description: `More than ${waitingMessages} messages have waited in ${this.name} for a quarter of an hour: more arrives than its consumer takes.`,
      runbook: "many-messages",
      metric: waiting,
      threshold: waitingMessages,
      periods: CROWDED_PERIODS,
    });
  }

  /** The role may count messages and move the dead letters back to the queue. */
  grantRedrive(role: Role): void {
    role.allow({
      Sid: `Redrive${pascal(this.node.path)}`,
      // What a message move task needs: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
      Action: [
        "sqs:CancelMessageMoveTask",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ListMessageMoveTasks",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "sqs:StartMessageMoveTask",
      ],
      Resource: [this.arn, this.deadLettersArn],
    });
    this.key.grantUseVia(role, "sqs", ["kms:Decrypt", "kms:GenerateDataKey"]);
  }
}

function senderStatement(queueArn: string, { sender, place }: QueueProps): Statement {
  return {
    Sid: "Sender",
    Effect: "Allow",
    Principal: { Service: sender.service },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: {
      StringEquals: { "aws:SourceAccount": place.accountId },
      ArnEquals: { "aws:SourceArn": sender.sourceArn },
    },
  };
}
