import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadContracts } from "../../contracts";
import { generateFreight } from "../../samples";
import { temporaryFolder } from "../cli/support";
import { query } from "../lambdas/intake/support";

const [contract] = loadContracts(join(__dirname, "../..")).filter(({ id }) => id === "freight/shipments");
const asOf = new Date("2026-06-30T12:00:00Z");
const folder = temporaryFolder();

const make = (round: number, more = {}) =>
  generateFreight({
    rows: 2000,
    seed: 7,
    directory: join(folder, JSON.stringify(more)),
    round,
    asOf,
    ...more,
  });

test("the same arguments make the same bytes on every machine, another seed makes others", async () => {
  const digest = async (round: number, seed: number) =>
    createHash("sha256")
      .update(readFileSync((await make(round, { seed })).path))
      .digest("hex")
      .slice(0, 16);
  expect([await digest(0, 7), await digest(1, 7)]).toMatchInlineSnapshot(`
    [
      "10cff5b73896e7c6",
      "48d426f5b10b6bb8",
    ]
  `);
  expect(await digest(0, 8)).not.toBe(await digest(0, 7));
});

test("rows have the contract's columns, and values of their types", async () => {
  const { path, rows } = await make(0);
  const [counted] = await query(`SELECT count(*) AS n, count(DISTINCT shipment_id) AS ids FROM read_csv('${path}')`);
  expect([rows, Number(counted?.n), Number(counted?.ids)]).toEqual([2000, 2000, 2000]);
  const types = contract?.columns.map(({ name, type }) => `'${name}': '${type === "string" ? "VARCHAR" : type}'`);
  const read = `read_csv('${path}', header = true, columns = {${types?.join(", ")}})`;
  const [found] = await query(
    `SELECT min(quarter) AS q1, max(quarter) AS q2, max(updated_at)::VARCHAR AS last, count(*) FILTER (is_export <> (export_country <> 'N')) AS odd FROM ${read}`,
  );
  expect(found).toMatchObject({ q1: 1, q2: 2, odd: "0" });
  expect(String(found?.last) < "2026-06-30 12:00:00").toBe(true);
});

test("a round brings new shipments, and corrections of some that were there, all of its minute", async () => {
  const [first, second, third] = [await make(0), await make(1), await make(2)];
  const counts = `
    SELECT count(*) FILTER (b.shipment_id <= 2000) AS corrected, count(*) FILTER (b.shipment_id > 2000) AS added,
      count(*) FILTER (a.shipment_value = b.shipment_value) AS same, min(b.shipment_id) FILTER (b.shipment_id > 2000) AS new,
      count(*) FILTER (a.shipped_at <> b.shipped_at) AS moved,
      date_diff('second', min(b.updated_at), TIMESTAMP '2026-06-30 12:00:00') <= 60 AS late
    FROM read_csv('PATH') b LEFT JOIN read_csv('${first.path}') a USING (shipment_id)`;
  const [ofSecond] = await query(counts.replace("PATH", second.path));
  expect(ofSecond).toMatchObject({
    added: "100",
    same: "0",
    new: "2001",
    moved: "0",
    late: true,
  });
  expect(Number(ofSecond?.corrected)).toBeGreaterThan(150);
  expect(Number(ofSecond?.corrected)).toBeLessThan(250);
  const [ofThird] = await query(counts.replace("PATH", third.path));
  expect(ofThird).toMatchObject({ added: "100", new: "2101" });
});

test("sizes and rounds that make no sense are refused", async () => {
  await expect(make(0, { rows: 0 })).rejects.toThrow("rows must be a whole number, not 0");
  await expect(make(-1)).rejects.toThrow("round must be 0 or more, not -1");
});
