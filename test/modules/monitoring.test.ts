import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, type Request } from "../support/policy";
import { alarmsIn, OTHERS } from "./fixtures";

const stack = synthModule((scope) => {
  const alarms = alarmsIn(scope, ["on.call@example.com", "second@example.com"]);
  alarms.alarm(scope, "full", {
    name: "the-disk-full",
    description: "Make room.",
    runbook: "full-disk",
    metric: { namespace: "Any", name: "Full", dimensions: { Disk: "a" }, statistic: "Sum" },
    threshold: 5,
  });
  alarms.alarm(scope, "slow", {
    name: "the-disk-slow",
    description: "Wait.",
    runbook: "slow-disk",
    metric: { namespace: "Any", name: "Slow", dimensions: {}, statistic: "p99", periodSeconds: 3600 },
    threshold: 5,
    below: true,
    periods: 3,
    silence: "nothing",
  });
  alarms.tell(scope, "job-failed", {
    name: "the-job-failed",
    description: "A job failed",
    pattern: { source: ["aws.glue"], detail: { state: ["FAILED"] } },
    values: { job: "$.detail.jobName" },
    message: 'The job "<job>" failed.',
    runbook: "job-failed",
  });
});

describe("an alarm", () => {
  const alarm = stack.only("aws_cloudwatch_metric_alarm", "full").block;

  test("is raised above its threshold and tells people when it begins and when it ends", () => {
    const topic = `\${${stack.only("aws_sns_topic").address}.arn}`;
    expect(alarm).toMatchObject({
      alarm_name: "the-disk-full",
      alarm_description: "Make room. Runbook: docs/runbooks/full-disk.md",
      comparison_operator: "GreaterThanThreshold",
      threshold: 5,
      statistic: "Sum",
      dimensions: { Disk: "a" },
      evaluation_periods: 1,
      period: 300,
      alarm_actions: [topic],
      ok_actions: [topic],
    });
  });

  test("is not raised by silence: an idle lake is a healthy lake", () => {
    expect(alarm.treat_missing_data).toBe("notBreaching");
  });

  test("may be raised below its threshold, after several periods of its metric, and stay as it is while nothing is known", () => {
    const slow = stack.only("aws_cloudwatch_metric_alarm", "slow").block;
    expect(slow).toMatchObject({
      extended_statistic: "p99",
      comparison_operator: "LessThanThreshold",
      period: 3600,
      evaluation_periods: 3,
      treat_missing_data: "ignore",
    });
    expect(slow).not.toHaveProperty("statistic");
  });

  test("whose text CloudWatch would refuse is not made", () => {
    const make = () =>
      synthModule((scope) => {
        const metric = { namespace: "Any", name: "Full", dimensions: {}, statistic: "Sum" } as const;
        const words = { name: "the-novel", description: "a".repeat(1000), runbook: "novel" };
        alarmsIn(scope).alarm(scope, "novel", { ...words, metric, threshold: 0 });
      });
    expect(make).toThrow("the text of the-novel has 1032 characters");
  });
});

describe("the topic of alarms", () => {
  const TOPIC = "arn:aws:sns:eu-west-1:111111111111:the-alarms";
  const ALARM = "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:any";
  const policy = stack.policyOf(stack.only("aws_sns_topic_policy"));
  const publish = (context: Request["context"], caller: Request["caller"] = { service: "cloudwatch.amazonaws.com" }) =>
    decide(policy, "resource", { caller, action: "sns:Publish", resource: TOPIC, context });
  const own = { "aws:SecureTransport": "true", "aws:SourceAccount": PLACE.accountId, "aws:SourceArn": ALARM };

  test("takes alarms of its own account and region, and nothing from anybody else", () => {
    expect(publish(own)).toBe("allow");
    expect(publish({ ...own, "aws:SourceAccount": FOREIGN_ACCOUNT })).toBe("none");
    expect(publish({ ...own, "aws:SourceArn": ALARM.replace(PLACE.accountId, FOREIGN_ACCOUNT) })).toBe("none");
    expect(publish({ ...own, "aws:SourceArn": ALARM.replace("eu-west-1", "us-east-1") })).toBe("none");
    for (const caller of [...OTHERS, { service: "s3.amazonaws.com" }]) expect(publish(own, caller)).toBe("none");
  });

  test("takes nothing over plain HTTP", () => {
    const plain = { ...own, "aws:SecureTransport": "false" };
    for (const caller of [{ service: "cloudwatch.amazonaws.com" }, { arn: roleArn("any") }])
      expect(publish(plain, caller)).toBe("deny");
  });

  test("is encrypted with a key that CloudWatch may use for its alarms only", () => {
    const key = stack.only("aws_kms_key");
    expect(stack.only("aws_sns_topic").block.kms_master_key_id).toBe(`\${${key.address}.arn}`);
    const use = (context: Request["context"]) =>
      decide(stack.policyOf(key), "resource", {
        caller: { service: "cloudwatch.amazonaws.com" },
        action: "kms:GenerateDataKey",
        resource: "*",
        context,
      });
    expect(use(own)).toBe("allow");
    expect(use({ ...own, "aws:SourceAccount": FOREIGN_ACCOUNT })).toBe("none");
    expect(use({})).toBe("none");
  });

  test("takes news by rules of its own that are made for it, and by no other", () => {
    const rule = "arn:aws:events:eu-west-1:111111111111:rule/the-job-failed";
    const events = { service: "events.amazonaws.com" };
    const ofRule = { ...own, "aws:SourceArn": rule };
    expect(publish(ofRule, events)).toBe("allow");
    const foreign = rule.replace(PLACE.accountId, FOREIGN_ACCOUNT);
    expect(publish({ ...ofRule, "aws:SourceArn": foreign }, events)).toBe("none");
    expect(publish({ ...ofRule, "aws:SourceArn": `${rule}-too` }, events)).toBe("none");
    expect(publish(own, events)).toBe("none");
    const key = stack.policyOf(stack.only("aws_kms_key"));
    const encrypt = (context: Request["context"]) =>
      decide(key, "resource", { caller: events, action: "kms:GenerateDataKey", resource: "*", context });
    expect(encrypt(ofRule)).toBe("allow");
    expect(encrypt(own)).toBe("none");
    expect(stack.only("aws_cloudwatch_event_rule").block).toMatchObject({
      name: "the-job-failed",
      event_pattern: '{"source":["aws.glue"],"detail":{"state":["FAILED"]}}',
    });
    expect(stack.only("aws_cloudwatch_event_target").block).toMatchObject({
      arn: `\${${stack.only("aws_sns_topic").address}.arn}`,
      input_transformer: {
        input_paths: { job: "$.detail.jobName" },
        input_template: '"The job \\"<job>\\" failed. Runbook: docs/runbooks/job-failed.md"',
      },
    });
  });

  test("has one subscription for each address, at an address that does not depend on the others", () => {
    const subscriptions = stack.resources("aws_sns_topic_subscription");
    expect(subscriptions.map(({ block }) => [block.protocol, block.endpoint])).toEqual([
      ["email", "on.call@example.com"],
      ["email", "second@example.com"],
    ]);
    const alone = synthModule((scope) => {
      alarmsIn(scope, ["second@example.com"]);
    });
    expect(alone.only("aws_sns_topic_subscription").address).toBe(subscriptions[1]?.address);
  });
});
