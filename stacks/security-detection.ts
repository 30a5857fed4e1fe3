import type { Construct } from "constructs";
import type { Names } from "../accounts/model/naming";
import type { Organization } from "../accounts/model/organization";
import type { LakeAccount, SecurityAccount } from "../accounts/model/schema";
import { AccessAnalyzers } from "../modules/detection/access-analyzers";
import { CallAlarms } from "../modules/detection/call-alarms";
import { ConfigRecorder } from "../modules/detection/config-recorder";
import { ConfigRecords, DiscoveryRecords } from "../modules/detection/detection-records";
import { type Finder, tellOfFindings } from "../modules/detection/findings";
import { GuardDuty } from "../modules/detection/guard-duty";
import { Macie } from "../modules/detection/macie";
import type { Membership } from "../modules/detection/membership";
import { SecurityHub } from "../modules/detection/security-hub";
import type { Key } from "../modules/keys/key";
import { AlarmTopic } from "../modules/monitoring/alarm-topic";
import { subscribeTo } from "../modules/monitoring/subscriptions";
import type { BucketLifecycle } from "../modules/storage/lifecycle";

/** What the security stack has made before. */
export interface SecurityParts {
  readonly names: Names;
  /** This account and the lakes. */
  readonly everybody: readonly Names[];
  readonly lakes: readonly LakeAccount[];
  readonly organization: Organization;
  /** Key of topics, and that of records. */
  readonly key: Key;
  readonly recordKey: Key;
  readonly alarms: AlarmTopic;
  readonly trailLogGroup: string;
  readonly deployerArn: string;
  readonly auditorArn: string;
  readonly lifecycle: (expireAfterDays: number) => BucketLifecycle;
  readonly removable: boolean;
}

/** What watches all accounts from here: services, where they keep what they saw, and whom they tell. */
export function addSecurityDetection(scope: Construct, { detection }: SecurityAccount, parts: SecurityParts): void {
  const { names, everybody, organization } = parts;
  const membership: Membership = {
    members: parts.lakes.map(({ id, name }) => ({
      accountId: id,
      email: detection.memberEmails[name] ?? organization.contacts.security.email,
    })),
    invited: detection.members === "invitation",
  };
  if (detection.guardDuty) new GuardDuty(scope, "guardduty", membership);
  if (detection.securityHub) new SecurityHub(scope, "securityhub", { place: names, ...membership });
  const stored = {
    key: parts.recordKey,
    lifecycle: parts.lifecycle(detection.recordDays),
    deployerArn: parts.deployerArn,
    auditorArn: parts.auditorArn,
    accessLogBucket: names.accessLogBucket,
    senders: everybody,
    removable: parts.removable,
  };
  if (detection.macie) {
    const records = new DiscoveryRecords(scope, "discovery-records", {
      ...stored,
      bucketName: names.discoveryRecordBucket,
    });
    const results = { bucketName: records.bucket.name, keyArn: parts.recordKey.arn };
    new Macie(scope, "macie", { ...membership, results, dependsOn: [records.bucket.policy] });
  }
  if (detection.config) {
    const records = new ConfigRecords(scope, "config-records", { ...stored, bucketName: names.configRecordBucket });
    new ConfigRecorder(scope, "config", {
      place: names,
      name: names.of("config"),
      bucketName: records.bucket.name,
      keyArn: parts.recordKey.arn,
      roleExists: detection.configRole === "exists",
      aggregates: everybody,
      dependsOn: [records.bucket.policy],
    });
  }
  if (detection.accessAnalyzer) {
    new AccessAnalyzers(scope, "access", {
      name: names.of("access"),
      unusedAccessDays: detection.unusedAccessDays,
    });
  }
  const nameOf = (part: string) => names.of(part);
  if (detection.cisAlarms) {
    new CallAlarms(scope, "calls", { logGroupName: parts.trailLogGroup, nameOf, alarms: parts.alarms });
  }
  const findings = new AlarmTopic(scope, "findings", {
    place: names,
    name: names.of("findings"),
    key: parts.key,
    emails: [],
    runbooks: organization.runbooks,
  });
  const on = FINDERS.filter((finder) => detection[finder]);
  tellOfFindings(scope, findings, on, nameOf);
  subscribeTo(findings.arn, scope, "findings", detection.subscriptions);
  subscribeTo(parts.alarms.arn, scope, "alarms", detection.subscriptions);
}

/** Parts of the names of the buckets that this makes. */
export function detectionBuckets({ detection }: SecurityAccount): string[] {
  return [...(detection.config ? ["config-records"] : []), ...(detection.macie ? ["discovery-records"] : [])];
}

const FINDERS: readonly Finder[] = ["accessAnalyzer", "config", "guardDuty", "macie", "securityHub"];
