import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { LARGEST_PUT, putFile, refuseLargest } from "../../cli/upload/put";
import { temporaryFolder } from "./support";

const folder = temporaryFolder();
const s3 = mockClient(S3Client);
const broken = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
const refused = Object.assign(new Error("no"), { name: "AccessDenied", $metadata: { httpStatusCode: 403 } });

beforeEach(() => void s3.reset());

/** What is put of a file of that size, with how far it got. */
function fileOf(bytes: number) {
  const file = join(folder, `${bytes}.csv`);
  writeFileSync(file, "a");
  truncateSync(file, bytes);
  return { file, bytes, bucket: "drop", key: "sales/orders/a.csv", classification: "confidential" as const };
}

test.each([
  ["small", 1000],
  ["large", 9 * 1024 ** 2],
])("a %s file is one request that says how sensitive it is", async (_, bytes) => {
  let received = 0;
  s3.on(PutObjectCommand).callsFake(async ({ Body }) => {
    received = Body instanceof Readable ? (await buffer(Body)).length : Body.length;
    return { VersionId: "1" };
  });
  let reported = 0;
  const version = await putFile(new S3Client({}), fileOf(bytes), (more) => {
    reported += more;
  });
  expect([version, received, reported]).toEqual(["1", bytes, bytes]);
  expect(s3.calls().map(({ args }) => args[0].input)).toMatchObject([
    { Bucket: "drop", Key: "sales/orders/a.csv", Tagging: "classification=confidential" },
  ]);
});

test("a large file whose connection breaks is sent again from its beginning", async () => {
  s3.on(PutObjectCommand).rejectsOnce(broken).resolves({ VersionId: "2" });
  expect(await putFile(new S3Client({}), fileOf(9 * 1024 ** 2), () => {})).toBe("2");
  s3.reset();
  s3.on(PutObjectCommand).rejects(broken);
  await expect(putFile(new S3Client({}), fileOf(9 * 1024 ** 2), () => {})).rejects.toBe(broken);
  expect(s3.calls()).toHaveLength(3);
});

test("what is refused is not tried again", async () => {
  s3.on(PutObjectCommand).rejects(refused);
  await expect(putFile(new S3Client({}), fileOf(9 * 1024 ** 2), () => {})).rejects.toBe(refused);
  expect(s3.calls()).toHaveLength(1);
});

test("all files that no request can hold are named, before anything is sent", () => {
  const files = [LARGEST_PUT, LARGEST_PUT + 1, 2 * LARGEST_PUT].map((bytes) => ({ file: `${bytes}.csv`, bytes }));
  expect(() => refuseLargest(files)).toThrow(/2 files are larger:\n {2}5368709121\.csv: .+\n {2}10737418240\.csv: /);
  expect(() => refuseLargest(files.slice(0, 1))).not.toThrow();
});
