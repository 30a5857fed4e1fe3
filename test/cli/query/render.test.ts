import { pointInto } from "../../../cli/query/place";
import { describe as describeExecution, toCsv, toDocument } from "../../../cli/query/render";

const execution = {
  id: "q",
  columns: [
    { name: "name", type: "varchar" },
    { name: "n", type: "bigint" },
    { name: "n", type: "double" },
    { name: "ok", type: "boolean" },
    { name: "price", type: "decimal" },
  ],
  rows: [
    ['a, "b"', "9007199254740993", "0.5", "true", "1.50"],
    [null, "7", "NaN", "false", null],
    ["two\nlines", "8", null, null, "10.00"],
  ],
  isCut: true,
  scannedBytes: 1_500_000,
  milliseconds: 440,
};

test("a table has numbers below each other, and says what was read", () => {
  expect(describeExecution(execution)).toBe(
    [
      "name       n                 n    ok     price",
      "---------  ----------------  ---  -----  -----",
      'a, "b"     9007199254740993  0.5  true    1.50',
      "-                         7  NaN  false      -",
      "two⏎lines                 8    -  -      10.00",
      "",
      "the first 3 rows, 1.5 MB read, 0.4 s",
    ]
      .join("\n")
      .replace("name       n                 n  ", "name                      n    n"),
  );
  expect(describeExecution({ ...execution, columns: [], rows: [], isCut: false })).toBe("0 rows, 1.5 MB read, 0.4 s");
});

test("CSV quotes what has to be, and tells an empty text from no value", () => {
  expect(toCsv(execution)).toBe(
    'name,n,n,ok,price\n"a, ""b""",9007199254740993,0.5,true,1.50\n,7,NaN,false,\n"two\nlines",8,,,10.00',
  );
  expect(toCsv({ columns: [{ name: "x", type: "varchar" }], rows: [[""], [null]] })).toBe('x\n""\n');
});

test("JSON has numbers where they lose nothing, and hides no column behind another", () => {
  expect(toDocument(execution)).toMatchObject({
    rows: [
      { name: 'a, "b"', n: "9007199254740993", n_2: 0.5, ok: true, price: "1.50" },
      { name: null, n: 7, n_2: "NaN", ok: false, price: null },
      { name: "two\nlines", n: 8, n_2: null, ok: null, price: "10.00" },
    ],
  });
});

test.each([
  ["no place", "no place"],
  ["line 9:1: behind the end", "line 9:1: behind the end"],
  ["X: line 1:3: wrong", "X: line 1:3: wrong\n  1 | SELECT\n    |   ^"],
  ["X: line 12:1: wrong", "X: line 12:1: wrong\n  11 | x\n  12 | x\n     | ^"],
])("%j is shown in the statement", (reason, shown) => {
  expect(pointInto(["SELECT", ...Array(reason.includes("12") ? 11 : 1).fill("x")].join("\n"), reason)).toBe(shown);
});
