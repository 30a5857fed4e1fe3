import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadQueries, type Query, viewDefinition } from "../../../contracts";
import { ConfigurationError } from "../../../contracts/problems";
import { temporaryFolder } from "../../cli/support";

const tables = new Map([
  ["curated_sales.sellers", ["seller_id", "month", "revenue", "orders"]],
  ["refined_sales.orders", ["order_id", "seller_id", "price", "ordered_at", "tags"]],
]);

/** Loads queries out of a repository that has only them. */
function load(files: Readonly<Record<string, string>>): readonly Query[] {
  const root = join(temporary, String(count++));
  mkdirSync(join(root, "domains"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, "domains/sales/queries", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return loadQueries(root, tables);
}

const temporary = temporaryFolder();
let count = 0;

/** The problems, each as `line path = value: message; fix`. */
function problemsOf(files: Readonly<Record<string, string>>): string[] {
  try {
    load(files);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ file, path, value, message, fix }) => {
      const place = file.replace("domains/sales/queries/", "");
      return `${place} ${path}${value === undefined ? "" : ` = ${value}`}: ${message}; ${fix}`;
    });
  }
  return [];
}

const header = "-- name: q\n-- description: What it tells.\n";
const topSellers = `-- name: top-sellers
-- description: The best.
-- Comments may stand here: they are no keys when they have blanks before the colon.
-- view: curated_sales.top_sellers
-- column: seller_id string Who sells
-- column: total decimal(38, 2) Over all months, in EUR
-- column: tags array<string>

SELECT seller_id, -- the seller
  sum(revenue) AS total, ARRAY['a'] AS tags
FROM curated_sales.sellers
GROUP BY 1;
`;

test("a query has what its header says, and its statement", () => {
  expect(load({ "top.sql": topSellers })).toEqual([
    {
      id: "sales/top-sellers",
      domain: "sales",
      name: "top-sellers",
      description: "The best.",
      sql: expect.stringMatching(/^SELECT seller_id, -- the seller\n[^;]*GROUP BY 1$/),
      view: {
        database: "curated_sales",
        name: "top_sellers",
        columns: [
          { name: "seller_id", type: "string", comment: "Who sells" },
          { name: "total", type: "decimal(38,2)", comment: "Over all months, in EUR" },
          { name: "tags", type: "array<string>" },
        ],
      },
      file: "domains/sales/queries/top.sql",
    },
  ]);
});

test("a view is written as Athena reads it", () => {
  const [query] = load({ "top.sql": topSellers });
  const [, encoded] = /^\/\* Presto View: (\S+) \*\/$/.exec(viewDefinition(query as Query)) ?? [];
  expect(JSON.parse(Buffer.from(encoded ?? "", "base64").toString())).toEqual({
    originalSql: query?.sql,
    catalog: "awsdatacatalog",
    schema: "curated_sales",
    columns: [
      { name: "seller_id", type: "varchar" },
      { name: "total", type: "decimal(38,2)" },
      { name: "tags", type: "array(varchar)" },
    ],
  });
  expect(() => viewDefinition({ ...(query as Query), view: undefined })).toThrow("sales/top-sellers is no view");
});

test("a query may read the view of another", () => {
  expect(problemsOf({ "a.sql": `${header}SELECT total FROM curated_sales.top_sellers`, "b.sql": topSellers })).toEqual(
    [],
  );
});

test("domains without queries have none", () => {
  expect(load({})).toEqual([]);
});

test("every problem of every header comes at once", () => {
  const problems = problemsOf({
    "a.sql": "-- nane: a\n-- description:\n-- name: A b\nSELECT 1 AS x",
    "b.sql": "-- name: b\n-- name: c\n-- description: d\n-- column: x int\nSELECT 1 AS x",
    "c.sql": "-- name: b\n-- description: d\n-- view: sellers\n-- column: x varchar\n-- column: x int\nSELECT 1 AS x",
    "d.sql": "-- name: d\n-- description: d\n-- view: curated_sales.sellers\nSELECT 1 AS x",
    "notes.txt": "",
  });
  expect(problems).toEqual([
    "a.sql:1 nane = a: is not a known key; write `name`",
    "a.sql:2 description: is empty; write `-- description: ...`",
    "a.sql:3 name = A b: is no name in lower case with dashes; write a-b",
    "b.sql:2 name = c: stands in line 1 already; keep one of them",
    "b.sql:4 column = x int: belongs to a view; add `-- view: database.name`, or take the columns away",
    "c.sql:1 name = b: is taken by domains/sales/queries/b.sql; give it another name",
    "c.sql:3 view = sellers: is no `database.view`; write it such as curated_sales.top_sellers",
    "c.sql:4 column = x varchar: `varchar` is no type of Glue; write string",
    "c.sql:5 column = x int: is more than the 1 columns of the result; take it away, or select it",
    "c.sql:5 column = x int: names a column again; keep one of them",
    "d.sql:3 column: is missing for a view; add a line `-- column: name type comment` for each column",
    "d.sql:3 view = curated_sales.sellers: is taken by a table; give it another name",
    "notes.txt : is no query; let its name end in .sql, or move it elsewhere",
  ]);
});

