import { DataAwsKmsKey } from "@cdktf/provider-aws/lib/data-aws-kms-key";
import type { Construct } from "constructs";
import type { Detection } from "../accounts/model/detection";
import type { Names } from "../accounts/model/naming";
import type { Contract } from "../contracts";
import { AccessAnalyzers } from "../modules/detection/access-analyzers";
import { ConfigRecorder } from "../modules/detection/config-recorder";
import { type Finder, tellOfFindings } from "../modules/detection/findings";
import { GuardDuty } from "../modules/detection/guard-duty";
import { dataIdentifiers, type SensitiveColumn } from "../modules/detection/identifiers";
import { Macie } from "../modules/detection/macie";
import { SecurityHub } from "../modules/detection/security-hub";
import type { Sandbox } from "../modules/identity/sandbox";
import type { AlarmTopic } from "../modules/monitoring/alarm-topic";
import { subscribeTo } from "../modules/monitoring/subscriptions";
import type { Zone } from "../modules/storage/zone";

/** Parts of a lake that are watched, and whom they tell. */
interface WatchedParts {
  readonly zones: readonly Zone[];
  /** @default there is none */
  readonly sandbox?: Sandbox;
  readonly contracts: readonly Contract[];
  readonly alarms: AlarmTopic;
}

/** What watches this account, for the one that audits it. */
export function addDetection(
  scope: Construct,
  names: Names,
  detection: Detection,
  audit: Names,
  { zones, sandbox, contracts, alarms }: WatchedParts,
): void {
  const invited = detection.members === "invitation";
  const membership = { invited, ...(invited ? { administrator: audit.accountId } : {}) };
  if (detection.guardDuty) new GuardDuty(scope, "guardduty", membership);
  if (detection.securityHub) new SecurityHub(scope, "securityhub", { place: names, ...membership });
  if (detection.macie || detection.config) {
    // Like that of the trail: no name tells a key's ARN, and its policy lets our deployers ask.
    const key = new DataAwsKmsKey(scope, "records-key", { keyId: audit.arn("kms", `alias/${audit.of("records")}`) });
    if (detection.macie) {
      new Macie(scope, "macie", {
        ...membership,
        results: { bucketName: audit.discoveryRecordBucket, keyArn: key.arn },
        weekly: {
          name: names.prefix,
          accountId: names.accountId,
          buckets: [...zones, ...(sandbox ? [sandbox] : [])].map(({ bucket }) => bucket.reference),
          identifiers: dataIdentifiers(sensitiveColumns(contracts)),
        },
      });
    }
    if (detection.config) {
      new ConfigRecorder(scope, "config", {
        place: names,
        name: names.of("config"),
        bucketName: audit.configRecordBucket,
        keyArn: key.arn,
        roleExists: detection.configRole === "exists",
        shownBy: audit,
      });
    }
  }
  if (detection.accessAnalyzer) {
    new AccessAnalyzers(scope, "access", {
      name: names.of("access"),
      unusedAccessDays: detection.unusedAccessDays,
    });
  }
  // The findings of the others are events of their administrator's account as well, which tells of them.
  const own: Finder[] = ["accessAnalyzer", "config"];
  const on = own.filter((finder) => detection[finder]);
  tellOfFindings(scope, alarms, on, (part) => names.of(part));
  subscribeTo(alarms.arn, scope, "alarms", detection.subscriptions);
}

/** What is worth finding: of columns that everybody may see it is no news where else they are. */
function sensitiveColumns(contracts: readonly Contract[]): SensitiveColumn[] {
  return contracts.flatMap(({ id, columns }) =>
    columns.flatMap(({ name, pattern, classification }) =>
      pattern === undefined || classification === "proprietary" ? [] : [{ name, dataset: id, pattern, classification }],
    ),
  );
}
