import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadContracts } from "../../contracts";
import { parseContract } from "../../contracts/load";
import { ConfigurationError } from "../../contracts/problems";

const good = `
description: One row for each order.
owner: sales-data@example.com
format: { type: csv }
key: [order_id]
classification: proprietary
columns:
  order_id: { type: string, required: true }
  price: { type: "decimal(10, 2)", min: 0 }
`;

const location = { file: "domains/sales/datasets/orders.yml", domain: "sales", dataset: "orders" };

/** Problems of a contract as `line path: message (fix)`. */
function problemsOf(text: string): string[] {
  const { problems } = parseContract(text, location);
  // None may leave its reader without a next step.
  expect(problems.filter(({ fix }) => !/\w/.test(fix))).toEqual([]);
  return problems.map(
    ({ file, path, message, fix }) => `${file.replace(location.file, "")} ${path}: ${message} (${fix})`,
  );
}

function withColumn(column: string): string[] {
  return problemsOf(`${good}  extra: ${column}\n`);
}

test("a good contract has no problems, every default is filled in, and columns keep their order", () => {
  const { contract, problems } = parseContract(good, location);
  expect(problems).toEqual([]);
  expect(contract).toMatchObject({
    id: "sales/orders",
    format: { type: "csv", header: true, delimiter: ",", quote: '"', escape: '"', encoding: "utf-8", nulls: [""] },
    columns: [
      { name: "order_id", type: "string", required: true, classification: "proprietary" },
      { name: "price", type: "decimal(10,2)", required: false, min: 0 },
    ],
    files: [],
    quality: [],
  });
});

test("all problems of a file come at once, with line and fix, whatever kind they are", () => {
  const bad = good
    .replace("owner: sales-data@example.com", "owner: nobody\nfreshnes: 24h")
    .replace("key: [order_id]", "key: [orderid]")
    .replace("required: true", "requierd: true")
    .replace("decimal(10, 2)", "strng");
  expect(problemsOf(bad)).toEqual([
    ":3 owner: Invalid email address (write an address such as team@example.com)",
    ":4 freshnes: is not a known key (write `freshness`)",
    ":6 key[0]: is not a column (write `order_id`)",
    ":9 columns.order_id.requierd: is not a known key (write `required`)",
    ":10 columns.price.type: is not a column type such as string, int or decimal(10,2) (write `string`)",
  ]);
});

test("what is missing is said with what to add", () => {
  expect(problemsOf("description: x\nformat: { type: csv }")).toEqual([
    ":1 classification: is missing (use one of: proprietary, confidential, secret)",
    ":1 columns: is missing (add a mapping)",
    ":1 key: is missing (add a list)",
    ":1 owner: is missing (add a string)",
  ]);
});

test("a table needs columns", () => {
  expect(problemsOf(good.replace(/columns:[\s\S]*/, "columns: {}"))).toEqual([
    ":5 key[0]: is not a column (describe it among the columns)",
    ":7 columns: must name at least one column (name at least one column)",
  ]);
});

test("an unknown format is answered with the known ones", () => {
  expect(problemsOf(good.replace("type: csv", "type: cvs"))).toEqual([
    ":4 format.type: is not one of the allowed values (write `csv`)",
  ]);
  expect(problemsOf(good.replace("type: csv", "type: parquet, header: true"))).toEqual([
    ":4 format.header: is not a known key (remove it)",
  ]);
});

test("a dialect whose characters could be confused is refused", () => {
  const dialect = (rest: string) => problemsOf(good.replace("type: csv", `type: csv, ${rest}`)).join("\n");
  expect(dialect("delimiter: '1'")).toContain(":4 format.delimiter: could be part of a number or a name");
  expect(dialect("delimiter: '\"'")).toContain(":4 format.quote: is the delimiter, too");
  expect(dialect("delimiter: ';', escape: ';'")).toContain(":4 format.escape: is the delimiter, too");
  expect(dialect("delimiter: '::'")).toContain(":4 format.delimiter: must be one printable ASCII character or a tab");
  expect(dialect("delimiter: '|', quote: \"'\", escape: '\\'")).toBe("");
});

