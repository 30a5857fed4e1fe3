import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { Database } from "../../../lambdas/intake/database";
import { FileProblem } from "../../../lambdas/intake/errors";
import { asFileProblem } from "../../../lambdas/intake/inputs";
import { eachMember } from "../../../lambdas/intake/json-members";
import { loadFile } from "../../../lambdas/intake/load-file";
import { contractOf, loadBytes, query } from "./support";

const columns = `  amount: { type: "decimal(30,4)" }
  big: { type: bigint }
  note: { type: string }
  flag: { type: boolean }`;
const ndjson = contractOf(columns, "{ type: ndjson }");

test("JSON numbers keep all of their digits, and an empty text is not null", async () => {
  const lines = [
    '{"id":"1","amount":12345678901234567890.1234,"big":9223372036854775807,"note":"","flag":true}',
    '{"flag":"false","note":"a\\"b\\nc, \\u00e7","big":"7","amount":"1.50","id":"2"}',
    '{"id":"3","amount":null}',
  ];
  const { rows } = await loadBytes(ndjson, lines.join("\n"));
  expect(rows).toMatchObject([
    { amount: "12345678901234567890.1234", big: "9223372036854775807", note: "", flag: true },
    { amount: "1.5000", big: "7", note: 'a"b\nc, ç', flag: false },
    { amount: null, big: null, note: null, flag: null },
  ]);
});

test("each line of JSON stands for itself, with all of its problems", async () => {
  const lines = [
    '{"id":"1","note":{"deep":[1,2]}}',
    '{"id":"2",}',
    "[1]",
    '{"id":"4","colour":"red","big":1.5}',
    '"text"',
    '{"big":1}',
    '{"id":"7","note":"\\u0000"}',
  ];
  const { rows, rejected, rowsIn } = await loadBytes(ndjson, gzipSync(lines.join("\r\n")));
  expect(rowsIn).toBe(7);
  expect(rows).toMatchObject([{ id: "1", note: '{"deep":[1,2]}', _source_row: "1" }]);
  expect(
    rejected.map(({ row, errors }) => [row, ...errors.map(({ column, value, reason }) => [column, value, reason])]),
  ).toEqual([
    [2, [null, null, expect.stringContaining("is not valid JSON")]],
    [3, [null, null, "is no JSON object"]],
    [4, ["big", "1.5", "is not bigint"], [null, "colour", "has fields that the contract does not know"]],
    [5, [null, null, "is no JSON object"]],
    [6, ["id", null, "is missing"]],
    [7, [null, null, "contains a NUL character"]],
  ]);
  expect(rejected[0]).toMatchObject({ line: '{"id":"2",}\r', record: null });
});

test("JSON values come through exactly as they are written, whatever else is in the record", async () => {
  const texts = contractOf("  a: { type: string }\n  b: { type: string }", "{ type: ndjson }");
  const values = [
    "12345678901234567890",
    "10.10",
    "1e0",
    "-0",
    "1E+400",
    "true",
    '{"n": 10.10,"m":[1e2, "}\\""]}',
    "[ ]",
  ];
  const lines = values.flatMap((value) => [
    `{"id":"1","a":${value}}`,
    `{ "b" : ${value} , "a" : 7,"id":"1" }`,
    `{"id":"1","a":"1.5","b":${value}\t}`,
  ]);
  const { rows, rejected } = await loadBytes(texts, lines.join("\n"));
  expect(rejected).toEqual([]);
  expect(rows.map(({ a, b }) => [a, b])).toEqual(
    values.flatMap((value) => [
      [value, null],
      ["7", value],
      ["1.5", value],
    ]),
  );
});

test("an exponent is no whole number, whatever else is in the record", async () => {
  const lines = ['{"id":"1","big":1e0}', '{"id":"1","big":1e0,"amount":1.5}', '{"id":"1","big":1.0}'];
  const { rows, rejected } = await loadBytes(ndjson, lines.join("\n"));
  expect(rows).toMatchObject([{ big: "1", _source_row: "3" }]);
  expect(rejected.map(({ errors }) => errors)).toEqual([
    [{ column: "big", value: "1e0", reason: "is not bigint" }],
    [{ column: "big", value: "1e0", reason: "is not bigint" }],
  ]);
});

test("a column may be named like anything that JavaScript's objects have", async () => {
  const names = ["constructor", "valueof", "__proto__", "toString", "hasOwnProperty"];
  const contract = contractOf("  constructor: { type: string }", "{ type: ndjson }");
  const content = `{"id":"1"}\n{"id":"2","constructor":"x"}\n${names.map((name) => `{"id":"3","${name}":"y"}`).join("\n")}`;
  const { rows, rejected } = await loadBytes(contract, content);
  expect(rows.map((row) => row.constructor)).toEqual([null, "x", "y"]);
  expect(rejected.map(({ errors }) => errors[0]?.value)).toEqual(names.slice(1));
});

