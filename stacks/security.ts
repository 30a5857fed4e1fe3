import type { Construct } from "constructs";
import { Names } from "../accounts/model/naming";
import type { LakeAccount, SecurityAccount } from "../accounts/model/schema";
import { AuditStore } from "../modules/audit/audit-store";
import { Trail } from "../modules/audit/trail";
import { AccountStack, accountProvider, deployRole, type StackContext } from "./account-stack";

/** The audit account: what happened in every account, out of reach of those who did it. */
export class SecurityStack extends AccountStack {
  constructor(scope: Construct, context: StackContext, account: SecurityAccount, lakes: readonly LakeAccount[]) {
    const role = deployRole(context.organization, account);
    super(scope, account.name, context, account, role);
    accountProvider(this, "provider", context, account, role);
    const names = new Names(context.organization, account);
    const namesOfAll = [names, ...lakes.map((lake) => new Names(context.organization, lake))];

    const audit = new AuditStore(this, "audit", {
      place: names,
      bucketName: names.auditBucket,
      keyAlias: names.of("audit"),
      lock: account.auditLock,
      trails: namesOfAll.map((of) => ({ accountId: of.accountId, arn: of.trailArn })),
      keyReaderArns: namesOfAll.slice(1).flatMap((of) => [of.roleArn(of.deployRole), of.roleArn(of.planRole)]),
      removable: context.isRemovable(account),
    });
    new Trail(this, "trail", {
      name: names.trail,
      bucketName: audit.bucketName,
      keyArn: audit.keyArn,
      dependsOn: [audit.bucket.policy],
    });
  }
}
