import type { Construct } from "constructs";
import { RecordStore, type RecordStoreProps } from "../audit/record-store";
import { arnIn, type Place } from "../place";

const CONFIG = "config.amazonaws.com";
const MACIE = "macie.amazonaws.com";

interface SenderProps extends RecordStoreProps {
  /** The accounts that send. */
  readonly senders: readonly Place[];
}

/**
 * Takes what Config records, each account below its own name. Config says its account and no source.
 * https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
 */
export class ConfigRecords extends RecordStore {
  constructor(scope: Construct, id: string, props: SenderProps) {
    super(scope, id, props);
    const { bucket } = this;
    for (const { accountId } of props.senders) {
      const ofTheAccount = { StringEquals: { "aws:SourceAccount": accountId } };
      bucket.allow({
        Sid: `ConfigChecksOf${accountId}`,
        Effect: "Allow",
        Principal: { Service: CONFIG },
        Action: ["s3:GetBucketAcl", "s3:ListBucket"],
        Resource: bucket.arn,
        Condition: ofTheAccount,
      });
      bucket.allow({
        Sid: `ConfigOf${accountId}`,
        Effect: "Allow",
        Principal: { Service: CONFIG },
        Action: "s3:PutObject",
        Resource: `${bucket.arn}/AWSLogs/${accountId}/Config/*`,
        Condition: { StringEquals: { ...ofTheAccount.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" } },
      });
      props.key.allowService(`ConfigOf${accountId}`, CONFIG, ["kms:Decrypt", "kms:GenerateDataKey"], ofTheAccount);
    }
  }
}

/**
 * Takes what Macie found. https://docs.aws.amazon.com/macie/latest/user/discovery-results-repository-s3.html
 */
export class DiscoveryRecords extends RecordStore {
  constructor(scope: Construct, id: string, props: SenderProps) {
    super(scope, id, props);
    const { bucket } = this;
    for (const place of props.senders) {
      const { accountId } = place;
      const ofTheAccount = {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: {
          "aws:SourceArn": ["export-configuration:*", "classification-job/*"].map((of) => arnIn(place, "macie2", of)),
        },
      };
      bucket.allow({
        Sid: `DiscoveriesCheckOf${accountId}`,
        Effect: "Allow",
        Principal: { Service: MACIE },
        Action: "s3:GetBucketLocation",
        Resource: bucket.arn,
        Condition: ofTheAccount,
      });
      bucket.allow({
        Sid: `DiscoveriesOf${accountId}`,
        Effect: "Allow",
        Principal: { Service: MACIE },
        Action: "s3:PutObject",
        Resource: `${bucket.arn}/AWSLogs/${accountId}/Macie/*`,
        Condition: ofTheAccount,
      });
      props.key.allowService(`DiscoveriesOf${accountId}`, MACIE, ["kms:Encrypt", "kms:GenerateDataKey"], ofTheAccount);
    }
  }
}
