/** The objects in S3: read as streams, written under names that are the same at each attempt. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Classification } from "../../contracts/contract";
import { classificationTag, objectUri } from "../../contracts/layout";
import type { ArrivedObject } from "./events";

export interface ObjectInfo {
  readonly lastModified: Date;
  readonly bytes: number;
}

/** Larger files are uploaded in parts, two at a time: more would cost memory that DuckDB has use for. */
const uploadPart = 16 * 1024 ** 2;

/** The largest object that one copy can make, and the parts for those beyond. */
const copyLimit = 5 * 1024 ** 3;
const copyPart = 1024 ** 3;

export class ObjectStore {
  constructor(
    private readonly client: S3Client,
    private readonly copyLimitBytes = copyLimit,
    private readonly copyPartBytes = copyPart,
  ) {}

  async info(object: ArrivedObject): Promise<ObjectInfo> {
    const head = await this.client.send(new HeadObjectCommand(address(object)));
    if (head.LastModified === undefined) throw new Error(`S3 does not say when ${objectUri(object)} was written`);
    return { lastModified: head.LastModified, bytes: head.ContentLength ?? 0 };
  }

  /** The bytes of exactly this version. @throws when there are fewer than S3 announced */
  async *read(object: ArrivedObject): AsyncGenerator<Uint8Array> {
    const { Body, ContentLength } = await this.client.send(new GetObjectCommand(address(object)));
    let received = 0;
    for await (const chunk of Body as Readable) {
      received += (chunk as Uint8Array).length;
      yield chunk as Uint8Array;
    }
    if (ContentLength !== undefined && received !== ContentLength) {
      throw new Error(`The connection broke: ${received} of ${ContentLength} bytes of ${objectUri(object)} came`);
    }
  }

  /** Stores a file, in parts when it is large, tagged with who may read it. */
  async write(path: string, bucket: string, key: string, tag: Classification, type: string): Promise<void> {
    const params = { Bucket: bucket, Key: key, ContentType: type, Tagging: tagging(tag) };
    const { size } = await stat(path);
    if (size <= uploadPart) {
      await this.client.send(new PutObjectCommand({ ...params, Body: await readFile(path) }));
      return;
    }
    const body = createReadStream(path, { highWaterMark: 1024 ** 2 });
    await new Upload({
      client: this.client,
      partSize: uploadPart,
      queueSize: 2,
      params: { ...params, Body: body },
    }).done();
  }

  /** Copies an object within S3, whatever its size. */
  async copy(object: ArrivedObject, bytes: number, bucket: string, key: string, tag: Classification): Promise<void> {
    const target = { Bucket: bucket, Key: key };
    const version = object.versionId === undefined ? "" : `?versionId=${encodeURIComponent(object.versionId)}`;
    const source = `${object.bucket}/${object.key.split("/").map(encodeURIComponent).join("/")}${version}`;
    if (bytes <= this.copyLimitBytes) {
      const tags = { Tagging: tagging(tag), TaggingDirective: "REPLACE" as const };
      await this.client.send(new CopyObjectCommand({ ...target, CopySource: source, ...tags }));
      return;
    }
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand({ ...target, Tagging: tagging(tag) }));
    const upload = { ...target, UploadId };
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let begin = 0; begin < bytes; begin += this.copyPartBytes) {
        const range = `bytes=${begin}-${Math.min(begin + this.copyPartBytes, bytes) - 1}`;
        const part = { PartNumber: parts.length + 1, CopySource: source, CopySourceRange: range };
        const { CopyPartResult } = await this.client.send(new UploadPartCopyCommand({ ...upload, ...part }));
        parts.push({ PartNumber: part.PartNumber, ETag: CopyPartResult?.ETag });
      }
      await this.client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
    } catch (error) {
      await this.client.send(new AbortMultipartUploadCommand(upload));
      throw error;
    }
  }
}

function address({ bucket, key, versionId }: ArrivedObject) {
  return { Bucket: bucket, Key: key, VersionId: versionId };
}

function tagging(tag: Classification): string {
  return `${classificationTag}=${tag}`;
}
