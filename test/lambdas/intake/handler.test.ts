import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Logger } from "@aws-lambda-powertools/logger";
import {
  ChangeMessageVisibilityCommand,
  type ChangeMessageVisibilityCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { serializeContracts } from "../../../contracts";
import { RowChecks } from "../../../lambdas/intake/check-rows";
import { FakeDynamoDb } from "./fake-dynamodb";
import { FakeS3 } from "./fake-s3";
import { contracts, query, rejectedRows } from "./support";

const names = "product_category_name,product_category_name_english";
const twoRows = `${names}\nbeleza_saude,health_beauty\n,nothing\n`;
const key = "sales/product_category_names/names.csv";

type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

let directory: string;
let handler: Handler;
let s3: FakeS3;
let dynamodb: FakeDynamoDb;
let metrics: Record<string, unknown>[];
let visibility: number[];
const sqs = mockClient(SQSClient);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "handler-"));
  mkdirSync(join(directory, "tmp"));
  writeFileSync(join(directory, "contracts.json"), serializeContracts(contracts));
  Object.assign(process.env, {
    TMPDIR: join(directory, "tmp"),
    AWS_REGION: "eu-central-1",
    LAMBDA_TASK_ROOT: directory,
    LEDGER_TABLE: "ledger",
    TARGET_BUCKET: "raw",
    TARGET_ZONE: "raw",
    QUARANTINE_BUCKET: "quarantine",
    QUEUE_URL: "https://sqs.example/queue",
    MAX_RECEIVE_COUNT: "3",
    LANDING_PREFIX: "landing/",
    POWERTOOLS_LOG_LEVEL: "SILENT",
    // Metrics are then written with the console, where they can be seen.
    POWERTOOLS_DEV: "true",
    POWERTOOLS_METRICS_DISABLED: "false",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    POWERTOOLS_METRICS_NAMESPACE: "Lake",
    POWERTOOLS_TRACE_ENABLED: "false",
  });
  ({ handler } = require("../../../lambdas/intake/handler") as { handler: Handler });
});

beforeEach(() => {
  s3 = new FakeS3();
  dynamodb = new FakeDynamoDb();
  metrics = [];
  visibility = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => {
    metrics.push(JSON.parse(line) as Record<string, unknown>);
  });
  sqs.on(ChangeMessageVisibilityCommand).callsFake((input: ChangeMessageVisibilityCommandInput) => {
    visibility.push(input.VisibilityTimeout ?? -1);
    return {};
  });
});

