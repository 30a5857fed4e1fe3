import type { HistoryItem, TableStateItem } from "../../contracts";
import { describeSeconds } from "../runs/describe";
import { type Cell, formatBytes, table } from "../table";
import type { TableOfSource } from "./sources";

/** A table with what is known of it in the lake. */
export interface TableShown extends TableOfSource {
  readonly state?: TableStateItem;
  readonly last?: HistoryItem;
}

/** Tables of sources as people read them. */
export function describeTables(tables: readonly TableShown[]): string {
  const header = ["table", "dataset", "window", "compute", "read up to", "last run", "rows", "reason"];
  return table(
    header,
    tables.map(({ id, source, table: { dataset, window }, state, last }) => [
      ...[id, dataset, window?.column ?? "whole table", source.compute],
      state?.committed_stop === undefined ? "never" : readable(state.committed_stop),
      state?.holder === undefined ? (last?.status ?? "-") : "running",
      last?.rows_written,
      reasonOf(last),
    ]),
  );
}

/** Attempts at windows as people read them. */
export function describeAttempts(attempts: readonly (HistoryItem & { readonly id: string })[]): string {
  const header = [
    "table",
    "began",
    "from",
    "to",
    "attempt",
    "state",
    "database",
    "written",
    "size",
    "duration",
    "reason",
  ];
  return table(header, attempts.map(rowOf));
}

function rowOf(attempt: HistoryItem & { readonly id: string }): Cell[] {
  const { id, kind, started_at, window_start, window_stop, status, bytes, seconds } = attempt;
  return [
    ...[id, readable(started_at), window_start === undefined ? "the beginning" : readable(window_start)],
    window_stop === undefined ? "-" : readable(window_stop),
    `${attempt.attempt}${kind === "regular" ? "" : ` (${kind})`}`,
    ...[status, attempt.rows_database, attempt.rows_written],
    bytes === undefined ? "-" : formatBytes(bytes),
    seconds === undefined ? "-" : describeSeconds(seconds),
    reasonOf(attempt),
  ];
}

/** An attempt as scripts read it. */
export function attemptDocument(id: string, attempt: HistoryItem): object {
  const { pk: _pk, sk: _sk, expires_at: _expiry, ...known } = attempt;
  return { table: id, ...known };
}

/** Why an attempt failed, in one line. */
export function reasonOf(attempt: HistoryItem | undefined): string {
  return [attempt?.error_name, attempt?.error].filter((part) => part !== undefined).join(": ");
}

/** `2026-01-31T10:00:00.000000Z` -> `2026-01-31 10:00:00` */
function readable(moment: string): string {
  return moment.replace("T", " ").replace(/(\.0+)?Z$/, "");
}
