import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { deserializeSources, loadContracts, loadSources, serializeSources } from "../../../contracts";
import { ConfigurationError } from "../../../contracts/problems";
import { ROOT } from "../../support/synthesis";
import { contracts, deleting, parse, sourceOf, text } from "./fixtures";

/** Problems of a file as `:line path = value: message (fix)`. */
function problemsOf(yaml: string, files?: Readonly<Record<string, string>>): string[] {
  return parse(yaml, files).problems.map(({ file, path, value, message, fix }) => {
    const said = value === undefined ? "" : ` = ${JSON.stringify(value)}`;
    return `${file.replace(/^.*freight\.yml/, "")} ${path}${said}: ${message} (${fix})`;
  });
}

/** The good file with something else in place of a part of it. */
const changed = (part: string, by: string) => {
  if (!text.includes(part)) throw new Error(part);
  return text.replace(part, by);
};
const inTable = (settings: string) => changed("window: { column: updated_at }", settings);

test("a good source has no problems, and every default is filled in", () => {
  expect(problemsOf(text)).toEqual([]);
  expect(sourceOf()).toEqual({
    id: "freight/freight",
    domain: "freight",
    name: "freight",
    description: "Freight shipments.",
    owner: "freight-data@example.com",
    connection: {
      ...{ engine: "postgresql", host: "db.example.com", port: 5432, database: "freight" },
      secret: "secretsmanager:freight-reader",
    },
    compute: "emr",
    concurrency: 2,
    tables: [
      {
        ...{ name: "shipments", schema: "public", dataset: "freight/shipments", full_load: false },
        window: { column: "updated_at", overlap: "15m", lag: "2m" },
        partition: { hash: ["shipment_id"], count: 4 },
        ...{ fetch_size: 10_000, priority: 50 },
      },
    ],
  });
});

test("whatever can be said is kept", () => {
  const whole = `
description: Orders.
owner: a@example.com
connection:
  { engine: mysql, host: managed.example.com, port: 13306, database: shop, secret: ssm:/shop/reader, ca: shop.pem }
compute: emr-serverless
concurrency: 4
schedule: { cron: rate(1 hour) }
tables:
  zz: { dataset: sales/orders, full_load: true, priority: 1, partition: { hash: [customer_id], count: 8 } }
  all: { dataset: sales/sellers, full_load: true, schema: old, partition: { count: 2 }, fetch_size: 5 }
  Odd "name; DROP TABLE x" 日本:
    dataset: freight/shipments
    window: { column: updated_at, overlap: 6d, lag: 0m, timezone: Europe/Berlin }
    partition: { column: shipment_id }
    deletes: { column: updated_at, compare: 24h }
`;
  const { source, problems } = parse(
    whole,
    { "domains/freight/sources/shop.pem": rootCertificates[0] ?? "" },
    deleting,
  );
  expect(problems).toEqual([]);
  expect(source).toMatchObject({
    connection: { port: 13306, ca: "domains/freight/sources/shop.pem" },
    ...{ compute: "emr-serverless", concurrency: 4, schedule: { cron: "rate(1 hour)", timezone: "UTC" } },
    tables: [
      { name: "zz", schema: "shop", partition: { hash: ["customer_id"], count: 8 }, full_load: true },
      {
        name: 'Odd "name; DROP TABLE x" 日本',
        window: { overlap: "6d", lag: "0m", timezone: "Europe/Berlin" },
        partition: { column: "shipment_id", count: 4 },
        deletes: { column: "updated_at", compare: "24h" },
      },
      { name: "all", schema: "old", partition: { hash: ["seller_id"], count: 2 }, fetch_size: 5 },
    ],
  });
});

test("all problems of a file come at once, with line and fix, whatever kind they are", () => {
  expect(
    problemsOf(`
description: Freight shipments.
ownr: freight-data@example.com
connection: { engine: postgres, host: "db/x?sslmode=off", port: 99999, database: "" }
compute: spark
schedule: { cron: 5 * * * *, timezone: Berlin }
tables:
  shipments:
    window: { column: updated, overlap: 7d, lag: soon }
    partition: { count: 0 }
    prority: 1
  orders: {}
`),
  ).toEqual([
    ":2 owner: is missing (add a string)",
    ':3 ownr = "freight-data@example.com": is not a known key (write `owner`)',
    ':4 connection.database = "": is empty (write the name)',
    ':4 connection.engine = "postgres": is not one of the allowed values (write `postgresql`)',
    ':4 connection.host = "db/x?sslmode=off": must be a host name, or `managed` (make it a host name, or `managed`)',
    ":4 connection.port = 99999: Too big: expected number to be <=65535 (use at most 65535)",
    ":4 connection.secret: is missing (write secretsmanager:<name> or ssm:<name>: the place of a JSON with username and password)",
    ':5 compute = "spark": is not one of the allowed values (use one of: emr, emr-serverless, glue)',
    ':6 schedule.cron = "5 * * * *": is no schedule of EventBridge Scheduler (write `cron(5 * * * ? *)`)',
    ':6 schedule.timezone = "Berlin": is no IANA time zone (write for example Europe/Berlin or UTC)',
    ':9 tables.shipments.window.column = "updated": is no column of freight/shipments (write `updated_at`)',
    ':9 tables.shipments.window.lag = "soon": must be a duration such as 15m, 24h or 7d (make it a duration such as 15m, 24h or 7d)',
    ':9 tables.shipments.window.overlap = "7d": is too long (use less than 7d)',
    ":10 tables.shipments.partition.count = 0: Too small: expected number to be >=1 (use at least 1)",
    ":11 tables.shipments.prority = 1: is not a known key (write `priority`)",
    ":12 tables.orders: has no window (add `window: { column: ... }`, or `full_load: true`)",
    expect.stringMatching(
      /^:12 tables\.orders = "freight\/orders": is no dataset \(use one of: .*, or write domains\/freight\/datasets\/orders.yml\)/,
    ),
  ]);
});

