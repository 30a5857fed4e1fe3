import { Aspects, TerraformResource } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { Accounts } from "../accounts/model/load";
import { Names } from "../accounts/model/naming";
import type { Organization } from "../accounts/model/organization";
import type { Account } from "../accounts/model/schema";
import { AccessLogs } from "../modules/audit/access-logs";
import { AccountBaseline } from "../modules/baseline/account-baseline";
import { type BuildServer, gitHub, gitLab } from "../modules/identity/build-server";
import { Deployers } from "../modules/identity/deployers";
import { PeopleGroups } from "../modules/identity/people-groups";
import { StateStore } from "../modules/state/state-store";
import { AccountStack, accountProvider, adminRole, type StackContext } from "./account-stack";

/**
 * What has to be in every account before any stack can be deployed there: a place for its state and the roles that
 * deploy it. Its own state is in the security account.
 */
export class BootstrapStack extends AccountStack {
  constructor(scope: Construct, name: string, context: StackContext, accounts: Accounts) {
    super(scope, name, context, accounts.security, adminRole(context.organization, accounts.security));
    for (const account of accounts.all) this.prepare(account, context, account === accounts.security);
  }

  /** @param keepsThis the account that has this stack's own state as well */
  private prepare(account: Account, context: StackContext, keepsThis: boolean): void {
    const { organization } = context;
    const names = new Names(organization, account);
    const provider = accountProvider(
      this,
      `provider-${account.name}`,
      context,
      account,
      adminRole(organization, account),
      account.name,
    );
    const scope = new Construct(this, account.name);
    Aspects.of(scope).add({
      visit(node: IConstruct) {
        if (node instanceof TerraformResource) node.provider = provider;
      },
    });
    const removable = context.isRemovable(account);
    const lakeRoles = names.roleArn(`${names.prefix}-*`);
    new AccountBaseline(scope, "baseline", {
      accountId: account.id,
      owner: organization.project,
      contacts: organization.contacts,
    });
    const accessLogs = new AccessLogs(scope, "access-logs", {
      place: names,
      bucketName: names.accessLogBucket,
      namePrefix: names.prefix,
      lakeRoles,
      removable,
    });
    const deployers = new Deployers(scope, "deployers", {
      place: names,
      prefix: names.prefix,
      stateBucketArn: names.bucketArn("state"),
      deployRole: names.deployRole,
      planRole: names.planRole,
      boundary: names.boundary,
      operators: organization.operators,
      externalId: organization.externalId,
      opensNetwork: account.kind === "lake" && account.network !== false && account.network.publicSubnets,
      buildServers: buildServersOf(organization),
      removable,
    });
    if (account.kind === "lake") new PeopleGroups(scope, "people", { place: names, prefix: names.prefix });
    new StateStore(scope, "state", {
      place: names,
      bucketName: names.stateBucket,
      keyAlias: names.of("state"),
      // Administrators apply this stack, and so write its state.
      writerArns: [deployers.deployRoleArn, ...(keepsThis ? [adminRole(organization, account).arn] : [])],
      readerArns: [deployers.planRoleArn],
      lakeRoles,
      accessLogBucket: accessLogs.ready,
      removable,
    });
  }
}

function buildServersOf({ ci }: Organization): BuildServer[] {
  return [...(ci?.github ? [gitHub(ci.github)] : []), ...(ci?.gitlab ? [gitLab(ci.gitlab)] : [])];
}
