import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { projectRoot } from "../../tools/setup/paths";
import { processesOf } from "./processes";
import { qualityTests } from "./quality";
import { bring, query, type Row, type RunsDocument, settle, type UploadDocument } from "./runs";
import { type inOrder, type Sandbox, until } from "./sandbox";

const ITEMS = `SELECT order_id, order_item_id, product_id, seller_id, shipping_limit_date, price, freight_value
FROM refined_sales.order_items ORDER BY order_id, order_item_id`;

/** From raw to marts by real Spark, and SQL on the result. */
export function layerTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const sample = join(sandbox.home, "clean");
  let header = "";
  /** Some lines of the sample's order items, split into fields. */
  let lines: string[][] = [];

  /** Writes order items in which some fields are different, as a file that the lake has not seen. */
  function corrected(name: string, rows: readonly (readonly string[])[]): string {
    const folder = join(sandbox.home, "corrected");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, name);
    writeFileSync(file, `${[header, ...rows.map((fields) => fields.join(","))].join("\n")}\n`);
    return file;
  }

  // The demo has brought the same rows in, with broken ones beside them.
  step("marts are what another computation makes of the files without what was broken in them", async () => {
    await sandbox.succeed("sample", sample, "--orders", "2000", "--seed", "7");
    const text = readFileSync(join(sample, "olist_order_items_dataset.csv"), "utf8").trimEnd().split("\n");
    header = text[0] ?? "";
    lines = text.slice(1).map((line) => line.replaceAll('"', "").split(","));
    for (const mart of ["seller_performance", "daily_sales"]) {
      const found = await query(sandbox, `SELECT * FROM curated_sales.${mart}`);
      const wanted = await independent(sample, mart);
      expect(wanted.length).toBeGreaterThan(100);
      expect(sorted(found)).toEqual(sorted(wanted));
    }
  });

  let before: Row[] = [];
  let changed: string[][] = [];
  let killed: UploadDocument["files"] = [];
  let batch = "";

  step("a Spark process that is killed in the middle of its work is to be tried again", async () => {
    before = await query(sandbox, ITEMS);
    changed = lines.slice(10, 13).map((fields) => fields.with(5, "123.45"));
    const file = corrected("first.csv", changed);
    killed = (await sandbox.succeed<UploadDocument>("upload", file, "--dataset", "order_items", "--wait")).files;
    await until(async () => {
      const { runs } = await sandbox.succeed<RunsDocument>("runs", "sales/order_items");
      batch = runs.find(({ status }) => status === "running")?.batchId ?? "";
      return batch !== "" && processesOf(batch).length > 0;
    }, 120);
    for (const group of processesOf(batch)) process.kill(-group, "SIGKILL");
    const status = async () =>
      (await sandbox.succeed<RunsDocument>("runs", "sales/order_items")).runs.find((run) => run.batchId === batch)
        ?.status;
    await until(async () => (await status()) === "retrying", 120);
  });

  // It is tried again after a minute: time for rows of another dataset.
  qualityTests(sandbox, step);

  step("the run that was killed has changed the rows of its file's keys, and no other", async () => {
    await settle(sandbox, killed);
    const { runs } = await sandbox.succeed<RunsDocument>("runs", "sales/order_items");
    expect(runs.find(({ batchId }) => batchId === batch)).toMatchObject({ status: "succeeded", attempt: 2 });
    const keys = new Set(changed.map(([order, item]) => `${order} ${item}`));
    const wanted = before.map((row) =>
      keys.has(`${row.order_id} ${row.order_item_id}`) ? { ...row, price: "123.45" } : row,
    );
    expect(await query(sandbox, ITEMS)).toEqual(wanted);
    expect(wanted).not.toEqual(before);
  });

  step("the same file under another name changes nothing that anybody sees", async () => {
    const shown = await query(sandbox, ITEMS);
    await bring(sandbox, corrected("second.csv", changed), "--dataset", "order_items");
    expect(await query(sandbox, ITEMS)).toEqual(shown);
  });

  step("masked tables show nothing of what is masked, and join like the clear ones", async () => {
    const [counts] = await query(
      sandbox,
      "SELECT count(*) AS n, count(customer_zip_code_prefix) AS shown, count(DISTINCT customer_unique_id) AS people FROM refined_sales.customers",
    );
    const [clear] = await query(
      sandbox,
      "SELECT count(customer_zip_code_prefix) AS shown, count(DISTINCT customer_unique_id) AS people FROM refined_sales_clear.customers",
    );
    expect(counts).toMatchObject({ shown: 0, people: clear?.people });
    expect(clear?.shown).toBe(counts?.n);
    const [joined] = await query(
      sandbox,
      "SELECT count(*) AS n FROM refined_sales.customers m JOIN refined_sales_clear.customers c ON m.customer_unique_id = c.customer_unique_id",
    );
    expect(joined).toEqual({ n: 0 });
  });

  step("every commit of a table can be read again", async () => {
    const { snapshots } = await sandbox.succeed<{ snapshots: { id: string; batch?: string }[] }>(
      "history",
      "refined_sales.order_items",
    );
    expect(snapshots.length).toBeGreaterThan(2);
    expect(snapshots.every(({ batch }) => batch !== undefined)).toBe(true);
    const count = "SELECT count(*) AS n FROM refined_sales.order_items";
    const changed = (version: string) => query(sandbox, `${count} ${version} WHERE price = DECIMAL '123.45'`);
    expect(await changed("")).toEqual([{ n: 3 }]);
    expect(await changed(`FOR VERSION AS OF ${snapshots.at(-1)?.id}`)).toEqual([{ n: 0 }]);
  });
}

/** A mart, worked out by DuckDB from the files alone. */
async function independent(folder: string, mart: string): Promise<Row[]> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const expected = (name: string) =>
    readFileSync(join(projectRoot, "test", "local", "expected", `${name}.sql`), "utf8");
  await connection.run(`SET VARIABLE folder = '${folder}'`);
  for (const statement of expected("sources").split(";")) if (/\w/.test(statement)) await connection.run(statement);
  const read = await connection.runAndReadAll(
    `SELECT columns(*)::varchar FROM (${expected(mart).trimEnd().replace(/;$/, "")})`,
  );
  connection.closeSync();
  return read.getRowObjectsJson() as unknown as Row[];
}

/** Rows as texts, in one order. */
function sorted(rows: readonly Row[]): string[] {
  const asText = (row: Row) =>
    JSON.stringify(
      Object.entries(row)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => [name, value === null ? null : String(value)]),
    );
  return rows.map(asText).sort();
}