afterEach(() => {
  // Whatever happened, nothing may be left for the next file to trip over.
  expect(readdirSync(join(directory, "tmp"))).toEqual([]);
  s3.restore();
  dynamodb.restore();
  jest.restoreAllMocks();
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Message {
  readonly id?: string;
  readonly body: string;
  readonly received?: number;
}

function created(objectKey: string, versionId: string | undefined = "v1", eventName = "ObjectCreated:Put"): string {
  const encoded = encodeURIComponent(objectKey).replaceAll("%20", "+").replaceAll("%2F", "/");
  const object = { key: encoded, ...(versionId === "" ? {} : { versionId }) };
  return JSON.stringify({ Records: [{ eventSource: "aws:s3", eventName, s3: { bucket: { name: "drop" }, object } }] });
}

let requests = 0;

/** Sends messages and answers which of them failed. */
async function send(...messages: (Message | string)[]): Promise<string[]> {
  const records = messages.map((message, index) => {
    const { id = `m${index}`, body, received = 1 } = typeof message === "string" ? { body: message } : message;
    return {
      messageId: id,
      receiptHandle: `receipt-${id}`,
      body,
      attributes: { ApproximateReceiveCount: String(received) },
      eventSource: "aws:sqs",
    };
  });
  const context = { awsRequestId: `request-${++requests}`, getRemainingTimeInMillis: () => 60_000 };
  const response = await handler({ Records: records } as unknown as SQSEvent, context as Context);
  return response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

function ledger(objectKey = key, version = "v1"): Record<string, unknown> | undefined {
  return dynamodb.items.get(`s3://drop/${objectKey} ${version}`);
}

test("a file is loaded, its bad rows are quarantined, and the ledger and the metrics tell all of it", async () => {
  s3.put(`drop/${key}`, twoRows);
  expect(await send(created(key))).toEqual([]);

  const [raw = ""] = s3.keys("raw");
  const [quarantined = ""] = s3.keys("quarantine");
  expect(raw).toMatch(/^sales\/product_category_names\/ingest_date=2020-05-17\/[0-9a-f]{32}\.parquet$/);
  expect(quarantined).toBe(raw.replace(".parquet", ".rows.ndjson.gz"));
  expect(s3.get({ Bucket: "raw", Key: raw }).tagging).toBe("classification=proprietary");
  const copy = join(directory, "copy.parquet");
  writeFileSync(copy, s3.get({ Bucket: "raw", Key: raw }).body);
  expect(await query(`FROM '${copy}'`)).toMatchObject([
    {
      product_category_name: "beleza_saude",
      _source_object: `s3://drop/${key}`,
      _source_version: "v1",
      _source_row: "1",
    },
  ]);
  const [rejected] = rejectedRows(s3.get({ Bucket: "quarantine", Key: quarantined }).body);
  expect(rejected).toMatchObject({ row: 2, errors: [{ column: "product_category_name", reason: "is missing" }] });

  expect(ledger()).toEqual({
    pk: `s3://drop/${key}`,
    sk: "v1",
    status: "loaded",
    dataset_id: "sales/product_category_names",
    domain: "sales",
    dataset: "product_category_names",
    zone: "raw",
    attempt: 1,
    claimed_by: `request-${requests}`,
    message_id: "m0",
    receive_count: 1,
    contract_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    bytes: twoRows.length,
    rows_in: 2,
    rows_out: 1,
    rows_quarantined: 1,
    outputs: [`s3://raw/${raw}`],
    quarantine: `s3://quarantine/${quarantined}`,
    reason: "product_category_name: is missing (1)",
    duration_ms: expect.any(Number),
    first_seen_at: expect.stringMatching(/^\d{4}-.*Z$/),
    started_at: expect.any(String),
    finished_at: expect.any(String),
    updated_at: expect.any(String),
  });
  expect(metrics).toMatchObject([
    {
      _aws: { CloudWatchMetrics: [{ Namespace: "Lake", Dimensions: [["service", "dataset"], ["service"]] }] },
      dataset: "sales/product_category_names",
      service: "intake",
      ...{ FilesLoaded: 1, RowsIn: 2, RowsOut: 1, RowsQuarantined: 1 },
    },
  ]);
});

test("a message that comes twice changes nothing", async () => {
  s3.put(`drop/${key}`, twoRows);
  expect(await send(created(key), { id: "again", body: created(key) })).toEqual([]);
  expect(await send({ id: "later", body: created(key) })).toEqual([]);
  expect(s3.calls.filter((call) => call === "GetObjectCommand")).toHaveLength(1);
  expect(s3.get({ Bucket: "raw", Key: s3.keys("raw")[0] ?? "" }).versionId).toBe("v1");
  expect(metrics).toHaveLength(1);
});

test("versions of one key are objects of their own, in whatever order they come", async () => {
  s3.put(`drop/${key}`, `${names}\na,first\n`);
  s3.put(`drop/${key}`, `${names}\na,second\nb,second\n`);
  expect(await send(created(key, "v2"), created(key, "v1"))).toEqual([]);
  expect([ledger(key, "v1")?.rows_in, ledger(key, "v2")?.rows_in]).toEqual([1, 2]);
  expect(s3.keys("raw")).toHaveLength(2);
});

test("buckets without versions work, too", async () => {
  s3.put(`drop/${key}`, twoRows);
  expect(await send(created(key, ""))).toEqual([]);
  expect(ledger(key, "null")).toMatchObject({ status: "loaded" });
});

test("an object held by another function comes back when that one must have ended", async () => {
  s3.put(`drop/${key}`, twoRows);
  const item = { status: "processing", attempt: 1, message_id: "other", receive_count: 1, claimed_by: "other" };
  const held = { pk: `s3://drop/${key}`, sk: "v1", ...item, lease_until: Date.now() + 100_000 };
  dynamodb.items.set(`s3://drop/${key} v1`, held);
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()).toEqual(held);
  expect(visibility[0]).toBeGreaterThan(98);
  expect(visibility[0]).toBeLessThan(103);
  expect(s3.keys("raw")).toEqual([]);
});

test.each([
  ["its lease is over", { lease_until: Date.now() - 1, message_id: "other", receive_count: 1 }],
  ["its message is here again", { lease_until: Date.now() + 100_000, message_id: "m0", receive_count: 1 }],
])("what a crash left behind is taken over when %s", async (_, left) => {
  s3.put(`drop/${key}`, twoRows);
  const item = { pk: `s3://drop/${key}`, sk: "v1", status: "processing", attempt: 1, claimed_by: "dead", ...left };
  dynamodb.items.set(`s3://drop/${key} v1`, item);
  s3.onRequest = () => {
    throw new Error("S3 is down");
  };
  expect(await send({ body: created(key), received: 2 })).toEqual(["m0"]);
  expect(ledger()).toMatchObject({
    status: "failed",
    attempt: 2,
    reason: "Error: S3 is down (attempt 1 was cut off: it ran out of memory or time)",
  });
  s3.onRequest = () => {};
  expect(await send({ body: created(key), received: 3 })).toEqual([]);
  expect(ledger()).toMatchObject({ status: "loaded", attempt: 3 });
});

test("what cut off an attempt is known from the next one on, also when that one is cut off, and goes when all is well", async () => {
  s3.put(`drop/${key}`, `${names}\na,b\n`);
  const cutOff = () => dynamodb.items.set(`s3://drop/${key} v1`, { ...seen[0] });
  const seen: Record<string, unknown>[] = [];
  s3.onRequest = () => {
    if (seen.length === 0) seen.push({ ...ledger() });
  };
  expect(await send(created(key))).toEqual([]);
  expect(seen[0]).toMatchObject({ status: "processing", attempt: 1 });
  expect(seen[0]).not.toHaveProperty("reason");
  for (const attempt of [2, 3]) {
    cutOff();
    seen.length = 0;
    expect(await send({ body: created(key), received: attempt })).toEqual([]);
    const reason = `attempt ${attempt - 1} was cut off: it ran out of memory or time`;
    expect(seen[0]).toMatchObject({ status: "processing", attempt, reason });
  }
  expect(ledger()).toMatchObject({ status: "loaded", attempt: 3 });
  expect(ledger()).not.toHaveProperty("reason");
});

test("of two functions that find the same dead holder, one takes the object over", async () => {
  s3.put(`drop/${key}`, twoRows);
  const dead = {
    status: "processing",
    attempt: 1,
    claimed_by: "dead",
    lease_until: 1,
    message_id: "m",
    receive_count: 1,
  };
  const item = { pk: `s3://drop/${key}`, sk: "v1", ...dead };
  dynamodb.items.set(`s3://drop/${key} v1`, item);
  const others = { attempt: 2, claimed_by: "faster", lease_until: Date.now() + 50_000 };
  // Between our look and our claim, the other one comes.
  dynamodb.onUpdate = (calls) => {
    if (calls === 2) Object.assign(item, others);
  };
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()).toEqual({ ...item, ...others });
  expect(visibility[0]).toBeGreaterThan(48);
});

test("however long a reason is, the ledger takes it, whole characters only", async () => {
  s3.put(`drop/${key}`, twoRows);
  s3.onRequest = () => {
    throw new Error("€".repeat(200_000));
  };
  expect(await send(created(key))).toEqual(["m0"]);
  const reason = String(ledger()?.reason);
  expect(reason).toMatch(/^Error: €+\.\.\.$/);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(4096);
  expect(Buffer.byteLength(reason)).toBeGreaterThan(4096 - 3);
});

test("a failure is recorded and tried again soon; after the cause is gone, it succeeds and the reason goes", async () => {
  const good = `${names}\na,b\n`;
  s3.put(`drop/${key}`, good);
  s3.cutAt = 10;
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()).toMatchObject({ status: "failed", attempt: 1, reason: expect.stringContaining("connection broke") });
  expect(await send({ body: created(key), received: 2 })).toEqual(["m0"]);
  expect(await send({ body: created(key), received: 3 })).toEqual(["m0"]);
  expect(visibility).toEqual([5, 30, 120]);
  s3.cutAt = undefined;
  expect(await send({ id: "redriven", body: created(key) })).toEqual([]);
  expect(ledger()).toMatchObject({ status: "loaded", attempt: 4, rows_in: 1 });
  expect(ledger()).not.toHaveProperty("reason");
  expect(ledger()).not.toHaveProperty("lease_until");
});

