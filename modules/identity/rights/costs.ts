import type { RightsPart } from "./part";

/** `ViewBudget` is asked for every call that describes: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html */
const BUDGET_READS = ["budgets:ListTagsForResource", "budgets:ViewBudget"];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html */
const ANOMALY_READS = ["ce:GetAnomalyMonitors", "ce:GetAnomalySubscriptions", "ce:ListTagsForResource"];

/** What an account costs: its budget, and who is told of anomalies. Both are the account's, in no region. */
export const costRights: RightsPart = {
  name: "costs",
  services: ["budgets", "ce"],
  deploy: ({ place, prefix }) => [
    {
      Sid: "ManageBudgets",
      Action: [...BUDGET_READS, "budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"],
      Resource: `arn:${place.partition}:budgets::${place.accountId}:budget/${prefix}-*`,
    },
    // To make one knows no resource, and lists are cut down by a filter.
    {
      Sid: "MakeAnomalies",
      Action: [...ANOMALY_READS, "ce:CreateAnomalyMonitor", "ce:CreateAnomalySubscription"],
      Resource: "*",
    },
    {
      // Monitors and subscriptions have ids, no names.
      Sid: "ManageAnomalies",
      Action: [
        "ce:DeleteAnomalyMonitor",
        "ce:DeleteAnomalySubscription",
        "ce:TagResource",
        "ce:UntagResource",
        "ce:UpdateAnomalyMonitor",
        "ce:UpdateAnomalySubscription",
      ],
      Resource: ["anomalymonitor", "anomalysubscription"].map(
        (kind) => `arn:${place.partition}:ce::${place.accountId}:${kind}/*`,
      ),
    },
  ],
  plan: ({ place, prefix }) => [
    {
      Sid: "ReadBudgets",
      Action: BUDGET_READS,
      Resource: `arn:${place.partition}:budgets::${place.accountId}:budget/${prefix}-*`,
    },
    { Sid: "ReadAnomalies", Action: ANOMALY_READS, Resource: "*" },
  ],
};
