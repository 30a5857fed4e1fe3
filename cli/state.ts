import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Organization } from "../accounts/model/organization";
import type { Target } from "../accounts/model/target";
import { adminEntry, type Entry, roleSettings } from "./aws";
import type { StateLocation } from "./stacks";

/** As much of a Terraform state as tells two of them apart. */
export interface StateHead {
  /** The same for all versions of one state. */
  readonly lineage: string;
  /** Counts its versions. */
  readonly serial: number;
  readonly resources: readonly { readonly mode: string }[];
}

/** Whether a stack has ever been deployed. Needs nothing that the deployment itself creates. */
export async function hasState(target: Target, organization: Organization, location: StateLocation): Promise<boolean> {
  const admin = adminEntry(organization, location.entry.account);
  const listed = await withS3(target, organization, admin, (s3) =>
    s3.send(new ListObjectsV2Command({ Bucket: location.bucket, Prefix: location.key })),
  );
  return listed?.Contents?.some(({ Key }) => Key === location.key) ?? false;
}

/** The state of a stack in its bucket; undefined when there is none. */
export async function readState(
  target: Target,
  organization: Organization,
  location: StateLocation,
): Promise<string | undefined> {
  return withS3(target, organization, location.entry, async (s3) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: location.bucket, Key: location.key }));
    return Body?.transformToString();
  });
}

/** Puts a state into its bucket, byte by byte. */
export async function writeState(
  target: Target,
  organization: Organization,
  location: StateLocation,
  text: string,
): Promise<void> {
  await withS3(target, organization, location.entry, (s3) =>
    s3.send(
      new PutObjectCommand({ Bucket: location.bucket, Key: location.key, Body: text, ContentType: "application/json" }),
    ),
  );
}

/** Reads what tells one state from another. */
export function parseState(text: string): StateHead {
  return JSON.parse(text) as StateHead;
}

/** What the work gives, or undefined if bucket or object do not exist. */
async function withS3<T>(
  target: Target,
  organization: Organization,
  entry: Entry,
  work: (s3: S3Client) => Promise<T>,
): Promise<T | undefined> {
  const s3 = new S3Client({ ...roleSettings(target, organization, entry), forcePathStyle: target.kind === "local" });
  try {
    return await work(s3);
  } catch (error) {
    if (["NoSuchBucket", "NoSuchKey", "NotFound"].includes((error as Error).name)) return undefined;
    throw error;
  } finally {
    s3.destroy();
  }
}
