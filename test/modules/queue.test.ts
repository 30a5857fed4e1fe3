import { MAX_RECEIVES, Queue } from "../../modules/events/queue";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, isAllowed, type Request } from "../support/policy";
import type { Stack } from "../support/stack";
import { alarmsIn, keyIn, OTHERS, roleIn } from "./fixtures";

const BUCKET = "arn:aws:s3:::the-bucket";
const QUEUE = "arn:aws:sqs:eu-west-1:111111111111:the-queue";
const DEAD_LETTERS = `${QUEUE}-dlq`;

function synthQueue(consumerTimeoutSeconds: number): Stack {
  return synthModule((scope) => {
    const queue = new Queue(scope, "arrivals", {
      place: PLACE,
      name: "the-queue",
      key: keyIn(scope),
      alarms: alarmsIn(scope),
      sender: { service: "s3.amazonaws.com", sourceArn: BUCKET },
      consumerTimeoutSeconds,
    });
    queue.grantConsume(roleIn(scope, "consumer"));
    queue.grantRedrive(roleIn(scope, "operator"));
  });
}

const stack = synthQueue(100);
const queue = stack.only("aws_sqs_queue", "arrivals_queue");
const deadLetters = stack.only("aws_sqs_queue", "arrivals_dead-letters");

describe("the policy of a queue", () => {
  const policy = stack.policyOf(queue);
  const send = (context: Request["context"], caller: Request["caller"] = { service: "s3.amazonaws.com" }) =>
    decide(policy, "resource", { caller, action: "sqs:SendMessage", resource: QUEUE, context });
  const source = { "aws:SecureTransport": "true", "aws:SourceAccount": PLACE.accountId, "aws:SourceArn": BUCKET };

  test("lets S3 send for the right bucket of the right account", () => {
    expect(send(source)).toBe("allow");
  });

  test("lets S3 send for no other bucket and no other account", () => {
    expect(send({ ...source, "aws:SourceArn": "arn:aws:s3:::the-bucket-2" })).toBe("none");
    expect(send({ ...source, "aws:SourceAccount": FOREIGN_ACCOUNT })).toBe("none");
    expect(send({ "aws:SecureTransport": "true" })).toBe("none");
  });

  test("lets nobody else send", () => {
    for (const caller of [...OTHERS, { service: "sns.amazonaws.com" }]) expect(send(source, caller)).toBe("none");
  });

  test("lets S3 do nothing but send", () => {
    for (const action of ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SetQueueAttributes", "sqs:PurgeQueue"]) {
      const request = { caller: { service: "s3.amazonaws.com" }, action, resource: QUEUE, context: source };
      expect(decide(policy, "resource", request)).toBe("none");
    }
  });

  test("denies plain HTTP to everybody, on the dead letters as well", () => {
    for (const caller of [...OTHERS, { service: "s3.amazonaws.com" }, { arn: roleArn("consumer") }]) {
      for (const action of ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:GetQueueUrl"]) {
        const context = { ...source, "aws:SecureTransport": "false" };
        expect(decide(policy, "resource", { caller, action, resource: QUEUE, context })).toBe("deny");
        expect(
          decide(stack.policyOf(deadLetters), "resource", { caller, action, resource: DEAD_LETTERS, context }),
        ).toBe("deny");
      }
    }
  });
});

