import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { ObjectStore } from "../../../lambdas/intake/object-store";
import { FakeS3 } from "./fake-s3";

let s3: FakeS3;
const client = new S3Client({ region: "eu-central-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } });

beforeEach(() => {
  s3 = new FakeS3();
});
afterEach(() => s3.restore());

test("objects beyond the limit of one copy are copied in parts", async () => {
  const body = Buffer.from(Array.from({ length: 2500 }, (_, i) => i % 251));
  s3.put("drop/a b+ü.bin", body);
  const store = new ObjectStore(client, 999, 1000);
  await store.copy({ bucket: "drop", key: "a b+ü.bin", versionId: "v1" }, body.length, "quarantine", "x", "secret");
  expect(s3.get({ Bucket: "quarantine", Key: "x" })).toMatchObject({ body, tagging: "classification=secret" });
  expect(s3.calls.filter((call) => call === "UploadPartCopyCommand")).toHaveLength(3);
});

test("a copy that fails leaves no upload behind", async () => {
  s3.put("drop/x", "12345");
  s3.onRequest = (name) => {
    if (name === "UploadPartCopyCommand") throw new Error("broken");
  };
  const copying = new ObjectStore(client, 3, 2).copy({ bucket: "drop", key: "x" }, 5, "quarantine", "x", "secret");
  await expect(copying).rejects.toThrow("broken");
  expect(s3.openUploads).toBe(0);
});

test("large files are written in parts, small ones at once", async () => {
  const directory = mkdtempSync(join(tmpdir(), "objects-"));
  try {
    const path = join(directory, "x");
    for (const size of [10, 17 * 1024 * 1024]) {
      const body = Buffer.alloc(size, "abcdefg");
      writeFileSync(path, body);
      await new ObjectStore(client).write(path, "raw", "key", "confidential", "text/plain");
      const stored = s3.get({ Bucket: "raw", Key: "key" });
      expect(stored.body.equals(body)).toBe(true);
      expect(stored.tagging).toBe("classification=confidential");
    }
    expect(s3.calls).toEqual([
      "PutObjectCommand",
      "CreateMultipartUploadCommand",
      "UploadPartCommand",
      "UploadPartCommand",
      "CompleteMultipartUploadCommand",
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
