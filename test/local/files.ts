import { createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Deployed } from "../../cli/deploy";
import { queueName, queueUrl } from "../../cli/queues";
import type { LakeStatus } from "../../cli/status";
import { ENGINEER, type inOrder, type Sandbox, until } from "./sandbox";

type Step = ReturnType<typeof inOrder>;

interface UploadDocument {
  readonly bucket: string;
  readonly files: readonly {
    readonly file: string;
    readonly key: string;
    readonly versionId: string;
    readonly dataset: string;
    readonly status: string;
    readonly outcome: string;
    readonly rowsIn: number;
    readonly rowsOut: number;
    readonly rowsQuarantined: number;
    readonly reason?: string;
    readonly outputs?: readonly string[];
  }[];
}

type DemoDocument = Deployed & {
  readonly uploaded: number;
  readonly rows: number;
};

const HEADER = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value";
const item = (order: string, price = "10.50") => `${order},1,p-1,s-1,2018-01-31 10:00:00,${price},1.00`;

/** Files as people really have them, each with the rows that are good and bad in it. */
const FILES: readonly { path: string; content: string | Buffer; good: number; bad: number; refused?: RegExp }[] = [
  { path: "olist_order_items_dataset.csv", content: `${HEADER}\n${item("a")}\n${item("b")}\n`, good: 2, bad: 0 },
  { path: "order-items/São Paulo & Co +1 (100%)?.csv", content: `${HEADER}\n${item("c")}\n`, good: 1, bad: 0 },
  {
    path: "order-items/windows.csv",
    content: `\ufeff${HEADER}\r\n${item("d")}\r\n${item("e", "cheap")}\r\n`,
    good: 1,
    bad: 1,
  },
  { path: "order-items/packed.csv.gz", content: gzipSync(`${HEADER}\n${item("f")}\n`), good: 1, bad: 0 },
  { path: "2017/order_items.csv", content: `${HEADER}\n${item("g")}\n`, good: 1, bad: 0 },
  { path: "2018/order_items.csv", content: `${HEADER}\n${item("h")}\n${item("i", "-1")}\n`, good: 1, bad: 1 },
  { path: "order-items/columns.csv", content: "order_id,price\na,1\n", good: 0, bad: 0, refused: /column/ },
  { path: "order-items/broken.csv.gz", content: "not gzip at all", good: 0, bad: 0, refused: /./ },
  { path: "minutes.txt", content: "We met and talked.\n", good: 0, bad: 0, refused: /fits no dataset/ },
];

/** The event of an object that does not exist yet; see {@link lateFileTests}. */
const LATE = { key: "sales/order_items/late.csv", file: "order-items/late.csv" };

function notification(bucket: string, key: string, versionId?: string): string {
  const encoded = encodeURIComponent(key).replaceAll("%20", "+");
  return JSON.stringify({
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        eventName: "ObjectCreated:Put",
        s3: { bucket: { name: bucket }, object: { key: encoded, versionId, size: 1, sequencer: "0" } },
      },
    ],
  });
}

/** Files in, rows out. */
export function fileTests(sandbox: Sandbox, step: Step): void {
  const folder = join(sandbox.home, "incoming");
  let uploaded: UploadDocument;
  const upload = (...args: string[]) => sandbox.succeed<UploadDocument>("upload", folder, "--wait", ...args);
  const send = (body: string) =>
    sandbox.clients(ENGINEER, async (clients) =>
      clients.sqs.send(
        new SendMessageCommand({ QueueUrl: await queueUrl(clients, queueName(clients, "drop")), MessageBody: body }),
      ),
    );

  step("every row is either in raw or in quarantine", async () => {
    for (const { path, content } of FILES) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const document = await upload();
    uploaded = document;
    for (const { path, good, bad, refused } of FILES) {
      const file = document.files.find((candidate) => candidate.file === join(folder, path));
      const outcome = refused === undefined ? "loaded" : "quarantined";
      expect(file).toMatchObject({ outcome, rowsIn: good + bad, rowsOut: good, rowsQuarantined: bad });
      if (refused !== undefined) expect(file?.reason).toMatch(refused);
    }
    await send(notification(document.bucket, LATE.key));
  });

  step("the rows in raw are the good ones, with their types and where they came from", async () => {
    const outputs = uploaded.files.flatMap(({ outputs = [] }) => outputs);
    const files = await download(sandbox, outputs);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const read = await connection.runAndReadAll(
      `SELECT order_id, price, _source_object, _source_row FROM read_parquet([${files.map((file) => `'${file}'`).join(", ")}]) ORDER BY 1`,
    );
    connection.closeSync();
    const rows = read.getRowObjectsJson();
    expect(rows.map(({ order_id }) => order_id)).toEqual(["a", "b", "c", "d", "f", "g", "h"]);
    expect(rows[2]).toEqual({
      order_id: "c",
      price: "10.50",
      _source_object: `s3://${uploaded.bucket}/sales/order_items/São Paulo & Co +1 (100%)?.csv`,
      _source_row: "1",
    });
  });

  step("uploading again changes nothing", async () => {
    const document = await upload();
    expect(new Set(document.files.map(({ status }) => status))).toEqual(new Set(["skipped"]));
    expect(document.files.map(({ versionId }) => versionId)).toEqual(uploaded.files.map(({ versionId }) => versionId));
  });

  step("an event that comes again, and S3's test event, change nothing", async () => {
    const before = await orderItems(sandbox);
    const [file] = uploaded.files;
    for (const body of [
      '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}',
      notification(uploaded.bucket, file?.key ?? "", file?.versionId),
    ]) {
      await send(body);
    }
    await until(async () => {
      const queue = (await status(sandbox)).queues.find(({ zone }) => zone === "drop");
      return queue?.waiting === 0 && queue.inFlight <= 1;
    }, 60);
    expect(await orderItems(sandbox)).toEqual(before);
  });

  step("a new version of a file is loaded beside the old one", async () => {
    const [first] = FILES;
    writeFileSync(join(folder, first?.path ?? ""), `${HEADER}\n${item("z")}\n`);
    const before = await orderItems(sandbox);
    const document = await upload();
    expect(document.files.filter(({ status }) => status === "uploaded")).toMatchObject([
      { outcome: "loaded", rowsOut: 1 },
    ]);
    expect((await orderItems(sandbox)).rowsOut).toBe(before.rowsOut + 1);
  });

  step("quarantine tells row, column, value and reason, and gives everything back", async () => {
    const document = await sandbox.succeed<{ rows: { errors: object[] }[]; files: object[]; downloaded: string[] }>(
      "quarantine",
      "--download",
      join(sandbox.home, "refused"),
    );
    expect(document.rows.flatMap(({ errors }) => errors)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ column: "price", value: "cheap", reason: expect.any(String) }),
        expect.objectContaining({ column: "price", value: "-1", reason: expect.any(String) }),
      ]),
    );
    expect(document.files).toHaveLength(FILES.filter(({ refused }) => refused !== undefined).length);
    const minutes = document.downloaded.find((file) => file.endsWith("minutes.txt"));
    expect(readFileSync(minutes ?? "", "utf8")).toBe("We met and talked.\n");
    expect(readdirSync(join(sandbox.home, "refused")).length).toBeGreaterThan(0);
  });
}

