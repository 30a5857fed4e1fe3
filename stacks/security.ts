import type { Construct } from "constructs";
import { hasLayer } from "../accounts/model/layers";
import { Names } from "../accounts/model/naming";
import type { LakeAccount, SecurityAccount } from "../accounts/model/schema";
import { sandboxPart } from "../contracts/sandbox";
import { AccessLogRelay } from "../modules/audit/access-log-relay";
import { AuditQueries } from "../modules/audit/audit-queries";
import { AuditStore } from "../modules/audit/audit-store";
import { Auditor } from "../modules/audit/auditor";
import { keepRecordKey } from "../modules/audit/keep-records";
import { AccessRecords, FlowRecords } from "../modules/audit/record-store";
import { RefusalAlarms } from "../modules/audit/refusal-alarms";
import { accessTable, type LoggedBucket } from "../modules/audit/tables/access-table";
import { flowTable } from "../modules/audit/tables/flow-table";
import { trailTable } from "../modules/audit/tables/trail-table";
import { TamperAlarm } from "../modules/audit/tamper-alarm";
import { Trail } from "../modules/audit/trail";
import { Key } from "../modules/keys/key";
import { AlarmTopic } from "../modules/monitoring/alarm-topic";
import { AccountStack, accountProvider, deployRole, type StackContext } from "./account-stack";
import { addSecurityWatch } from "./lake-monitoring";
import { addSecurityDetection, detectionBuckets } from "./security-detection";

/** Name of the database of audit records. */
const DATABASE = "audit";

/** The audit account: what happened in every account, out of reach of those who did it. */
export class SecurityStack extends AccountStack {
  private readonly names: Names;
  /** This account and the lakes. */
  private readonly everybody: readonly Names[];

  constructor(
    scope: Construct,
    private readonly context: StackContext,
    private readonly account: SecurityAccount,
    private readonly lakes: readonly LakeAccount[],
  ) {
    const role = deployRole(context.organization, account);
    super(scope, account.name, context, account, role);
    accountProvider(this, "provider", context, account, role);
    this.names = new Names(context.organization, account);
    this.everybody = [this.names, ...lakes.map((lake) => new Names(context.organization, lake))];

    const key = this.addKey("operations", "Logs, alarms, catalog and answers to queries");
    key.allowDeployer(role.arn);
    key.allowPlanner(this.names.roleArn(this.names.planRole));
    key.allowLogs();
    const audit = this.addTrailStore(role.arn);
    const { access, flows, recordKey } = this.addRecordStores(role.arn);
    const trail = this.addTrail(audit, key);
    const alarms = new AlarmTopic(this, "alarms", {
      place: this.names,
      name: this.names.of("alarms"),
      key,
      emails: account.alarmEmails,
      runbooks: context.organization.runbooks,
    });
    new TamperAlarm(this, "tampering", {
      logGroupName: trail.logGroupName,
      name: this.names.of("records-changed"),
      recordBuckets: `${this.names.prefix}-*`,
      alarms,
    });
    new RefusalAlarms(this, "refusals", {
      logGroupName: trail.logGroupName,
      nameOf: (part) => this.names.of(part),
      limit: account.monitoring.refusedCalls,
      alarms,
    });
    addSecurityWatch(this, this.names, account, alarms);
    new AccessLogRelay(this, "access-logs", {
      bucketName: this.names.accessLogBucket,
      roleName: this.names.accessLogRole,
      boundaryArn: this.names.boundaryArn,
      destination: { bucketName: access.bucket.name, accountId: this.names.accountId },
      dependsOn: [access.bucket.policy, access.bucket.versioning],
    });
    this.addReading(key, audit, access, flows);
    addSecurityDetection(this, account, {
      names: this.names,
      everybody: this.everybody,
      lakes,
      organization: context.organization,
      key,
      recordKey,
      alarms,
      trailLogGroup: trail.logGroupName,
      deployerArn: role.arn,
      auditorArn: this.auditorArn,
      lifecycle: (days) => this.lifecycle(days),
      removable: this.removable,
    });
  }

  private get auditorArn(): string {
    return this.names.roleArn(this.names.of("auditor"));
  }

  /** Roles of other accounts that must learn the ARNs of keys. */
  private get recordOwners(): string[] {
    return this.everybody.slice(1).flatMap((of) => [of.roleArn(of.deployRole), of.roleArn(of.planRole)]);
  }

  private get removable(): boolean {
    return this.context.isRemovable(this.account);
  }

  private addKey(part: string, description: string): Key {
    return new Key(this, `${part}-key`, {
      place: this.names,
      alias: this.names.of(part),
      description,
      removable: this.removable,
    });
  }