test.each([
  ["{ type: string, min: 1 }", "columns.extra.min: does not suit type string"],
  ["{ type: int, min: '1' }", "columns.extra.min: must be a number"],
  ["{ type: int, min: 3, max: 2 }", "columns.extra.min: is greater than max (2)"],
  ["{ type: date, min: 5 }", "columns.extra.min: must be a date or time in ISO 8601"],
  ["{ type: int, pattern: '1.*' }", "columns.extra.pattern: does not suit type int"],
  ["{ type: string, pattern: '(' }", "columns.extra.pattern: is no regular expression"],
  ["{ type: string, pattern: 'a(?=b)' }", "columns.extra.pattern: uses look-around"],
  ["{ type: string, values: [1] }", "columns.extra.values: must be a list of strings"],
  ["{ type: boolean, values: [1] }", "columns.extra.values: does not suit type boolean"],
  ["{ type: int, mask: hash }", "columns.extra.mask: a hash is a text"],
  [
    "{ type: date, mask: hash }",
    "columns.extra.mask: a hash is a text and cannot stand in a column of type date (use `date_trunc`",
  ],
  [
    "{ type: int, mask: partial }",
    "columns.extra.mask: a part of a text cannot stand in a column of type int (use `redact`)",
  ],
  [
    "{ type: string, mask: date_trunc }",
    "columns.extra.mask: a month cannot stand in a column of type string (use `hash`",
  ],
  [
    "{ type: int, mask: date_trunc }",
    "columns.extra.mask: a month cannot stand in a column of type int (use `redact`)",
  ],
  ["{ type: 'decimal(4,6)' }", "columns.extra.type: has more digits after the point than in all"],
  ["{ type: string, classification: secret }", "columns.extra: is more sensitive than its dataset"],
])("column %s: %s", (column, message) => {
  expect(withColumn(column).join("\n")).toContain(`:10 ${message}`);
});

test.each([
  ["_source_row: { type: string }", "is a name that the lake itself adds"],
  ["ingest_date: { type: string }", "is a name that the lake itself adds"],
  ["Unit Price: { type: string }", "is no lower snake case name"],
])("column name %s", (column, message) => {
  expect(problemsOf(`${good}  ${column}\n`).join("\n")).toContain(message);
});

test("keys are required columns, named once, and not emptied by their mask", () => {
  const text = good
    .replace("[order_id]", "[order_id, order_id, price, id]")
    .replace("string,", "string, mask: redact,");
  expect(problemsOf(text)).toEqual([
    ":5 key[1]: is listed twice (remove one)",
    ":5 key[3]: is not a column (name one of: order_id, price)",
    ":8 columns.order_id.mask: would empty a part of the key (use `hash`, which keeps rows apart)",
    ":9 columns.price: is part of the key and may be empty (add `required: true`)",
  ]);
});

test.each(["partial", "date_trunc"])("a key is not blurred by the mask %s", (mask) => {
  const type = mask === "partial" ? "string" : "date";
  const text = good.replace("{ type: string, required: true }", `{ type: ${type}, required: true, mask: ${mask} }`);
  expect(problemsOf(text)).toEqual([
    ":8 columns.order_id.mask: would make different keys look the same (use `hash`, which keeps rows apart)",
  ]);
});

test("masks of every kind may stand where they suit", () => {
  for (const column of [
    "{ type: string, mask: partial }",
    "{ type: date, mask: date_trunc }",
    "{ type: timestamp, mask: date_trunc }",
    "{ type: int, mask: redact }",
  ]) {
    expect(withColumn(column)).toEqual([]);
  }
});

test.each([
  ["price", "{ type: int }", ""],
  ["extra", "{ type: timestamp }", ""],
  ["extr", "{ type: timestamp }", ":6 latest_by: is not a column (write `extra`)"],
  ["extra", "{ type: string }", ":6 latest_by: is a string: nothing about it is later (name an unmasked column"],
  [
    "extra",
    "{ type: date, mask: date_trunc }",
    ":6 latest_by: is masked, so the masked copy cannot tell (name an unmasked",
  ],
])("the later record is told by %s %s", (name, column, problem) => {
  const text = `${good.replace("classification:", `latest_by: ${name}\nclassification:`)}  extra: ${column}\n`;
  const found = problemsOf(text);
  if (problem === "") expect(found).toEqual([]);
  else expect(found).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ["extra", "{ type: boolean }", ""],
  ["extra", "{ type: boolean, required: true }", ""],
  ["extra", "{ type: timestamp, mask: redact }", ""],
  ["extra", "{ type: date }", ""],
  ["extr", "{ type: date }", ":6 deleted_by: is not a column (write `extra`)"],
  [
    "extra",
    "{ type: string }",
    ":6 deleted_by: is a string, which does not tell whether a row is deleted (name a column",
  ],
  ["extra", "{ type: date, required: true }", ":6 deleted_by: has a value in every row, so all would be deleted"],
  ["extra", "{ type: dat }", "columns.extra.type"],
])("that a row is deleted is told by %s %s", (name, column, problem) => {
  const text = `${good.replace("classification:", `deleted_by: ${name}\nclassification:`)}  extra: ${column}\n`;
  const found = problemsOf(text);
  if (problem === "") expect(found).toEqual([]);
  else expect(found).toEqual([expect.stringContaining(problem)]);
});

