/** How DuckDB reads what was prepared. */
import type { Column, Contract } from "../../contracts/contract";
import { escapeByte, escapedCharacters } from "./canonical";
import type { Database } from "./database";
import { FileProblem, messageOf } from "./errors";
import { matchHeader } from "./header";
import type { CanonicalFile } from "./prepare";
import type { Check, ColumnSource } from "./rules";
import { identifier, literal, literals } from "./sql";

/** Rows to be checked. */
export interface Input {
  /** A query that answers `_source_row` and the fields that the columns refer to. */
  readonly query: string;
  /** The number of the line in which a record begins as SQL; null where there are no lines. */
  readonly lineNumber: string;
  readonly columns: readonly ColumnSource[];
  readonly extraChecks: readonly Check[];
  /** All records of the file, counted by other means than the query. */
  readonly records: number;
  /** How many of them the query leaves out, because they are broken, and where those are. */
  readonly broken: number;
  readonly brokenPath?: string;
  /** What an error of the query means, where it may be the file's own fault. */
  readonly explain: (error: unknown) => unknown;
}

/** Reads canonical records: everything is said, nothing is left for DuckDB to detect. */
export function canonicalInput(contract: Contract, file: CanonicalFile): Input {
  const position = new Map(file.fields.map((column, index) => [column.name, `f${index}`]));
  const fields = file.fields.map((_, index) => `f${index}`);
  const texts = [...fields, ...(file.namesUnknownFields ? ["unknown"] : [])].map((name) => `${name}: 'VARCHAR'`);
  const types = ["_source_row: 'BIGINT'", "_lines_ahead: 'BIGINT'", ...texts];
  const { delimiter, quote } = file.dialect;
  const options = [
    "auto_detect = false, header = false, skip = 0, comment = '', encoding = 'utf-8', new_line = '\\n'",
    "null_padding = false, ignore_errors = false, strict_mode = true, allow_quoted_nulls = true",
    `delim = ${literal(delimiter)}, quote = ${literal(quote)}, escape = ${literal(quote)}`,
    `nullstr = ${literals([...file.nulls])}, max_line_size = ${Math.max(file.longestLine + 16, 64 * 1024)}`,
    `columns = {${types.join(", ")}}`,
  ];
  return {
    query: `SELECT * FROM read_csv(${literal(file.path)}, ${options.join(", ")})`,
    lineNumber: "_source_row + _lines_ahead",
    columns: contract.columns.map((column) => {
      const field = position.get(column.name);
      return { column, text: field === undefined ? "NULL::VARCHAR" : file.escaped ? unescaped(field) : field };
    }),
    extraChecks: file.namesUnknownFields
      ? [{ reason: "has fields that the contract does not know", broken: "unknown IS NOT NULL" }]
      : [],
    records: file.records,
    broken: file.broken,
    ...(file.broken > 0 ? { brokenPath: file.brokenPath } : {}),
    explain: (error) => error,
  };
}

/** Undoes the escapes of the canonical form. */
function unescaped(field: string): string {
  const before = String.fromCharCode(escapeByte);
  return [...escapedCharacters].reduce(
    (sql, [letter, character]) => `replace(${sql}, ${literal(before + letter)}, ${literal(character)})`,
    field,
  );
}

/** Reads Parquet; values that have the contract's type already are taken as they are. */
export async function parquetInput(database: Database, contract: Contract, path: string): Promise<Input> {
  const file = `read_parquet(${literal(path)}, file_row_number = true, binary_as_string = true)`;
  try {
    const described = await database.rows(`DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${file}`);
    const names = described.map(({ column_name }) => String(column_name));
    const types = described.map(({ column_type }) => String(column_type));
    const matched = matchHeader(contract, names);
    const fields = names.map((name, index) => `${identifier(name)} AS f${index}`);
    return {
      query: `SELECT file_row_number + 1 AS _source_row, ${fields.join(", ")} FROM ${file}`,
      lineNumber: "NULL::BIGINT",
      columns: contract.columns.map((column) => {
        const index = matched.indexOf(column);
        return index < 0 ? { column, text: "NULL::VARCHAR" } : parquetColumn(column, `f${index}`, types[index] ?? "");
      }),
      extraChecks: [],
      records: await database.count(`SELECT num_rows FROM parquet_file_metadata(${literal(path)})`),
      broken: 0,
      explain: (error) => asFileProblem(error, path),
    };
  } catch (error) {
    throw asFileProblem(error, path);
  }
}

/** What DuckDB says about bytes that are no good Parquet, as opposed to disk, memory, and queries that are wrong. */
const readingErrors = [
  /^Invalid (Input )?Error: /,
  /^Not implemented Error: /,
  /^IO Error: Could not read enough bytes from file /,
  // A place before its beginning.
  /^IO Error: Could not read from file .*: Invalid argument/,
  /^Binder Error: .*\bfile_row_number\b/,
];
/** As DuckDB reports what the operating system refuses to its threads. */
const systemError = /^Invalid Error: (Resource temporarily unavailable|Cannot allocate memory)/;

/** What DuckDB says about a damaged file is the file's problem; anything else is worth another attempt. */
export function asFileProblem(error: unknown, path: string): unknown {
  if (error instanceof FileProblem) return error;
  const [message = ""] = messageOf(error).replaceAll(path, "the file").split("\n");
  if (systemError.test(message) || !readingErrors.some((pattern) => pattern.test(message))) return error;
  return new FileProblem(`it is not readable as Parquet: ${message}`);
}

/** Types of a file whose every value is exactly one of the contract's type. */
const exactCasts: Readonly<Record<string, readonly string[]>> = {
  string: ["VARCHAR"],
  int: ["INTEGER", "TINYINT", "SMALLINT", "UTINYINT", "USMALLINT"],
  bigint: ["BIGINT", "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"],
  double: ["DOUBLE", "FLOAT"],
  boolean: ["BOOLEAN"],
  date: ["DATE"],
  timestamp: ["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"],
};

function parquetColumn(column: Column, field: string, type: string): ColumnSource {
  const nested = /\[|STRUCT|MAP|JSON/.test(type);
  const text = nested ? `CAST(to_json(${field}) AS VARCHAR)` : `CAST(${field} AS VARCHAR)`;
  if (column.type === "timestamp" && type === "TIMESTAMP WITH TIME ZONE") {
    return { column, text, typed: `timezone('UTC', ${field})` };
  }
  const target = column.type.toUpperCase();
  if (exactCasts[column.type]?.includes(type) !== true && type !== target) return { column, text };
  const duckdb = column.type === "string" ? "VARCHAR" : column.type === "int" ? "INTEGER" : target;
  return { column, text, typed: `CAST(${field} AS ${duckdb})` };
}