test("a name that comes twice in a record, or a text that no file can hold, rejects the record", async () => {
  const lines = [
    '{"id":"1","note":"a","note":"b"}',
    '{"id":"1","note":null,"n\\u006fte":"b"}',
    '{"id":"1","x":1,"x":1}',
    '{"id":"1","note":"C:\\\\u0000"}',
    '{"id":"1","note":"C:\\\\\\u0000"}',
    '{"id":"1","note":"\\ud83d"}',
    '{"id":"1","note":"\\ud83d\\ude00"}',
    '{"id":"1","note":{"a":"\\u0000","a":1}}',
  ];
  const { rows, rejected } = await loadBytes(ndjson, lines.join("\n"));
  expect(rows.map(({ note }) => note)).toEqual(["C:\\u0000", "😀", '{"a":"\\u0000","a":1}']);
  expect(rejected.map(({ row, errors }) => [row, errors[0]?.reason])).toEqual([
    [1, 'has "note" more than once'],
    [2, 'has "note" more than once'],
    [3, 'has "x" more than once'],
    [5, "contains a NUL character"],
    [6, "contains half of a surrogate pair"],
  ]);
});

test("whatever an object holds, each value is what JSON says it is", async () => {
  const value = fc.oneof(fc.json({ maxDepth: 2 }), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
  const blank = fc.constantFrom("", " ", "\t", " \r");
  const members = fc.dictionary(fc.string({ unit: "binary" }), fc.tuple(value, blank));
  fc.assert(
    fc.property(members, blank, (object, inside) => {
      const parts = Object.entries(object).map(
        ([name, [json, after]]) => `${JSON.stringify(name)}${after}:${after}${json}`,
      );
      const text = `${inside}{${inside}${parts.join(`${inside},`)}${inside}}${inside}`;
      const found: [string, string][] = [];
      eachMember(text, (name, written) => found.push([JSON.parse(name) as string, written]));
      expect(found).toEqual(Object.entries(object).map(([name, [json]]) => [name, json.trim()]));
    }),
  );
});

test("rejected JSON names the line in which it begins", async () => {
  const lines = await loadBytes(ndjson, '\n{"id":"1"}\n\n{"id":2,"x":1}\n{]\n');
  expect(lines.rejected.map(({ row, line_number }) => [row, line_number])).toEqual([
    [2, 4],
    [3, 5],
  ]);
  const json = '\n[\n{\n"id":"1",\n"note":"a"},\n\n {"x":1}, {"id":\n2}\n,\n{"id":"3",}]';
  for (const content of [json, gzipSync(json)]) {
    const { rejected } = await loadBytes(ndjson, content);
    expect(rejected.map(({ row, line_number }) => [row, line_number])).toEqual([
      [2, 7],
      [4, 10],
    ]);
  }
});

test("JSON records that are too long are rejected, and only they", async () => {
  const long = JSON.stringify({ id: "long", note: "x".repeat(5 * 1024 * 1024) });
  const fits = JSON.stringify({ id: "fits", note: "x".repeat(2 * 1024 * 1024 - 30) });
  for (const content of [`{"id":"1"}\n${long}\n${fits}\n{"id":"4"}`, `[{"id":"1"},${long},${fits},{"id":"4"}]`]) {
    const { rows, rejected } = await loadBytes(ndjson, content);
    expect(rows.map(({ id }) => id)).toEqual(["1", "fits", "4"]);
    expect(rejected).toMatchObject([{ row: 2, errors: [{ reason: "is longer than 2 MiB" }] }]);
    expect(rejected[0]?.line).toHaveLength(64 * 1024);
  }
});

test("an array may hold anything between its brackets", async () => {
  const json = contractOf("  note: { type: string }", "{ type: json }");
  const tricky = ["]", '"],{"', "\\", "a,b", "[{"];
  const content = JSON.stringify(
    tricky.map((note, index) => ({ id: `${index}`, note })),
    undefined,
    2,
  );
  const { rows } = await loadBytes(json, content);
  expect(rows.map(({ note }) => note)).toEqual(tricky);
  expect(await loadBytes(json, " [ ] ")).toMatchObject({ rowsIn: 0 });
  const { rejected, rows: others } = await loadBytes(json, '[{"id":"1"},,{"id":"3"} 4]');
  expect(others).toHaveLength(1);
  expect(rejected.map(({ row }) => row)).toEqual([2, 3]);
});

describe("Parquet", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "parquet-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function parquet(sql: string): Promise<Buffer> {
    const path = join(directory, "x.parquet");
    await query(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    return readFileSync(path);
  }

  const typed = contractOf(
    `  count: { type: int, min: 1 }
  price: { type: "decimal(10,2)" }
  day: { type: date }
  at: { type: timestamp }
  score: { type: double }
  note: { type: string }`,
    "{ type: parquet }",
  );

  test("values of the right type are taken as they are, others have to be exact", async () => {
    const file = await parquet(`
      SELECT '1' AS ID, 5 AS count, 1.50::DECIMAL(10,2) AS price, DATE '2018-01-31' AS day,
        TIMESTAMP '2018-01-31 10:00:00' AS at, 0.5::FLOAT AS score, 'x' AS note
      UNION ALL SELECT '2', 0, 2, NULL, NULL, 'NaN'::FLOAT, NULL`);
    const { rows, rejected } = await loadBytes(typed, file);
    expect(rows).toMatchObject([
      { id: "1", count: 5, price: "1.50", day: "2018-01-31", at: "2018-01-31 10:00:00", score: 0.5, note: "x" },
    ]);
    expect(rejected).toMatchObject([
      {
        row: 2,
        record: { count: "0", score: "nan" },
        errors: [{ reason: "is less than 1" }, { reason: "is not double" }],
      },
    ]);
  });

  test("other types are read through their text", async () => {
    const file = await parquet(`
      SELECT 1 AS id, 5.0::DOUBLE AS count, 10.999::DOUBLE AS price, '2018-01-31' AS day,
        TIMESTAMPTZ '2018-01-31 10:00:00+02' AS at, 7::BIGINT AS score, [1, 2] AS note
      UNION ALL SELECT 2, 5.5, 10.5, '31.1.2018', NULL, NULL, NULL`);
    const { rows, rejected, rowsIn } = await loadBytes(typed, file);
    expect(rowsIn).toBe(2);
    expect(rows).toEqual([]);
    expect(rejected.map(({ errors }) => errors.map(({ column }) => column))).toEqual([["price"], ["count", "day"]]);
    expect(rejected[0]?.record).toMatchObject({ at: "2018-01-31 08:00:00+00", note: "[1,2]" });
  });

  test("its columns are those of the contract", async () => {
    const file = await parquet("SELECT 'x' AS note, 1 AS colour");
    await expect(loadBytes(typed, file)).rejects.toThrow(FileProblem);
    const reserved = await parquet("SELECT 1 AS id, 2 AS file_row_number");
    await expect(loadBytes(typed, reserved)).rejects.toThrow(FileProblem);
    await expect(loadBytes(typed, file)).rejects.toThrow('lacks the required column "id"; the contract does not know');
  });

  test("a CSV dataset takes Parquet, too, also within gzip; damaged pages are the file's problem", async () => {
    const file = await parquet("SELECT i::VARCHAR AS id, repeat('x', 1000) || i AS note FROM range(5000) r(i)");
    const csv = contractOf("  note: { type: string }");
    expect(await loadBytes(csv, gzipSync(file))).toMatchObject({ rowsIn: 5000, rowsOut: 5000 });
    const damaged = Buffer.from(file);
    damaged.fill(0x55, 2000, 6000);
    await expect(loadBytes(csv, damaged)).rejects.toThrow(FileProblem);
    for (const end of [8, 1000, file.length - 9]) {
      const cut = Buffer.concat([file.subarray(0, end), file.subarray(-8)]);
      await expect(loadBytes(csv, cut)).rejects.toThrow(FileProblem);
    }
  });

  async function load(file: Buffer, memoryLimitMb = 256) {
    const path = join(directory, "file");
    writeFileSync(path, file);
    const source = { bucket: "drop", key: "a/b.parquet", versionId: "v1" };
    return loadFile({ contract: typed, file: path, outputDirectory: directory, source, memoryLimitMb });
  }

  test("a good file is not blamed for a disk, a memory or a program that fails", async () => {
    const file = await parquet("SELECT i::VARCHAR AS id, repeat(md5(i::VARCHAR), 50) AS note FROM range(50000) r(i)");
    mkdirSync(join(directory, "rows.parquet"));
    await expect(load(file)).rejects.toThrow(/^IO Error: /);
    rmSync(join(directory, "rows.parquet"), { recursive: true });
    await expect(load(file, 2)).rejects.toThrow(/^Out of Memory Error: /);
    const miscount = jest.spyOn(Database.prototype, "copy").mockResolvedValue(1);
    await expect(load(file)).rejects.not.toThrow(FileProblem);
    miscount.mockRestore();
    expect(await load(file)).toMatchObject({ rowsIn: 50000, rowsOut: 50000 });
  });

  test.each([
    ["Invalid Error: TProtocolException: Invalid data", true],
    ["Invalid Input Error: Footer length error in file 'x'", true],
    ['IO Error: Could not read enough bytes from file "x": attempted to read 8 bytes from location 5', true],
    ['IO Error: Could not read from file "x": Invalid argument', true],
    ["Not implemented Error: Unsupported encoding", true],
    ['IO Error: Could not read from file "x": Input/output error', false],
    ['IO Error: Could not write file "x": No space left on device', false],
    ['IO Error: Cannot open file "x": Too many open files', false],
    ["Out of Memory Error: could not allocate block of size 256.0 KiB", false],
    ["Invalid Error: Resource temporarily unavailable", false],
    ["Binder Error: no such column", false],
    ["DuckDB wrote 1 rows, and says that it wrote 2", false],
  ])("%s: the file's fault is %s", (message, isFileFault) => {
    expect(asFileProblem(new Error(message), "x") instanceof FileProblem).toBe(isFileFault);
  });
});