test.each([
  ["", "q.sql:4 : there is no statement; write a SELECT below the header"],
  [
    "SELECT 1;\nSELECT 2",
    "q.sql:3 column 9: there are several statements; keep one, and give the others files of their own",
  ],
  ["SELECT 1\nFORM x.y", "q.sql:4 column 6: `x` does not belong here; write the end of the statement here"],
  ["SELEC 1", "q.sql:3 column 1: `SELEC` does not belong here; write SELECT"],
  ["SELECT a FROM FROM x.y", "q.sql:3 column 15: `FROM` does not belong here; write the name of a table here"],
  ["SELECT (1 + 2", "q.sql:3 column 14: the statement ends where ) should come; complete it"],
  ["SELECT 'a", "q.sql:3 column 8: a text is not closed; close it with '"],
  ["SELECT `a`", 'q.sql:3 column 8: Athena\'s queries know no backticks; put names into "double quotes"'],
  ["CREATE VIEW a.b AS SELECT 1", "q.sql:3 column 1: `CREATE` does not belong here; write SELECT here"],
  ["SELECT 1 + * 2", "q.sql:3 column 12: `*` does not belong here; write a value here"],
  ["SELECT order FROM refined_sales.orders", "q.sql:3 column 8: `order` does not belong here; write a value here"],
])("%j is no statement", (sql, problem) => {
  expect(problemsOf({ "q.sql": header + sql })).toEqual([problem]);
});

test.each([
  [
    "SELECT x FROM refined_sales.ordres",
    "column 15 = refined_sales.ordres: is no table of the lake; write refined_sales.orders",
  ],
  ["SELECT 1 AS x FROM orders", "column 20 = orders: names no database; write refined_sales.orders"],
  ["SELECT prise FROM refined_sales.orders", "column 8 = prise: is no column of refined_sales.orders; write price"],
  [
    "SELECT o.zzz FROM refined_sales.orders o",
    "column 8 = o.zzz: is no column of refined_sales.orders; use one of order_id, ordered_at, price, seller_id, tags",
  ],
  ["SELECT oo.price FROM refined_sales.orders o", "column 8 = oo.price: is no column; write o"],
  ["SELECT x.* FROM refined_sales.orders o", "column 8 = x.*: is no relation of this FROM; write o"],
  [
    "SELECT price AS p FROM refined_sales.orders WHERE p > 1",
    "column 51 = p: is no column of refined_sales.orders; use one of order_id, ordered_at, price, seller_id, tags",
  ],
  [
    "SELECT price AS p FROM refined_sales.orders GROUP BY p",
    "column 54 = p: is no column of refined_sales.orders; use one of order_id, ordered_at, price, seller_id, tags",
  ],
  [
    "SELECT a.price FROM (SELECT seller_id FROM refined_sales.orders) a",
    "column 8 = a.price: is no column of a; use one of seller_id",
  ],
  [
    "WITH c AS (SELECT price AS p FROM refined_sales.orders) SELECT price FROM c",
    "column 64 = price: is no column of c; use one of p",
  ],
  [
    "SELECT seller_id FROM refined_sales.orders o JOIN curated_sales.sellers s ON s.seller_id = o.seller_id",
    "column 8 = seller_id: is in several tables; write o.seller_id or s.seller_id",
  ],
  [
    "SELECT 1 AS x FROM refined_sales.orders o JOIN curated_sales.sellers s USING (month)",
    "column 79 = month: is no column of refined_sales.orders; use one of order_id, ordered_at, price, seller_id, tags",
  ],
  [
    "SELECT price FROM refined_sales.orders WHERE EXISTS (SELECT 1 FROM curated_sales.sellers WHERE order = 1)",
    "column 96: `order` does not belong here; write a value here",
  ],
  [
    "SELECT price FROM refined_sales.orders WHERE seller_id IN (SELECT seler_id FROM curated_sales.sellers)",
    "column 67 = seler_id: is no column of curated_sales.sellers or refined_sales.orders; write seller_id",
  ],
  [
    "SELECT max(price) OVER (PARTITION BY selle_id) AS x FROM refined_sales.orders",
    "column 38 = selle_id: is no column of refined_sales.orders; write seller_id",
  ],
  [
    "SELECT price FROM refined_sales.orders ORDER BY prize",
    "column 49 = prize: is no column of refined_sales.orders; write price",
  ],
  ["SELECT price", "column 8 = price: is no column: the query reads no table here; add a FROM"],
])("%s names what is not there", (sql, problem) => {
  expect(problemsOf({ "q.sql": header + sql })).toEqual([`q.sql:3 ${problem}`]);
});

test("a view's columns are those of its statement", () => {
  const view = (columns: string, sql: string) =>
    problemsOf({ "v.sql": `${header}-- view: curated_sales.v\n${columns}\n${sql}` });
  expect(view("-- column: a int", "SELECT orders AS a, month AS b FROM curated_sales.sellers")).toEqual([
    "v.sql:5 column: is missing for `b`; write `b` and its type",
  ]);
  expect(view("-- column: b int", "SELECT orders AS a FROM curated_sales.sellers")).toEqual([
    "v.sql:4 column = b: is not what column 1 of the result is called; write `a` and its type",
  ]);
  expect(view("-- column: a int", "SELECT orders + 1 FROM curated_sales.sellers")).toEqual([
    "v.sql:5 : column 1 of the result has no name; add AS a to it",
  ]);
  expect(view("-- column: a int", "SELECT * FROM curated_sales.sellers").length).toBe(4);
});

test("views that read each other are refused", () => {
  const view = (name: string, other: string) =>
    `-- name: ${name}\n-- description: d\n-- view: curated_sales.${name}\n-- column: x int\nSELECT x FROM curated_sales.${other}`;
  expect(problemsOf({ "a.sql": view("a", "b"), "b.sql": view("b", "a") })).toEqual([
    "a.sql:3 view = curated_sales.a: reads itself; let it read tables only",
    "b.sql:3 view = curated_sales.b: reads itself; let it read tables only",
  ]);
});
