import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { AuditQueries, auditQueries } from "../../modules/audit/audit-queries";
import { ACCESS_LOG_LINE, accessTable } from "../../modules/audit/tables/access-table";
import { type AuditTable, partitionType } from "../../modules/audit/tables/audit-table";
import { flowTable } from "../../modules/audit/tables/flow-table";
import { trailTable } from "../../modules/audit/tables/trail-table";
import { PLACE, synthModule } from "../support/module";
import { testFolder } from "../support/synthesis";
import { keyIn } from "./fixtures";

const LAKE = { accountId: "333333333333", region: "eu-west-1" };
const RAW = "lake-prod-raw-333333333333-eu-west-1";
const DROP = "lake-prod-drop-333333333333-eu-west-1";
const tables = [
  trailTable("the-audit", [PLACE.accountId, LAKE.accountId]),
  accessTable("the-access", [
    { ...LAKE, name: RAW },
    { ...LAKE, name: DROP },
  ]),
  flowTable("the-flows", [LAKE]),
];

/** The type as the engine of these tests writes it. */
function duckdbType(type: string): string {
  const array = /^array<(.+)>$/.exec(type)?.[1];
  if (array !== undefined) return `${duckdbType(array)}[]`;
  const struct = /^struct<(.+)>$/.exec(type)?.[1];
  if (struct === undefined) return type === "string" ? "VARCHAR" : type;
  return `STRUCT(${fieldsOf(struct)
    .map(([name, inner]) => `"${name}" ${duckdbType(inner)}`)
    .join(", ")})`;
}

/** `a:string,b:struct<...>` as names and types. */
function fieldsOf(text: string): [string, string][] {
  let depth = 0;
  const parts = [...text].reduce<string[]>(
    (found, letter) => {
      if (letter === "<") depth += 1;
      if (letter === ">") depth -= 1;
      if (letter === "," && depth === 0) found.push("");
      else found[found.length - 1] += letter;
      return found;
    },
    [""],
  );
  return parts.map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]);
}

const ddl = (table: AuditTable) =>
  `CREATE TABLE ${table.name} (${[
    ...table.columns.map(({ name, type }) => `"${name}" ${duckdbType(type)}`),
    ...table.partitions.map((partition) => `"${partition.name}" ${duckdbType(partitionType(partition))}`),
  ].join(", ")})`;

async function answer(sql: string, rows: readonly string[] = []): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    await connection.run("CREATE MACRO json_extract_scalar(document, path) AS json_extract_string(document, path)");
    for (const table of tables) await connection.run(ddl(table));
    for (const row of rows) await connection.run(row);
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
  }
}

const queries = auditQueries();
const sqlOf = (name: string) => queries.find((query) => query.name === name)?.sql ?? "";
const event = (values: Readonly<Record<string, string>>) =>
  `INSERT INTO trail (${Object.keys(values).join(", ")}) VALUES (${Object.values(values).join(", ")})`;
const who = (name: string) =>
  `{type: '', principalid: '', arn: '${name}', accountid: '', invokedby: 's3.amazonaws.com', accesskeyid: '', username: '', sessioncontext: NULL}`;

describe("sample queries", () => {
  test.each(queries.map(({ name, sql }) => [name, sql]))("%s asks for columns that there are", async (_, sql) => {
    await expect(answer(sql)).resolves.toEqual([]);
  });

  test.each(queries.map(({ name, sql }) => [name, sql]))(
    "%s reads some days only: a query pays for what it reads",
    (_, sql) => {
      expect(sql).toMatch(/\bday (>=|=) |\byear = /);
    },
  );

  test("a query of a column that there is not would be noticed", async () => {
    await expect(answer("SELECT nobody FROM trail")).rejects.toThrow("nobody");
  });

  test("tell who read an object", async () => {
    const read = {
      day: "'2026/01/31'",
      eventtime: "'2026-01-31T10:00:00Z'",
      eventsource: "'s3.amazonaws.com'",
      eventname: "'GetObject'",
      useridentity: who("reader"),
      requestparameters: `'{"bucketName":"${RAW}","key":"sales/orders/part.parquet"}'`,
    };
    const rows = [
      event(read),
      event({ ...read, requestparameters: `'{"bucketName":"${RAW}","key":"other"}'` }),
      event({ ...read, day: "'2025/12/31'" }),
    ];
    expect(await answer(sqlOf("who-read-this-object"), rows)).toEqual([
      expect.objectContaining({ who: "reader", eventname: "GetObject" }),
    ]);
  });

  test("tell who was refused, and which key was used", async () => {
    const rows = ["AccessDenied", "AccessDenied", "NoSuchKey"].map((errorcode) =>
      event({ day: "'2026/01/31'", useridentity: who("thief"), eventname: "'GetObject'", errorcode: `'${errorcode}'` }),
    );
    expect(await answer(sqlOf("who-was-denied"), rows)).toEqual([
      expect.objectContaining({ who: "thief", refusals: "2" }),
    ]);
    const used = event({
      day: "'2026/01/31'",
      useridentity: who("reader"),
      eventsource: "'kms.amazonaws.com'",
      eventname: "'Decrypt'",
      resources: "[{arn: 'the-key', accountid: '', type: ''}]",
    });
    expect(await answer(sqlOf("which-key-was-used"), [used])).toEqual([
      expect.objectContaining({ key_arn: "the-key", who: "reader", through: "s3.amazonaws.com" }),
    ]);
  });

  test("tell which flows were refused", async () => {
    const flow = (action: string, day: number) =>
      `INSERT INTO flows (account, year, month, day, hour, srcaddr, dstaddr, dstport, action, packets) VALUES ('333333333333', 2026, 1, ${day}, 5, '10.0.0.1', '1.1.1.1', 443, '${action}', 3)`;
    const rows = [flow("REJECT", 31), flow("REJECT", 31), flow("ACCEPT", 31), flow("REJECT", 30)];
    expect(await answer(sqlOf("rejected-flows"), rows)).toEqual([
      expect.objectContaining({ dstaddr: "1.1.1.1", flows: "2", packets: "6" }),
    ]);
  });

  test("say on their first line what they answer", () => {
    const folder = join(testFolder(), "queries-of-test");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "mute.sql"), "SELECT 1\n");
    expect(() => auditQueries(folder)).toThrow("mute.sql: say in a comment");
    rmSync(folder, { recursive: true });
    expect(queries.length).toBeGreaterThan(5);
    for (const { description } of queries) expect(description).toMatch(/\?/);
  });
});