/** What `npm start` does, and does again. It begins by deploying: on a lake that is there, by planning every stack. */
export function demoTests(sandbox: Sandbox, step: Step): void {
  const nothing = { added: 0, changed: 0, removed: 0 };
  const unchanged = ["bootstrap", "security", "prod"].map((stack) => ({ stack, ...nothing }));

  step("the demo's plan of every stack is empty, it accounts for every row, and again has nothing to do", async () => {
    const first = await sandbox.succeed<DemoDocument>("demo");
    expect(first).toMatchObject({ account: "prod", stacks: unchanged, reconciles: true, problems: [] });
    expect(first.rows).toBeGreaterThan(10_000);
    expect(first.uploaded).toBeGreaterThan(8);
    const second = await sandbox.succeed<DemoDocument>("demo");
    expect(second).toMatchObject({ startedAfresh: false, stacks: unchanged, uploaded: 0, reconciles: true });
    expect(second.rows).toBe(first.rows);
  });
}

/** A file whose loading fails: three attempts, minutes apart, then the dead-letter queue. By now the last is over. */
export function lateFileTests(sandbox: Sandbox, step: Step): void {
  step("an event that cannot be worked off ends among the dead letters, with the reason in the ledger", async () => {
    await until(async () => (await status(sandbox)).queues[0]?.deadLetters === 1, 240);
    const { code, document } = await sandbox.lake<{ lakes: LakeStatus[] }>("status");
    expect(code).toBe(3);
    expect(document.lakes[0]?.datasets.find(({ dataset }) => dataset === "sales/order_items")).toMatchObject({
      failed: 1,
      problems: [
        {
          object: expect.stringMatching(new RegExp(`^s3://.*/${LATE.key}$`)),
          version: "null",
          status: "failed",
          reason: expect.stringMatching(/^(?!no reason)\S/),
          attempt: 3,
        },
      ],
    });
    const shown = await sandbox.show("status");
    expect(shown.text).toMatch(/late\.csv \(version null\)\n +failed in attempt 3: \S/);
    expect(shown.text).toContain("npm run lake -- redrive drop");
  });

  step("when the cause is put right, a redrive loads it", async () => {
    const file = join(sandbox.home, LATE.file);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${HEADER}\n${item("late")}\n`);
    await sandbox.succeed("upload", file, "--dataset", "order_items", "--wait");
    expect(await sandbox.succeed<{ moved: number }>("redrive", "drop")).toMatchObject({ moved: 1 });
    await until(async () => (await sandbox.lake("status")).code === 0, 60);
  });
}

async function status(sandbox: Sandbox): Promise<LakeStatus> {
  const { document } = await sandbox.lake<{ lakes: LakeStatus[] }>("status");
  const [lake] = document.lakes;
  if (lake === undefined) throw new Error("status knows no lake");
  return lake;
}

async function orderItems(sandbox: Sandbox) {
  const { datasets } = await status(sandbox);
  const found = datasets.find(({ dataset }) => dataset === "sales/order_items");
  // Without the file that comes late: its attempts have a pace of their own.
  return { loaded: found?.loaded ?? 0, rowsIn: found?.rowsIn ?? 0, rowsOut: found?.rowsOut ?? 0 };
}

async function download(sandbox: Sandbox, addresses: readonly string[]): Promise<string[]> {
  return sandbox.clients(ENGINEER, (clients) =>
    Promise.all(
      addresses.map(async (address, index) => {
        const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(address) ?? [];
        const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key }));
        const file = join(sandbox.home, `${index}.parquet`);
        await pipeline(Body as Readable, createWriteStream(file));
        return file;
      }),
    ),
  );
}
