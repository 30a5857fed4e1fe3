/** Whole files: what they may look like, and when they are refused. */
import { deflateSync, gzipSync } from "node:zlib";
import { FileProblem } from "../../../lambdas/intake/errors";
import { contractOf, loadBytes, salesContract } from "./support";

const contract = contractOf("  name: { type: string }\n  size: { type: int }");
const expected = [
  { id: "1", name: "é", size: 5 },
  { id: "2", name: null, size: null },
];

async function idNameSize(content: string | Uint8Array, format?: string) {
  const used = format === undefined ? contract : { ...contract, format: contractOf("", format).format };
  const { rows, rowsIn } = await loadBytes(used, content);
  expect(rowsIn).toBe(rows.length);
  return rows.map(({ id, name, size }) => ({ id, name, size }));
}

const csv = "id,name,size\n1,é,5\n2,,\n";

test.each([
  ["plain", csv],
  ["without a last line break", csv.slice(0, -1)],
  ["with CRLF", csv.replaceAll("\n", "\r\n")],
  ["with empty lines before, between and after", `\n${csv.replaceAll("\n", "\n\n")}\n`],
  ["with a byte-order mark", `\ufeff${csv}`],
  ["gzip", gzipSync(csv)],
  ["gzip of several members", Buffer.concat([gzipSync(csv.slice(0, 15)), gzipSync(csv.slice(15))])],
  ["gzip with a byte-order mark and CRLF", gzipSync(`\ufeff${csv.replaceAll("\n", "\r\n")}`)],
  ["every value quoted", '"id","name","size"\n"1","é","5"\n"2","",""\n'],
  ["columns in another order", "size,id,name\n5,1,é\n,2,\n"],
  ["names in another spelling", " ID ,Name,SIZE\n1,é,5\n2,,\n"],
  ["UTF-16 that says so", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(csv, "utf16le")])],
  ["UTF-16 of the other kind", Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(csv, "utf16le").swap16()])],
  ["objects, one a line", '{"id":"1","name":"é","size":5}\n\n{"id":"2"}\n'],
  ["an array of objects", '[{"id":"1","name":"é","size":5},\n {"id":"2","name":null}]'],
])("%s", async (_, content) => {
  expect(await idNameSize(content)).toEqual(expected);
});

test("encodings that the contract declares", async () => {
  expect(await idNameSize(Buffer.from(csv, "latin1"), "{ type: csv, encoding: latin-1 }")).toEqual(expected);
  expect(await idNameSize(Buffer.from(csv, "utf16le"), "{ type: csv, encoding: utf-16 }")).toEqual(expected);
  const euro = Buffer.concat([Buffer.from("id,name,size\n1,"), Buffer.from([0x80]), Buffer.from(",\n")]);
  expect((await idNameSize(euro, "{ type: csv, encoding: latin-1 }"))[0]?.name).toBe("€");
});

test("without a header the columns come in the order of the contract", async () => {
  expect(await idNameSize("1,é,5\n2,,\n", "{ type: csv, header: false }")).toEqual(expected);
});

test("a dialect of its own", async () => {
  const format = "{ type: csv, delimiter: ';', quote: \"'\", escape: '\\', nulls: ['-'] }";
  const { rows } = await loadBytes(
    contractOf("  name: { type: string }", format),
    "id;name\n'1';'it\\'s; ok'\n2;-\n3;\n",
  );
  expect(rows.map(({ name }) => name)).toEqual(["it's; ok", null, ""]);
});

test("a header without rows is a file with no rows", async () => {
  const { rowsIn, rowsOut, rowsQuarantined, output, rejects } = await loadBytes(contract, "id,name,size\n");
  expect({ rowsIn, rowsOut, rowsQuarantined, output, rejects }).toEqual({ rowsIn: 0, rowsOut: 0, rowsQuarantined: 0 });
});

test("an optional column may be absent and is null then", async () => {
  expect(await idNameSize("id,size\n1,5\n")).toEqual([{ id: "1", name: null, size: 5 }]);
});

