import type { Construct } from "constructs";
import type { ExtensionFile } from "../accounts/model/extensions";
import { Names } from "../accounts/model/naming";
import { classifications, databaseName } from "../contracts";
import { nearest } from "../contracts/nearest";
import { ConfigurationError } from "../contracts/problems";
import { Role } from "../modules/identity/role";
import { pascal } from "../modules/keys/key";
import { arnIn } from "../modules/place";
import type { Statement } from "../modules/policies/statement";
import {
  type BucketTarget,
  READ_KEY_ACTIONS,
  readGrants,
  type TaggedWrites,
  taggedWriteGrants,
  WRITE_KEY_ACTIONS,
} from "../modules/storage/bucket-grants";
import { AccountStack, accountProvider, deployRole, type StackContext } from "./account-stack";
import { type Synthesized, widePolicies } from "./extension-policies";

/** Makes a team's own resources; the default export of `stacks/extensions/<account>/<name>.ts`. */
export type Extension = (stack: ExtensionStack) => void;

/** What the file exports. @throws ConfigurationError when that is no extension */
export function extensionIn({ file, path }: ExtensionFile): Extension {
  const { default: extend } = require(path) as { default?: unknown };
  if (typeof extend === "function") return extend as Extension;
  const problem = {
    path: "default",
    value: extend,
    message: "is no function",
    fix: "export default (stack) => { ... }",
  };
  throw new ConfigurationError([{ file, ...problem }]);
}

/** A team's own stack beside a lake: with a state of its own, deployed after the lake and without touching it. */
export class ExtensionStack extends AccountStack {
  /** What the team may know and use of the lake. */
  readonly lake: LakeReference;
  private readonly names: Names;
  private readonly extension: string;

  constructor(scope: Construct, context: StackContext, file: ExtensionFile, extend: Extension) {
    const { account } = file;
    const role = deployRole(context.organization, account);
    super(scope, file.stack, context, account, role);
    accountProvider(this, "provider", context, account, role);
    this.names = new Names(context.organization, account);
    this.extension = file.name;
    this.lake = new LakeReference(this.names, file);
    extend(this);
    const problems = widePolicies(this.toTerraform() as Synthesized, {
      file: file.file,
      boundaryArn: this.names.boundaryArn,
      rolePrefix: this.names.extensionRole(file.name, ""),
    });
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  /** Physical name of something of the extension: no other extension has the same. */
  nameOf(part: string): string {
    return this.names.of(`${this.extension}-${part}`);
  }

  /** A role of the extension, within the account's permissions boundary: only such roles are let into zones. */
  role(id: string, props: { readonly description: string; readonly trust: readonly Statement[] }): Role {
    const { boundaryArn } = this.names;
    return new Role(this, id, { ...props, name: this.names.extensionRole(this.extension, id), boundaryArn });
  }
}

/** A lake as other stacks see it: names that never change, and grants. Nothing is read from the lake's state. */
class LakeReference {
  constructor(
    private readonly names: Names,
    private readonly user: ExtensionFile,
  ) {}

  /** Account, region and partition. */
  get place(): Pick<Names, "partition" | "accountId" | "region"> {
    return this.names;
  }

  /** Topic that takes the lake's alarms. */
  get alarmTopicArn(): string {
    return this.names.arn("sns", this.names.of("alarms"));
  }

  /** @throws ConfigurationError when the lake has no such zone, with the one that may be meant */
  zone(name: string): ZoneReference {
    const known = this.user.account.zones.map((zone) => zone.name);
    if (known.includes(name)) return new ZoneReference(this.names, name);
    const fix = `use ${nearest(name, known) ?? `one of ${known.join(", ")}`}`;
    const message = `is no zone of ${this.user.account.name}`;
    throw new ConfigurationError([{ file: this.user.file, path: "zone", value: name, message, fix }]);
  }
}

/** A zone of the lake. */
class ZoneReference {
  readonly bucketName: string;
  readonly bucketArn: string;

  constructor(
    private readonly names: Names,
    private readonly zone: string,
  ) {
    this.bucketName = names.bucket(zone);
    this.bucketArn = names.bucketArn(zone);
  }

  /** Catalog database of a domain's tables in this zone. */
  databaseName(domain: string): string {
    return databaseName(this.zone, domain);
  }

  /** The role may list and read objects below the prefix. @param prefix e.g. `sales/`; empty for the whole zone */
  grantRead(role: Role, prefix = ""): void {
    role.allow(...readGrants(this.target, prefix));
    this.grantKey(role, READ_KEY_ACTIONS);
  }

  /**
   * The role may write objects below the prefix that carry the tag `classification`, not delete them.
   * @param options the levels that they may have (all), and whether they are uploaded in parts (no: in one request each)
   */
  grantWrite(role: Role, prefix = "", options: Partial<Pick<TaggedWrites, "levels" | "inParts">> = {}): void {
    const writes = { label: prefix, prefixes: [prefix], levels: classifications, ...options };
    role.allow(...taggedWriteGrants(this.target, writes));
    this.grantKey(role, WRITE_KEY_ACTIONS);
  }

  private get target(): BucketTarget {
    return { arn: this.bucketArn, path: this.zone };
  }

  /** The key's id is known to its own stack alone, its alias to all. */
  private grantKey(role: Role, actions: readonly string[]): void {
    role.allow({
      Sid: `KeyOf${pascal(this.zone)}`,
      Action: actions,
      Resource: arnIn(this.names, "kms", "key/*"),
      Condition: {
        StringEquals: { "kms:ViaService": `s3.${this.names.region}.amazonaws.com` },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": `alias/${this.names.of(this.zone)}` },
      },
    });
  }
}
