import { S3BucketObjectLockConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration";
import { Construct } from "constructs";
import { Key } from "../keys/key";
import type { Place } from "../place";
import { Bucket } from "../storage/bucket";
import type { BucketLifecycle } from "../storage/lifecycle";
import { auditorAloneReads, keepRecordKey, keepRecords } from "./keep-records";

export interface AuditStoreProps {
  readonly place: Place;
  readonly bucketName: string;
  /** Name behind `alias/`. */
  readonly keyAlias: string;
  /** In `COMPLIANCE` mode nobody can delete a record before its time. */
  readonly lock: { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly days: number };
  /** The trails that write here. */
  readonly trails: readonly { readonly accountId: string; readonly arn: string }[];
  /** Roles of other accounts that must learn the key's ARN to configure their trail. */
  readonly keyReaderArns: readonly string[];
  /** When records become cheaper to keep, and when they end. */
  readonly lifecycle: BucketLifecycle;
  /** The role that applies the stack: it alone may let further accounts in. */
  readonly deployerArn: string;
  /** The role that reads records: nobody else does. */
  readonly auditorArn: string;
  /** Bucket for the log of who read the records. */
  readonly accessLogBucket?: string;
  /** May a deployment delete the store? Locked records stay until their time in any case. */
  readonly removable: boolean;
}

const CLOUDTRAIL = "cloudtrail.amazonaws.com";

/** The object-locked bucket in which every account's trail ends, with the key of the trails. */
export class AuditStore extends Construct {
  readonly bucketName: string;
  readonly keyArn: string;
  /** A trail can only be made once the bucket accepts it. */
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: AuditStoreProps) {
    super(scope, id);
    const { place, removable } = props;
    const trailArns = props.trails.map(({ arn }) => arn);
    const key = new Key(this, "key", { place, alias: props.keyAlias, description: "Audit records", removable });
    const ofOurTrails = { StringEquals: { "aws:SourceArn": trailArns } };
    key.allowService("TrailsEncrypt", CLOUDTRAIL, ["kms:GenerateDataKey"], {
      ...ofOurTrails,
      StringLike: {
        "kms:EncryptionContext:aws:cloudtrail:arn": props.trails.map(
          ({ accountId }) => `arn:aws:cloudtrail:*:${accountId}:trail/*`,
        ),
      },
    });
    // Decrypt, since the bucket has a bucket key: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    key.allowService("TrailsDescribe", CLOUDTRAIL, ["kms:Decrypt", "kms:DescribeKey"], ofOurTrails);
    key.letAsk("TrailOwnersDescribe", props.keyReaderArns);
    const bucket = new Bucket(this, "store", {
      name: props.bucketName,
      key,
      lifecycle: props.lifecycle,
      removable,
      objectLock: true,
      accessLogBucket: props.accessLogBucket,
    });
    const lock = new S3BucketObjectLockConfigurationA(this, "lock", {
      bucket: bucket.reference,
      rule: { defaultRetention: { mode: props.lock.mode, days: props.lock.days } },
      dependsOn: [bucket.versioning],
    });
    bucket.allow({
      Sid: "TrailsCheck",
      Effect: "Allow",
      Principal: { Service: CLOUDTRAIL },
      Action: "s3:GetBucketAcl",
      Resource: bucket.arn,
      Condition: ofOurTrails,
    });
    for (const { accountId, arn } of props.trails) {
      bucket.allow({
        Sid: `TrailOf${accountId}`,
        Effect: "Allow",
        Principal: { Service: CLOUDTRAIL },
        Action: "s3:PutObject",
        Resource: `${bucket.arn}/AWSLogs/${accountId}/*`,
        Condition: { StringEquals: { "aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control" } },
      });
    }
    // Object lock keeps each version; this keeps the bucket's settings and the way around the lock from everybody as well.
    bucket.allow(auditorAloneReads(bucket.arn, props.auditorArn));
    bucket.seal(removable ? [] : keepRecords(bucket.arn, props.deployerArn), lock);
    if (!removable) for (const rule of keepRecordKey(props.deployerArn)) key.allow(rule);
    this.bucket = bucket;
    this.bucketName = bucket.name;
    this.keyArn = key.arn;
  }
}
