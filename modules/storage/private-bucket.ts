import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketLoggingA } from "@cdktf/provider-aws/lib/s3-bucket-logging";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import {
  S3BucketServerSideEncryptionConfigurationA,
  type S3BucketServerSideEncryptionConfigurationRuleA,
} from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { dependable, Lazy, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { acceptFinding } from "../policies/accepted-finding";
import { addStatement, policyJson, type Statement } from "../policies/statement";
import { type BucketLifecycle, lifecycleRules } from "./lifecycle";

/** What every bucket can be made with, whatever encrypts it. */
export interface CommonBucketProps {
  /** Physical name. */
  readonly name: string;
  /** @default everything is kept for ever, and no rule is made */
  readonly lifecycle?: BucketLifecycle;
  /** May a deployment delete the bucket and what is in it? */
  readonly removable: boolean;
  /** Objects can be locked against deletion. Cannot be changed later. @default false */
  readonly objectLock?: boolean;
  /** Bucket of the same account and region that takes the log of who used this one. @default none, for buckets of such logs */
  readonly accessLogBucket?: string;
  /** Does whoever makes the bucket say whom it tells of new objects? S3 keeps one such setting. @default false, EventBridge is told */
  readonly tellsOfObjects?: boolean;
}

export interface PrivateBucketProps extends CommonBucketProps {
  readonly encryption: S3BucketServerSideEncryptionConfigurationRuleA;
  /** What the bucket refuses, whoever asks. */
  readonly rules: readonly Statement[];
}

/** What all buckets are: closed to the public, versioned, encrypted, without ACLs, and with a policy that grows by grants. */
export class PrivateBucket extends Construct {
  /** The name as written, for policies. */
  readonly name: string;
  /** The name as a reference, for resources that need the bucket to be there. */
  readonly reference: string;
  readonly arn: string;
  /** The policy: it must be in force before anything writes here. */
  readonly policy: S3BucketPolicy;
  /** S3 takes object lock and replication only after versioning. */
  readonly versioning: S3BucketVersioningA;
  /** The bucket itself, for what a scanner finds there. */
  readonly resource: S3Bucket;
  private readonly settings: TerraformResource[] = [];
  private readonly statements: Statement[];

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.name = props.name;
    this.arn = `arn:aws:s3:::${props.name}`;
    this.statements = [...props.rules];
    const bucket = new S3Bucket(this, "bucket", {
      bucket: props.name,
      objectLockEnabled: props.objectLock ?? false,
      forceDestroy: props.removable,
      lifecycle: { preventDestroy: !props.removable },
    });
    this.resource = bucket;
    this.reference = bucket.bucket;
    acceptFindings(bucket, props);
    const publicAccess = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    this.versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    this.settings.push(this.versioning, ...this.addSettings(bucket.bucket, props));
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

  /** Adds statements that refuse to change the bucket's settings: the policy has to come after all of them. */
  seal(statements: readonly Statement[], ...others: TerraformResource[]): void {
    for (const statement of statements) this.allow(statement);
    const settings = [...this.settings, ...others].map(dependable);
    this.policy.dependsOn = [...(this.policy.dependsOn ?? []), ...settings];
  }

  private addSettings(bucket: string, props: PrivateBucketProps): TerraformResource[] {
    const settings: TerraformResource[] = [
      new S3BucketOwnershipControls(this, "ownership", {
        bucket,
        rule: { objectOwnership: "BucketOwnerEnforced" },
      }),
      new S3BucketServerSideEncryptionConfigurationA(this, "encryption", { bucket, rule: [props.encryption] }),
    ];
    if (props.lifecycle) {
      const rule = lifecycleRules(props.lifecycle);
      settings.push(
        new S3BucketLifecycleConfiguration(this, "lifecycle", { bucket, rule, dependsOn: [this.versioning] }),
      );
    }
    if (props.tellsOfObjects !== true) {
      // Costs nothing, and a rule hears of objects wherever one is needed, without a change to the bucket.
      settings.push(new S3BucketNotification(this, "notification", { bucket, eventbridge: true }));
    }
    if (props.accessLogBucket !== undefined) {
      settings.push(
        new S3BucketLoggingA(this, "access-log", {
          bucket,
          targetBucket: props.accessLogBucket,
          // Keys begin with account, region, bucket and day: one prefix a bucket, as S3 itself writes it.
          targetPrefix: "",
          targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
        }),
      );
    }
    return settings;
  }
}

/** What scanners ask of every bucket, and a lake of some buckets only. */
function acceptFindings(bucket: S3Bucket, { accessLogBucket }: PrivateBucketProps): void {
  acceptFinding(
    bucket,
    "CKV_AWS_144",
    "data stays in the region of its account: versions and locks keep what is deleted by mistake, and a second region is a decision of its owners",
  );
  if (accessLogBucket === undefined) {
    acceptFinding(bucket, "CKV_AWS_18", "it takes the logs of other buckets: its own would make another log for each");
  }
}
