import fc from "fast-check";
import type { BrokenRecord, RecordSummary } from "../../../lambdas/intake/canonical";
import type { CsvDialect } from "../../../lambdas/intake/csv-careful-reader";
import { CsvRecords } from "../../../lambdas/intake/csv-records";

const standard: CsvDialect = { delimiter: ",", quote: '"', escape: '"' };

const memory = CsvRecords.memory();

interface Reading {
  /** `[number, ...fields]` of each record, read back from the canonical form. */
  readonly records: string[][];
  /** The line of the file in which each of them begins. */
  readonly lineNumbers: number[];
  readonly broken: BrokenRecord[];
  readonly summary: RecordSummary;
}

/** Reads a file that comes in pieces of some size. */
function read(content: string | Buffer, fields: number, dialect = standard, pieceSize = 1 << 20): Reading {
  const bytes = Buffer.from(content as string);
  let lines = "";
  const broken: BrokenRecord[] = [];
  const sink = {
    write: (written: Uint8Array) => {
      lines += Buffer.from(written).toString("utf8");
    },
    reject: (record: BrokenRecord) => broken.push(record),
  };
  const reader = new CsvRecords(dialect, fields, sink, memory);
  for (let at = 0; at < bytes.length; at += pieceSize) reader.push(bytes.subarray(at, at + pieceSize));
  const summary = reader.finish();
  const written = lines.split("\n").slice(0, -1);
  const canonical = written.map((line) => fieldsOf(line, dialect));
  return {
    records: canonical.map(([row = "", , ...values]) => [row, ...values]),
    lineNumbers: canonical.map(([row, linesAhead]) => Number(row) + Number(linesAhead)),
    broken,
    summary,
  };
}

/** A parser of one canonical line that is too simple to be wrong. */
function fieldsOf(line: string, { delimiter, quote }: CsvDialect): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (quoted && character === quote && line[at + 1] === quote) field += line[++at];
    else if (character === quote) quoted = !quoted;
    else if (character === delimiter && !quoted) {
      fields.push(field);
      field = "";
    } else field += character;
  }
  fields.push(field);
  const unescaped = (text: string) =>
    text.replaceAll("\x1an", "\n").replaceAll("\x1ar", "\r").replaceAll("\x1az", "\x1a");
  return fields.map(unescaped);
}

function rowsOf({ broken }: Reading): [number, string, string][] {
  return broken.map(({ row, line, reasons }) => [row, line, reasons.join("; ")]);
}

test("records are numbered from 1, and empty lines are none", () => {
  const { records, summary } = read("a,b\n\nc,d\r\n\r\ne,f", 2);
  expect(records).toEqual([
    ["1", "a", "b"],
    ["2", "c", "d"],
    ["3", "e", "f"],
  ]);
  expect(summary).toMatchObject({ records: 3, broken: 0, escaped: false });
});

test("values keep quotes, delimiters, line breaks, blanks and odd characters", () => {
  const { records, summary } = read('"a ""x"", y","l1\nl2\r\nl3"\n b" ,"\x1an"\n"", "q"\na\rb,c\n', 2);
  expect(records).toEqual([
    ["1", 'a "x", y', "l1\nl2\r\nl3"],
    ["2", ' b" ', "\x1an"],
    ["3", "", ' "q"'],
    ["4", "a\rb", "c"],
  ]);
  expect(summary.escaped).toBe(true);
});

test("a broken record is rejected with its text and reasons, and the numbers of the others stay right", () => {
  const content = 'a,b\nonly one\n"x\ny",z\n1,2,3\n"q"r,s\nlast,one\n';
  const reading = read(content, 2);
  expect(rowsOf(reading)).toEqual([
    [2, "only one", "has 1 field instead of 2"],
    [4, "1,2,3", "has 3 fields instead of 2"],
    [5, '"q"r,s', "has text after a closing quote"],
  ]);
  expect(reading.records.map(([row]) => row)).toEqual(["1", "3", "6"]);
  expect(reading.summary).toMatchObject({ records: 6, broken: 3 });
});