test("quality rules are DQDL about columns that exist", () => {
  const quality = [
    'Completeness "order_id" = 1.0',
    'ColumnValues "status" in ["a"]',
    'Completness "price" > 0.5',
    "IsUnique",
    'ReferentialIntegrity "order_id" "orders.order_id" = 1.0',
  ];
  expect(problemsOf(`${good}quality:\n${quality.map((rule) => `  - ${rule}\n`).join("")}`)).toEqual([
    ':12 quality[1]: "status" is not a column (name one of: order_id, price)',
    ":13 quality[2]: is no DQDL rule (write `Completeness`)",
    ':14 quality[3]: names no column (write IsUnique "column" ...)',
  ]);
});

test.each([
  ["", "is empty (write its keys: classification, columns,"],
  ["# nothing yet\n", "is empty (write its keys:"],
  ["5", "must be a mapping (write a mapping of keys to values)"],
  [good.replace("type: csv", "type: csv, delimiter: '::'"), "(make it one printable ASCII character or a tab)"],
  [good.replace("type: csv", 'type: csv, header: "yes"'), "must be a boolean (write true or false, without quotes)"],
  [good.replace("min: 0", "min: [0]"), "(write a number or a string)"],
  [`${good}freshness: soon\n`, "(make it a duration such as 90m, 24h or 7d)"],
])("%j is told with a fix", (text, message) => {
  expect(problemsOf(text).join("\n")).toContain(message);
});

test("broken YAML and duplicate keys are reported with their lines", () => {
  expect(problemsOf(`${good}key: [price]\n`)[0]).toContain(":10 : Map keys must be unique");
  expect(problemsOf("a: [1\nb: 2")[0]).toMatch(/^:\d+ : /);
});

describe("a folder of contracts", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "contracts-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test("is read in order, beside domains that have only pipelines", () => {
    write("domains/sales/datasets/orders.yml", good);
    write("domains/freight/datasets/orders.yml", good);
    write("domains/freight/datasets/README.md", "text");
    write("domains/sales/pipelines/p/config.yml", "x");
    write("domains/tools/pipelines/p/config.yml", "x");
    expect(loadContracts(root).map(({ id }) => id)).toEqual(["freight/orders", "sales/orders"]);
  });

  test("refuses a domain whose databases would be closed like those of unmasked tables", () => {
    write("domains/sales/datasets/orders.yml", good);
    write("domains/sales_clear/datasets/orders.yml", good);
    write("domains/sales_clear/datasets/sellers.yml", good);
    expect(() => loadContracts(root)).toThrow(ConfigurationError);
    for (const part of [
      "1 problem in",
      "domains/sales_clear",
      "would make databases named like those of unmasked tables",
      "rename the folder",
    ]) {
      expect(() => loadContracts(root)).toThrow(part);
    }
  });

  test("refuses a domain whose files would lie among those that no contract declares", () => {
    write("domains/landing/datasets/orders.yml", good);
    write("domains/landing/datasets/sellers.yml", good);
    write("domains/sales/datasets/landing.yml", good);
    expect(() => loadContracts(root)).toThrow(ConfigurationError);
    for (const part of [
      "1 problem in",
      'domains/landing\n  "landing": would have its files below landing/ of the first zone',
      "fix: rename the folder",
    ]) {
      expect(() => loadContracts(root)).toThrow(part);
    }
    rmSync(join(root, "domains/landing"), { recursive: true });
    expect(loadContracts(root)).toHaveLength(1);
  });

  test("reports every problem of every file in one error", () => {
    write("domains/sales/datasets/orders.yml", good.replace("type: string", "type: text"));
    write("domains/sales/datasets/Order Items.yml", good);
    write("domains/sales/datasets/sellers.yaml", good);
    write("domains/sales/datasets/customers.yml", `${good}files: [Olist Orders.csv]\n`);
    write("domains/sales/datasets/payments.yml", `${good}files: [olist_orders, orders]\n`);
    const load = () => loadContracts(root);
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(/^5 problems in the configuration:/);
    for (const part of [
      "rename it to order_items",
      "rename it to sellers.yml",
      "files named orders belong to sales/orders already",
      "files named olist_orders belong to sales/customers already",
      'line 8, columns.order_id.type = "text": is not a column type',
    ]) {
      expect(load).toThrow(part);
    }
  });
});
