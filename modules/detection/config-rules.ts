/** A rule that AWS manages, by what it is called here. */
export interface ManagedRule {
  readonly identifier: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** CIS AWS Foundations 1.14: keys of users are changed after ninety days. */
const KEY_AGE_DAYS = "90";

/** What is asked of every account all the time, besides what Security Hub asks: it can be off, and these are cheap. */
export const MANAGED_RULES: Readonly<Record<string, ManagedRule>> = {
  "buckets-encrypt": {
    identifier: "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
    description: "Buckets encrypt by default",
  },
  "buckets-keep-versions": { identifier: "S3_BUCKET_VERSIONING_ENABLED", description: "Buckets keep old versions" },
  "buckets-refuse-plain-http": {
    identifier: "S3_BUCKET_SSL_REQUESTS_ONLY",
    description: "Buckets refuse requests without TLS",
  },
  "buckets-refuse-public-reads": {
    identifier: "S3_BUCKET_PUBLIC_READ_PROHIBITED",
    description: "Buckets are not read by everybody",
  },
  "buckets-refuse-public-writes": {
    identifier: "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
    description: "Buckets are not written by everybody",
  },
  "keys-rotate": { identifier: "CMK_BACKING_KEY_ROTATION_ENABLED", description: "Keys rotate" },
  "trail-records": { identifier: "CLOUD_TRAIL_ENABLED", description: "A trail records the account" },
  "trail-shows-tampering": {
    identifier: "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
    description: "Trails write digests",
  },
  "root-has-mfa": { identifier: "ROOT_ACCOUNT_MFA_ENABLED", description: "The root user has a second factor" },
  "users-have-mfa": { identifier: "IAM_USER_MFA_ENABLED", description: "Users have a second factor" },
  "user-keys-are-young": {
    identifier: "ACCESS_KEYS_ROTATED",
    description: `Keys of users are not older than ${KEY_AGE_DAYS} days`,
    parameters: { maxAccessKeyAge: KEY_AGE_DAYS },
  },
  "nobody-may-everything": {
    identifier: "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
    description: "No policy of ours allows everything",
  },
  "networks-are-recorded": { identifier: "VPC_FLOW_LOGS_ENABLED", description: "Networks have flow logs" },
  "default-groups-are-closed": {
    identifier: "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
    description: "Default security groups let nothing through",
  },
  "tables-can-go-back": { identifier: "DYNAMODB_PITR_ENABLED", description: "Tables can be restored to any second" },
};
