import { DataAwsKmsKey } from "@cdktf/provider-aws/lib/data-aws-kms-key";
import type { Construct } from "constructs";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { AccessLogRelay } from "../modules/audit/access-log-relay";
import { FlowLogs } from "../modules/audit/flow-logs";
import { RefusalAlarms } from "../modules/audit/refusal-alarms";
import { TamperAlarm } from "../modules/audit/tamper-alarm";
import { Trail } from "../modules/audit/trail";
import { CallAlarms } from "../modules/detection/call-alarms";
import type { Key } from "../modules/keys/key";
import type { AlarmTopic } from "../modules/monitoring/alarm-topic";
import type { Network } from "../modules/network/network";

/** Parts of a lake that its records need. */
interface RecordParts {
  /** Absent in an account without one. */
  readonly network?: Network;
  readonly key: Key;
  readonly alarms: AlarmTopic;
  /** Are the calls that CIS names watched? */
  readonly cisAlarms: boolean;
}

/** What is recorded of this account, all of it in the audit account, and the alarms on it. */
export function addRecords(
  scope: Construct,
  names: Names,
  account: LakeAccount,
  audit: Names,
  parts: RecordParts,
): void {
  const { boundaryArn } = names;
  // The key's ARN is the one thing about the audit account that no name tells; its key policy lets our deployers ask.
  const key = new DataAwsKmsKey(scope, "audit-key", { keyId: audit.arn("kms", `alias/${audit.of("audit")}`) });
  const trail = new Trail(scope, "trail", {
    place: names,
    name: names.trail,
    bucketName: audit.auditBucket,
    keyArn: key.arn,
    key: parts.key,
    boundaryArn,
    dataEvents: {
      namePrefix: `${names.prefix}-`,
      functionsArn: names.arn("lambda", "function:"),
      exceptBuckets: [names.accessLogBucket],
    },
    logRetentionDays: account.logRetentionDays,
  });
  new TamperAlarm(scope, "tampering", {
    logGroupName: trail.logGroupName,
    name: names.of("records-changed"),
    recordBuckets: `${names.accessLogBucket}*`,
    alarms: parts.alarms,
  });
  if (parts.cisAlarms) {
    new CallAlarms(scope, "calls", {
      logGroupName: trail.logGroupName,
      nameOf: (part) => names.of(part),
      alarms: parts.alarms,
    });
  }
  new RefusalAlarms(scope, "refusals", {
    logGroupName: trail.logGroupName,
    nameOf: (part) => names.of(part),
    limit: account.monitoring.refusedCalls,
    alarms: parts.alarms,
  });
  new AccessLogRelay(scope, "access-logs", {
    bucketName: names.accessLogBucket,
    roleName: names.accessLogRole,
    boundaryArn,
    destination: { bucketName: audit.accessRecordBucket, accountId: audit.accountId },
  });
  if (parts.network === undefined) return;
  new FlowLogs(scope, "flow-logs", {
    vpcId: parts.network.vpcId,
    bucketName: audit.flowRecordBucket,
    name: names.of("flows"),
  });
}
