import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Classification } from "../../contracts";
import { classificationTag } from "../../contracts/layout";
import { InputError } from "../exit-codes";
import { formatBytes, plural } from "../table";

/** What S3 takes in one request. */
export const LARGEST_PUT = 5 * 1024 ** 3;

/** Smaller files are held in memory, where the SDK itself can send them again. */
const IN_MEMORY = 8 * 1024 ** 2;
const ATTEMPTS = 3;

/** A file and what it becomes. */
export interface FileToPut {
  readonly file: string;
  readonly bytes: number;
  readonly bucket: string;
  readonly key: string;
  readonly classification: Classification;
  readonly metadata?: Record<string, string>;
}

/** @throws InputError with every file that people cannot bring, as it does not go into one request */
export function refuseLargest(files: readonly Pick<FileToPut, "file" | "bytes">[]): void {
  const large = files.filter(({ bytes }) => bytes > LARGEST_PUT);
  if (large.length === 0) return;
  const list = large.map(({ file, bytes }) => `${file}: ${formatBytes(bytes)}`).join("\n  ");
  throw new InputError(
    `People bring files of at most ${formatBytes(LARGEST_PUT)}; ${plural(large.length, "file")} are larger:\n  ${list}`,
    "Compress or split them, or have a machine with the role `producer` bring them in parts.",
  );
}

/**
 * Stores a file in one request. Of an upload in parts only the first request can carry the classification, and buckets
 * refuse people every request to write that carries none.
 * @returns the version that it became
 */
export async function putFile(
  s3: S3Client,
  put: FileToPut,
  report: (bytes: number) => void,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    let sent = 0;
    try {
      return await putOnce(s3, put, (bytes) => {
        sent += bytes;
        report(bytes);
      });
    } catch (error) {
      report(-sent);
      if (attempt === ATTEMPTS || put.bytes <= IN_MEMORY || !isPassing(error)) throw error;
    }
  }
}

async function putOnce(s3: S3Client, put: FileToPut, report: (bytes: number) => void): Promise<string | undefined> {
  const inMemory = put.bytes <= IN_MEMORY;
  const { VersionId } = await s3.send(
    new PutObjectCommand({
      Bucket: put.bucket,
      Key: put.key,
      Body: inMemory ? await readFile(put.file) : Readable.from(counted(put.file, report)),
      ...(inMemory ? {} : { ContentLength: put.bytes }),
      Metadata: put.metadata,
      Tagging: `${classificationTag}=${put.classification}`,
    }),
  );
  if (inMemory) report(put.bytes);
  return VersionId;
}

async function* counted(file: string, report: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 ** 2 })) {
    report((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

/** Broken connections and what S3 itself could not do: the SDK does not send a stream again. */
function isPassing(error: unknown): boolean {
  const { $metadata, code, name } = error as NodeJS.ErrnoException & {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  return status === 429 || status >= 500 || /^(ECONNRESET|EPIPE|ETIMEDOUT)$|^TimeoutError$/.test(code ?? name);
}
