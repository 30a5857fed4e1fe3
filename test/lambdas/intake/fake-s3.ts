/** Buckets in memory, with versions, as far as the intake uses S3. */
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";

export interface StoredObject {
  readonly body: Buffer;
  readonly versionId: string;
  readonly lastModified: Date;
  readonly tagging?: string;
}

interface Upload {
  readonly tagging?: string;
  readonly parts: Map<number, Buffer>;
}

export class FakeS3 {
  /** `bucket/key` -> its versions, the newest last. */
  readonly objects = new Map<string, StoredObject[]>();
  readonly calls: string[] = [];
  /** Called before each request with its name; may throw. */
  onRequest: (name: string) => void = () => {};
  /** Cuts what is read to so many bytes, as a broken connection does. */
  cutAt: number | undefined;
  readonly #uploads = new Map<string, Upload>();
  readonly #mock = mockClient(S3Client);

  constructor() {
    const on = <Input>(command: { name: string }, answer: (input: Input) => unknown) =>
      this.#mock.on(command as typeof HeadObjectCommand).callsFake(async (input: Input) => {
        this.calls.push(command.name);
        this.onRequest(command.name);
        return answer(input);
      });
    type Address = { Bucket: string; Key: string; VersionId?: string; Tagging?: string; UploadId: string };
    on<Address>(HeadObjectCommand, (input) => {
      const found = this.get(input);
      return { ContentLength: found.body.length, LastModified: found.lastModified };
    });
    on<Address>(GetObjectCommand, (input) => {
      const { body } = this.get(input);
      return { ContentLength: body.length, Body: Readable.from(pieces(body.subarray(0, this.cutAt))) };
    });
    on<Address & { Body: Buffer }>(PutObjectCommand, (input) => {
      this.put(`${input.Bucket}/${input.Key}`, input.Body, input.Tagging);
      return {};
    });
    on<Address & { CopySource: string }>(CopyObjectCommand, (input) => {
      this.put(`${input.Bucket}/${input.Key}`, this.get(sourceOf(input.CopySource)).body, input.Tagging);
      return {};
    });
    on<Address>(CreateMultipartUploadCommand, (input) => {
      const UploadId = `upload-${this.#uploads.size}`;
      this.#uploads.set(UploadId, { tagging: input.Tagging, parts: new Map() });
      return { UploadId };
    });
    on<Address & { PartNumber: number; Body: Buffer }>(UploadPartCommand, (input) => {
      this.#uploads.get(input.UploadId)?.parts.set(input.PartNumber, Buffer.from(input.Body));
      return { ETag: `${input.PartNumber}` };
    });
    on<Address & { PartNumber: number; CopySource: string; CopySourceRange: string }>(
      UploadPartCopyCommand,
      (input) => {
        const [, first = "", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange) ?? [];
        const { body } = this.get(sourceOf(input.CopySource));
        this.#uploads.get(input.UploadId)?.parts.set(input.PartNumber, body.subarray(Number(first), Number(last) + 1));
        return { CopyPartResult: { ETag: `${input.PartNumber}` } };
      },
    );
    on<Address & { MultipartUpload: { Parts: { PartNumber: number; ETag: string }[] } }>(
      CompleteMultipartUploadCommand,
      (input) => {
        const upload = this.#uploads.get(input.UploadId);
        const body = input.MultipartUpload.Parts.map(
          ({ PartNumber }) => upload?.parts.get(PartNumber) ?? Buffer.alloc(0),
        );
        this.put(`${input.Bucket}/${input.Key}`, Buffer.concat(body), upload?.tagging);
        return {};
      },
    );
    on<Address>(AbortMultipartUploadCommand, (input) => {
      this.#uploads.delete(input.UploadId);
      return {};
    });
  }

  get openUploads(): number {
    return this.#uploads.size;
  }

  put(address: string, body: string | Uint8Array, tagging?: string): StoredObject {
    const versions = this.objects.get(address) ?? [];
    const stored = {
      body: Buffer.from(body as string),
      versionId: `v${versions.length + 1}`,
      lastModified: new Date("2020-05-17T22:00:00Z"),
      tagging,
    };
    this.objects.set(address, [...versions, stored]);
    return stored;
  }

  get({ Bucket, Key, VersionId }: { Bucket: string; Key: string; VersionId?: string }): StoredObject {
    const versions = this.objects.get(`${Bucket}/${Key}`) ?? [];
    const found = VersionId === undefined ? versions.at(-1) : versions.find(({ versionId }) => versionId === VersionId);
    if (found === undefined) throw Object.assign(new Error("The specified key does not exist."), { name: "NoSuchKey" });
    return found;
  }

  /** Keys of a bucket. */
  keys(bucket: string): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(`${bucket}/`))
      .map((key) => key.slice(bucket.length + 1));
  }

  restore(): void {
    this.#mock.restore();
  }
}

function* pieces(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 1000) yield body.subarray(at, at + 1000);
}

function sourceOf(copySource: string): { Bucket: string; Key: string; VersionId?: string } {
  const [path = "", version] = copySource.split("?versionId=");
  const [bucket = "", ...key] = path.split("/");
  return { Bucket: bucket, Key: key.map(decodeURIComponent).join("/"), VersionId: version };
}
