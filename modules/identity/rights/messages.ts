import { arnIn } from "../../place";
import { roleOf, TRAIL_LOGS } from "../record-bounds";
import type { RightsPart } from "./part";

/** What is recorded, watched and told: trails, logs, alarms, rules, topics and queues. */
export const messageRights: RightsPart = {
  name: "messages",
  named: ({ place, prefix }) => {
    const named = (service: string, ...shapes: string[]) => shapes.map((shape) => arnIn(place, service, shape));
    return {
      cloudtrail: named("cloudtrail", `trail/${prefix}-*`),
      // Dashboards are in no region.
      cloudwatch: [
        ...named("cloudwatch", `alarm:${prefix}-*`),
        `arn:${place.partition}:cloudwatch::${place.accountId}:dashboard/${prefix}-*`,
      ],
      events: named("events", `rule/${prefix}-*`),
      logs: named(
        "logs",
        ...[
          "/aws-glue/crawlers-role",
          "/aws-glue/jobs",
          "/aws-glue/python-jobs",
          "/aws/lambda",
          "/aws/rds/cluster",
          "/aws/vendedlogs/states",
          TRAIL_LOGS,
        ].map((family) => `log-group:${family}/${prefix}-*`),
      ),
      sns: named("sns", `${prefix}-*`),
      sqs: named("sqs", `${prefix}-*`),
    };
  },
  unscopedReads: ["cloudtrail:DescribeTrails", "cloudwatch:DescribeAlarms", "logs:DescribeLogGroups"],
  deploy: (scope) => [
    {
      Sid: "GiveRolesToRecords",
      Action: "iam:PassRole",
      Resource: ["access-logs", "trail"].map((name) => roleOf(scope, name)),
      Condition: { StringEquals: { "iam:PassedToService": ["cloudtrail.amazonaws.com", "s3.amazonaws.com"] } },
    },
    // Asked of whoever makes a flow log: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    { Sid: "DeliverFlowLogs", Action: ["logs:CreateLogDelivery", "logs:DeleteLogDelivery"], Resource: "*" },
  ],
  withheld: () => [
    {
      Sid: "TouchNoMessages",
      Action: [
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:PutLogEvents",
        "logs:StartLiveTail",
        "logs:StartQuery",
        "logs:Unmask",
        "sns:Publish",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:PurgeQueue",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "sqs:StartMessageMoveTask",
      ],
      Resource: "*",
    },
  ],
};