test("a crash between writing rows and saying so leaves one copy of them", async () => {
  s3.put(`drop/${key}`, twoRows);
  dynamodb.failures = [undefined, new Error("DynamoDB is down"), new Error("DynamoDB is down")];
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()).toMatchObject({ status: "processing" });
  expect(await send({ body: created(key), received: 2 })).toEqual([]);
  expect(s3.keys("raw")).toHaveLength(1);
  expect(s3.keys("quarantine")).toHaveLength(1);
  expect(ledger()).toMatchObject({ status: "loaded", attempt: 2 });
});

test("a function that has lost its claim changes nothing in the ledger", async () => {
  s3.put(`drop/${key}`, twoRows);
  s3.onRequest = (name) => {
    if (name === "PutObjectCommand") Object.assign(ledger() ?? {}, { claimed_by: "another", attempt: 2 });
  };
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()).toMatchObject({ status: "processing", claimed_by: "another", attempt: 2 });
});

test("one bad message does not hold up the others", async () => {
  s3.put(`drop/${key}`, twoRows);
  s3.put("drop/sales/sellers/s.csv", "seller_id\nx\n");
  const failed = await send(created(key), "no JSON", '{"hello":1}', "null", created("sales/orders/gone.csv"), {
    id: "last",
    body: created("sales/sellers/s.csv"),
  });
  expect(failed).toEqual(["m1", "m2", "m3", "m4"]);
  expect(ledger("sales/sellers/s.csv")).toMatchObject({ status: "loaded" });
  expect(ledger("sales/orders/gone.csv")).toMatchObject({
    status: "failed",
    reason: expect.stringContaining("NoSuchKey"),
  });
});

