// Puts files into the lake one after another and measures, for each, when its rows can be queried. Prints milliseconds.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { DuckDBInstance } from "@duckdb/node-api";
import { Lake } from "../../cli/lake";
import { type LakeClients, withClients } from "../../cli/lake-clients";
import { ENGINEER } from "../../cli/person";
import { pathsOf } from "../../tools/setup/paths";
import { progressFor } from "../../tools/setup/progress";

const FILES = 20;
const GIVE_UP_AFTER_MS = 30_000;
const HEADER = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value";

async function main(): Promise<void> {
  const lake = new Lake(pathsOf(process.env), process.env, progressFor(process.stderr, process.env));
  const account = lake.lakeAccount(undefined);
  const durations: number[] = [];
  await withClients(lake, account, "producer", (producer) =>
    withClients(lake, account, { ...ENGINEER, clearance: "secret" }, async (engineer) => {
      for (let file = 0; file < FILES; file++) durations.push(await measure(producer, engineer));
    }),
  );
  console.log(JSON.stringify(durations));
}

async function measure(producer: LakeClients, engineer: LakeClients): Promise<number> {
  const id = randomBytes(8).toString("hex");
  const seen = new Set(await rawKeys(engineer));
  const start = performance.now();
  await producer.s3.send(
    new PutObjectCommand({
      Bucket: producer.names.bucket("drop"),
      Key: `sales/order_items/bench-${id}.csv`,
      Body: `${HEADER}\n${id},1,p,s,2020-01-01 00:00:00,1.00,2.00\n`,
    }),
  );
  while (performance.now() - start < GIVE_UP_AFTER_MS) {
    const fresh = (await rawKeys(engineer)).find((key) => !seen.has(key));
    if (fresh !== undefined && (await holds(engineer, fresh, id))) return performance.now() - start;
    await sleep(2);
  }
  throw new Error(`${id} did not arrive within ${GIVE_UP_AFTER_MS} ms`);
}

async function rawKeys({ s3, names }: LakeClients): Promise<string[]> {
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: names.bucket("raw"), Prefix: "sales/order_items/" }));
  return (listed.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
}

async function holds({ s3, names }: LakeClients, key: string, id: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "lake-latency-"));
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: names.bucket("raw"), Key: key }));
    const file = join(folder, "rows.parquet");
    writeFileSync(file, (await object.Body?.transformToByteArray()) ?? "");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const rows = await connection.runAndReadAll(`select 1 from '${file}' where order_id = '${id}'`);
    return rows.currentRowCount === 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
