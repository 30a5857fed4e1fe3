import { type Caller, decide, listOf, type Policy, type Request } from "../../support/policy";
import type { Stack } from "../../support/stack";
import { accountOf } from "./access";
import type { Check } from "./check";

/** The bucket of audit records, with what decides about it. */
interface Store {
  readonly arn: string;
  readonly account: string;
  readonly policy: Policy;
  readonly key: Policy;
}

function stores(stack: Stack): Store[] {
  return stack
    .resources("aws_s3_bucket")
    .filter(({ block }) => block.object_lock_enabled === true)
    .map((bucket) => {
      const construct = bucket.name.split("_")[0];
      return {
        arn: `arn:aws:s3:::${bucket.block.bucket}`,
        account: accountOf(stack, bucket),
        policy: stack.policyOf(stack.only("aws_s3_bucket_policy", construct)),
        key: stack.policyOf(stack.only("aws_kms_key", construct)),
      };
    });
}

const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
const CLOUDTRAIL: Caller = { service: "cloudtrail.amazonaws.com" };
const REMOVALS = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
  "s3:ReplicateDelete",
  "s3:UpdateObjectEncryption",
];

function writes({ arn, policy }: Store, trail: string, account: string, acl: string): boolean {
  const request: Request = {
    caller: CLOUDTRAIL,
    action: "s3:PutObject",
    resource: `${arn}/AWSLogs/${account}/CloudTrail/x`,
    context: { ...MODERN, "aws:SourceArn": trail, "s3:x-amz-acl": acl },
  };
  return decide(policy, "resource", request) === "allow";
}

function encrypts({ key }: Store, trail: string, encryptedFor: string | undefined): boolean {
  const request: Request = {
    caller: CLOUDTRAIL,
    action: "kms:GenerateDataKey",
    resource: "*",
    context: {
      "aws:SourceArn": trail,
      ...(encryptedFor === undefined ? {} : { "kms:EncryptionContext:aws:cloudtrail:arn": encryptedFor }),
    },
  };
  return decide(key, "resource", request) === "allow";
}

export const recordsAreKept: Check = {
  name: "nobody removes audit records",
  find: (stack) =>
    stores(stack).flatMap(({ arn, account, policy }) =>
      REMOVALS.filter((action) =>
        [arn, `${arn}/AWSLogs/x`].some(
          (resource) =>
            decide(policy, "resource", {
              caller: { arn: `arn:aws:iam::${account}:root` },
              action,
              resource,
              context: MODERN,
            }) !== "deny",
        ),
      ).map((action) => `${arn} allows ${action}`),
    ),
};

const FOREIGN = "arn:aws:cloudtrail:eu-west-1:999999999999:trail/foreign";
const OWNED = "bucket-owner-full-control";

export const trailsWriteTheirOwn: Check = {
  name: "each trail writes records below its own account's name only, and encrypts for itself only",
  find: (stack) =>
    stores(stack).flatMap((store) => {
      const trails = store.policy.Statement.flatMap(({ Condition }) =>
        listOf(Condition?.StringEquals?.["aws:SourceArn"] ?? []),
      );
      const accounts = [...new Set(trails.map((trail) => trail.split(":")[4] ?? ""))];
      return [
        ...(accounts.length > 0 ? [] : ["takes records of no trail"]),
        ...trails.flatMap((trail) => [
          ...accounts
            .filter((account) => writes(store, trail, account, OWNED) !== trail.includes(`:${account}:`))
            .map((account) => `${trail} and the name of ${account}`),
          ...accounts
            .filter((account) => writes(store, trail, account, "private"))
            .map(() => `${trail} writes what the bucket's owner cannot read`),
          ...(encrypts(store, trail, trail) ? [] : [`does not encrypt for ${trail}`]),
          ...(encrypts(store, trail, FOREIGN) || encrypts(store, trail, undefined)
            ? [`${trail} encrypts for others`]
            : []),
        ]),
        ...accounts.filter((account) => writes(store, FOREIGN, account, OWNED)).map(() => "takes records of strangers"),
        ...(encrypts(store, FOREIGN, FOREIGN) ? ["encrypts for strangers"] : []),
      ].map((text) => `${store.arn}: ${text}`);
    }),
};
