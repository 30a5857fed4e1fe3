import { Construct } from "constructs";
import type { Place } from "../place";
import { acceptFinding } from "../policies/accepted-finding";
import type { Statement } from "../policies/statement";
import { tlsRules } from "../storage/bucket-policy";
import { PrivateBucket } from "../storage/private-bucket";

export interface AccessLogsProps {
  readonly place: Place;
  readonly bucketName: string;
  /** First part of the names of the buckets that log here. */
  readonly namePrefix: string;
  /** Pattern of the ARNs of all roles of the lake. */
  readonly lakeRoles: string;
  /** May a deployment delete the bucket? */
  readonly removable: boolean;
}

/**
 * Where the buckets of an account log who used them. S3 delivers such logs to a bucket of the same account and region
 * only, and to none that a key of ours encrypts: this is the one bucket with S3's own cipher. It does not log itself, for
 * each log would make another. From here the logs are replicated into the audit account.
 */
export class AccessLogs extends Construct {
  /** Name of the bucket, known once it takes logs. */
  readonly ready: string;

  constructor(scope: Construct, id: string, props: AccessLogsProps) {
    super(scope, id);
    const bucket = new PrivateBucket(this, "store", {
      name: props.bucketName,
      encryption: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
      rules: tlsRules(`arn:aws:s3:::${props.bucketName}`),
      lifecycle: { expireAfterDays: KEEP_DAYS, keepOldVersionsDays: 1 },
      removable: props.removable,
    });
    acceptFinding(bucket.resource, "CKV_AWS_145", "S3 delivers access logs to no bucket that a key of ours encrypts");
    acceptFinding(
      bucket.resource,
      "CKV_AWS_144",
      "the account's own stack replicates it into the audit account, whose bucket comes later",
    );
    bucket.allow({
      Sid: "DeliverLogs",
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `${bucket.arn}/*`,
      Condition: {
        StringEquals: { "aws:SourceAccount": props.place.accountId },
        ArnLike: { "aws:SourceArn": `arn:aws:s3:::${props.namePrefix}-*` },
      },
    });
    bucket.allow(keepLogs(bucket.arn, props.lakeRoles));
    this.ready = bucket.policy.bucket;
  }
}

/** The replicas are what is kept; here logs stay as long as a replication that failed may take to be mended. */
const KEEP_DAYS = 30;

/** Replication is not among them: the account's own stack sets it, since the replicas' bucket comes later. */
const LOSSES = [
  "s3:DeleteBucket*",
  "s3:DeleteObject*",
  "s3:PutBucket*",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutObject*",
];

function keepLogs(bucketArn: string, lakeRoles: string): Statement {
  return {
    Sid: "LakeKeepsLogs",
    Effect: "Deny",
    Principal: "*",
    Action: LOSSES,
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { ArnLike: { "aws:PrincipalArn": lakeRoles } },
  };
}