test("each record knows its line, whatever stood before it", () => {
  const lines = ["h1,h2", "", "a,b", '"c', '",d', "", "e", "f,g", '"h"i,j', "k,l", "m,n,o", '"p', 'q,r"', "s,t,u"];
  const dialect = { ...standard };
  const broken: BrokenRecord[] = [];
  let written = "";
  const sink = {
    write: (bytes: Uint8Array) => {
      written += Buffer.from(bytes).toString("utf8");
    },
    reject: (record: BrokenRecord) => broken.push(record),
  };
  const reader = new CsvRecords(dialect, (names) => names.length, sink, memory);
  for (const byte of Buffer.from(lines.join("\r\n"))) reader.push(Uint8Array.of(byte));
  reader.finish();
  const kept = written
    .split("\n")
    .slice(0, -1)
    .map((line) => fieldsOf(line, dialect));
  expect(kept.map(([row, ahead, first]) => [first, Number(row) + Number(ahead)])).toEqual([
    ["a", 3],
    ["c\r\n", 4],
    ["f", 8],
    ["k", 10],
  ]);
  expect(broken.map(({ line, lineNumber }) => [line, lineNumber])).toEqual([
    ["e", 7],
    ['"h"i,j', 9],
    ["m,n,o", 11],
    ['"p\r\nq,r"', 12],
    ["s,t,u", 14],
  ]);
});

test("a lost quote costs its line, not the rest of the file", () => {
  const reading = read('a,b\n"lost,c\nd,e\n"f",g\n', 2);
  expect(rowsOf(reading)).toEqual([[2, '"lost,c', "has text after a closing quote"]]);
  expect(reading.records.map(([row, first]) => [row, first])).toEqual([
    ["1", "a"],
    ["3", "d"],
    ["4", "f"],
  ]);
});

test("an unfinished last line is rejected, an unfinished last line break is not", () => {
  expect(rowsOf(read('a,b\nc,"d', 2))).toEqual([[2, 'c,"d', "has a quote that is never closed"]]);
  expect(rowsOf(read("a,b\nc", 2))).toEqual([[2, "c", "has 1 field instead of 2"]]);
  expect(read("a,b\nc,d", 2).records).toHaveLength(2);
  expect(read("a,b\nc,d\r", 2).records).toHaveLength(2);
});

test("what is not UTF-8 or has NUL bytes is rejected record by record", () => {
  const bytes = Buffer.concat([Buffer.from("a,ç\nb,"), Buffer.from([0xe7]), Buffer.from("\nc,\0\nd,é\n")]);
  const reading = read(bytes, 2);
  expect(rowsOf(reading)).toEqual([
    [2, "b,\ufffd", "is not UTF-8"],
    [3, "c,\0", "contains a NUL byte"],
  ]);
  expect(reading.records).toEqual([
    ["1", "a", "ç"],
    ["4", "d", "é"],
  ]);
});

test("records of up to two megabytes are read, longer lines are rejected without being kept whole", () => {
  const long = "x".repeat(2 * 1024 * 1024 - 2);
  const reading = read(`a,${long}\nb,${long}xx\nc,d\n`, 2, standard, 100_000);
  expect(reading.records.map(([row, , value]) => [row, value?.length])).toEqual([
    ["1", long.length],
    ["3", 1],
  ]);
  expect(reading.broken).toEqual([
    {
      row: 2,
      lineNumber: 2,
      line: expect.stringMatching(/^b,x{65534}$/),
      reasons: [expect.stringContaining("longer than 2 MiB")],
    },
  ]);
  expect(reading.lineNumbers).toEqual([1, 3]);
});

