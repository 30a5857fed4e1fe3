/** The shape of a contract file; everything that needs more than one place of a file to decide is in rules.ts. */
import { z } from "zod";
import { decimalPattern, isColumnType, simpleTypeNames, type TypeKind, typeKind } from "./column-types";
import { classifications, encodings, type Mask, masks } from "./contract";

/** A name that needs no quotes in any of the query engines. */
export const namePattern = /^[a-z][a-z0-9_]{0,62}$/;

/** An issue with a fix, as problems.ts shows it. */
function issue(path: PropertyKey[], message: string, fix: string, input?: unknown) {
  return { code: "custom" as const, path, message, params: { fix }, input };
}

const character = z.string().regex(/^[\t -~]$/, "must be one printable ASCII character or a tab");

const strptime = z
  .string()
  .regex(/%/, "must be a strptime format")
  .describe("A strptime format such as %d/%m/%Y; ISO 8601 when absent.");

const timeFormats = { timestamp_format: strptime.optional(), date_format: strptime.optional() };

const csv = z
  .strictObject({
    type: z.literal("csv"),
    header: z
      .boolean()
      .default(true)
      .describe("Whether the first record names the columns; if not, they come in the order of the contract."),
    delimiter: character.default(",").describe("What stands between two values."),
    quote: character
      .default('"')
      .describe("What stands around values that have delimiters, quotes or line breaks in them."),
    escape: character.default('"').describe("What stands before a quote inside a quoted value."),
    encoding: z
      .enum(encodings)
      .default("utf-8")
      .describe("How characters are written as bytes, where no byte-order mark tells; latin-1 is Windows-1252."),
    nulls: z.array(z.string()).min(1).default([""]).describe("Texts that mean: no value."),
    ...timeFormats,
  })
  .superRefine(({ delimiter, quote, escape: before }, context) => {
    if (/[\w.+-]/.test(delimiter)) {
      context.addIssue(issue(["delimiter"], "could be part of a number or a name", "use for example `,` or `;`"));
    }
    if (delimiter === quote) context.addIssue(issue(["quote"], "is the delimiter, too", 'use for example `"`'));
    if (delimiter === before) context.addIssue(issue(["escape"], "is the delimiter, too", "repeat the quote"));
  });

const format = z.discriminatedUnion("type", [
  csv,
  z.strictObject({ type: z.literal("json"), ...timeFormats }).describe("One array of objects."),
  z.strictObject({ type: z.literal("ndjson"), ...timeFormats }).describe("One object a line."),
  z.strictObject({ type: z.literal("parquet") }),
]);

const columnType = z
  .union([z.enum(simpleTypeNames), z.string().regex(decimalPattern, { abort: true })], {
    error: "is not a column type such as string, int or decimal(10,2)",
  })
  .describe("string, int, bigint, double, boolean, date, timestamp or decimal(precision,scale).");

const bound = z.union([z.number(), z.string()]).optional();

const columnShape = z.strictObject({
  type: columnType,
  description: z
    .string()
    .min(1)
    .optional()
    .describe("What the value is, for people: it becomes the comment in the catalog."),
  required: z.boolean().default(false).describe("Rows without a value are rejected."),
  min: bound.describe("The smallest value allowed: a number, or a date or time in ISO 8601."),
  max: bound.describe("The largest value allowed."),
  pattern: z.string().min(1).optional().describe("A regular expression (RE2) that the whole text matches."),
  values: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional()
    .describe("The only values allowed."),
  classification: z.enum(classifications).optional().describe("The dataset's when absent."),
  mask: z
    .enum(masks)
    .optional()
    .describe(
      "In the masked copy: hash keeps joins possible, redact leaves nothing, partial the last four characters or an e-mail's domain, date_trunc the month.",
    ),
});