  private addTrailStore(deployerArn: string): AuditStore {
    const { names, account } = this;
    return new AuditStore(this, "audit", {
      place: names,
      bucketName: names.auditBucket,
      keyAlias: names.of("audit"),
      lock: account.auditLock,
      lifecycle: this.lifecycle(account.records.trailDays),
      trails: this.everybody.map((of) => ({ accountId: of.accountId, arn: of.trailArn })),
      keyReaderArns: this.recordOwners,
      deployerArn,
      auditorArn: this.auditorArn,
      accessLogBucket: names.accessLogBucket,
      removable: this.removable,
    });
  }

  /** The bucket of access logs is the one here whose own use is not logged: each log would make another. The trail tells who reads it. */
  private addRecordStores(deployerArn: string): { access: AccessRecords; flows: FlowRecords; recordKey: Key } {
    const { names, account, removable } = this;
    const key = this.addKey("records", "Records of all accounts besides the trails'");
    if (!removable) key.allow(keepRecordKey());
    key.letAsk("RecordOwnersDescribe", this.recordOwners);
    const flows = new FlowRecords(this, "flow-records", {
      bucketName: names.flowRecordBucket,
      key,
      lifecycle: this.lifecycle(account.records.flowLogDays),
      deployerArn,
      auditorArn: this.auditorArn,
      accessLogBucket: names.accessLogBucket,
      senders: this.everybody.slice(1),
      removable,
    });
    const access = new AccessRecords(this, "access-records", {
      bucketName: names.accessRecordBucket,
      key,
      lifecycle: this.lifecycle(account.records.accessLogDays),
      deployerArn,
      auditorArn: this.auditorArn,
      senders: this.everybody.map((of) => ({ accountId: of.accountId, roleArn: of.roleArn(of.accessLogRole) })),
      removable,
    });
    return { access, flows, recordKey: key };
  }

  private addTrail(audit: AuditStore, key: Key): Trail {
    const { names } = this;
    return new Trail(this, "trail", {
      place: names,
      name: names.trail,
      bucketName: audit.bucketName,
      keyArn: audit.keyArn,
      key,
      boundaryArn: this.names.boundaryArn,
      dataEvents: {
        namePrefix: `${names.prefix}-`,
        functionsArn: names.arn("lambda", "function:"),
        exceptBuckets: [names.accessLogBucket],
        exceptWrites: true,
      },
      logRetentionDays: this.account.logRetentionDays,
      dependsOn: [audit.bucket.policy],
    });
  }

  private addReading(key: Key, audit: AuditStore, access: AccessRecords, flows: FlowRecords): void {
    const { names, account, everybody } = this;
    const { organization } = this.context;
    const accountIds = everybody.map(({ accountId }) => accountId);
    const queries = new AuditQueries(this, "queries", {
      place: names,
      databaseName: DATABASE,
      tables: [
        trailTable(audit.bucketName, accountIds),
        accessTable(access.bucket.name, this.loggedBuckets()),
        flowTable(flows.bucket.name, everybody.slice(1)),
      ],
      workgroupName: names.of("audit"),
      resultsBucketName: names.bucket("query-results"),
      keepResultsDays: account.records.queryResultDays,
      scanLimitGb: account.records.queryScanLimitGb,
      key,
      accessLogBucket: names.accessLogBucket,
      removable: this.removable,
    });
    new Auditor(this, "auditor", {
      place: names,
      name: names.of("auditor"),
      trusted: organization.operators,
      externalId: organization.externalId,
      boundaryArn: this.names.boundaryArn,
      records: [audit.bucket, access.bucket, flows.bucket],
      workgroup: queries.workgroup,
      databaseName: DATABASE,
      catalogKey: key,
    });
  }

  /** Every bucket of every account, apart from those of access logs. */
  private loggedBuckets(): LoggedBucket[] {
    const parts = (of: Names) => {
      const lake = this.lakes.find(({ id }) => id === of.accountId);
      const own = lake
        ? [
            "artifacts",
            "quarantine",
            ...(hasLayer(lake, "refine") ? ["query-results", sandboxPart] : []),
            ...lake.zones.map(({ name }) => name),
          ]
        : ["audit", "flow-records", "query-results", ...detectionBuckets(this.account)];
      return ["state", ...own].map((part) => of.bucket(part));
    };
    return this.everybody.flatMap((of) => parts(of).map((name) => ({ ...of, name })));
  }

  private lifecycle(expireAfterDays: number | undefined) {
    return {
      transitions: [{ afterDays: this.account.records.coldAfterDays, storageClass: "GLACIER_IR" }],
      ...(expireAfterDays === undefined ? {} : { expireAfterDays, keepOldVersionsDays: KEEP_OLD_VERSIONS_DAYS }),
    };
  }
}

/** Records are never overwritten: an old version is one that ended, kept a little in case that was a mistake. */
const KEEP_OLD_VERSIONS_DAYS = 30;