test.each<[string, string | Uint8Array, string]>([
  ["an empty file", "", "it is empty"],
  ["a byte-order mark and nothing else", "\ufeff", "it is empty"],
  ["only empty lines", "\n\r\n", "it is empty: not even a header"],
  ["gzip of nothing", gzipSync(""), "it is empty"],
  [
    "an unfinished gzip",
    gzipSync(csv.repeat(100)).subarray(0, 60),
    "it is not readable as gzip: unexpected end of file",
  ],
  ["a damaged gzip", Buffer.concat([gzipSync(csv).subarray(0, 12), deflateSync("x")]), "it is not readable as gzip"],
  ["a zip archive", Buffer.from("504b030414000000", "hex"), "it is a zip archive"],
  ["a missing required column", "name,size\né,5\n", 'it lacks the required column "id"'],
  ["an unknown column", "id,name,size,colour\n1,é,5,red\n", 'the contract does not know its column "colour"'],
  ["a misspelt column", "id,nmae,size\n1,é,5\n", 'its column "nmae" (meant name?)'],
  ["a repeated column", "id,name,Name,size\n1,é,x,5\n", 'it has more than one of column "Name"'],
  [
    "everything at once",
    "name,name,x\n",
    'it lacks the required column "id"; the contract does not know its column "x"; it',
  ],
  ["another table", "a,b\n1,2\n", "it has no header, or not that of test/things"],
  ["no header", "1,é,5\n", 'it begins with "1", "é", "5"'],
  ["a header with a lost quote", '"id,name\n1,2\n', "its header cannot be read"],
  [
    "lines that end with a carriage return alone",
    "id,name,size\r1,é,5\r",
    "its lines end with a carriage return alone",
  ],
  ["UTF-16 that nobody declared", Buffer.from(csv, "utf16le"), "it has NUL bytes"],
  ["a damaged Parquet file", "PAR1 and nothing more", "it is not readable as Parquet"],
  ["an unfinished array", '[{"id":"1"}, {"id":', "its JSON array has no end"],
  ["something behind an array", '[{"id":"1"}] x', "something stands outside the brackets"],
])("%s is refused as a whole", async (_, content, reason) => {
  const loading = loadBytes(contract, content);
  await expect(loading).rejects.toThrow(FileProblem);
  await expect(loading).rejects.toThrow(reason);
});

test("of a thousand faults in a header the first are named and the others counted", async () => {
  const unknown = Array.from({ length: 1000 }, (_, index) => `column_${index}`);
  const loading = loadBytes(contract, `id,name,size,${unknown.join(",")}\n`);
  await expect(loading).rejects.toThrow(/"column_8", "column_9" and 990 more$/);
});

test("a file of another format than the contract's is refused", async () => {
  const formatted = (type: string) => ({ ...contract, format: { type } }) as typeof contract;
  await expect(loadBytes(formatted("parquet"), csv)).rejects.toThrow("it is no Parquet file");
  await expect(loadBytes(formatted("ndjson"), csv)).rejects.toThrow('it is not JSON: it begins with "i"');
  const odd = { ...contract, format: { ...contract.format, encoding: "utf-16" } } as typeof contract;
  await expect(loadBytes(odd, Buffer.from("00d800d8", "hex"))).rejects.toThrow("it is not valid utf-16le");
});

test("numbers of records are exact around multi-line values and broken records", async () => {
  const reviews = salesContract("order_reviews");
  const names = reviews.columns.map(({ name }) => name).join(",");
  const day = "2018-01-18 00:00:00";
  // Written record by record, so that the expectation needs no parser.
  const records = [
    { text: `r1,o1,5,,"first line\nsecond, ""line""\n\nthird",${day},${day}`, fate: "kept" },
    { text: "r2,o2,5", fate: "has 3 fields instead of 7" },
    { text: `r3,o3,4,"t\r\n2",x,${day},`, fate: "kept" },
    { text: `r4,o4,9,,,${day},${day}`, fate: "is greater than 5" },
    { text: `"r5"x,o5,4,,,${day},${day}`, fate: "has text after a closing quote" },
    { text: `r6,o6,1,,"a\nb\nc",${day},${day},too,many`, fate: "has 9 fields instead of 7" },
    { text: `r7,o7,1,,"a\nb\nc",${day},${day}`, fate: "kept" },
    { text: `r8,o8,1,,"\n",${day},yesterday`, fate: "is not timestamp" },
    { text: `r9,o9,1,,never closed,${day},"${day}`, fate: "has a quote that is never closed" },
  ];
  const loaded = await loadBytes(reviews, `${names}\n${records.map(({ text }) => text).join("\n")}`);
  const numbered = records.map(({ fate }, index) => ({ fate, number: index + 1 }));
  expect(loaded.rows.map(({ _source_row }) => Number(_source_row))).toEqual(
    numbered.filter(({ fate }) => fate === "kept").map(({ number }) => number),
  );
  const begins = records.map((_, index) => {
    const before = [names, ...records.slice(0, index).map(({ text }) => text)];
    return before.join("\n").split("\n").length + 1;
  });
  expect(
    loaded.rejected.map(({ row, line_number, errors }) => ({
      number: row,
      line: line_number,
      fate: errors[0]?.reason,
    })),
  ).toEqual(
    numbered
      .filter(({ fate }) => fate !== "kept")
      .map(({ number, fate }) => ({ number, line: begins[number - 1], fate })),
  );
  expect(loaded.rows[0]?.review_comment_message).toBe('first line\nsecond, "line"\n\nthird');
  expect(loaded.rows[1]?.review_comment_title).toBe("t\r\n2");
  expect(loaded.rejected.find(({ row }) => row === 6)?.line).toBe(records[5]?.text);
  expect(loaded.rejected.find(({ row }) => row === 8)?.record?.review_comment_message).toBe("\n");
});

test("the most frequent reasons are told with their numbers", async () => {
  const { reasons } = await loadBytes(contract, "id,name,size\n1,a,x\n2,b,y\n,c,1\n4\n");
  expect(reasons).toEqual(["size: is not int (2)", "has 1 field instead of 3 (1)", "id: is missing (1)"]);
});
