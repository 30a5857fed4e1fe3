import { contractOf, type Loaded, loadBytes } from "./support";

/** Loads one text after the other as values of one column. */
async function loadValues(column: string, values: readonly string[], format?: string): Promise<Loaded> {
  const lines = values.map((value, index) => `${index},"${value.replaceAll('"', '""')}"\n`);
  return loadBytes(contractOf(`  value: ${column}`, format), `id,value\n${lines.join("")}`);
}

/** Text -> the value it became, or the reasons why it was rejected. */
async function outcomes(column: string, values: readonly string[], format?: string): Promise<Record<string, unknown>> {
  const { rows, rejected, rowsIn, rowsOut, rowsQuarantined } = await loadValues(column, values, format);
  expect([rowsIn, rowsOut + rowsQuarantined]).toEqual([values.length, values.length]);
  const accepted = rows.map(({ id, value }) => [values[Number(id)], value]);
  const refused = rejected.map(({ record, errors }) => [record?.value, errors.map(({ reason }) => reason).join("; ")]);
  return Object.fromEntries([...accepted, ...refused]);
}

test("int: whole numbers within the type, never rounded", async () => {
  const no = "is not int";
  expect(
    await outcomes("{ type: int }", [
      ...["0", "-5", "+5", "007", "225.0", " 12 ", "2147483647"],
      ...["1.5", "1e3", "1_000", "0x1F", "1,000", "2147483648", "x", "-", ".0"],
    ]),
  ).toEqual({
    ...{ "0": 0, "-5": -5, "+5": 5, "007": 7, "225.0": 225, " 12 ": 12, "2147483647": 2147483647 },
    ...{ "1.5": no, "1e3": no, "1_000": no, "0x1F": no, "1,000": no, "2147483648": no, x: no, "-": no, ".0": no },
  });
});

test("bigint: beyond what JavaScript can count", async () => {
  expect(await outcomes("{ type: bigint }", ["9223372036854775807", "9223372036854775808", "-1"])).toEqual({
    "9223372036854775807": "9223372036854775807",
    "9223372036854775808": "is not bigint",
    "-1": "-1",
  });
});

test("decimal: digits beyond the scale are refused unless they are zeros", async () => {
  const no = "is not decimal(10,2)";
  expect(
    await outcomes('{ type: "decimal(10,2)" }', [
      ...["58.90", "58.9", "58", "10.990", ".5", "5.", "-0.01", " 1.1 ", "99999999.99"],
      ...["10.999", "1.005", "1e2", "1_0", "100000000.00", "NaN", "1,5", "."],
    ]),
  ).toEqual({
    ...{ "58.90": "58.90", "58.9": "58.90", "58": "58.00", "10.990": "10.99", ".5": "0.50", "5.": "5.00" },
    ...{ "-0.01": "-0.01", " 1.1 ": "1.10", "99999999.99": "99999999.99" },
    ...{ "10.999": no, "1.005": no, "1e2": no, "1_0": no, "100000000.00": no, NaN: no, "1,5": no, ".": no },
  });
  const whole = await outcomes('{ type: "decimal(38,0)" }', [
    "12345678901234567890123456789012345678",
    "1.0",
    "1.5",
    ".0",
  ]);
  expect(whole).toEqual({
    "12345678901234567890123456789012345678": "12345678901234567890123456789012345678",
    "1.0": "1",
    "1.5": "is not decimal(38,0)",
    ".0": "0",
  });
});

test("double: finite numbers", async () => {
  const no = "is not double";
  expect(
    await outcomes("{ type: double }", ["-23.545621", "1e3", ".5", "NaN", "inf", "-Infinity", "1e400", "1_0.5", "x"]),
  ).toEqual({
    ...{ "-23.545621": -23.545621, "1e3": 1000, ".5": 0.5 },
    ...{ NaN: no, inf: no, "-Infinity": no, "1e400": no, "1_0.5": no, x: no },
  });
});

