/**
 * What a contract demands of a value, as SQL. DuckDB's casts are more generous than a lake can be: they round 10.999 to
 * 11.00, take `2018-01-05x` for a date and ignore `+02:00`. So a text has to be the canonical form of its value (cheap to
 * compare, and what nearly all files contain) or match the type's grammar.
 */
import { decimalDigits, typeNames } from "../../contracts/column-types";
import type { Column, Format } from "../../contracts/contract";
import { identifier, literal } from "./sql";

/** Where a column's values come from: `text` as SQL; `typed` when the file has the right type already. */
export interface ColumnSource {
  readonly column: Column;
  readonly text: string;
  readonly typed?: string;
}

export interface Check {
  readonly reason: string;
  /** A condition, never null, that is true for values which break the rule. */
  readonly broken: string;
}

/** The name of a column's cast value beside its text, which has the column's own name. */
export function valueName(column: Column): string {
  return identifier(`${column.name}$`);
}

const iso = {
  date: String.raw`\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00(\.0+)?)?)?\s*`,
  // Without a zone or in UTC: another offset is no part of a type without zones, and the cast would ignore it.
  timestamp: String.raw`\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?\s*(Z|[+-]00(:?00)?)?)?\s*`,
};

/** The expression that casts a column's text; null where that is impossible. */
export function castExpression(column: Column, format: Format): string {
  const text = identifier(column.name);
  const { duckdb } = typeNames(column.type);
  const strptime = timeFormat(column, format);
  switch (column.type) {
    case "string":
      return text;
    case "boolean":
      return `TRY_CAST(trim(${text}) AS BOOLEAN)`;
    case "date":
      return strptime === undefined
        ? `TRY_CAST(${text} AS DATE)`
        : `TRY_CAST(try_strptime(${text}, ${strptime}) AS DATE)`;
    case "timestamp":
      return strptime === undefined
        ? `TRY_CAST(${text} AS TIMESTAMP)`
        : `CAST(try_strptime(${text}, ${strptime}) AS TIMESTAMP)`;
    default:
      return `TRY_CAST(${text} AS ${duckdb})`;
  }
}

/** All that a column's values have to fulfil, the type first. */
export function checksOf(source: ColumnSource, format: Format): Check[] {
  const { column } = source;
  const value = valueName(column);
  const given = source.typed === undefined ? identifier(column.name) : value;
  const cases = typeCases(source, format);
  const fits = cases === undefined ? "true" : `CASE WHEN ${value} IS NULL THEN false ${cases} END`;
  const present = `${given} IS NOT NULL`;
  return [
    ...(column.required ? [{ reason: "is missing", broken: `${given} IS NULL` }] : []),
    ...(cases === undefined ? [] : [{ reason: typeReason(column, format), broken: `${present} AND NOT ${fits}` }]),
    ...valueRules(column, value).map(({ reason, breaks }) => ({
      reason,
      broken: `${present} AND ${fits} AND ${breaks}`,
    })),
  ];
}

/**
 * One condition for all checks of a column, true for good values and never null. As a chain of cases it stops at the
 * first answer, so that the costly grammars are only asked about texts that are unusual.
 */
export function goodCondition(source: ColumnSource, format: Format): string | undefined {
  const { column } = source;
  const value = valueName(column);
  const given = source.typed === undefined ? identifier(column.name) : value;
  const rules = valueRules(column, value).map(({ breaks }) => `WHEN ${breaks} THEN false`);
  const fits = typeCases(source, format);
  if (rules.length === 0 && fits === undefined) return column.required ? `${given} IS NOT NULL` : undefined;
  const absent = column.required ? "false" : `${given} IS NULL`;
  return `CASE WHEN ${value} IS NULL THEN ${absent} ${rules.join(" ")} ${fits ?? "ELSE true"} END`;
}

/** Cases that tell whether a value, which is not null, is exactly what its text says; undefined when any text will do. */
function typeCases({ column, typed }: ColumnSource, format: Format): string | undefined {
  const text = identifier(column.name);
  const value = valueName(column);
  if (typed !== undefined) return column.type === "double" ? `ELSE isfinite(${value})` : undefined;
  const canonicalOr = (grammar: string) =>
    `WHEN ${value}::VARCHAR = ${text} THEN true ELSE regexp_full_match(${text}, ${literal(grammar)})`;
  const decimal = decimalDigits(column.type);
  if (decimal !== undefined) {
    const { scale } = decimal;
    const fraction = scale === 0 ? String.raw`(\.0*)?` : String.raw`(\.[0-9]{0,${scale}}0*)?`;
    const leadingPoint = String.raw`\.[0-9]{1,${Math.max(scale, 1)}}0*`;
    return canonicalOr(String.raw`\s*[+-]?([0-9]+${fraction}|${scale === 0 ? String.raw`\.0+` : leadingPoint})\s*`);
  }
  switch (column.type) {
    case "string":
    case "boolean":
      return column.type === "string" ? undefined : "ELSE true";
    case "double":
      return `ELSE isfinite(${value}) AND NOT contains(${text}, '_')`;
    case "date":
    case "timestamp": {
      // Infinity, the years before Christ and those after 9999 are dates to DuckDB only.
      const type = column.type.toUpperCase();
      const outside = `${value} NOT BETWEEN ${type} '0001-01-01' AND ${type} '9999-12-31 23:59:59.999999'`;
      const exact = timeFormat(column, format) === undefined ? canonicalOr(iso[column.type]) : "ELSE true";
      return `WHEN ${outside} THEN false ${exact}`;
    }
    default:
      return canonicalOr(String.raw`\s*[+-]?[0-9]+(\.0*)?\s*`);
  }
}

function typeReason(column: Column, format: Format): string {
  const strptime = timeFormat(column, format);
  return strptime === undefined ? `is not ${column.type}` : `is not ${column.type} (${strptime.slice(1, -1)})`;
}

function timeFormat(column: Column, format: Format): string | undefined {
  if (format.type === "parquet") return undefined;
  const written = column.type === "date" ? format.date_format : format.timestamp_format;
  if (written === undefined || (column.type !== "date" && column.type !== "timestamp")) return undefined;
  return literal(written);
}

/** The rules a contract adds to a type, as conditions on a value that is not null. */
function valueRules(column: Column, value: string): { reason: string; breaks: string }[] {
  const rules: { reason: string; breaks: string }[] = [];
  const { duckdb } = typeNames(column.type);
  const typedLiteral = (bound: number | string) =>
    typeof bound === "number" ? `${bound}` : `CAST(${literal(bound)} AS ${duckdb})`;
  if (column.min !== undefined) {
    rules.push({ reason: `is less than ${column.min}`, breaks: `${value} < ${typedLiteral(column.min)}` });
  }
  if (column.max !== undefined) {
    rules.push({ reason: `is greater than ${column.max}`, breaks: `${value} > ${typedLiteral(column.max)}` });
  }
  if (column.pattern !== undefined) {
    const matches = `regexp_full_match(${value}, ${literal(column.pattern)})`;
    rules.push({ reason: `does not match ${column.pattern}`, breaks: `NOT ${matches}` });
  }
  if (column.values !== undefined) {
    const allowed = column.values.map((one) => (typeof one === "string" ? literal(one) : `${one}`)).join(", ");
    rules.push({ reason: `is not one of ${column.values.join(", ")}`, breaks: `${value} NOT IN (${allowed})` });
  }
  return rules;
}