test("test events, deletions and folders are acknowledged", async () => {
  const body = { Service: "Amazon S3", Event: "s3:TestEvent", Time: "2014-10-13T15:57:02.089Z", Bucket: "drop" };
  const deletion = created(key, "v1", "ObjectRemoved:DeleteMarkerCreated");
  expect(await send(JSON.stringify(body), deletion, created("sales/orders/"), '{"Records":[]}')).toEqual([]);
  expect(dynamodb.items.size).toBe(0);
});

test("what no contract declares is left where it is, with one line in the log, whatever it looks like and is among", async () => {
  const undeclared = ["landing/visits/a b.csv", "landing/sales/product_category_names/names.csv", "landing/loose.csv"];
  const near = "landings/holiday.jpg";
  for (const object of [...undeclared, near, key]) s3.put(`drop/${object}`, twoRows);
  const info = jest.spyOn(Logger.prototype, "info");
  const body = { Records: undeclared.flatMap((object) => JSON.parse(created(object)).Records) };
  expect(await send(created(key), JSON.stringify(body), created(near))).toEqual([]);
  expect([...dynamodb.items.keys()].sort()).toEqual([`s3://drop/${near} v1`, `s3://drop/${key} v1`]);
  expect(ledger()).toMatchObject({ status: "loaded" });
  expect(s3.keys("quarantine").filter((copied) => copied.startsWith("_files/"))).toHaveLength(1);
  const lines = info.mock.calls.filter(([text]) => String(text).startsWith("Object left to the crawler"));
  expect(lines).toEqual(undeclared.map((object) => [lines[0]?.[0], { bucket: "drop", key: object, versionId: "v1" }]));
  expect(metrics).toHaveLength(2);
});

