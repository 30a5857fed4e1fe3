/** What lies beside the data in S3: manifests that dispatch writes, results that jobs write. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { classifications } from "../../contracts/contract";
import { classificationTag } from "../../contracts/layout";
import { type BatchManifest, batchMetaKey, type Layer, type RunResult, resultMetaKey } from "../../contracts/runs";
import type { Meta } from "./ports";
import { parseResult } from "./result";

export class MetaStore implements Meta {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly layer: Layer,
  ) {}

  async putManifest(manifest: BatchManifest): Promise<void> {
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: batchMetaKey(manifest.job, manifest.batchId),
        Body: JSON.stringify(manifest),
        ContentType: "application/json",
        // Who may read anything of the lake may know which files are in a batch.
        Tagging: `${classificationTag}=${classifications[0]}`,
      }),
    );
  }

  async manifest(job: string, batchId: string): Promise<BatchManifest> {
    const key = batchMetaKey(job, batchId);
    const text = await this.#text(key);
    if (text === undefined) throw new Error(`${this.uri(key)} is gone: nobody knows what is in the batch`);
    return JSON.parse(text) as BatchManifest;
  }

  async result(job: string, batchId: string): Promise<RunResult | undefined> {
    const text = await this.#text(resultMetaKey(job, batchId));
    return text === undefined ? undefined : parseResult(text, this.layer, job, batchId);
  }

  uri(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  async #text(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return await Body?.transformToString("utf8");
    } catch (error) {
      // S3 answers AccessDenied for what is not there to a role that may not list.
      if (["NoSuchKey", "AccessDenied"].includes((error as Error).name)) return undefined;
      throw error;
    }
  }
}