/** One column; its rules have to suit its type. */
export const columnSchema = columnShape.superRefine((column, context) => {
  const type = column.type.replace(" ", "");
  if (!isColumnType(type)) return;
  const kind = typeKind(type);
  const isDecimal = /^decimal\((\d+),(\d+)\)$/.exec(type);
  if (isDecimal !== null && Number(isDecimal[2]) > Number(isDecimal[1])) {
    context.addIssue(issue(["type"], "has more digits after the point than in all", "write decimal(precision,scale)"));
  }
  for (const side of ["min", "max"] as const) {
    const value = column[side];
    if (value === undefined) continue;
    if (kind === "text" || kind === "boolean") {
      context.addIssue(issue([side], `does not suit type ${type}`, "remove it, or use `pattern` or `values`"));
    } else if (kind === "number" && (typeof value !== "number" || !Number.isFinite(value))) {
      context.addIssue(issue([side], "must be a number", "write it without quotes"));
    } else if (kind === "time" && (typeof value !== "string" || !isoTime.test(value))) {
      context.addIssue(issue([side], "must be a date or time in ISO 8601", "write for example 2016-01-31"));
    }
  }
  if (typeof column.min === typeof column.max && (column.min ?? 0) > (column.max ?? 0)) {
    context.addIssue(issue(["min"], `is greater than max (${column.max})`, "swap them"));
  }
  if (column.pattern !== undefined) {
    if (kind !== "text") context.addIssue(issue(["pattern"], `does not suit type ${type}`, "use `min` and `max`"));
    const fault = patternFault(column.pattern);
    if (fault !== undefined) context.addIssue(issue(["pattern"], fault, "write a plain regular expression (RE2)"));
  }
  if (column.values !== undefined) {
    const wanted = kind === "text" ? "string" : "number";
    if (kind === "time" || kind === "boolean") {
      context.addIssue(issue(["values"], `does not suit type ${type}`, "remove it"));
    } else if (column.values.some((value) => typeof value !== wanted)) {
      context.addIssue(issue(["values"], `must be a list of ${wanted}s, as the type is ${type}`, "correct the list"));
    }
  }
  const mask = column.mask === undefined ? undefined : maskFault(column.mask, kind, type);
  if (mask !== undefined) context.addIssue(issue(["mask"], mask.message, mask.fix));
});

/** Which types a mask can stand in. */
function maskFault(mask: Mask, kind: TypeKind, type: string): { message: string; fix: string } | undefined {
  const others = kind === "time" ? "use `date_trunc` or `redact`" : "use `redact`";
  if (mask === "hash" && kind !== "text") {
    return { message: `a hash is a text and cannot stand in a column of type ${type}`, fix: others };
  }
  if (mask === "partial" && kind !== "text") {
    return { message: `a part of a text cannot stand in a column of type ${type}`, fix: others };
  }
  if (mask === "date_trunc" && kind !== "time") {
    const fix = kind === "text" ? "use `hash`, `partial` or `redact`" : others;
    return { message: `a month cannot stand in a column of type ${type}`, fix };
  }
  return undefined;
}

const isoTime = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$/;

/** Spark and DuckDB must read the same language: look-around and back-references exist in only one of them. */
function patternFault(pattern: string): string | undefined {
  if (/\(\?(=|!|<=|<!)|\\[1-9]/.test(pattern)) return "uses look-around or back-references, which RE2 does not have";
  try {
    new RegExp(pattern, "u");
    return undefined;
  } catch (error) {
    return `is no regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, "")}`;
  }
}

/** A whole contract file. */
export const contractSchema = z
  .strictObject({
    description: z.string().min(1).describe("What one row is, in a sentence."),
    owner: z.email().describe("The e-mail address of the team that answers for the data."),
    format,
    files: z
      .array(z.string().min(1))
      .default([])
      .describe("Names of the files as their publisher calls them, without their endings."),
    key: z.array(z.string()).min(1).describe("The columns which together identify a row."),
    latest_by: z
      .string()
      .optional()
      .describe(
        "The column that tells which of two records with one key is the later; else the order of loading does.",
      ),
    deleted_by: z
      .string()
      .optional()
      .describe(
        "The column that tells whether (boolean) or since when (date, timestamp) a row is deleted: it leaves the refined tables.",
      ),
    classification: z.enum(classifications).describe("Who may read it: people with at least this clearance."),
    columns: z
      .record(z.string(), columnSchema)
      .refine((columns) => Object.keys(columns).length > 0, "must name at least one column")
      .describe("The columns in the order of the table."),
    quality: z.array(z.string().min(1)).default([]).describe("Data quality rules in DQDL."),
    freshness: z
      .string()
      .regex(/^[1-9]\d*[mhd]$/, "must be a duration such as 90m, 24h or 7d")
      .optional()
      .describe("How old the newest data may be, e.g. 24h."),
    retention: z
      .string()
      .regex(/^[1-9]\d*d$/, "must be a number of days such as 730d")
      .optional()
      .describe("How long rows are kept, e.g. 730d."),
  })
  .meta({ title: "Data contract", description: "One dataset of the lake: domains/<domain>/datasets/<dataset>.yml" });

/** The published JSON Schema with which editors complete and check contracts. */
export function contractJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(contractSchema, { io: "input" }), undefined, 2)}\n`;
}
