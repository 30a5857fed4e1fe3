import type { AwsProviderConfig, AwsProviderEndpoints } from "@cdktf/provider-aws/lib/provider";
import type { S3BackendConfig } from "cdktf";
import type { EntryKind, Target } from "../accounts/model/target";

/**
 * The management account's root in the embedded local AWS. It opens nothing elsewhere, and standing here it keeps real
 * credentials of the environment from ever being sent to a local port.
 */
const LOCAL_CREDENTIALS = { accessKey: "123456789012", secretKey: "local" };

/** Services of the provider that the stacks use; each has to be pointed at the local endpoint. */
const SERVICES: (keyof AwsProviderEndpoints)[] = [
  "accessanalyzer",
  "account",
  "athena",
  "budgets",
  "ce",
  "cloudtrail",
  "cloudwatch",
  "configservice",
  "dynamodb",
  "ec2",
  "emr",
  "emrserverless",
  "events",
  "glue",
  "guardduty",
  "iam",
  "kms",
  "lakeformation",
  "lambda",
  "logs",
  "macie2",
  "rds",
  "s3",
  "s3Control",
  "scheduler",
  "secretsmanager",
  "securityhub",
  "sfn",
  "sns",
  "sqs",
  "ssm",
  "sts",
];

/** What a provider needs for the target beyond what it needs on AWS: nothing there. */
export function localProvider(target: Target, entry: EntryKind = "role"): Partial<AwsProviderConfig> {
  if (target.kind === "aws") return {};
  return {
    ...credentialsFor(entry),
    endpoints: [Object.fromEntries(SERVICES.map((service) => [service, target.endpoint]))],
    // S3 Control puts the account id before the host name, which no resolver knows.
    httpProxy: target.endpoint,
    httpsProxy: "",
    // With the default of 25 a call that the local AWS lacks would hang for minutes instead of failing.
    maxRetries: 2,
    s3UsePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: "true",
    skipRegionValidation: true,
  };
}

/** What an S3 backend needs for the target beyond what it needs on AWS. */
export function localBackend(target: Target, entry: EntryKind = "role"): Partial<S3BackendConfig> {
  if (target.kind === "aws") return {};
  return {
    ...credentialsFor(entry),
    endpoints: { s3: target.endpoint, sts: target.endpoint, iam: target.endpoint },
    usePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    skipRegionValidation: true,
  };
}

/** A profile has credentials of its own, and written down beside it these would win. */
function credentialsFor(entry: EntryKind = "role"): Partial<typeof LOCAL_CREDENTIALS> {
  return entry === "profile" ? {} : LOCAL_CREDENTIALS;
}
