import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { RowChecks } from "../../../lambdas/intake/check-rows";
import { contractOf, loadBytes, salesContract } from "./support";

const header = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n";

test("valid rows become typed Parquet with their origin, rejected ones are listed with every reason", async () => {
  const loaded = await loadBytes(
    salesContract("order_items"),
    `${header}a,1,p,s,2017-09-19 09:45:35,58.90,13.29\nb,x,p,s,2017-13-01 00:00:00,-1.00,1.999\nc,1,p,s,,,\n`,
  );
  expect(loaded).toMatchObject({ rowsIn: 3, rowsOut: 2, rowsQuarantined: 1 });
  expect(loaded.rows).toEqual([
    {
      order_id: "a",
      order_item_id: 1,
      product_id: "p",
      seller_id: "s",
      shipping_limit_date: "2017-09-19 09:45:35",
      price: "58.90",
      freight_value: "13.29",
      _source_object: "s3://drop/a/b.csv",
      _source_version: "v1",
      _source_row: "1",
      _loaded_at: "2020-01-02 03:04:05.678",
    },
    expect.objectContaining({ order_id: "c", shipping_limit_date: null, price: null, _source_row: "3" }),
  ]);
  expect(loaded.rejected).toEqual([
    {
      row: 2,
      line_number: 3,
      record: {
        order_id: "b",
        order_item_id: "x",
        product_id: "p",
        seller_id: "s",
        shipping_limit_date: "2017-13-01 00:00:00",
        price: "-1.00",
        freight_value: "1.999",
      },
      line: null,
      errors: [
        { column: "order_item_id", value: "x", reason: "is not int" },
        { column: "shipping_limit_date", value: "2017-13-01 00:00:00", reason: "is not timestamp" },
        { column: "price", value: "-1.00", reason: "is less than 0" },
        { column: "freight_value", value: "1.999", reason: "is not decimal(10,2)" },
      ],
    },
  ]);
});

test("gzip, a byte-order mark, CRLF and columns in another order and spelling make no difference", async () => {
  const contract = contractOf("  unit_price: { type: int }");
  const plain = await loadBytes(contract, "id,unit_price\nx,1\ny,2\n");
  const odd = await loadBytes(contract, gzipSync("\ufeffUnit Price,ID\r\n1,x\r\n2,y\r\n"));
  expect(odd.rows).toEqual(plain.rows);
});

describe("the numbers of missing rows", () => {
  const contract = contractOf("  size: { type: int }");
  const missingRows = jest.spyOn(RowChecks.prototype, "missingRows");
  beforeEach(() => missingRows.mockClear());
  afterAll(() => missingRows.mockRestore());

  test("are listed when there are few, so that only those rows are read again", async () => {
    const loaded = await loadBytes(contract, "id,size\na,1\nb,x\nc\nd,2\n");
    expect(loaded.rejected.map(({ row }) => row)).toEqual([2, 3]);
    expect(missingRows).toHaveBeenCalledTimes(1);
  });

  test("are not when there are very many, broken records included", async () => {
    const loaded = await loadBytes(contract, `id,size\na,1\nb,x\n${"c\n".repeat(260_000)}`);
    expect(loaded).toMatchObject({ rowsIn: 260_002, rowsOut: 1, rowsQuarantined: 260_001 });
    expect(missingRows).not.toHaveBeenCalled();
  });

  test("are not asked for when every missing row is a broken record", async () => {
    const loaded = await loadBytes(contract, "id,size\na,1\nb\n");
    expect(loaded.rejected.map(({ row }) => row)).toEqual([2]);
    expect(missingRows).not.toHaveBeenCalled();
  });
});

test("every row comes out, valid or rejected, with its number and its values", async () => {
  const contract = contractOf(
    '  note: { type: string }\n  count: { type: int, min: 0 }\n  price: { type: "decimal(6,2)" }',
  );
  const nasty = fc.string({
    unit: fc.constantFrom(
      "a",
      ",",
      '"',
      "'",
      "\n",
      "\r",
      "\x1a",
      "n",
      "z",
      "ç",
      "😀",
      " ",
      "\t",
      "\\",
      "NULL",
      "\u2028",
    ),
    maxLength: 10,
  });
  const number = fc.oneof(
    fc.integer({ min: -50, max: 1000 }).map(String),
    fc.constantFrom("", "x", "1.5", "7.0", " 3", "1e1"),
  );
  const price = fc.oneof(
    fc.integer({ min: -999_999, max: 999_999 }).map((cents) => (cents / 100).toFixed(2)),
    number,
  );
  const row = fc.record({ id: nasty, note: nasty, count: number, price });
  const rows = fc.array(row, { minLength: 1, maxLength: 40 });
  const quote = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom("\n", "\r\n"), async (table, end) => {
      const lines = table.map(({ id, note, count, price }) => [id, note, count, price].map(quote).join(",") + end);
      const loaded = await loadBytes(contract, `id,note,count,price${end}${lines.join("")}`);
      // A line of nothing is no record; a record of nothing but commas is one.
      expect(loaded.rowsIn).toBe(table.length);
      const out = new Map(loaded.rows.map((valid) => [Number(valid._source_row), valid]));
      const refused = new Map(loaded.rejected.map((rejected) => [rejected.row, rejected]));
      expect(out.size + refused.size).toBe(table.length);
      table.forEach((given, index) => {
        const text = Object.fromEntries(
          Object.entries(given).map(([name, value]) => [name, value === "" ? null : value]),
        );
        const valid = out.get(index + 1);
        const isGood = expectedToBeGood(given);
        expect([given, valid !== undefined]).toEqual([given, isGood]);
        if (valid === undefined) {
          expect(refused.get(index + 1)?.record).toEqual(text);
        } else {
          expect({ id: valid.id, note: valid.note }).toEqual({ id: text.id, note: text.note });
          expect(Number(valid.count ?? 0)).toBe(Number(given.count));
          expect(Number(valid.price ?? 0)).toBe(Number(given.price));
        }
      });
    }),
    { numRuns: 40 },
  );
});

/** The rules once more, in other words. */
function expectedToBeGood(row: { id: string; count: string; price: string }): boolean {
  const isWhole = row.count === "" || (/^\s*-?\d+(\.0*)?$/.test(row.count) && Number(row.count) >= 0);
  const isPrice =
    row.price === "" || (/^\s*-?\d+(\.\d{1,2})?$/.test(row.price) && Math.abs(Number(row.price)) < 10_000);
  return row.id !== "" && isWhole && isPrice;
}