test("other dialects", () => {
  const semicolons = { delimiter: ";", quote: "'", escape: "\\" };
  expect(read("a,b;'c\\';\\\\d\\n'\n'x''y';z\n", 2, semicolons)).toMatchObject({
    records: [["1", "a,b", "c';\\d\\n"]],
    broken: [{ row: 2, line: "'x''y';z", reasons: ["has text after a closing quote"] }],
  });
  expect(read('a\t"b\tc"\n', 2, { ...standard, delimiter: "\t" }).records).toEqual([["1", "a", "b\tc"]]);
});

test("an escape character is noticed wherever it stands among ordinary ones", () => {
  const dialect = { ...standard, escape: "\\" };
  for (let before = 0; before < 8; before++) {
    const [ahead, behind] = ["x".repeat(before), "y".repeat(20)];
    expect(read(`"${ahead}\\\\${behind}",b\n`, 2, dialect).records).toEqual([["1", `${ahead}\\${behind}`, "b"]]);
  }
});

/** Values with everything that makes CSV hard. */
const nasty = fc.string({
  unit: fc.constantFrom(
    "a",
    "b",
    "1",
    ",",
    ";",
    '"',
    "'",
    "\\",
    "\n",
    "\r",
    "\x1a",
    "n",
    "z",
    "ç",
    "😀",
    " ",
    "\t",
    "long text ",
  ),
  maxLength: 12,
});

const dialects = fc.constantFrom<CsvDialect>(
  standard,
  { delimiter: ";", quote: "'", escape: "'" },
  { delimiter: "\t", quote: '"', escape: "\\" },
);

/** Writes a field, quoted where it must be or where `force` wants it. */
function written(value: string, force: boolean, dialect: CsvDialect): string {
  const { delimiter, quote } = dialect;
  const special = [delimiter, quote, "\n", "\r"].some((character) => value.includes(character));
  if (!special && !force) return value;
  const inside = dialect.escape === quote ? value : value.replaceAll(dialect.escape, dialect.escape.repeat(2));
  return quote + inside.replaceAll(quote, dialect.escape + quote) + quote;
}

test("whatever values a file has, however it is cut into pieces, they come out as they were", () => {
  const rows = fc.array(fc.array(fc.tuple(nasty, fc.boolean()), { minLength: 3, maxLength: 3 }), { maxLength: 30 });
  const ends = fc.constantFrom("\n", "\r\n");
  fc.assert(
    fc.property(rows, dialects, ends, fc.integer({ min: 1, max: 40 }), (table, dialect, end, pieceSize) => {
      const line = (row: [string, boolean][]) => row.map(([value, force]) => written(value, force, dialect));
      const text = (row: [string, boolean][]) => line(row).join(dialect.delimiter) + end;
      const content = table.map(text).join("");
      const { records, broken, lineNumbers } = read(content, 3, dialect, pieceSize);
      expect(broken).toEqual([]);
      const begins = table.map((_, index) => table.slice(0, index).map(text).join("").split("\n").length);
      expect(lineNumbers).toEqual(begins);
      expect(records).toEqual(table.map((row, index) => [String(index + 1), ...row.map(([value]) => value)]));
    }),
    { numRuns: 500 },
  );
});

test("any bytes at all: every record is either kept or rejected, whatever the pieces", () => {
  const bytes = fc.array(fc.constantFrom(...Buffer.from('ab,,"\n\n\r\\'), 0, 0x1a, 0xc3, 0xa7, 0xff), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(bytes, dialects, fc.integer({ min: 1, max: 50 }), (content, dialect, pieceSize) => {
      const whole = read(Buffer.from(content), 2, dialect);
      const inPieces = read(Buffer.from(content), 2, dialect, pieceSize);
      expect(inPieces.records).toEqual(whole.records);
      expect(inPieces.broken).toEqual(whole.broken);
      const numbers = [...whole.records.map(([row]) => Number(row)), ...whole.broken.map(({ row }) => row)];
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: whole.summary.records }, (_, i) => i + 1));
      for (const record of whole.records) expect(record).toHaveLength(3);
    }),
    { numRuns: 2000 },
  );
});
