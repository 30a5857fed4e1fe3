import { Costs } from "../../modules/monitoring/costs";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, type Request } from "../support/policy";
import { alarmsIn } from "./fixtures";

const costsIn = (change: { anomalyMonitor?: string } = {}) =>
  synthModule((scope) => {
    const alarms = alarmsIn(scope);
    new Costs(scope, "costs", { nameOf: (part) => `the-${part}`, alarms, monthlyUsd: 500, anomalyUsd: 50, ...change });
  });
const stack = costsIn();
const topic = `\${${stack.only("aws_sns_topic").address}.arn}`;

test("a budget tells of what is spent and of what will be", () => {
  const budget = stack.only("aws_budgets_budget").block;
  expect(budget).toMatchObject({
    name: "the-budget",
    budget_type: "COST",
    time_unit: "MONTHLY",
    limit_amount: "500",
    limit_unit: "USD",
    tags: { runbook: "docs/runbooks/budget.md" },
  });
  const told = {
    comparison_operator: "GREATER_THAN",
    threshold_type: "PERCENTAGE",
    subscriber_sns_topic_arns: [topic],
  };
  expect(budget.notification).toEqual([
    { ...told, notification_type: "ACTUAL", threshold: 80 },
    { ...told, notification_type: "ACTUAL", threshold: 100 },
    { ...told, notification_type: "FORECASTED", threshold: 100 },
  ]);
});

test("an anomaly is told at once", () => {
  expect(stack.only("aws_ce_anomaly_subscription").block).toMatchObject({
    frequency: "IMMEDIATE",
    monitor_arn_list: [`\${${stack.only("aws_ce_anomaly_monitor").address}.arn}`],
    subscriber: [{ type: "SNS", address: topic }],
    threshold_expression: {
      dimension: {
        key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        match_options: ["GREATER_THAN_OR_EQUAL"],
        values: ["50"],
      },
    },
    tags: { runbook: "docs/runbooks/cost-anomaly.md" },
  });
  expect(stack.only("aws_ce_anomaly_monitor").block).toMatchObject({
    monitor_type: "DIMENSIONAL",
    monitor_dimension: "SERVICE",
  });
});

test("a monitor that the account has already is used, and no second one made", () => {
  const anomalyMonitor = "arn:aws:ce::111111111111:anomalymonitor/0f3c";
  const own = costsIn({ anomalyMonitor });
  expect(own.resources("aws_ce_anomaly_monitor")).toEqual([]);
  expect(own.only("aws_ce_anomaly_subscription").block.monitor_arn_list).toEqual([anomalyMonitor]);
});

describe("the topic", () => {
  const TOPIC = `arn:aws:sns:${PLACE.region}:${PLACE.accountId}:the-alarms`;
  const own = { "aws:SecureTransport": "true", "aws:SourceAccount": PLACE.accountId };
  const ofBudget = { ...own, "aws:SourceArn": `arn:aws:budgets::${PLACE.accountId}:budget/the-budget` };
  const ask = (service: string, context: Request["context"]) => {
    const caller = { service: `${service}.amazonaws.com` };
    const publish = { caller, action: "sns:Publish", resource: TOPIC, context };
    const encrypt = { caller, action: "kms:GenerateDataKey", resource: "*", context };
    return [
      decide(stack.policyOf(stack.only("aws_sns_topic_policy")), "resource", publish),
      decide(stack.policyOf(stack.only("aws_kms_key")), "resource", encrypt),
    ];
  };

  test("takes messages of the budgets and anomalies of its own account, and of nobody else", () => {
    expect(ask("budgets", ofBudget)).toEqual(["allow", "allow"]);
    expect(ask("costalerts", own)).toEqual(["allow", "allow"]);
    const foreign = { ...ofBudget, "aws:SourceAccount": FOREIGN_ACCOUNT };
    expect(ask("budgets", foreign)).toEqual(["none", "none"]);
    expect(ask("costalerts", { ...own, "aws:SourceAccount": FOREIGN_ACCOUNT })).toEqual(["none", "none"]);
    expect(ask("budgets", own)).toEqual(["none", "none"]);
    expect(ask("billing", ofBudget)).toEqual(["none", "none"]);
    const role = { caller: { arn: roleArn("any") }, action: "sns:Publish", resource: TOPIC, context: ofBudget };
    expect(decide(stack.policyOf(stack.only("aws_sns_topic_policy")), "resource", role)).toBe("none");
  });
});