test.each([
  ["", "is empty (write its keys: compute, concurrency, connection,"],
  ["a: [1\nb: 2", "(correct the YAML"],
  [`${text}  shipments: {}\n`, "(correct the YAML"],
  [changed("tables:\n  shipments:\n    window: { column: updated_at }", "tables: {}"), "name at least one table"],
  [
    inTable("window: { column: updated_at }\n    full_load: true"),
    "full_load = true: stands beside a window (remove one",
  ],
  [inTable("full_load: false"), "tables.shipments: has no window"],
  [inTable("window: { column: quarter }"), 'window.column = "quarter": is of type int (name a column of type'],
  [
    inTable("window: { column: shipped_at }"),
    '"shipped_at": is not the contract\'s latest_by, updated_at (write `latest_by: shipped_at` in domains/freight/datasets/shipments.yml)',
  ],
  [
    inTable("dataset: sales/orders\n    window: { column: order_approved_at }"),
    "is not the contract's latest_by, which has none (write `latest_by: order_approved_at` in domains/sales/datasets/orders.yml)",
  ],
  [inTable("window: { column: updated_at, lag: 1d }"), 'window.lag = "1d": is too long (use less than 1d)'],
  [inTable("window: { column: updated_at, lag: -1m }"), "must be a duration"],
  [inTable("window: { column: updated_at, timezone: CET+1 }"), "is no IANA time zone"],
  [inTable("full_load: true\n    dataset: freight/shipment"), "(write `freight/shipments`, or write domains/freight/"],
  [
    inTable("full_load: true\n    partition: { column: shipment }"),
    "is no column of freight/shipments (write `shipment_id`)",
  ],
  [
    inTable("full_load: true\n    partition: { column: is_export }"),
    "is of type boolean, which has no ranges (write `hash: [is_export]`)",
  ],
  [
    inTable("full_load: true\n    partition: { column: shipment_id, hash: [quarter] }"),
    "stands beside `column` (remove one",
  ],
  [
    inTable("full_load: true\n    partition: { hash: [quarter, quarter] }"),
    'partition.hash[1] = "quarter": is listed twice',
  ],
  [
    inTable("full_load: true\n    partition: { hash: [quartr] }"),
    "is no column of freight/shipments (write `quarter`)",
  ],
  [inTable("full_load: true\n    deletes: { column: deleted_at }"), "is no column of freight/shipments"],
  [
    inTable("full_load: true\n    deletes: { column: updated_at }"),
    'deletes.column = "updated_at": is not the contract\'s deleted_by, which has none (write `deleted_by: updated_at` in domains/freight/datasets/shipments.yml)',
  ],
  [inTable("full_load: true\n    deletes: {}"), "deletes = {}: must say column, compare, or both"],
  [inTable("full_load: true\n    deletes: { compare: daily }"), "must be a duration such as 15m, 24h or 7d"],
  [inTable("full_load: true\n    deletes: { keys: true }"), "deletes.keys = true: is not a known key"],
  [inTable("full_load: true\n    priority: 101"), "use at most 100"],
  [changed("secretsmanager:", "vault:"), "connection.secret: names no secret; if it is one itself, change it"],
  [
    changed("host: db.example.com", "host: managed"),
    "connection.secret: is not for a managed host, which has its own (remove",
  ],
  [
    changed("host: db.example.com", "host: managed").replace("engine: postgresql", "engine: mysql"),
    'connection.engine = "mysql": is not what the managed cluster is (write postgresql',
  ],
  [changed("secret:", "ca: ../../x.pem\n  secret:"), "must be the name of a .pem file beside this one"],
  [changed("compute: emr", "compute: emr\nconcurrency: 17"), "use at most 16"],
])("%j is told with a fix", (yaml, message) => {
  expect(problemsOf(yaml).join("\n")).toContain(message);
});

