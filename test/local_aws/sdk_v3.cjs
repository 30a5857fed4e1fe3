// What the JavaScript SDK does with S3 by default: CRC32 trailers, chunked bodies, multipart uploads, copies, ranges.
"use strict";
const { Readable } = require("node:stream");
const crypto = require("node:crypto");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");

const client = new s3.S3Client({});
const Bucket = process.argv[2];
const send = (Command, input) => client.send(new Command({ Bucket, ...input }));
const refused = (promise) =>
  promise.then(
    () => "accepted",
    (error) => `${error.$metadata.httpStatusCode} ${error.name}`,
  );

async function main() {
  const found = {};
  const put = await send(s3.PutObjectCommand, { Key: "text", Body: "hello", ContentType: "text/plain" });
  found.crc32 = put.ChecksumCRC32;
  const got = await send(s3.GetObjectCommand, { Key: "text", ChecksumMode: "ENABLED" });
  found.text = [await got.Body.transformToString(), got.ContentType, got.ChecksumCRC32];

  const body = crypto.randomBytes(3_000_000);
  await send(s3.PutObjectCommand, {
    Key: "stream",
    Body: Readable.from([body.subarray(0, 1e6), body.subarray(1e6)]),
    ContentLength: body.length,
  });
  const stream = await send(s3.GetObjectCommand, { Key: "stream" });
  found.stream = Buffer.from(await stream.Body.transformToByteArray()).equals(body);
  const range = await send(s3.GetObjectCommand, { Key: "stream", Range: "bytes=100-199" });
  found.range = [
    Buffer.from(await range.Body.transformToByteArray()).equals(body.subarray(100, 200)),
    range.ContentRange,
  ];

  const big = Buffer.concat([body, body, body, body]);
  await new Upload({ client, params: { Bucket, Key: "big", Body: Readable.from(big), Metadata: { by: "me" } } }).done();
  const head = await send(s3.HeadObjectCommand, { Key: "big" });
  found.big = [head.ContentLength === big.length, head.ETag.endsWith('-3"'), head.Metadata.by];

  const { UploadId } = await send(s3.CreateMultipartUploadCommand, { Key: "copied" });
  const parts = [];
  for (const [index, CopySourceRange] of ["bytes=0-5999999", `bytes=6000000-${big.length - 1}`].entries()) {
    const input = { Key: "copied", UploadId, PartNumber: index + 1, CopySource: `${Bucket}/big`, CopySourceRange };
    const copied = await send(s3.UploadPartCopyCommand, input);
    parts.push({ PartNumber: index + 1, ETag: copied.CopyPartResult.ETag });
  }
  await send(s3.CompleteMultipartUploadCommand, { Key: "copied", UploadId, MultipartUpload: { Parts: parts } });
  const copied = await send(s3.GetObjectCommand, { Key: "copied" });
  found.copied = Buffer.from(await copied.Body.transformToByteArray()).equals(big);

  found.exists = await refused(send(s3.PutObjectCommand, { Key: "text", Body: "again", IfNoneMatch: "*" }));
  found.changed = await refused(send(s3.PutObjectCommand, { Key: "text", Body: "again", IfMatch: '"other"' }));
  found.unchanged = await refused(send(s3.PutObjectCommand, { Key: "text", Body: "again", IfMatch: put.ETag }));
  found.wrongChecksum = await refused(send(s3.PutObjectCommand, { Key: "bad", Body: "x", ChecksumCRC32: "AAAAAA==" }));
  found.missing = await refused(send(s3.GetObjectCommand, { Key: "none" }));
  found.versions = (await send(s3.ListObjectVersionsCommand, { Prefix: "text" })).Versions.length;
  const keys = ["a b", "ü/+&=?#", "100%", "..dots", "tab\there"];
  for (const Key of keys) await send(s3.PutObjectCommand, { Key: `odd/${Key}`, Body: Key });
  const listed = await send(s3.ListObjectsV2Command, { Prefix: "odd/" });
  found.odd =
    listed.Contents.map(({ Key }) => Key.slice(4))
      .sort()
      .join("|") === [...keys].sort().join("|");
  const deleted = await send(s3.DeleteObjectsCommand, {
    Delete: { Objects: keys.map((Key) => ({ Key: `odd/${Key}` })) },
  });
  found.deleted = deleted.Deleted.length;
  console.log(JSON.stringify(found));
}

void main();
