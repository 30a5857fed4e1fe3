import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget";
import { CeAnomalyMonitor } from "@cdktf/provider-aws/lib/ce-anomaly-monitor";
import { CeAnomalySubscription } from "@cdktf/provider-aws/lib/ce-anomaly-subscription";
import { Construct } from "constructs";
import type { AlarmTopic } from "./alarm-topic";

export interface CostsProps {
  /** Physical name of a part. */
  readonly nameOf: (part: string) => string;
  readonly alarms: AlarmTopic;
  /** US dollars a month. */
  readonly monthlyUsd: number;
  /** US dollars by which the costs of a service are higher than usually. */
  readonly anomalyUsd: number;
  /** ARN of a monitor that the account has already. @default one is made */
  readonly anomalyMonitor?: string;
}

/** When people are told of a budget: of what was spent, in percent of it, and of what will be. */
const TOLD = [
  { notificationType: "ACTUAL", threshold: 80 },
  { notificationType: "ACTUAL", threshold: 100 },
  { notificationType: "FORECASTED", threshold: 100 },
] as const;

/** Tells people of costs: of a month that becomes too dear, and of a service that suddenly costs more than it did. */
export class Costs extends Construct {
  constructor(scope: Construct, id: string, props: CostsProps) {
    super(scope, id);
    const { nameOf, alarms } = props;
    alarms.allowCosts();
    new BudgetsBudget(this, "budget", {
      name: nameOf("budget"),
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(props.monthlyUsd),
      limitUnit: "USD",
      notification: TOLD.map((told) => ({
        ...told,
        comparisonOperator: "GREATER_THAN",
        thresholdType: "PERCENTAGE",
        subscriberSnsTopicArns: [alarms.arn],
      })),
      // The text of these messages is AWS's.
      tags: { runbook: alarms.runbookOf("budget") },
      dependsOn: [alarms.policy],
    });
    new CeAnomalySubscription(this, "anomalies", {
      name: nameOf("cost-anomalies"),
      // AWS tells topics at once, addresses once a day.
      frequency: "IMMEDIATE",
      monitorArnList: [props.anomalyMonitor ?? this.addMonitor(nameOf)],
      subscriber: [{ type: "SNS", address: alarms.arn }],
      thresholdExpression: {
        dimension: {
          key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
          matchOptions: ["GREATER_THAN_OR_EQUAL"],
          values: [String(props.anomalyUsd)],
        },
      },
      tags: { runbook: alarms.runbookOf("cost-anomaly") },
      dependsOn: [alarms.policy],
    });
  }

  private addMonitor(nameOf: CostsProps["nameOf"]): string {
    return new CeAnomalyMonitor(this, "monitor", {
      name: nameOf("costs"),
      monitorType: "DIMENSIONAL",
      monitorDimension: "SERVICE",
    }).arn;
  }
}