test("boolean: the usual words, in any case", async () => {
  const yes = ["true", "True", "TRUE", "t", "yes", "Y", "1", " true "];
  const no = ["false", "False", "f", "no", "N", "0"];
  const bad = ["maybe", "2", "on"];
  expect(await outcomes("{ type: boolean }", [...yes, ...no, ...bad])).toEqual(
    Object.fromEntries([
      ...yes.map((text) => [text, true]),
      ...no.map((text) => [text, false]),
      ...bad.map((text) => [text, "is not boolean"]),
    ]),
  );
});

test("date: ISO 8601, days that exist, and no time that would get lost", async () => {
  const no = "is not date";
  expect(
    await outcomes("{ type: date }", [
      ...["2018-01-31", " 2018-01-31", "2018-01-31 00:00:00", "2018-01-31T00:00", "0001-01-01", "9999-12-31"],
      ...["2018-02-30", "2018-1-5", "2018/01/31", "2018-01-31x", "2018-01-31 10:00:00", "31/01/2018", "18-01-05"],
      ...["infinity", "epoch", "0000-01-01", "12018-01-05", "2018-01-05 (BC)", "-2018-01-05"],
    ]),
  ).toEqual({
    ...{ "2018-01-31": "2018-01-31", " 2018-01-31": "2018-01-31", "2018-01-31 00:00:00": "2018-01-31" },
    ...{ "2018-01-31T00:00": "2018-01-31", "0001-01-01": "0001-01-01", "9999-12-31": "9999-12-31" },
    ...{ "2018-02-30": no, "2018-1-5": no, "2018/01/31": no, "2018-01-31x": no, "2018-01-31 10:00:00": no },
    ...{ "31/01/2018": no, "18-01-05": no, infinity: no, epoch: no, "0000-01-01": no, "12018-01-05": no },
    ...{ "2018-01-05 (BC)": no, "-2018-01-05": no },
  });
});

test("timestamp: ISO 8601 without a zone or in UTC, never an offset that would be ignored", async () => {
  const no = "is not timestamp";
  const ten = "2018-01-05 10:00:00";
  expect(
    await outcomes("{ type: timestamp }", [
      ...[ten, "2018-01-05T10:00:00", "2018-01-05T10:00:00Z", "2018-01-05 10:00:00+00:00", "2018-01-05 10:00"],
      ...["2018-01-05", "2018-01-05 10:00:00.5", "2018-01-05 10:00:00.123456000", " 2018-01-05 10:00:00 "],
      ...["2018-01-05 10:00:00+02", "2018-01-05 10:00+02", "2018-01-05 10:00:00-03:00", "2018-01-05 10:00:00.1234567"],
      ...["2018-01-05 25:00:00", "2018-02-30 00:00:00", "20180105 100000", "1515146400", "infinity", "x"],
      ...["2018-01-05 10:00:00 PM", "2018-01-05 (BC) 10:00:00"],
    ]),
  ).toEqual({
    ...{ [ten]: ten, "2018-01-05T10:00:00": ten, "2018-01-05T10:00:00Z": ten, "2018-01-05 10:00:00+00:00": ten },
    ...{ "2018-01-05 10:00": ten, "2018-01-05": "2018-01-05 00:00:00", "2018-01-05 10:00:00.5": `${ten}.5` },
    ...{ "2018-01-05 10:00:00.123456000": `${ten}.123456`, " 2018-01-05 10:00:00 ": ten },
    ...{ "2018-01-05 10:00:00+02": no, "2018-01-05 10:00+02": no, "2018-01-05 10:00:00-03:00": no },
    ...{ "2018-01-05 10:00:00.1234567": no, "2018-01-05 25:00:00": no, "2018-02-30 00:00:00": no },
    ...{ "20180105 100000": no, "1515146400": no, infinity: no, x: no, "2018-01-05 10:00:00 PM": no },
    ...{ "2018-01-05 (BC) 10:00:00": no },
  });
});

