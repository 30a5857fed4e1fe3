import { AwsProvider, type AwsProviderConfig } from "@cdktf/provider-aws/lib/provider";
import { S3Backend, type S3BackendConfig, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { Names } from "../accounts/model/naming";
import type { Organization } from "../accounts/model/organization";
import type { Account } from "../accounts/model/schema";
import type { EntryKind, Target } from "../accounts/model/target";
import { localBackend, localProvider } from "./local-target";

/** What every stack is made with. */
export interface StackContext {
  readonly organization: Organization;
  readonly target: Target;
  /** How Terraform is told to enter the accounts. @default role */
  readonly entry?: EntryKind;
  /** May this account's data be deleted? See `removableAccounts`. */
  readonly isRemovable: (account: Account) => boolean;
}

/** Role by which a stack enters an account. */
export interface EntryRole {
  readonly arn: string;
  /** @default none is demanded */
  readonly externalId?: string;
}

/** The oldest Terraform that knows the S3 lock file and write-only arguments. */
const TERRAFORM_VERSION = ">= 1.11.0";

/** Role that applies the stacks of an account. */
export function deployRole(organization: Organization, account: Account): EntryRole {
  const names = new Names(organization, account);
  return { arn: names.roleArn(names.deployRole), externalId: organization.externalId };
}

/** The organization's own way into a member account, before there is any role of ours. */
export function adminRole(organization: Organization, account: Account): EntryRole {
  return { arn: new Names(organization, account).roleArn(organization.adminRole) };
}

/** A stack whose state is in the account's own bucket. */
export abstract class AccountStack extends TerraformStack {
  constructor(scope: Construct, name: string, context: StackContext, stateAccount: Account, role: EntryRole) {
    super(scope, name);
    const names = new Names(context.organization, stateAccount);
    this.addOverride("terraform.required_version", TERRAFORM_VERSION);
    // The typed configuration lacks `useLockfile` (hashicorp/terraform-cdk 3889); unknown keys pass through in snake case.
    const backend: S3BackendConfig & { useLockfile: boolean } = {
      bucket: names.stateBucket,
      key: `${name}/terraform.tfstate`,
      region: names.region,
      encrypt: true,
      kmsKeyId: names.arn("kms", names.stateKeyAlias),
      useLockfile: true,
      ...(context.entry === "profile"
        ? { profile: names.prefix }
        : { assumeRole: { roleArn: role.arn, externalId: role.externalId, sessionName: `terraform-${name}` } }),
      ...localBackend(context.target, context.entry),
    };
    new S3Backend(this, backend);
  }
}

/** Tags of everything in the account; those of the settings win over `more`. */
export function tagsOf(
  organization: Organization,
  account: Account,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { project: organization.project, environment: account.name, ...more, ...organization.tags, ...account.tags };
}

/** Provider of one account: it refuses to work in any other. */
export function accountProvider(
  scope: TerraformStack,
  id: string,
  context: StackContext,
  account: Account,
  role: EntryRole,
  alias?: string,
): AwsProvider {
  const { organization, target, entry } = context;
  const config: AwsProviderConfig = {
    alias,
    region: account.region,
    allowedAccountIds: [account.id],
    ...(entry === "profile"
      ? { profile: new Names(organization, account).prefix }
      : {
          assumeRole: [{ roleArn: role.arn, externalId: role.externalId, sessionName: `terraform-${scope.node.id}` }],
        }),
    defaultTags: [{ tags: tagsOf(organization, account, { "managed-by": "terraform" }) }],
  };
  return new AwsProvider(scope, id, { ...config, ...localProvider(target, entry) });
}
