import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { checkInterrupted } from "../../tools/setup/process";
import type { Step } from "../../tools/setup/progress";
import { inParallel } from "../in-parallel";
import type { LakeClients } from "../lake-clients";
import type { ObjectVersion } from "../ledger";
import { formatBytes, plural } from "../table";
import type { PlannedFile } from "./plan";
import { putFile } from "./put";

/** A file that is in the lake now. */
export interface SentFile extends PlannedFile {
  readonly object: ObjectVersion;
  readonly sha256: string;
  /** `skipped`: the same content was there under this key already. */
  readonly status: "uploaded" | "skipped";
}

/** Name of the object metadata by which an upload of the same content is recognised. */
const CHECKSUM = "sha256";

const FILES_AT_ONCE = 8;

/**
 * Uploads the files. With a comparison, what is there already with the same content is left alone, so that an interrupted
 * upload goes on where it stopped.
 */
export async function sendFiles(
  clients: LakeClients,
  bucket: string,
  files: readonly PlannedFile[],
  compares: boolean,
  step: Step,
): Promise<SentFile[]> {
  const total = formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
  let done = 0;
  let bytes = 0;
  const report = (more: number) => {
    bytes += more;
    step.say(`${done} of ${plural(files.length, "file")}, ${formatBytes(bytes)} of ${total}`);
  };
  return inParallel(FILES_AT_ONCE, files, async (file) => {
    checkInterrupted();
    const sent = await sendFile(clients, bucket, file, compares, report);
    done += 1;
    report(0);
    return sent;
  });
}

async function sendFile(
  clients: LakeClients,
  bucket: string,
  file: PlannedFile,
  compares: boolean,
  report: (bytes: number) => void,
): Promise<SentFile> {
  const sha256 = await checksum(file.file);
  const existing = compares ? await head(clients, bucket, file.key) : undefined;
  if (existing?.sha256 === sha256) {
    report(file.bytes);
    return { ...file, sha256, status: "skipped", object: { bucket, key: file.key, versionId: existing.versionId } };
  }
  const put = { ...file, bucket, metadata: { [CHECKSUM]: sha256 } };
  const versionId = await putFile(clients.s3, put, report);
  return { ...file, sha256, status: "uploaded", object: { bucket, key: file.key, versionId } };
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** The metadata of an object, where there is one. What is missing is not asked for: AWS counts that as a refused read. */
async function head({ s3 }: LakeClients, Bucket: string, Key: string) {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 }));
  if (Contents[0]?.Key !== Key) return undefined;
  try {
    const { Metadata, VersionId } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return { sha256: Metadata?.[CHECKSUM], versionId: VersionId };
  } catch (error) {
    // Of what has no classification S3 tells nobody anything: the upload itself asks for the right to write.
    const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
    if ([403, 404].includes($metadata?.httpStatusCode ?? 0)) return undefined;
    throw error;
  }
}
