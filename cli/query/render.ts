import { formatBytes, plural, table } from "../table";
import type { Execution, ResultColumn } from "./execution";

const NUMBERS = new Set(["tinyint", "smallint", "integer", "bigint", "real", "double"]);

/** The rows under their columns, then how much was read in what time. */
export function describe({ columns, rows, isCut, scannedBytes, milliseconds }: Execution): string {
  const count = isCut ? `the first ${plural(rows.length, "row")}` : plural(rows.length, "row");
  const cost = `${count}, ${formatBytes(scannedBytes)} read, ${(milliseconds / 1000).toFixed(1)} s`;
  if (columns.length === 0) return cost;
  const aligned = columns.map((column, at) =>
    alignedCells(
      column,
      rows.map((row) => row[at] ?? null),
    ),
  );
  const lines = rows.map((_, row) => aligned.map(({ cells }) => cells[row]));
  return `${table(
    aligned.map(({ header }) => header),
    lines,
  )}\n\n${cost}`;
}

/** Numbers stand below each other by their last digit. */
function alignedCells({ name, type }: ResultColumn, values: readonly (string | null)[]) {
  const texts = values.map((value) => value?.replaceAll(/\r?\n/g, "⏎"));
  if (!NUMBERS.has(type) && !type.startsWith("decimal")) return { header: name, cells: texts };
  const width = Math.max(name.length, ...texts.map((text) => (text ?? "-").length));
  return { header: name.padStart(width), cells: texts.map((text) => (text ?? "-").padStart(width)) };
}

/** As spreadsheets read it: a header, and quotes only where they are needed. */
export function toCsv({ columns, rows }: Pick<Execution, "columns" | "rows">): string {
  const lines = [columns.map(({ name }) => name), ...rows];
  return lines.map((line) => line.map(csvValue).join(",")).join("\n");
}

function csvValue(value: string | null): string {
  if (value === null) return "";
  return value === "" || /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** For scripts: one object a row, with numbers and truths as such where nothing is lost by it. */
export function toDocument(execution: Execution): object {
  const { rows, ...rest } = execution;
  const names = distinct(rest.columns.map(({ name }) => name));
  return {
    ...rest,
    rows: rows.map((row) =>
      Object.fromEntries(names.map((name, at) => [name, jsonValue(row[at] ?? null, rest.columns[at]?.type ?? "")])),
    ),
  };
}

function jsonValue(text: string | null, type: string): string | number | boolean | null {
  if (text === null) return null;
  if (type === "boolean") return text === "true";
  if (!NUMBERS.has(type)) return text;
  const number = Number(text);
  const isExact = type === "double" || type === "real" ? Number.isFinite(number) : Number.isSafeInteger(number);
  return isExact ? number : text;
}

/** A name that comes again gets a number, so that no value hides another. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, at) => {
    const earlier = names.slice(0, at).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}_${earlier + 1}`;
  });
}