describe("a line of an access log", () => {
  const line = new RegExp(`^${ACCESS_LOG_LINE}`);
  const names = tables[1]?.columns.map(({ name }) => name) ?? [];
  const read = (text: string) => {
    const found = line.exec(text);
    return Object.fromEntries(names.map((name, index) => [name, found?.[index + 1]]));
  };
  const START =
    '79a59df900b949e5 lake-prod-raw [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn:aws:sts::1:assumed-role/r/s 3E57427F33A59F07 REST.GET.OBJECT sales/a%2Bb.csv "GET /sales/a%2Bb.csv?x=1 HTTP/1.1" 403 AccessDenied 113 - 7 - "-" "S3Console/0.4 (a; b)" -';

  test("is taken apart, with all of its fields", () => {
    const text = `${START} s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader lake-prod-raw.s3.eu-west-1.amazonaws.com TLSv1.3 - Yes`;
    expect(read(text)).toMatchObject({
      bucket_name: "lake-prod-raw",
      request_time: "06/Feb/2026:00:00:38 +0000",
      requester: "arn:aws:sts::1:assumed-role/r/s",
      operation: "REST.GET.OBJECT",
      object_key: "sales/a%2Bb.csv",
      request_uri: '"GET /sales/a%2Bb.csv?x=1 HTTP/1.1"',
      http_status: "403",
      error_code: "AccessDenied",
      user_agent: '"S3Console/0.4 (a; b)"',
      authentication_type: "AuthHeader",
      tls_version: "TLSv1.3",
      acl_required: "Yes",
    });
  });

  test("is taken apart when it is older, or has fields that are to come", () => {
    expect(read(START)).toMatchObject({ version_id: "-", http_status: "403", host_id: undefined });
    const host = "s9lz SigV4 suite AuthHeader host TLSv1.3 - - us-east-1 something";
    expect(read(`${START} ${host}`)).toMatchObject({ tls_version: "TLSv1.3", acl_required: "-" });
  });
});

describe("tables over records", () => {
  const stack = synthModule((scope) => {
    new AuditQueries(scope, "queries", {
      place: PLACE,
      databaseName: "audit",
      tables,
      workgroupName: "the-audit",
      resultsBucketName: "the-results",
      keepResultsDays: 7,
      scanLimitGb: 10,
      key: keyIn(scope),
      removable: false,
    });
  });
  const parameters = (name: string) =>
    stack.only("aws_glue_catalog_table", `queries_table-${name}`).block.parameters as Record<string, string>;

  test("know where AWS puts the records, without being told of new ones", () => {
    expect(parameters("trail")["storage.location.template"]).toBe(
      "s3://the-audit/AWSLogs/$${account}/CloudTrail/$${region}/$${day}",
    );
    expect(parameters("access")["storage.location.template"]).toBe(
      "s3://the-access/$${account}/$${region}/$${bucket}/$${day}",
    );
    expect(parameters("flows")["storage.location.template"]).toBe(
      "s3://the-flows/AWSLogs/aws-account-id=$${account}/aws-service=vpcflowlogs/aws-region=$${region}/year=$${year}/month=$${month}/day=$${day}/hour=$${hour}",
    );
    expect(parameters("flows")).toMatchObject({ "projection.month.range": "1,12", "projection.month.digits": "2" });
    expect(parameters("access")["projection.bucket.values"]).toBe(`${DROP},${RAW}`);
  });

  test("project every partition that their location has, and no other", () => {
    for (const table of tables) {
      const placed = [...table.location.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
      expect(table.partitions.map(({ name }) => name)).toEqual(placed);
      for (const { name } of table.partitions)
        expect(parameters(table.name)).toHaveProperty([`projection.${name}.type`]);
      const columns = table.columns.map(({ name }) => name);
      expect(columns.filter((name) => placed.includes(name))).toEqual([]);
    }
  });

  test("are queried in a workgroup that bounds what a query reads and encrypts what it answers", () => {
    expect(stack.only("aws_athena_workgroup").block.configuration).toMatchObject({
      enforce_workgroup_configuration: true,
      bytes_scanned_cutoff_per_query: 10 * 1024 ** 3,
      result_configuration: {
        output_location: "s3://the-results/",
        expected_bucket_owner: PLACE.accountId,
        encryption_configuration: { encryption_option: "SSE_KMS" },
      },
    });
    const rules = stack.only("aws_s3_bucket_lifecycle_configuration").block.rule as { id: string }[];
    expect(JSON.stringify(rules.find(({ id }) => id === "expire"))).toContain('"days":7');
  });
});
