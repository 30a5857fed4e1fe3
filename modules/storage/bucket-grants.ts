import type { Classification } from "../../contracts";
import { classificationTag } from "../../contracts/layout";
import type { Grant } from "../identity/role";
import { pascal } from "../keys/key";

/** A bucket as policies speak of it. */
export interface BucketTarget {
  readonly arn: string;
  /** What makes the ids of its statements its own. */
  readonly path: string;
}

/** What reading a bucket takes: listing and reading objects, all versions, below the prefix. */
export function readGrants(target: BucketTarget, prefix: string): Grant[] {
  return readGrantsOf(target, prefix, prefix === "" ? undefined : `${prefix}*`, `${target.arn}/${prefix}*`);
}

/** The same below each of several prefixes, in two statements: a policy holds so many characters only. */
export function readEachGrants(target: BucketTarget, label: string, prefixes: readonly string[]): Grant[] {
  const [below, objects] = [
    prefixes.map((prefix) => `${prefix}*`),
    prefixes.map((prefix) => `${target.arn}/${prefix}*`),
  ];
  return readGrantsOf(target, label, below, objects);
}

/** What seeing the names of objects takes that begin so, or of all. */
export function listGrant({ arn, path }: BucketTarget, label: string, below?: string | readonly string[]): Grant {
  return {
    Sid: `List${pascal(`${path}-${label}`)}`,
    Action: ["s3:ListBucket", "s3:ListBucketVersions"],
    Resource: arn,
    ...(below === undefined ? {} : { Condition: { StringLike: { "s3:prefix": below } } }),
  };
}

function readGrantsOf(
  target: BucketTarget,
  label: string,
  below: string | string[] | undefined,
  objects: string | string[],
): Grant[] {
  return [
    listGrant(target, label, below),
    {
      Sid: `Read${pascal(`${target.path}-${label}`)}`,
      Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
      Resource: objects,
    },
  ];
}

/** What writing below the prefix takes, without deleting. */
export function writeGrants({ arn, path }: BucketTarget, prefix: string): Grant[] {
  return [
    {
      Sid: `Write${pascal(`${path}-${prefix}`)}`,
      Action: ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: `${arn}/${prefix}*`,
    },
  ];
}

/** What writing below the prefixes takes for who says of every object how sensitive it is. */
export interface TaggedWrites {
  /** What the prefixes have in common. */
  readonly label: string;
  readonly prefixes: readonly string[];
  /** The levels that objects may have there. */
  readonly levels: readonly Classification[];
  /**
   * Uploads come in parts: their tag travels with the first request alone, and the condition has to let the others pass
   * without one (https://github.com/boto/boto3/issues/2675). What then comes without a tag is read by no person.
   * @default nothing is written without a tag
   */
  readonly inParts?: boolean;
}

/** What writing objects takes that carry the tag of one of the levels. */
export function taggedWriteGrants({ arn, path }: BucketTarget, writes: TaggedWrites): Grant[] {
  const { label, prefixes, inParts = false } = writes;
  const levels = [...new Set(writes.levels)].sort();
  const name = pascal(`${path}-${label}`);
  const Resource = prefixes.map((prefix) => `${arn}/${prefix}*`);
  const tagged = { [`s3:RequestObjectTag/${classificationTag}`]: levels };
  return [
    {
      Sid: `Write${name}`,
      Action: inParts ? "s3:PutObject" : ["s3:PutObject", "s3:PutObjectTagging"],
      Resource,
      Condition: inParts ? { StringEqualsIfExists: tagged } : { StringEquals: tagged },
    },
    ...(inParts
      ? [
          {
            Sid: `Tag${name}`,
            Action: "s3:PutObjectTagging",
            Resource,
            Condition: { StringEquals: tagged },
          },
          {
            Sid: `Parts${name}`,
            Action: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            Resource,
          },
        ]
      : []),
  ];
}

/** What tagging anew takes of all that is there, earlier versions too. */
export function retagGrants({ arn, path }: BucketTarget, writes: TaggedWrites): Grant[] {
  return [
    {
      Sid: `Retag${pascal(`${path}-${writes.label}`)}`,
      Action: "s3:PutObjectVersionTagging",
      Resource: writes.prefixes.map((prefix) => `${arn}/${prefix}*`),
      Condition: {
        StringEquals: { [`s3:RequestObjectTag/${classificationTag}`]: [...new Set(writes.levels)].sort() },
      },
    },
  ];
}

/** What deleting below each of the prefixes takes, in one statement. */
export function deleteEachGrants({ arn, path }: BucketTarget, label: string, prefixes: readonly string[]): Grant[] {
  return deleteGrants({ arn, path }, label).map((grant) => ({
    ...grant,
    Resource: prefixes.map((prefix) => `${arn}/${prefix}*`),
  }));
}

/** What deleting below the prefix takes: never of versions, which stay behind their marker. */
export function deleteGrants({ arn, path }: BucketTarget, prefix: string): Grant[] {
  return [{ Sid: `Delete${pascal(`${path}-${prefix}`)}`, Action: "s3:DeleteObject", Resource: `${arn}/${prefix}*` }];
}

/** What reading takes of the key that encrypts the objects. */
export const READ_KEY_ACTIONS = ["kms:Decrypt"] as const;
/** A multipart upload decrypts the key of its parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
export const WRITE_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"] as const;