describe("a queue", () => {
  test("is encrypted with its key, and so are its dead letters", () => {
    const key = `\${${stack.only("aws_kms_key", "key").address}.arn}`;
    expect(queue.block.kms_master_key_id).toBe(key);
    expect(deadLetters.block.kms_master_key_id).toBe(key);
  });

  test("puts a message aside after three receives and keeps it for two weeks", () => {
    expect(JSON.parse(String(queue.block.redrive_policy))).toEqual({
      deadLetterTargetArn: `\${${deadLetters.address}.arn}`,
      maxReceiveCount: MAX_RECEIVES,
    });
    expect(MAX_RECEIVES).toBe(3);
    expect([queue, deadLetters].map(({ block }) => block.message_retention_seconds)).toEqual([1209600, 1209600]);
  });

  test("is the only one whose dead letters go there", () => {
    expect(JSON.parse(String(deadLetters.block.redrive_allow_policy))).toEqual({
      redrivePermission: "byQueue",
      sourceQueueArns: [QUEUE],
    });
  });

  test("hides a message six times as long as its consumer works, and never longer than SQS can", () => {
    expect(queue.block.visibility_timeout_seconds).toBe(600);
    expect(synthQueue(900).only("aws_sqs_queue", "arrivals_queue").block.visibility_timeout_seconds).toBe(5400);
    expect(synthQueue(10000).only("aws_sqs_queue", "arrivals_queue").block.visibility_timeout_seconds).toBe(43200);
  });

  test("lets its sender use the key, for the right bucket of the right account only", () => {
    const key = stack.policyOf(stack.only("aws_kms_key", "key"));
    const use = (context: Request["context"], service = "s3.amazonaws.com") =>
      decide(key, "resource", { caller: { service }, action: "kms:GenerateDataKey", resource: "*", context });
    const source = { "aws:SourceAccount": PLACE.accountId, "aws:SourceArn": BUCKET };
    expect(use(source)).toBe("allow");
    expect(use({ ...source, "aws:SourceArn": "arn:aws:s3:::other" })).toBe("none");
    expect(use({ ...source, "aws:SourceAccount": FOREIGN_ACCOUNT })).toBe("none");
    expect(use(source, "events.amazonaws.com")).toBe("none");
  });

  test("raises an alarm at the first dead letter, at a forgotten one, at a message that waits, and at too many", () => {
    expect(stack.only("aws_cloudwatch_metric_alarm", "arrivals_poison").block).toMatchObject({
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: "the-queue-dlq" },
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
    });
    expect(stack.only("aws_cloudwatch_metric_alarm", "arrivals_forgotten").block).toMatchObject({
      metric_name: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: "the-queue-dlq" },
      comparison_operator: "GreaterThanThreshold",
      threshold: 7 * 24 * 3600,
    });
    expect(stack.only("aws_cloudwatch_metric_alarm", "arrivals_old").block).toMatchObject({
      metric_name: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: "the-queue" },
      comparison_operator: "GreaterThanThreshold",
      threshold: 3600,
    });
    expect(stack.only("aws_cloudwatch_metric_alarm", "arrivals_crowded").block).toMatchObject({
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: "the-queue" },
      comparison_operator: "GreaterThanThreshold",
      threshold: 10000,
      evaluation_periods: 3,
    });
  });
});

describe("a role that", () => {
  const can = (role: string, action: string, resource: string) =>
    isAllowed(
      { caller: { arn: roleArn(role) }, action, resource, context: { "aws:SecureTransport": "true" } },
      {
        owner: PLACE.accountId,
        identity: [stack.policyOf(stack.only("aws_iam_role_policy", role))],
        resource: stack.policyOf(resource === QUEUE ? queue : deadLetters),
      },
    );

  test("consumes takes and deletes messages, and never sends or purges", () => {
    for (const action of [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
    ]) {
      expect(can("consumer", action, QUEUE)).toBe(true);
      expect(can("consumer", action, DEAD_LETTERS)).toBe(false);
    }
    for (const action of ["sqs:SendMessage", "sqs:PurgeQueue", "sqs:SetQueueAttributes"]) {
      expect(can("consumer", action, QUEUE)).toBe(false);
    }
  });

  test("redrives starts and stops a move of dead letters, and never purges", () => {
    for (const action of [
      "sqs:StartMessageMoveTask",
      "sqs:CancelMessageMoveTask",
      "sqs:ListMessageMoveTasks",
      "sqs:ReceiveMessage",
    ]) {
      expect(can("operator", action, DEAD_LETTERS)).toBe(true);
    }
    expect(can("operator", "sqs:SendMessage", QUEUE)).toBe(true);
    for (const action of ["sqs:PurgeQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"]) {
      expect(can("operator", action, QUEUE)).toBe(false);
      expect(can("operator", action, DEAD_LETTERS)).toBe(false);
    }
  });
});
