import type { Statement } from "../policies/statement";

/** Ways to remove records, or to get around the lock that keeps them. */
const REMOVALS = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
  "s3:ReplicateDelete",
  // With a key that is then deleted, an object is lost as well.
  "s3:UpdateObjectEncryption",
];

/** Settings by which records would be kept shorter, unprotected, or not at all. */
const SETTINGS = [
  "s3:DeleteBucketPolicy",
  "s3:PutBucketAcl",
  "s3:PutBucketLogging",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

/**
 * Keeps a bucket of records from everybody, administrators of its account included: nobody removes a record and nobody
 * changes a setting. The one door left is this policy itself, which only the deployer may write (an account that joins
 * has to be let in), and each time it does an alarm is raised.
 */
export function keepRecords(bucketArn: string, deployerArn: string): Statement[] {
  return [
    {
      Sid: "NobodyRemovesRecords",
      Effect: "Deny",
      Principal: "*",
      Action: REMOVALS,
      Resource: [bucketArn, `${bucketArn}/*`],
    },
    { Sid: "NobodyChangesSettings", Effect: "Deny", Principal: "*", Action: SETTINGS, Resource: bucketArn },
    {
      Sid: "DeployerAloneWritesPolicy",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutBucketPolicy",
      Resource: bucketArn,
      Condition: { ArnNotEquals: { "aws:PrincipalArn": deployerArn } },
    },
  ];
}

/** Records are for the auditor's eyes: those that no key of ours encrypts (digests, replicas of access logs) as well. */
export function auditorAloneReads(bucketArn: string, auditorArn: string): Statement {
  return {
    Sid: "AuditorAloneReads",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:GetObject", "s3:GetObjectVersion"],
    Resource: `${bucketArn}/*`,
    Condition: { ArnNotEquals: { "aws:PrincipalArn": auditorArn } },
  };
}

/** Keeps the key of records: without it they could never be read again. */
export function keepRecordKey(): Statement {
  return {
    Sid: "NobodyRemovesTheKey",
    Effect: "Deny",
    Principal: "*",
    Action: ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
    Resource: "*",
  };
}
