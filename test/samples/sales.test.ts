import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadContracts, matchDataset } from "../../contracts";
import { generateSales, type SalesManifest, type SampleFile } from "../../samples";
import { loadBytes, query } from "../lambdas/intake/support";

const contracts = loadContracts(join(__dirname, "../.."));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "samples-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function digest(files: readonly SampleFile[]): string {
  const hash = createHash("sha256");
  for (const { name, path } of files) hash.update(name).update(readFileSync(path));
  return hash.digest("hex").slice(0, 16);
}

test("the same arguments make the same bytes on every machine, another seed makes others", async () => {
  const make = async (seed: number, defects: boolean, name: string) =>
    digest((await generateSales({ orders: 300, seed, defects, directory: join(directory, name) })).files);
  expect(await make(7, false, "a")).toBe("fd32b33e3a472620");
  expect(await make(7, true, "b")).toBe("99938443b2827396");
  expect(await make(8, false, "c")).not.toBe(await make(7, false, "d"));
});

test("clean files are valid to the last row, and named as the publisher names them", async () => {
  const { files } = await generateSales({ orders: 400, seed: 3, directory });
  expect(files.map(({ name }) => name)).toEqual([
    "olist_closed_deals_dataset.csv",
    "olist_customers_dataset.csv",
    "olist_geolocation_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
    "olist_order_reviews_dataset.csv",
    "olist_orders_dataset.csv",
    "olist_products_dataset.csv",
    "olist_sellers_dataset.csv",
    "product_category_name_translation.csv",
  ]);
  for (const file of files) await reconcile(file);
});

test("files with defects come out exactly as their manifest says", async () => {
  const { files } = await generateSales({ orders: 700, seed: 5, directory, defects: true });
  const kinds = new Set(files.flatMap(({ rejected }) => Object.keys(rejected)));
  expect(kinds.size).toBeGreaterThan(25);
  expect(files.filter(({ refused }) => refused !== undefined)).toHaveLength(3);
  for (const file of files) await reconcile(file);
});

/** Loads a file and compares all that came of it with what the generator announced. */
async function reconcile(file: SampleFile): Promise<void> {
  const match = matchDataset(contracts, file.name);
  expect(match.contract?.id).toBe(file.dataset);
  if (match.contract === undefined) {
    expect(match.reason).toContain(file.refused);
    return;
  }
  const loading = loadBytes(match.contract, readFileSync(file.path));
  if (file.refused !== undefined) {
    await expect(loading).rejects.toThrow(file.refused);
    return;
  }
  const { rowsIn, rowsOut, rowsQuarantined, rejected, rows } = await loading;
  const reasons = new Map<string, number>();
  for (const { errors } of rejected) {
    const text = errors.map(({ column, reason }) => (column === null ? reason : `${column}: ${reason}`)).join("; ");
    reasons.set(text, (reasons.get(text) ?? 0) + 1);
  }
  expect({ name: file.name, rows: rowsIn, valid: rowsOut, rejected: Object.fromEntries(reasons) }).toEqual({
    name: file.name,
    rows: file.rows,
    valid: file.valid,
    rejected: file.rejected,
  });
  expect(rowsQuarantined).toBe(rejected.length);
  const keys = rows.map((row) => JSON.stringify(match.contract?.key.map((column) => row[column])));
  expect(keys.length - new Set(keys).size).toBe(file.duplicates);
}

describe("the tables fit together", () => {
  /** Clean tables as DuckDB reads them. */
  function tables({ files }: SalesManifest): string {
    const views = files.map(({ dataset, path }) => {
      const name = dataset?.split("/")[1];
      return `${name} AS (FROM read_csv('${path}', header = true, all_varchar = true))`;
    });
    return `WITH ${views.join(", ")} `;
  }

  test("every reference leads somewhere, and payments are what the items cost", async () => {
    const manifest = await generateSales({ orders: 3000, seed: 11, directory });
    const references = [
      ["orders.customer_id", "customers.customer_id"],
      ["order_items.order_id", "orders.order_id"],
      ["order_items.product_id", "products.product_id"],
      ["order_items.seller_id", "sellers.seller_id"],
      ["order_payments.order_id", "orders.order_id"],
      ["order_reviews.order_id", "orders.order_id"],
      ["closed_deals.seller_id", "sellers.seller_id"],
      ["products.product_category_name", "product_category_names.product_category_name"],
    ];
    for (const [from = "", to = ""] of references) {
      const [table = ""] = from.split(".");
      const [target = ""] = to.split(".");
      const dangling = `SELECT count(*) AS n FROM ${table} ANTI JOIN ${target} ON ${from} = ${to} WHERE ${from} IS NOT NULL`;
      expect([from, await query(tables(manifest) + dangling)]).toEqual([from, [{ n: "0" }]]);
    }
    const sums = `SELECT
      (SELECT sum(price::DECIMAL(12,2) + freight_value::DECIMAL(12,2)) FROM order_items) AS items,
      (SELECT sum(payment_value::DECIMAL(12,2)) FROM order_payments) AS payments`;
    const [sum] = await query(tables(manifest) + sums);
    expect(sum?.items).toBe(sum?.payments);
  });

  test("time runs forward, and late deliveries get worse reviews", async () => {
    const manifest = await generateSales({ orders: 3000, seed: 11, directory });
    const backwards = `SELECT count(*) AS n FROM orders WHERE NOT (
      order_purchase_timestamp <= coalesce(order_approved_at, order_purchase_timestamp)
      AND order_purchase_timestamp <= coalesce(order_delivered_carrier_date, order_purchase_timestamp)
      AND coalesce(order_delivered_carrier_date, '') <= coalesce(order_delivered_customer_date, '9'))`;
    expect(await query(tables(manifest) + backwards)).toEqual([{ n: "0" }]);
    const scores = `SELECT avg(review_score::INT) FILTER (order_delivered_customer_date > order_estimated_delivery_date)
        < avg(review_score::INT) - 0.5 AS worse FROM orders JOIN order_reviews USING (order_id)`;
    expect(await query(tables(manifest) + scores)).toEqual([{ worse: true }]);
  });
});

test("the number of orders has to be one", async () => {
  await expect(generateSales({ orders: 0, seed: 1, directory })).rejects.toThrow(
    "orders must be a whole number, not 0",
  );
});