test.each(["a b+c.csv", "100%.csv", "ü €.csv", 'it\'s "x" & y=z?.csv', "%2F.csv", "a:b@c,d;e.csv"])(
  "the key %s arrives as it is",
  async (name) => {
    const odd = `sales/product_category_names/${name}`;
    s3.put(`drop/${odd}`, twoRows);
    s3.put(`drop/sales/nothing/${name}`, "x");
    expect(await send(created(odd), created(`sales/nothing/${name}`))).toEqual([]);
    expect(ledger(odd)).toMatchObject({ status: "loaded", rows_in: 2 });
    expect(s3.keys("quarantine").some((copied) => copied.endsWith(`-${name}`))).toBe(true);
  },
);

test("a file of no dataset is quarantined where only the highest clearance reads it", async () => {
  s3.put("drop/holiday.jpg", "x");
  expect(await send(created("holiday.jpg"))).toEqual([]);
  const [copied = ""] = s3.keys("quarantine");
  expect(copied).toMatch(/^_files\/unknown\/unknown\/2020-05-17\/[0-9a-f]{32}-holiday\.jpg$/);
  expect(s3.get({ Bucket: "quarantine", Key: copied })).toMatchObject({ tagging: "classification=secret" });
  expect(ledger("holiday.jpg")).toMatchObject({
    status: "quarantined",
    dataset_id: "unknown",
    bytes: 1,
    quarantine: `s3://quarantine/${copied}`,
    reason: expect.stringContaining("holiday.jpg fits no dataset"),
  });
  expect(metrics).toMatchObject([{ FilesQuarantined: 1, dataset: "unknown" }]);
});

test.each([
  ["an empty file", "", "it is empty"],
  ["a foreign header", "a,b\n1,2\n", "it has no header, or not that of sales/product_category_names"],
])("%s is quarantined as a whole and not tried again", async (_, content, reason) => {
  s3.put(`drop/${key}`, content);
  expect(await send(created(key))).toEqual([]);
  expect(s3.keys("raw")).toEqual([]);
  const [copied = ""] = s3.keys("quarantine");
  expect(copied).toMatch(/^_files\/sales\/product_category_names\/2020-05-17\/[0-9a-f]{32}-names\.csv$/);
  expect(s3.get({ Bucket: "quarantine", Key: copied }).body.toString()).toBe(content);
  expect(ledger()).toMatchObject({ status: "quarantined", reason: expect.stringContaining(reason) });
  expect(await send({ id: "again", body: created(key) })).toEqual([]);
});

test("a file with a header alone is loaded with no rows and writes nothing", async () => {
  s3.put(`drop/${key}`, `${names}\n`);
  expect(await send(created(key))).toEqual([]);
  expect(ledger()).toMatchObject({ status: "loaded", rows_in: 0, rows_out: 0, rows_quarantined: 0, outputs: [] });
  expect([...s3.keys("raw"), ...s3.keys("quarantine")]).toEqual([]);
});

test("rows that go missing are a failure and a metric, and nothing of the file is kept", async () => {
  s3.put(`drop/${key}`, twoRows);
  jest.spyOn(RowChecks.prototype, "findRejected").mockResolvedValue(0);
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()).toMatchObject({
    status: "failed",
    reason: "The file has 2 records, but 1 are valid and 0 rejected",
  });
  expect(s3.keys("raw")).toEqual([]);
  expect(metrics).toMatchObject([{ ReconciliationFailures: 1, dataset: "sales/product_category_names" }]);
});

test("a file that cannot fit on the disk fails with what to do about it", async () => {
  const fs = require("node:fs") as typeof import("node:fs");
  s3.put(`drop/${key}`, twoRows);
  jest.spyOn(fs, "statfsSync").mockReturnValue({ bavail: 1, bsize: 10 } as ReturnType<typeof fs.statfsSync>);
  expect(await send(created(key))).toEqual(["m0"]);
  expect(ledger()?.reason).toMatch(/needs 1 MB of disk .* raise the function's ephemeral storage/);
});
