import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Key } from "../keys/key";
import { addStatement, policyJson, type Statement } from "../policies/statement";
import { READ_KEY_ACTIONS, readGrants, WRITE_KEY_ACTIONS, writeGrants } from "./bucket-grants";
import { bucketRules } from "./bucket-policy";
import { type BucketLifecycle, lifecycleRules } from "./lifecycle";

export interface BucketProps {
  /** Physical name. */
  readonly name: string;
  /** Key that encrypts every object. */
  readonly key: Key;
  /** @default everything is kept for ever, and no rule is made */
  readonly lifecycle?: BucketLifecycle;
  /** May a deployment delete the bucket and what is in it? */
  readonly removable: boolean;
  /** Objects can be locked against deletion. Cannot be changed later. @default false */
  readonly objectLock?: boolean;
}

/**
 * A private bucket: versioned, encrypted with its own key, without ACLs, TLS only. Whoever uploads with another key or
 * cipher is refused. Its policy grows by grants.
 */
export class Bucket extends Construct {
  /** The name as written, for policies. */
  readonly name: string;
  /** The name as a reference, for resources that need the bucket to be there. */
  readonly reference: string;
  readonly arn: string;
  readonly key: Key;
  /** The policy: it must be in force before anything writes here. */
  readonly policy: S3BucketPolicy;
  /** S3 takes object lock only after versioning. */
  readonly versioning: S3BucketVersioningA;
  private readonly statements: Statement[];

  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id);
    this.name = props.name;
    this.arn = `arn:aws:s3:::${props.name}`;
    this.key = props.key;
    this.statements = bucketRules(this.arn, [props.key.arn, props.key.aliasArn]);
    const bucket = new S3Bucket(this, "bucket", {
      bucket: props.name,
      objectLockEnabled: props.objectLock ?? false,
      forceDestroy: props.removable,
      lifecycle: { preventDestroy: !props.removable },
    });
    this.reference = bucket.bucket;
    const publicAccess = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, "ownership", {
      bucket: bucket.bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    this.versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: props.key.arn },
          bucketKeyEnabled: true,
        },
      ],
    });
    if (props.lifecycle) {
      new S3BucketLifecycleConfiguration(this, "lifecycle", {
        bucket: bucket.bucket,
        rule: lifecycleRules(props.lifecycle),
        dependsOn: [this.versioning],
      });
    }
    this.policy = new S3BucketPolicy(this, "policy", {
      bucket: bucket.bucket,
      policy: Lazy.stringValue({ produce: () => policyJson(this.statements) }),
      // S3 answers 409 when both are written at the same time.
      dependsOn: [publicAccess],
    });
  }

  /** Adds a statement to the bucket's policy. */
  allow(statement: Statement): void {
    addStatement(this.statements, statement);
  }

  /** The role may list and read objects, all versions, below the prefix. @param prefix e.g. `sales/`; empty for the whole bucket */
  grantRead(role: Role, prefix = ""): void {
    role.allow(...readGrants({ arn: this.arn, path: this.node.path }, prefix));
    this.key.grantUseVia(role, "s3", READ_KEY_ACTIONS);
  }

  /** The role may write objects below the prefix, not delete them. */
  grantWrite(role: Role, prefix = ""): void {
    role.allow(...writeGrants({ arn: this.arn, path: this.node.path }, prefix));
    this.key.grantUseVia(role, "s3", WRITE_KEY_ACTIONS);
  }
}