test("dates and times in a declared format", async () => {
  const format = '{ type: csv, date_format: "%d/%m/%Y", timestamp_format: "%d/%m/%Y %H:%M%z" }';
  expect(await outcomes("{ type: date }", ["31/01/2018", "2018-01-31", "31/01/2018 x", "30/02/2018"], format)).toEqual({
    "31/01/2018": "2018-01-31",
    "2018-01-31": "is not date (%d/%m/%Y)",
    "31/01/2018 x": "is not date (%d/%m/%Y)",
    "30/02/2018": "is not date (%d/%m/%Y)",
  });
  expect(await outcomes("{ type: timestamp }", ["31/01/2018 10:00+0200", "31/01/2018"], format)).toEqual({
    "31/01/2018 10:00+0200": "2018-01-31 08:00:00",
    "31/01/2018": "is not timestamp (%d/%m/%Y %H:%M%z)",
  });
});

test("strings are kept as they are, leading zeros and blanks included", async () => {
  const values = ["01151", " a ", "NULL", "null", "\\N", "ç😀", "a\nb", "a\r\nb", "\x1a", "\x1an", "\t", "'", "a,b"];
  expect(await outcomes("{ type: string }", values)).toEqual(Object.fromEntries(values.map((value) => [value, value])));
});

test("nothing is null except what the format says", async () => {
  const { rows } = await loadValues("{ type: string }", ["", "NA", "x"]);
  expect(rows.map(({ value }) => value)).toEqual([null, "NA", "x"]);
  const declared = await loadValues("{ type: int }", ["", "NA", "1"], '{ type: csv, nulls: ["", NA] }');
  expect(declared.rows.map(({ value }) => value)).toEqual([null, null, 1]);
  const text = await loadValues("{ type: string }", ["", "-"], '{ type: csv, nulls: ["-"] }');
  expect(text.rows.map(({ value }) => value)).toEqual(["", null]);
});

test("required, min, max, pattern and values, and all of a value's problems together", async () => {
  expect(await outcomes("{ type: int, required: true }", ["", "1"])).toMatchObject({ null: "is missing", "1": 1 });
  expect(await outcomes("{ type: int, min: 1, max: 5 }", ["0", "1", "5", "6", "", "x"])).toEqual({
    ...{ "0": "is less than 1", "1": 1, "5": 5, "6": "is greater than 5", "": null, x: "is not int" },
  });
  expect(await outcomes('{ type: "decimal(4,2)", min: 0.5 }', ["0.49", "0.50", "0.499"])).toEqual({
    ...{ "0.49": "is less than 0.5", "0.50": "0.50", "0.499": "is not decimal(4,2)" },
  });
  const first = { type: "date", min: "2016-01-01" };
  expect(await outcomes(JSON.stringify(first), ["2015-12-31", "2016-01-01"])).toEqual({
    ...{ "2015-12-31": "is less than 2016-01-01", "2016-01-01": "2016-01-01" },
  });
  expect(
    await outcomes('{ type: string, pattern: "[A-Z]{2}", values: [SP, RJ, sp] }', ["SP", "sp", "XX", "SPX"]),
  ).toEqual({
    ...{ SP: "SP", sp: "does not match [A-Z]{2}", XX: "is not one of SP, RJ, sp" },
    SPX: "does not match [A-Z]{2}; is not one of SP, RJ, sp",
  });
  expect(await outcomes("{ type: int, values: [1, 2] }", ["1", "2", "3"])).toEqual({
    ...{ "1": 1, "2": 2, "3": "is not one of 1, 2" },
  });
});

test("texts of rules cannot break out of the SQL", async () => {
  const [single, double] = ["' OR '1'='1", '"x'];
  const column = JSON.stringify({ type: "string", pattern: `["']+.*`, values: [single, double] });
  const found = await outcomes(column, [single, double, "x"]);
  expect([found[single], found[double]]).toEqual([single, double]);
  expect(found.x).toContain("does not match");
});
