import { arnIn, roleArnIn } from "../place";
import { RECORD_ENDS } from "../policies/record-ends";
import type { Statement } from "../policies/statement";
import type { DeployerScope } from "./rights/part";

/** First part of the names of the log groups of trails. */
export const TRAIL_LOGS = "/aws/cloudtrail";

/** ARN of a role of the account by the last part of its name. */
export const roleOf = ({ place, prefix }: DeployerScope, name: string) => roleArnIn(place, `${prefix}-${name}`);

/** What a deployment has to be able to do to the account's records, and nobody else. */
const RECORD_CHANGES = [
  "cloudtrail:CreateTrail",
  "cloudtrail:PutEventSelectors",
  "cloudtrail:PutInsightSelectors",
  "cloudtrail:UpdateTrail",
  "cloudwatch:DeleteAlarms",
  "cloudwatch:DisableAlarmActions",
  "cloudwatch:PutMetricAlarm",
  "ec2:CreateFlowLogs",
  "logs:DeleteMetricFilter",
  "logs:PutMetricFilter",
  "logs:PutRetentionPolicy",
  "s3:PutBucketLogging",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

/** Keeps the account recorded, whatever a role's own policy allows. */
export function recordStatements(scope: DeployerScope): Statement[] {
  const changes: Statement = {
    Sid: "DeployerAloneChangesRecords",
    Effect: "Deny",
    Action: RECORD_CHANGES,
    Resource: "*",
    Condition: { ArnNotEquals: { "aws:PrincipalArn": roleOf(scope, "deploy") } },
  };
  if (scope.removable) return [changes];
  return [
    changes,
    { Sid: "NobodyEndsRecords", Effect: "Deny", Action: RECORD_ENDS, Resource: "*" },
    {
      Sid: "NobodyDeletesTrailLogs",
      Effect: "Deny",
      Action: ["logs:DeleteLogGroup", "logs:DeleteLogStream"],
      Resource: arnIn(scope.place, "logs", `log-group:${TRAIL_LOGS}/*`),
    },
  ];
}