test.each([
  ["secret: hunter2", /./],
  ["password: hunter2\n  secret: ssm:/x", /connection\.password: is not a known key/],
  ["secret: [hunter2]", /connection\.secret/],
])("what may be a secret is shown to nobody: %s", (line, message) => {
  const found = problemsOf(changed("secret: secretsmanager:freight-reader", line)).join("\n");
  expect(found).toMatch(message);
  expect(found).not.toContain("hunter2");
});

test.each([
  ["postgresql", "é".repeat(31), undefined],
  ["postgresql", "é".repeat(32), "has 64 bytes; postgresql allows 63 (write it as the database has it)"],
  ["mysql", "é".repeat(64), undefined],
  ["mysql", "é".repeat(65), "has 65 characters; mysql allows 64"],
  ["postgresql", "a\\u0000b", "has control characters in it (read it through a view with another name)"],
  ["postgresql", "a\\nb", "has control characters"],
  ["mysql", "a\\u2028b", "has control characters"],
  ["mysql", "", "is empty"],
  ["mysql", "__proto__", "is a name that programs cannot carry"],
  ["mysql", "constructor", undefined],
  ["mysql", "'; DROP TABLE students; --", undefined],
  ["mysql", "../..", undefined],
])("a name in %s may be %j or not", (engine, name, message) => {
  const settings = "{ full_load: true, dataset: freight/shipments }";
  const of = changed("engine: postgresql", `engine: ${engine}`);
  const asTable = of.replace(/ {2}shipments:\n.*\n/, `  "${name}": ${settings}\n`);
  const asSchema = of.replace(
    / {2}shipments:\n.*\n/,
    `  t: { full_load: true, dataset: freight/shipments, schema: "${name}" }\n`,
  );
  const asDatabase = of.replace("database: freight", `database: "${name}"`).replace(/window.*/, "full_load: true");
  for (const yaml of [asTable, asSchema, asDatabase]) {
    const found = problemsOf(yaml).join("\n");
    if (message === undefined) expect(found).toBe("");
    else expect(found).toContain(message);
  }
});

test.each([
  [
    undefined,
    "does not exist (write the authority's certificates to domains/freight/sources/own.pem, or remove the key)",
  ],
  ["", "is no PEM file with certificates"],
  [`${rootCertificates[0]}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, "is no PEM file"],
  [
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "holds a private key, which belongs in no repository",
  ],
  [`# ours\n${rootCertificates[0]}\n${rootCertificates[1]}\n`, undefined],
])("authorities are certificates and nothing else", (pem, message) => {
  const files: Record<string, string> = pem === undefined ? {} : { "domains/freight/sources/own.pem": pem };
  const found = problemsOf(changed("secret:", "ca: own.pem\n  secret:"), files).join("\n");
  if (message === undefined) expect(found).toBe("");
  else expect(found).toContain(`connection.ca = "own.pem": ${message}`);
});

test("programs read what the build writes", () => {
  expect(deserializeSources(serializeSources([sourceOf()]))).toEqual([sourceOf()]);
  expect(() => deserializeSources("{}")).toThrow("The sources are not a list");
});

describe("a folder of sources", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "sources-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, content = text): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  test("is read in order, beside domains that have none", () => {
    write("domains/sales/sources/shop.yml", inTable("full_load: true\n    dataset: sales/orders"));
    write("domains/freight/sources/freight.yml");
    write("domains/freight/sources/README.md");
    write("domains/freight/sources/own.pem");
    write("domains/web/datasets/clicks.yml");
    expect(loadSources(root, contracts).map(({ id }) => id)).toEqual(["freight/freight", "sales/shop"]);
  });

  test("reports every problem of every file in one error", () => {
    write("domains/freight/sources/a.yml");
    write("domains/freight/sources/b.yml", `${text}  other: { full_load: true, dataset: freight/shipments }\n`);
    write("domains/freight/sources/c.yaml");
    write("domains/freight/sources/My-Source.yml");
    write("domains/freight/sources/notes.txt");
    write("domains/freight/sources/d.yml", changed("compute: emr", "compute: emrr"));
    const load = () => loadSources(root, contracts);
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(/^7 problems in the configuration:/);
    for (const part of [
      'domains/freight/sources/b.yml\n  tables.other.dataset = "freight/shipments": is filled from table "shipments" of domains/freight/sources/a.yml already\n    fix: choose another dataset for one of them',
      'b.yml\n  tables.other.dataset = "freight/shipments": is filled',
      "domains/freight/sources/c.yaml\n  is no source\n    fix: rename it to c.yml",
      'domains/freight/sources/My-Source.yml\n  "My-Source": is no lower snake case name\n    fix: rename it to my_source',
      "domains/freight/sources/notes.txt\n  is no source\n    fix: move it elsewhere",
      'domains/freight/sources/d.yml\n  tables.shipments = "freight/shipments": is filled from table',
    ]) {
      expect(load).toThrow(part);
    }
  });
});

test("the repository's own sources are good", () => {
  expect(loadSources(ROOT, loadContracts(ROOT)).map(({ id }) => id)).toContain("freight/freight");
});
