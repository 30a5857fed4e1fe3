import type { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Key } from "../keys/key";
import {
  deleteEachGrants,
  deleteGrants,
  listGrant,
  READ_KEY_ACTIONS,
  readEachGrants,
  readGrants,
  retagGrants,
  type TaggedWrites,
  taggedWriteGrants,
  WRITE_KEY_ACTIONS,
  writeGrants,
} from "./bucket-grants";
import { bucketRules } from "./bucket-policy";
import { type CommonBucketProps, PrivateBucket } from "./private-bucket";

export interface BucketProps extends CommonBucketProps {
  /** Key that encrypts every object. */
  readonly key: Key;
}

/**
 * A private bucket: versioned, encrypted with its own key, without ACLs, TLS only. Whoever uploads with another key or
 * cipher is refused. Its policy grows by grants.
 */
export class Bucket extends PrivateBucket {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id, {
      ...props,
      encryption: {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: props.key.arn },
        bucketKeyEnabled: true,
      },
      rules: bucketRules(`arn:aws:s3:::${props.name}`, [props.key.arn, props.key.aliasArn]),
    });
    this.key = props.key;
  }

  /** The role may list and read objects, all versions, below the prefix. @param prefix e.g. `sales/`; empty for the whole bucket */
  grantRead(role: Role, prefix = ""): void {
    role.allow(...readGrants({ arn: this.arn, path: this.node.path }, prefix));
    this.key.grantUseVia(role, "s3", READ_KEY_ACTIONS);
  }

  /** The role may list and read objects, all versions, below each of the prefixes. @param label what they have in common */
  grantReadEach(role: Role, label: string, prefixes: readonly string[]): void {
    role.allow(...readEachGrants({ arn: this.arn, path: this.node.path }, label, prefixes));
    this.key.grantUseVia(role, "s3", READ_KEY_ACTIONS);
  }

  /**
   * The role sees what objects are called below the prefixes, and S3 may open for it what it may read of them: that, its
   * own policy says object by object. @param prefixes none for the whole bucket
   */
  grantFind(role: Role, label = "", prefixes: readonly string[] = []): void {
    this.grantList(role, label, prefixes);
    this.key.grantUseVia(role, "s3", READ_KEY_ACTIONS);
  }

  /** The role sees what objects are called below the prefixes. @param prefixes none for the whole bucket */
  grantList(role: Role, label = "", prefixes: readonly string[] = []): void {
    const below = prefixes.length === 0 ? undefined : prefixes.map((prefix) => `${prefix}*`);
    role.allow(listGrant({ arn: this.arn, path: this.node.path }, label, below));
  }

  /** The role may write objects that carry the tag of a level, not delete them. */
  grantWriteTagged(role: Role, writes: TaggedWrites): void {
    role.allow(...taggedWriteGrants({ arn: this.arn, path: this.node.path }, writes));
    this.key.grantUseVia(role, "s3", WRITE_KEY_ACTIONS);
  }

  /** The role may tag anew what is there, earlier versions too. */
  grantRetag(role: Role, writes: TaggedWrites): void {
    role.allow(...retagGrants({ arn: this.arn, path: this.node.path }, writes));
  }

  /** The role may delete objects below each of the prefixes; their versions stay. @param label what they have in common */
  grantDeleteEach(role: Role, label: string, prefixes: readonly string[]): void {
    role.allow(...deleteEachGrants({ arn: this.arn, path: this.node.path }, label, prefixes));
  }

  /** The role may delete objects below the prefix; their versions stay as long as the bucket keeps them. */
  grantDelete(role: Role, prefix: string): void {
    role.allow(...deleteGrants({ arn: this.arn, path: this.node.path }, prefix));
  }

  /** The role may write objects below the prefix, not delete them. */
  grantWrite(role: Role, prefix = ""): void {
    role.allow(...writeGrants({ arn: this.arn, path: this.node.path }, prefix));
    this.key.grantUseVia(role, "s3", WRITE_KEY_ACTIONS);
  }
}
