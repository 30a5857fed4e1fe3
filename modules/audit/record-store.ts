import { Construct } from "constructs";
import type { Key } from "../keys/key";
import { arnIn, type Place } from "../place";
import { Bucket } from "../storage/bucket";
import type { BucketLifecycle } from "../storage/lifecycle";
import { auditorAloneReads, keepRecords } from "./keep-records";

export interface RecordStoreProps {
  readonly bucketName: string;
  readonly key: Key;
  /** When records become cheaper to keep, and when they end. */
  readonly lifecycle: BucketLifecycle;
  /** The role that applies the stack: it alone may let further accounts in. */
  readonly deployerArn: string;
  /** The role that reads records: nobody else does. */
  readonly auditorArn: string;
  /** Bucket for the log of who read the records. @default none: records of access would make records of access */
  readonly accessLogBucket?: string;
  /** May a deployment delete the store? */
  readonly removable: boolean;
}

/** A central bucket of records that other accounts send and nobody can take back. */
export abstract class RecordStore extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: RecordStoreProps) {
    super(scope, id);
    this.bucket = new Bucket(this, "store", {
      name: props.bucketName,
      key: props.key,
      lifecycle: props.lifecycle,
      accessLogBucket: props.accessLogBucket,
      removable: props.removable,
    });
    this.bucket.allow(auditorAloneReads(this.bucket.arn, props.auditorArn));
    // Log delivery and replication do not work with the default retention of object lock, so the policy alone keeps these.
    this.bucket.seal(props.removable ? [] : keepRecords(this.bucket.arn, props.deployerArn));
  }
}

const LOG_DELIVERY = "delivery.logs.amazonaws.com";

/** Takes the flow logs of networks, each account below its own name. */
export class FlowRecords extends RecordStore {
  constructor(scope: Construct, id: string, props: RecordStoreProps & { readonly senders: readonly Place[] }) {
    super(scope, id, props);
    const { bucket } = this;
    for (const place of props.senders) {
      const ofTheAccount = {
        StringEquals: { "aws:SourceAccount": place.accountId },
        ArnLike: { "aws:SourceArn": arnIn(place, "logs", "*") },
      };
      bucket.allow({
        Sid: `FlowsOf${place.accountId}`,
        Effect: "Allow",
        Principal: { Service: LOG_DELIVERY },
        Action: "s3:PutObject",
        Resource: `${bucket.arn}/AWSLogs/aws-account-id=${place.accountId}/*`,
        Condition: {
          ...ofTheAccount,
          StringEquals: { ...ofTheAccount.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" },
        },
      });
      bucket.allow({
        Sid: `FlowsCheckOf${place.accountId}`,
        Effect: "Allow",
        Principal: { Service: LOG_DELIVERY },
        Action: "s3:GetBucketAcl",
        Resource: bucket.arn,
        Condition: ofTheAccount,
      });
      props.key.allowService(
        `FlowsOf${place.accountId}`,
        LOG_DELIVERY,
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
        ofTheAccount,
      );
    }
  }
}

/** A role that replicates an account's access logs. */
export interface LogSender {
  readonly accountId: string;
  readonly roleArn: string;
}

/** Takes the replicas of every account's access logs. */
export class AccessRecords extends RecordStore {
  constructor(scope: Construct, id: string, props: RecordStoreProps & { readonly senders: readonly LogSender[] }) {
    super(scope, id, props);
    const { bucket } = this;
    for (const { accountId, roleArn } of props.senders) {
      bucket.allow({
        Sid: `ReplicasOf${accountId}`,
        Effect: "Allow",
        // S3 refuses a policy that names a role which is still to be made, so the account is named and the role demanded.
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        // Not ReplicateDelete: what was deleted there stays here.
        Action: ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"],
        // Keys begin with the account that logged.
        Resource: `${bucket.arn}/${accountId}/*`,
        Condition: { ArnEquals: { "aws:PrincipalArn": roleArn } },
      });
    }
  }
}
