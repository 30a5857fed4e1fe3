import type { S3BucketLifecycleConfigurationRule } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";

/** How long a bucket keeps objects and in which storage class. */
export interface BucketLifecycle {
  /** Moves to cheaper classes, in the order of days. @default none */
  readonly transitions?: readonly { readonly afterDays: number; readonly storageClass: string }[];
  /** Days until objects are deleted. @default never */
  readonly expireAfterDays?: number;
  /** Days for which overwritten and deleted versions are kept; undefined keeps them for ever. */
  readonly keepOldVersionsDays?: number;
  /** Parts of the bucket that are of use for days only, by their prefix: objects and old versions go. @default none */
  readonly passing?: readonly { readonly prefix: string; readonly days: number }[];
}

/** Parts of uploads that never ended cost money and show nowhere: a week is enough to resume one. */
const ABORT_UPLOADS_AFTER_DAYS = 7;

/** The rules of a bucket; the first, on unfinished uploads, always stands. */
export function lifecycleRules(lifecycle: BucketLifecycle): S3BucketLifecycleConfigurationRule[] {
  const rule = (
    id: string,
    content: Partial<S3BucketLifecycleConfigurationRule>,
  ): S3BucketLifecycleConfigurationRule => ({
    id,
    status: "Enabled",
    filter: [{ prefix: "" }],
    ...content,
  });
  const rules = [
    rule("abort-unfinished-uploads", {
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS }],
    }),
  ];
  if (lifecycle.keepOldVersionsDays !== undefined) {
    rules.push(
      rule("expire-old-versions", { noncurrentVersionExpiration: [{ noncurrentDays: lifecycle.keepOldVersionsDays }] }),
    );
  }
  if (lifecycle.transitions?.length) {
    rules.push(
      rule("move-to-cheaper-storage", {
        transition: lifecycle.transitions.map(({ afterDays, storageClass }) => ({ days: afterDays, storageClass })),
      }),
    );
  }
  if (lifecycle.expireAfterDays !== undefined) {
    rules.push(rule("expire", { expiration: [{ days: lifecycle.expireAfterDays }] }));
  }
  for (const { prefix, days } of lifecycle.passing ?? []) {
    rules.push(
      rule(`expire-${prefix.replace(/[^a-z0-9]+/gi, "")}`, {
        filter: [{ prefix }],
        expiration: [{ days }],
        noncurrentVersionExpiration: [{ noncurrentDays: days }],
      }),
    );
  }
  return rules;
}
